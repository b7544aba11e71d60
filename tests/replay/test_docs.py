"""The documents about sessions say what is true: their scripts can be read, and the scripts that they name exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine import paths
from engine.replay.reader import parse

DOCS = Path(__file__).parents[2] / "docs"
SESSIONS = {path.stem for path in (paths.fixtures() / "sessions").glob("*.yaml")}


@pytest.mark.parametrize("name", ["sessions.md", "lessons.md"])
def test_every_script_that_is_played_ships(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    played = set(re.findall(r"matinee replay ([a-z]+-[a-z-]+)", text))
    assert played
    assert played <= SESSIONS


def test_every_example_is_a_script() -> None:
    examples = re.findall(r"```yaml\n(.*?)```", (DOCS / "sessions.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        assert len(parse(example.encode(), Path("example.yaml")).lines) > 3
