"""What the start bench sees of a program on its terminal; a program of a few lines stands in for the app."""

from __future__ import annotations

import math
import sys
from pathlib import Path

from engine.bench import startup


def stand_in(program: str) -> tuple[str, ...]:
    return sys.executable, "-c", program


def test_first_frame_and_first_list_are_told_apart(tmp_path: Path) -> None:
    words = "print('Who is watching?', flush=True); time.sleep(0.2); print('because you gave Solaris 5', flush=True)"
    program = stand_in(f"import sys, time; assert '--user' in sys.argv; {words}; time.sleep(60)")
    seen = startup.start(tmp_path / "home", "Ana", program)
    assert 0 < seen.frame < seen.first_list < math.inf


def test_a_program_that_ends_early_has_no_first_list(tmp_path: Path) -> None:
    seen = startup.start(tmp_path / "home", "Ana", stand_in("print('Who is watching?')"))
    assert seen.frame < math.inf
    assert seen.first_list == math.inf


def test_a_program_that_does_not_end_when_asked_is_killed(tmp_path: Path) -> None:
    deaf = "import signal, time; [signal.signal(s, signal.SIG_IGN) for s in (signal.SIGTERM, signal.SIGHUP)]"
    program = stand_in(f"{deaf}; print('Who is watching? well liked by many', flush=True); time.sleep(60)")
    assert startup.start(tmp_path / "home", "Ana", program, ending_s=0.3).first_list < math.inf
