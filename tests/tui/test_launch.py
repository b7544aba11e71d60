"""The real app on a real (pseudo) terminal: it draws, nothing spoils the screen, and the terminal comes back."""

from __future__ import annotations

import fcntl
import gc
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from tui.launch import uncollected

RUN = """
import os, sys, threading
from engine.service.settings import Settings
from tests.service.fake import FakeService
from tui import launch
from tui.launch import run
launch.service_for = lambda settings, record: FakeService()
{more}
sys.exit(run(Settings(), "Ana", debug=False))
"""
CRASH = """
from tui.screens.home import HomeScreen
def do_sort(self): raise KeyError("a fault of the screen")
HomeScreen.do_sort = do_sort
"""
NOISE = """
from tui.screens.home import HomeScreen
def do_sort(self): os.write(2, b"NATIVE NOISE")
HomeScreen.do_sort = do_sort
"""


FLOOD = """
from tui.screens.home import HomeScreen
def do_sort(self):
    while True: self.app._driver.write("x" * 65536)
HomeScreen.do_sort = do_sort
"""


class Terminal:
    """A program on a pseudo terminal of 120 × 36."""

    def __init__(self, program: str) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        self.slave = slave
        self.modes = termios.tcgetattr(slave)
        environment = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", program], stdin=slave, stdout=slave, stderr=slave, env=environment,
            start_new_session=True, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        self.output = b""

    def read_until(self, text: str, seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while text.encode() not in self.output:
            assert time.monotonic() < end, f"no {text!r} in {self.text[-2000:]!r}"
            self._read(0.1)

    def _read(self, seconds: float) -> None:
        ready, _, _ = select.select([self.master], [], [], seconds)
        if ready:
            self.output += os.read(self.master, 65536)

    def end(self) -> int:
        while self.process.poll() is None:
            self._read(0.05)
        self._read(0.2)
        return self.process.returncode

    @property
    def text(self) -> str:
        return self.output.decode(errors="replace")

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def start(request: pytest.FixtureRequest):  # type: ignore[no-untyped-def]
    def starting(more: str = "") -> Terminal:
        terminal = Terminal(RUN.format(more=more))
        request.addfinalizer(terminal.close)
        terminal.read_until("Stalker")
        return terminal

    return starting


def restored(terminal: Terminal) -> bool:
    """The alternate screen was left, the cursor is back, and the line discipline is as before."""
    left = "\x1b[?1049l" in terminal.text and "\x1b[?25h" in terminal.text
    return left and termios.tcgetattr(terminal.slave) == terminal.modes


def test_quit_gives_the_terminal_back(start) -> None:  # type: ignore[no-untyped-def]
    terminal = start()
    terminal.press("q")
    assert terminal.end() == 0
    assert restored(terminal)


def test_a_signal_gives_the_terminal_back(start) -> None:  # type: ignore[no-untyped-def]
    terminal = start()
    terminal.process.terminate()
    assert terminal.end() == 128 + signal.SIGTERM
    assert restored(terminal)


def test_an_app_whose_terminal_is_gone_ends_also_where_another_program_holds_it(start) -> None:  # type: ignore[no-untyped-def]
    terminal = start()
    os.close(terminal.master)  # `terminal.slave` is still open, in this process
    terminal.master = os.open(os.devnull, os.O_RDWR)
    assert terminal.process.wait(30) == 128 + signal.SIGHUP


def test_a_signal_ends_an_app_whose_terminal_nobody_reads(start) -> None:  # type: ignore[no-untyped-def]
    terminal = start(FLOOD)
    terminal.press("o")
    terminal.process.terminate()
    assert terminal.process.wait(30) == 128 + signal.SIGTERM


def test_a_fault_of_the_screen_is_one_line(start) -> None:  # type: ignore[no-untyped-def]
    terminal = start(CRASH)
    terminal.press("o")
    assert terminal.end() == 1
    assert restored(terminal)
    after = terminal.text.rpartition("\x1b[?1049l")[2]
    said = [line for line in re.sub(r"\x1b\[[^a-zA-Z]*[a-zA-Z]", "", after).splitlines() if line.strip()]
    assert said == [
        "matinee: the screen broke: KeyError: 'a fault of the screen' (your ratings are safe; --debug shows more)"
    ]


def test_what_native_code_writes_does_not_reach_the_screen(start) -> None:  # type: ignore[no-untyped-def]
    terminal = start(NOISE)
    terminal.press("oq")
    assert terminal.end() == 0
    assert "NATIVE NOISE" not in terminal.text


def test_what_is_loaded_at_the_start_is_collected_neither_then_nor_later() -> None:
    gc.unfreeze()
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    gc.unfreeze()
