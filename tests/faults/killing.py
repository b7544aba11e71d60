"""A program is killed (SIGKILL) at a moment that a seed chooses."""

from __future__ import annotations

import random
import subprocess
import time


def go(process: subprocess.Popen[str]) -> None:
    """Let a program begin that said `ready` and waits for a line."""
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("go\n")
    process.stdin.flush()


def killed(process: subprocess.Popen[str], moments: random.Random, lines: tuple[int, int], late_s: float) -> list[str]:
    """Kill a program after it said some lines and a moment more; all the whole lines that it said."""
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(moments.randint(*lines))]
    time.sleep(moments.uniform(0, late_s))
    process.kill()
    said += process.stdout.readlines()  # what it said before it died
    process.wait()
    return [line.rstrip("\n") for line in said if line.endswith("\n")]
