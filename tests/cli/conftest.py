"""The command `matinee` in this process, on a copy of a small trained store."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.service.conftest import trained_once  # noqa: F401 - a fixture
from tui.main import main


@dataclass(frozen=True)
class Result:
    """How a call ended and what it wrote."""

    code: int
    out: str
    err: str


Matinee = Callable[..., Result]


@pytest.fixture
def home(trained_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: F811
    """A user's folders: `m.db` is the database of MATINEE_DB, and the cache holds its checkpoint."""
    shutil.copy(trained_once / "m.db", tmp_path)
    shutil.copytree(trained_once / "cache", tmp_path / "cache" / "matinee")
    for name in ("CACHE", "STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("MATINEE_DB", f"sqlite:///{tmp_path}/m.db")
    return tmp_path


@pytest.fixture
def matinee(home: Path, capsys: pytest.CaptureFixture[str]) -> Matinee:
    """Call the command with some arguments."""

    def call(*arguments: str) -> Result:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        written = capsys.readouterr()
        assert "Traceback" not in written.err
        return Result(int(ended.value.code or 0), written.out, written.err)

    return call
