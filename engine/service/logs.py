"""The log: the logger tree `matinee`, in lines that show no password and steer no terminal.

Each module logs to a child of the tree, such as `matinee.worker.runs`. A program decides where the lines go, once, with
`set_up`. The engine's process writes them to its standard error, which is the file `engine.log`; the app's process
appends to the same file. With --debug they tell more, and a headless command shows them on its standard error as well.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sys
from typing import TYPE_CHECKING

from engine.text import PlainStream, plain

if TYPE_CHECKING:
    from pathlib import Path

_TREE = logging.getLogger("matinee")
_TREE.addHandler(logging.NullHandler())  # silent until a program says where the lines go
_FORMAT = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"
_LOGIN = re.compile(r"(?<=://)([^\s/:@]*):\S*@")


def set_up(*handlers: logging.Handler, debug: bool = False) -> None:
    """Send the tree's lines to these handlers alone: from INFO on, with `debug` all."""
    _TREE.setLevel(logging.DEBUG if debug else logging.INFO)
    for known in _TREE.handlers[:]:
        _TREE.removeHandler(known)
    for handler in (logging.NullHandler(), *handlers):
        handler.setFormatter(LineFormatter(_FORMAT))
        _TREE.addHandler(handler)


def is_debugging() -> bool:
    """Whether lines of level DEBUG are wanted."""
    return _TREE.isEnabledFor(logging.DEBUG)


def is_on_standard_error() -> bool:
    """Whether this process shows its lines on standard error."""
    return any(isinstance(handler, StandardError) for handler in _TREE.handlers)


def cleaned(text: str) -> str:
    r"""The text without controls, and with *** for the password of a URL; its lines stay lines.

    >>> cleaned("mysql://ana:secret@host/films is\x1b[31m gone")
    'mysql://ana:***@host/films is gone'
    """
    return _LOGIN.sub(r"\1:***@", plain(text, keep="\n"))


class LineFormatter(logging.Formatter):
    """A message is one line, whatever is in it; a traceback follows in lines of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Keep a line break in a title from beginning a line that looks like another message."""
        record.message = plain(record.message)
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        """Clean the whole, the traceback too."""
        return cleaned(super().format(record))


class StandardError(logging.Handler):
    """Writes to what is the standard error at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, if it can be written: a full disk is no reason to fail."""
        with contextlib.suppress(OSError):
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()


class LogFile(logging.Handler):
    """Appends to a file that another process writes too, and may have begun anew. Makes it with the first line."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, if it can be written: the start of the engine warns where it can't."""
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(self.format(record) + "\n")


class LogStream(PlainStream):
    """The standard error of the engine's process: what libraries write is cleaned as log lines are."""

    def write(self, text: str) -> int:
        """Its lines stay lines."""
        super().write(cleaned(text))
        return len(text)
