"""Broken scripts of every kind: one clear line with file and line, and the nearest valid word where there is one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.errors import ScriptBroken
from engine.replay.reader import load, parse

LOGIN = "- login: Ana\n"

BROKEN = {
    "empty": ("", 1, "empty"),
    "only a comment": ("# nothing\n", 1, "empty"),
    "an empty list": ("[]\n", 1, "empty"),
    "no list": ("login: Ana\n", 1, "list of steps"),
    "a text": ("just a text\n", 1, "list of steps"),
    "an unknown step": (LOGIN + "- lgin: Ben\n", 2, "step 2: there is no step `lgin`; did you mean `login`?"),
    "a step far from any": (LOGIN + "- xyzzy: 1\n", 2, "choose one of session, login"),
    "two steps in one": ("- login: Ana\n  rate: {Alien: 5}\n", 1, "one word"),
    "a number for a step": ("- 17\n", 1, "one word"),
    "an unknown field": (LOGIN + "- watch: {movie: A, untill: end}\n", 2, "no field `untill`; did you mean `until`?"),
    "a missing field": (LOGIN + "- watch: {until: end}\n", 2, "`watch` needs `movie`"),
    "nothing where a value must be": (LOGIN + "- open:\n", 2, "`open` needs `movie`"),
    "text for a number": (LOGIN + "- rate: {Alien: great}\n", 2, "takes a number, not `great`"),
    "a number in quotes": (LOGIN + '- rate: {Alien: "4.5"}\n', 2, "take out the quotes"),
    "not a number": (LOGIN + "- rate: {Alien: .nan}\n", 2, "takes a number"),
    "stars off the half steps": (LOGIN + "- rate: {Alien: 4.3}\n", 2, "half steps"),
    "too many stars": (LOGIN + "- rate: {Alien: 6}\n", 2, "half steps"),
    "rate without stars": (LOGIN + "- rate: Alien\n", 2, "mapping"),
    "nothing to take back": (LOGIN + "- take_back: []\n", 2, "`movies` takes one text or several, not an empty list"),
    "no reason at all": (LOGIN + "- expect: {reasons: {Alien: []}}\n", 2, "takes one text or several"),
    "stars for no movie": (LOGIN + "- rate: {}\n", 2, "not an empty mapping"),
    "waiting for seconds": (LOGIN + "- wait: {seconds: 5}\n", 2, "`wait` takes nothing, not a mapping"),
    "an unknown preset": ("- session: {title: T, preset: stduy}\n", 1, "did you mean `study`?"),
    "a huge seed": ("- session: {title: T, seed: 99999999999}\n", 1, "from 0 to 2,147,483,647, not 99,999,999,999"),
    "a list for a text": (LOGIN + "- note: [a, b]\n", 2, "takes a text"),
    "a mapping for a movie": (LOGIN + "- open: {movie: {title: Alien}}\n", 2, "takes a text, not a mapping"),
    "a word for a truth value": ("- login: {name: Ana, new: maybe}\n", 1, "takes `on` or `off`"),
    "a fraction of an epoch": (LOGIN + "- train: {epochs: 1.5}\n", 2, "whole number"),
    "no epoch at all": (LOGIN + "- train: {epochs: 0}\n", 2, "whole number from 1"),
    "too many epochs": (LOGIN + "- train: {epochs: 1001}\n", 2, "from 1 to 1,000, not 1,001"),
    "an unknown run": (LOGIN + "- train: {run: incremantal}\n", 2, "did you mean `incremental`?"),
    "an unknown method": (LOGIN + "- diversity: {method: mrr}\n", 2, "did you mean `mmr`?"),
    "a strength over 1": (LOGIN + "- diversity: {strength: 4}\n", 2, "from 0 to 1"),
    "an unknown notch of the lens": (LOGIN + "- lens: lovd\n", 2, "did you mean `loved`?"),
    "a lens before anybody": ("- lens: loved\n", 1, "put a `login` before `lens`"),
    "diversity of nothing": (LOGIN + "- diversity: {}\n", 2, "needs `on` or `off`"),
    "no place in a movie": (LOGIN + "- watch: {movie: Alien, until: soon}\n", 2, "no place in a movie"),
    "two ends of a watch": (LOGIN + "- watch: {movie: Alien, until: end, seconds: 3}\n", 2, "not both"),
    "the same key twice": (LOGIN + "- rate: {Alien: 4, Alien: 5}\n", 2, "step 2: `Alien` stands here twice"),
    "a deed before any login": ("- rate: {Alien: 5}\n", 1, "nobody is logged in"),
    "session not first": (LOGIN + "- session: A title\n", 2, "stands first"),
    "expecting nothing": (LOGIN + "- expect: {}\n", 2, "expects nothing"),
    "an unknown expectation": (LOGIN + "- expect: {contians: Alien}\n", 2, "did you mean `contains`?"),
    "bounds of nothing": (LOGIN + "- expect: {ild: {}}\n", 2, "needs a number"),
    "bounds that exclude each other": (LOGIN + "- expect: {ild: {at_least: 2, at_most: 1}}\n", 2, "can't be at least"),
    "an unknown metric": (LOGIN + "- expect: {metrics: {rmse: 1}}\n", 2, "did you mean `val_rmse`?"),
    "an error without its step": (LOGIN + "- expect: {error: half}\n", 2, "go together"),
    "a note that must fail": (LOGIN + "- expect: {error: x, when: {note: a}}\n", 2, "can't stand in `when`"),
    "expecting of a model that still trains": (
        LOGIN + "- train: {wait: off}\n- expect: {size: 5}\n", 3, "put a `wait` before `expect`",
    ),
    "a path that leaves the folder": (LOGIN + "- import: ../../etc\n", 2, "leads out of the script's folder"),
    "an absolute path": (LOGIN + "- import: /etc/passwd\n", 2, "leads out"),
    "a path of another system": (LOGIN + "- import: 'C:\\ratings'\n", 2, "leads out"),
    "a picture outside": (LOGIN + "- screenshot: ../a.svg\n", 2, "leads out"),
    "a tab": (LOGIN + "- rate:\n\tAlien: 5\n", 3, "step 2: this is no YAML: a tab indents this line"),
    "a tab before a step": (LOGIN + "\t- wait\n", 2, "a tab indents this line"),
    "an open bracket": (LOGIN + "- rate: {Alien: 5\n", 3, "no YAML"),
    "two colons": (LOGIN + "- note: a: b\n", 2, "no YAML"),
    "an alias": (LOGIN + "- note: &a hello\n- note: *a\n", 2, "anchors such as `&a` are not allowed"),
    "an alias alone": (LOGIN + "- note: *a\n", 2, "not allowed"),
    "a tag": (LOGIN + "- note: !!python/object:os.system ls\n", 2, "tags such as"),
    "a merge key": (LOGIN + "- watch: {<<: {movie: Alien}}\n", 2, "no field `<<`"),
    "two documents": (LOGIN + "---\n- login: Ben\n", 2, "holds one script"),
    "a list for a key": (LOGIN + "- rate: {[a]: 5}\n", 2, "a key is a word"),
    "too deep": (LOGIN + "- note: " + "[" * 30 + "]" * 30 + "\n", 2, "nested more than"),
    "a control character": (LOGIN + "- note: a\x07b\n", 2, "U+0007"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "line", "words"), BROKEN.values(), ids=BROKEN)
def test_a_broken_script_gives_one_line_with_file_and_line(content: str, line: int, words: str) -> None:
    with pytest.raises(ScriptBroken) as caught:
        parse(content.encode(), Path("evening.yaml"))
    message = str(caught.value)
    assert message.startswith(f"evening.yaml:{line}: ")
    assert words in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "content",
    [
        "- session: {title: T, preset: %}\n",
        LOGIN + "- %: 1\n",
        LOGIN + "- rate: {%: great}\n",
        LOGIN + "- rate: {%: 4, %: 5}\n",
        LOGIN + "- note: &% hello\n",
        LOGIN + "- note: !% hello\n",
    ],
)
def test_a_long_word_is_repeated_in_part(content: str) -> None:
    with pytest.raises(ScriptBroken) as caught:
        parse(content.replace("%", "x" * 600).encode(), Path("evening.yaml"))
    assert "x" * 30 in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_bomb_is_refused_before_it_unfolds() -> None:
    bomb = "- note: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"- note: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
    )
    with pytest.raises(ScriptBroken, match=r"bomb.yaml:1: step 1: anchors"):
        parse(bomb.encode(), Path("bomb.yaml"))


def test_a_hundred_thousand_steps_are_refused_at_the_first_too_many() -> None:
    content = b"- login: Ana\n" + b"- wait:\n" * 100_000
    with pytest.raises(ScriptBroken, match=r"long.yaml:10001: a script has at most 10,000 steps"):
        parse(content, Path("long.yaml"))


def test_a_huge_file_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(20_000_000_000)
    with pytest.raises(ScriptBroken, match="larger than 4 MB"):
        load(path)


def test_another_encoding_is_named_with_its_line() -> None:
    with pytest.raises(ScriptBroken, match=r"x.yaml:2: this is not UTF-8"):
        parse("- login: Ana\n- note: Amélie\n".encode("latin-1"), Path("x.yaml"))


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.yaml")
    with pytest.raises(ScriptBroken, match=r"x.yaml:1: this script can't be opened: it is no file"):
        load(tmp_path / "x.yaml")
    with pytest.raises(ScriptBroken, match=r"/dev/zero:1: this script can't be opened"):
        load(Path("/dev/zero"))


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()], ids=["absent", "a folder"])
def test_a_file_that_can_not_be_opened(tmp_path: Path, make: object) -> None:
    path = tmp_path / "x.yaml"
    make(path)  # type: ignore[operator]
    with pytest.raises(ScriptBroken, match=r"x.yaml:1: this script can't be opened"):
        load(path)
