"""What a program writes and syncs, recorded from its system calls by strace, in order."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from engine.store import DatabaseUrl
from tests.faults.making import MODULE
from tests.store.programs import ROOT

_CALLS = "openat,pwrite64,write,fsync,fdatasync,ftruncate,?rename,?renameat,?renameat2,?unlink,unlinkat"
_LINE = re.compile(r"(\w+)\((.*)\)\s+= (\d+)(?:<[^>]*>)?$")
_FILE = re.compile(r"^(\d+)<([^>]*)>")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_SECONDS = 300


class Step(NamedTuple):
    """One call."""

    kind: str
    """`create`, `write`, `truncate`, `sync`, `rename`, `unlink` or `say`."""
    path: str
    data: bytes = b""
    """What was written or said."""
    number: int = 0
    """Where it was written, -1 at the end of what was; the new size of a file that was truncated."""
    to: str = ""
    """The new name."""


def available() -> bool:
    """Whether strace is installed and may look at a program."""
    strace = shutil.which("strace")
    return bool(strace) and subprocess.run([strace, "-o", "/dev/null", "true"], check=False).returncode == 0


def record(program: str, url: DatabaseUrl, folder: Path, *arguments: object) -> list[Step]:
    """Run a program; what became of the files in the folder, and what it said."""
    log = folder.with_name("calls")
    command = ["strace", "-y", "-xx", "-s", "10000000", "-e", f"trace={_CALLS}", "-o", str(log)]
    command += [sys.executable, "-m", MODULE, program, url.reveal(), *map(str, arguments)]
    subprocess.run(command, cwd=ROOT, check=True, input=b"go\n", stdout=subprocess.DEVNULL, timeout=_SECONDS)
    with log.open(encoding="ascii") as lines:
        return [step for step in map(_step, lines) if step and (step.kind == "say" or _within(step.path, folder))]


def _within(path: str, folder: Path) -> bool:
    return path == str(folder) or path.startswith(f"{folder}/")


def _step(line: str) -> Step | None:
    found = _LINE.match(line)
    if found is None:
        return None  # a call that failed, or the end of the program
    call, arguments, _ = found.groups()
    texts = [_bytes(text) for text in _TEXT.findall(arguments)]
    if call == "openat":
        return Step("create", texts[0].decode()) if "O_CREAT" in arguments else None
    if call.startswith(("rename", "unlink")):
        return Step(call[:6], texts[0].decode(), to=texts[-1].decode())
    return _on_a_file(call, arguments, texts)


def _on_a_file(call: str, arguments: str, texts: list[bytes]) -> Step | None:
    found = _FILE.match(arguments)
    if found is None:
        return None
    number, path = found[1], _bytes(found[2]).decode() if "\\x" in found[2] else found[2]
    if call == "write":
        return Step("say", "", texts[0]) if number == "1" else Step("write", path, texts[0], -1)
    if call == "pwrite64":
        return Step("write", path, texts[0], int(arguments.rsplit(", ", 1)[1]))
    if call == "ftruncate":
        return Step("truncate", path, number=int(arguments.rsplit(", ", 1)[1]))
    return Step("sync", path)


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def whole_lines(steps: list[Step]) -> Iterator[tuple[int, str]]:
    """Each line that was said, with the number of the step that ended it."""
    before = b""
    for at, step in enumerate(steps):
        if step.kind == "say":
            *lines, before = (before + step.data).split(b"\n")
            yield from ((at, line.decode()) for line in lines)
