"""Scripts with hostile texts: in what is said of them, on the screen that shows them, in recordings and pictures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.errors import ScriptBroken
from engine.replay.reader import parse
from engine.replay.report import play
from engine.replay.script import as_plain, to_line
from engine.replay.steps import About, Login, Note, Search
from tests.hostile import dangers, hostile_texts
from tests.replay.evening import script, service
from tui.main import group
from tui.replay.headless import open_screen

OSC = r"\e]0;mine\a\u202e\x9b"
"""As YAML writes it in double quotes."""


@pytest.mark.parametrize(
    "text",
    [
        f'- "{OSC}": Ana\n',
        f'- login: {{name: Ana, "{OSC}": 1}}\n',
        f'- login: Ana\n- screenshot: "../{OSC}"\n',
        f'- login: Ana\n- screenshot: "{OSC}"\n',
        f'- login: Ana\n- import: "{OSC}"\n',
        f'- login: Ana\n- open: "{OSC}"\n',
        f'- login: Ana\n- watch: {{movie: Alien, until: "{OSC}"}}\n',
        f'- session: {{title: T, preset: "{OSC}"}}\n',
    ],
    ids=["step", "field", "outside", "file", "import", "movie", "place", "preset"],
)
@pytest.mark.parametrize("more", [(), ("--json",)], ids=["text", "json"])
def test_what_is_said_of_a_hostile_script_is_plain(tmp_path: Path, text: str, more: tuple[str, ...]) -> None:
    path = tmp_path / "evening.yaml"
    path.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(group, ["replay", str(path), *more])
    assert done.exit_code == 2 or isinstance(done.exception, ScriptBroken)
    assert not dangers(done.stdout)
    assert not dangers(done.stderr)


@pytest.mark.parametrize("name", [r"a\0b", r"\e]0;mine\a", r"a\u202eb.svg", r"a\nb"])
@pytest.mark.parametrize("step", ["screenshot", "import"])
def test_a_file_name_holds_no_control_character(tmp_path: Path, step: str, name: str) -> None:
    path = tmp_path / "evening.yaml"
    path.write_text(f'- login: Ana\n- {step}: "{name}"\n', encoding="utf-8")
    done = CliRunner().invoke(group, ["replay", str(path), "--svg", str(tmp_path / "svg")])
    assert done.exit_code == 2
    assert done.stderr.startswith(f"matinee: {path}:2: step 2: `")
    assert "is no file's name: it holds the character U+" in done.stderr
    assert done.stderr.count("\n") == 1


def test_recordings_and_pictures_of_hostile_texts_are_plain(tmp_path: Path) -> None:
    said = "".join(hostile_texts(6))
    steps = (About(said, said), Login("Ana"), Note(said), Search(said))
    read = script("".join(map(to_line, steps)))
    with open_screen(service(), read, (120, 36)) as screen:
        screen.keep(cast=tmp_path / "a.cast", svg=tmp_path / "svg")
        play(read, service(), screen=screen)
    header, *events = [json.loads(line) for line in (tmp_path / "a.cast").read_text(encoding="utf-8").splitlines()]
    assert not dangers(header["title"])
    assert not dangers("".join(text for _, _, text in events), moves=True)
    assert not dangers((tmp_path / "a.cast").read_text(encoding="utf-8"))
    pictures = sorted((tmp_path / "svg").iterdir())
    assert len(pictures) == 4
    for picture in pictures:
        assert not dangers(picture.read_text(encoding="utf-8"))


def test_a_hostile_text_goes_into_a_script_and_back() -> None:
    for text in hostile_texts(200):
        line = to_line(Note(text))
        assert not dangers(line)
        assert as_plain(parse(line.encode(), Path("x.yaml")).lines[0].step) == as_plain(Note(text))
