"""The commands on a database of hostile texts, and with hostile arguments: nothing raw reaches the terminal."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import engine.cli
import tui
from engine.cli.output import PlainConsole
from tests.cli.conftest import Matinee, Result
from tests.hostile import SEEN, dangers, hostile_texts

TEXTS = [text.replace("\x00", "") for text in hostile_texts(200)]


@pytest.fixture
def spoilt(home: Path) -> Path:
    """The database with hostile titles and names in it; the first film and viewer are called by markup."""
    with closing(sqlite3.connect(home / "m.db", isolation_level=None)) as database:
        for at, (movie_id,) in enumerate(database.execute("SELECT movie_id FROM movies").fetchall()):
            texts = TEXTS[5 * at : 5 * at + 5]
            database.execute(
                "UPDATE movies SET title = ?, director = ?, country = ?, synopsis = ?, original_title = ? "
                "WHERE movie_id = ?",
                (*texts, movie_id),
            )
        for at, (user_id,) in enumerate(database.execute("SELECT user_id FROM users").fetchall()):
            database.execute("UPDATE users SET name = ? WHERE user_id = ?", (TEXTS[150 + at], user_id))
        database.execute("UPDATE movies SET title = '[rec] Film [/]' WHERE movie_id = 1")
    return home


def check(result: Result) -> None:
    assert result.code != 70
    assert not dangers(result.out)
    assert not dangers(result.err)


def test_a_list_shows_titles_as_they_are_and_obeys_none(matinee: Matinee, spoilt: Path) -> None:
    result = matinee("recommend", "--user", "viewer 0", "-n", "30")
    check(result)
    assert result.code == 0
    assert SEEN in result.out
    listed = matinee("recommend", "--user", "viewer 1", "-n", "30", "--json")
    check(listed)
    titles = [row["title"] for row in json.loads(listed.out)]
    assert "[rec] Film [/] (1950)" in titles
    again = matinee("recommend", "--user", "viewer 1", "-n", "30")
    assert "[rec] Film [/] (1950)" in again.out


def test_the_other_commands_on_such_a_database(matinee: Matinee, spoilt: Path, tmp_path: Path) -> None:
    for command in (("doctor",), ("doctor", "--json"), ("export", str(tmp_path / "out")), ("train", "--epochs", "1")):
        result = matinee(*command)
        check(result)
        assert result.code == 0
    check(matinee("import", str(tmp_path / "out"), "--db", f"sqlite:///{tmp_path}/again.db"))
    check(matinee("recommend", "--user", "Viever 0"))


def test_two_hundred_hostile_arguments_are_said_plainly(matinee: Matinee) -> None:
    for text in TEXTS:
        for arguments in ((text,), (f"--{text}",), ("import", text), ("replay", text), ("doctor", "--device", text)):
            result = matinee(*arguments)
            assert result.code in (1, 2, 4)
            check(result)


@pytest.mark.parametrize("option", ["--db", "--preset", "--user"])
def test_hostile_options_are_said_plainly(matinee: Matinee, option: str) -> None:
    for text in TEXTS[:2]:
        check(matinee("recommend", *(() if option == "--user" else ("--user", "viewer 0")), option, text))


FILES = {
    "details.csv": "movieId,title,year,genres,runtime,director,country,originalTitle,synopsis\n1,A,{bad},x,1,,,,\n",
    "viewers.csv": "userId,name,created\n1,{bad},{bad}\n",
    "ratings.csv": "userId,movieId,rating,timestamp\n{bad},1,{bad},x\n",
    "movies.csv": "movieId,title,genres\n{bad},x\n",
}


@pytest.mark.parametrize("spoilt_file", FILES)
@pytest.mark.parametrize("bad", ["a\x1b]0;mine\x07b", "a\x9b31mb", "a\u202eb"], ids=["osc", "c1", "bidi"])
def test_wrong_files_are_told_of_plainly(matinee: Matinee, tmp_path: Path, spoilt_file: str, bad: str) -> None:
    folder = tmp_path / f"set {bad}"
    folder.mkdir()
    good = {
        "movies.csv": "movieId,title,genres\n1,A (1999),Drama\n",
        "ratings.csv": "userId,movieId,rating,timestamp\n1,1,4.0,964982703\n",
    }
    for name, text in (good | {spoilt_file: FILES[spoilt_file].replace("{bad}", bad)}).items():
        (folder / name).write_text(text, encoding="utf-8")
    for more in ((), ("--json",), ("--keep-going",)):
        check(matinee("import", str(folder), "--db", f"sqlite:///{tmp_path}/new.db", *more))


def test_ids_of_dat_files_are_told_of_plainly(matinee: Matinee, tmp_path: Path) -> None:
    folder = tmp_path / "dat"
    folder.mkdir()
    (folder / "movies.dat").write_bytes(b"1::Film (1999)::Drama\n\x9b2J\x85::Other (1999)::Drama\n")
    (folder / "ratings.dat").write_bytes(b"1::1::5::978300760\n\x9b2J::\x9d0;x\x9c::5::978300760\n")
    for more in ((), ("--json",), ("--keep-going",)):
        check(matinee("import", str(folder), "--db", f"sqlite:///{tmp_path}/new.db", *more))


def test_tables_take_no_markup_and_no_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    PlainConsole().print("[/] [bold]x[/bold] :smile: \x1b[2J\u202e")
    assert capsys.readouterr().out.rstrip() == "[/] [bold]x[/bold] :smile:"


def test_commands_print_in_one_way() -> None:
    for folder, allowed in ((engine.cli, "output.py"), (tui, "main.py")):
        for path in Path(folder.__path__[0]).rglob("*.py"):
            code = path.read_text(encoding="utf-8")
            if path.name != allowed:
                assert "click.echo(" not in code, path
                assert "stdout.write(" not in code, path
            assert path.name in (allowed, "hidden.py") or "Console(" not in code, path
