"""The log: what it holds, what never reaches it, and where it goes."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest

from engine.service import logs
from engine.service.client import EngineClient
from engine.service.settings import Settings
from tests.service import scripted

PATIENCE = 30.0
_log = logging.getLogger("matinee.tests")


def text_of(handler: logging.Handler, *lines: str, error: Exception | None = None) -> str:
    """What a handler makes of some warnings."""
    logs.set_up(handler)
    for line in lines:
        _log.warning("%s", line, exc_info=error)
    return handler.stream.getvalue() if isinstance(handler, logging.StreamHandler) else ""


def memory() -> logging.StreamHandler[io.StringIO]:
    return logging.StreamHandler(io.StringIO())


@pytest.mark.parametrize(
    "url", ["mysql://ana:secret@host/films", "mysql://ana:s:e@/secret@host/films", "mysql+x://:secret@h"]
)
def test_no_line_shows_a_password(url: str) -> None:
    text = text_of(memory(), f"can't open {url} now")
    assert "secret" not in text
    assert "***@h" in text


def test_a_url_without_a_password_stays_as_it_is() -> None:
    assert "sqlite:////home/a@b/m.db and mysql://ana@host:3306/films" in text_of(
        memory(), "sqlite:////home/a@b/m.db and mysql://ana@host:3306/films"
    )


def test_no_line_holds_a_control_character() -> None:
    assert text_of(memory(), "a\x1b[2Jb\u202ec\x07").endswith("matinee.tests: abc\n")


def test_a_line_break_in_a_message_begins_no_line() -> None:
    assert text_of(memory(), "Alien\n2026-01-01 ERROR forged").count("\n") == 1


def test_a_traceback_is_cleaned_in_lines_of_its_own() -> None:
    text = text_of(memory(), "it failed", error=ValueError("\x1b[31mmysql://ana:secret@host/films"))
    assert text.splitlines()[-1] == "ValueError: mysql://ana:***@host/films"


def test_debug_lines_are_kept_only_on_demand() -> None:
    kept = []
    for debug in (False, True):
        handler = memory()
        logs.set_up(handler, debug=debug)
        _log.debug("a list took 3 ms")
        kept.append("a list took" in handler.stream.getvalue())
    assert kept == [False, True]


def test_without_a_set_up_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up()
    _log.error("nobody asked")
    assert capsys.readouterr() == ("", "")


def test_the_log_file_is_made_with_the_first_line(tmp_path: Path) -> None:
    file = tmp_path / "state" / "engine.log"
    logs.set_up(logs.LogFile(file))
    assert not file.parent.exists()
    _log.info("Amélie")
    assert file.read_text(encoding="utf-8").endswith("matinee.tests: Amélie\n")


def test_a_log_file_that_can_t_be_written_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a folder should be")
    logs.set_up(logs.LogFile(tmp_path / "state" / "engine.log"))
    _log.info("lost")


def child_log(folder: Path) -> str:
    """What `engine.log` holds after a child has logged something hostile."""
    settings = Settings(f"sqlite:///{folder}/m.db", cache_dir=str(folder / "cache"), state_dir=str(folder / "state"))
    engine = EngineClient(settings, worker="tests.service.scripted")
    engine.start()
    engine.wait_reply(engine.explain(1, scripted.LOG), PATIENCE)
    engine.stop()
    return engine.log.read_text(encoding="utf-8")


def test_the_child_s_log_is_clean_in_what_it_logs_and_what_libraries_print(tmp_path: Path) -> None:
    text = child_log(tmp_path)
    assert "WARNING" in text
    assert text.count("mysql://ana:***@host/films") == 2
    assert "secret" not in text
    assert "\x1b" not in text
    assert scripted.DETAIL not in text


def test_the_child_logs_details_where_the_app_does(tmp_path: Path) -> None:
    logs.set_up(debug=True)
    assert scripted.DETAIL in child_log(tmp_path)


def test_the_child_s_lines_appear_on_the_standard_error_of_a_debugging_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up(logs.StandardError(), debug=True)
    text = child_log(tmp_path)
    shown = capsys.readouterr().err
    assert scripted.DETAIL in shown
    assert "secret" not in shown
    assert scripted.DETAIL in text
    assert "engine's process" in shown  # what the app's side logs
