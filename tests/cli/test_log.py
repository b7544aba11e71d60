"""Where headless commands log: to the file of the engine, and with --debug to standard error too."""

from __future__ import annotations

from pathlib import Path

from engine.store import open_store
from tests.cli.conftest import Matinee

ASK = ("recommend", "--user", "Viewer 0", "--json")


def test_a_command_keeps_its_standard_error_for_what_it_has_to_say(matinee: Matinee) -> None:
    assert matinee(*ASK).err == ""


def test_the_log_tells_versions_store_and_checkpoint_but_no_list(matinee: Matinee, home: Path) -> None:
    matinee(*ASK)
    [file] = (home / "state").rglob("engine.log")
    log = file.read_text(encoding="utf-8")
    with open_store(None) as store:
        assert store.uuid in log
    assert "jax" in log
    assert "loaded default-seed0-" in log
    assert "a list took" not in log
    assert "Traceback" not in log


def test_debug_shows_the_log_of_both_processes(matinee: Matinee) -> None:
    result = matinee("--debug", *ASK)
    assert result.code == 0
    assert "matinee.service.supervisor: engine's process" in result.err
    assert "matinee.worker.loop: a list took" in result.err


def test_debug_leaves_standard_output_to_the_result(matinee: Matinee) -> None:
    assert matinee("--debug", *ASK).out == matinee(*ASK).out
