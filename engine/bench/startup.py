"""From the start of the process to the first frame and to the first list, on a terminal of its own (a pseudo one).

The database is the catalogue that ships. Each start on a new database finds no checkpoint, no columns and no compiled
programs either, as on a newcomer's machine; the operating system's file cache is warm in all of them.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from dataclasses import dataclass
from pathlib import Path

from engine.bench.data import Options
from engine.bench.result import BenchResult, Goal, ResultLine, Skipped
from engine.bench.timing import Times
from engine.store import ensure_store

PROGRAM = (sys.executable, "-c", "from tui.main import main; main()")
FRAME = (b"Who is watching?",)
"""On the log-in screen, which comes first also for a viewer who is named on the command line."""
LIST = (b"because you gave", b"because you watched", b"well liked by many")
"""In the lines below the titles of the list."""
ROUNDS = 5
PATIENCE_S = 180.0
ENDING_S = 10.0
"""How long an app that was asked to end may take."""
ROWS, COLUMNS = 36, 120
NAMES = ("DATA", "CACHE", "CONFIG", "STATE")


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds of one start."""

    frame: float
    first_list: float


def run(options: Options) -> BenchResult:
    """Starts with a checkpoint, then starts on new databases."""
    began = time.perf_counter()
    rounds = options.rounds or ROUNDS
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        home = Path(folder)
        viewer = _prepare(home / "known", options)
        known = [start(home / "known", viewer) for _ in range(rounds + 1)][1:]
        new = [start(home / f"new {number}", viewer) for number in range(rounds)]
    found = {
        "first frame": [each.frame for each in known],
        "first list, with a checkpoint": [each.first_list for each in known],
        "first list, new database": [each.first_list for each in new],
    }
    times = {name: Times(tuple(seconds)) for name, seconds in found.items()}
    lines = [
        ResultLine(name, {"seconds": t.median, "longest": max(t.seconds), "starts": rounds})
        for name, t in times.items()
    ]
    bounds = dict(zip(times, (0.4, 3.0, 15.0), strict=True))
    goals = [Goal(f"seconds to the {name}", t.median, bounds[name], "most") for name, t in times.items()]
    return BenchResult(
        "startup", f"the real app on a pseudo terminal of {COLUMNS} × {ROWS}, until the words are written; medians",
        "the catalogue that ships", tuple(lines), tuple(goals), _missing(times), time.perf_counter() - began,
    )  # fmt: skip


def _missing(times: dict[str, Times]) -> tuple[Skipped, ...]:
    return tuple(
        Skipped(name, f"not on the screen within {PATIENCE_S:.0f} s: see engine.log and screen.log")
        for name, taken in times.items()
        if float("inf") in taken.seconds
    )


def _prepare(home: Path, options: Options) -> str:
    """A database and a checkpoint; the name of a viewer, who is the same in every such database."""
    home.mkdir(parents=True)
    with ensure_store(_url(home)) as store:
        viewer = store.users(limit=1)[0].name
    epochs = str(options.epochs or 2)
    command = [*PROGRAM, "train", "--json", "--epochs", epochs, "--db", _url(home)]
    subprocess.run(command, env=_environment(home), check=True, stdout=subprocess.DEVNULL)
    return viewer


def _url(home: Path) -> str:
    return f"sqlite:///{home / 'bench.db'}"


def _environment(home: Path) -> dict[str, str]:
    """Folders of its own; Python keeps compiled modules, as it does unless it is told not to."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    folders = {f"XDG_{name}_HOME": str(home / name.lower()) for name in NAMES}
    return kept | folders | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


def start(home: Path, viewer: str, program: tuple[str, ...] = PROGRAM, ending_s: float = ENDING_S) -> Start:
    """Start the app, wait for its first list, end it. Infinity for what did not come."""
    home.mkdir(parents=True, exist_ok=True)
    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    command = [*program, "--db", _url(home), "--user", viewer]
    began = time.perf_counter()
    app = subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, env=_environment(home), start_new_session=True
    )
    os.close(terminal)
    try:
        written = bytearray()
        frame = _wait(screen, written, FRAME, began)
        return Start(frame, _wait(screen, written, LIST, began))
    finally:
        app.terminate()
        _drain(screen, app, ending_s)
        os.close(screen)


def _wait(screen: int, written: bytearray, words: tuple[bytes, ...], began: float) -> float:
    """Seconds since `began` until one of the words was written; infinity when it was not."""
    while time.perf_counter() - began < PATIENCE_S:
        if any(word in written for word in words):
            return time.perf_counter() - began
        if not _read(screen, written):
            break
    return float("inf")


def _read(screen: int, written: bytearray) -> bool:
    """Take what is written, for at most a tenth of a second; False when the program has ended."""
    ready, _, _ = select.select([screen], [], [], 0.1)
    if ready:
        try:
            written += os.read(screen, 65_536)
        except OSError:
            return False
    return True


def _drain(screen: int, app: subprocess.Popen[bytes], ending_s: float) -> None:
    """Read on until the app has ended, since it can't end while its screen is full; kill one that does not."""
    end = time.perf_counter() + ending_s
    while app.poll() is None and time.perf_counter() < end and _read(screen, bytearray()):
        pass
    with contextlib.suppress(subprocess.TimeoutExpired):
        app.wait(1.0)
    if app.poll() is None:
        app.kill()
        app.wait()
