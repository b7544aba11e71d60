"""The commands on a database of hostile texts, and with hostile arguments: nothing raw reaches the terminal."""

from __future__ import annotations

import json
import sqlite3
import zipfile
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


def test_no_command_obeys_the_titles_of_a_hostile_database(matinee: Matinee, spoilt: Path, tmp_path: Path) -> None:
    for command in (("doctor",), ("doctor", "--json"), ("export", str(tmp_path / "out")), ("train", "--epochs", "1")):
        result = matinee(*command)
        check(result)
        assert result.code == 0
    check(matinee("import", str(tmp_path / "out"), "--db", f"sqlite:///{tmp_path}/again.db"))
    check(matinee("recommend", "--user", "Viever 0"))


def test_two_hundred_hostile_arguments_are_refused_in_plain_text(matinee: Matinee) -> None:
    for text in TEXTS:
        for arguments in ((text,), (f"--{text}",), ("import", text), ("replay", text), ("doctor", "--device", text)):
            result = matinee(*arguments)
            assert result.code in (1, 2, 4)
            check(result)


@pytest.mark.parametrize("option", ["--db", "--preset", "--user"])
def test_hostile_options_are_refused_in_plain_text(matinee: Matinee, option: str) -> None:
    for text in TEXTS[:2]:
        check(matinee("recommend", *(() if option == "--user" else ("--user", "viewer 0")), option, text))


GOOD = {
    "movies.csv": "movieId,title,genres\n1,A (1999),Drama\n",
    "ratings.csv": "userId,movieId,rating,timestamp\n1,1,4.0,964982703\n",
}
MATINEE = {
    "details.csv": "movieId,title,year,genres,runtime,director,country,original_title,synopsis\n",
    "viewers.csv": "userId,name,created_at\n1,Ana,1\n",
}
"""Beside GOOD: files of the shape that an export writes."""
WRONG = {
    "details.csv": MATINEE["details.csv"] + "{bad},A,1999,,,,,,\n1,A,{bad},,,,,,\n",
    "viewers.csv": MATINEE["viewers.csv"] + "{bad},Ana,1\n{bad},Ben,1\n",
    "ratings.csv": "userId,movieId,rating,timestamp\n{bad},1,{bad},x\n",
    "movies.csv": "movieId,title,genres\n{bad},A,x\n{bad},B,x\n",
}
BAD = {"osc": "a\x1b]0;mine\x07b", "c1": "a\x9b31mb", "bidi": "a\u202eb"}


def pack(path: Path, files: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    return path


@pytest.mark.parametrize("spoilt_file", WRONG)
@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_wrong_files_are_refused_in_plain_text(matinee: Matinee, tmp_path: Path, spoilt_file: str, bad: str) -> None:
    files = {f"x/{name}": text for name, text in (GOOD | MATINEE | {spoilt_file: WRONG[spoilt_file]}).items()}
    path = pack(tmp_path / "set.zip", {name: text.replace("{bad}", bad) for name, text in files.items()})
    for more in ((), ("--json",), ("--keep-going",)):
        check(matinee("import", str(path), "--db", f"sqlite:///{tmp_path}/new.db", *more))


def test_ids_of_dat_files_are_refused_in_plain_text(matinee: Matinee, tmp_path: Path) -> None:
    movies = b"1::Film (1999)::Drama\n\x9b2J\x85::A (1999)::Drama\n\x9b2J\x85::B (1999)::Drama\n"
    ratings = b"1::1::5::978300760\n\x9b2J::\x9d0;x\x9c::5::978300760\n"
    path = pack(tmp_path / "set.zip", {"x/movies.dat": movies, "x/ratings.dat": ratings})
    for more in ((), ("--json",), ("--keep-going",), ("--format", "dat")):
        check(matinee("import", str(path), "--db", f"sqlite:///{tmp_path}/new.db", *more))


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_folders_of_a_zip_are_refused_in_plain_text(matinee: Matinee, tmp_path: Path, bad: str) -> None:
    files = {f"{bad} {folder}/{name}": text for folder in "xy" for name, text in GOOD.items()}
    result = matinee("import", str(pack(tmp_path / "set.zip", files)), "--db", f"sqlite:///{tmp_path}/new.db")
    check(result)
    assert result.code == 4
    assert "several data sets" in result.err


def test_tables_take_no_markup_and_no_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    PlainConsole().print("[/] [bold]x[/bold] :smile: \x1b[2J\u202e")
    assert capsys.readouterr().out.rstrip() == "[/] [bold]x[/bold] :smile:"


def test_commands_print_by_the_functions_of_output_alone() -> None:
    for folder, allowed in ((engine.cli, "output.py"), (tui, "main.py")):
        for path in Path(folder.__path__[0]).rglob("*.py"):
            code = path.read_text(encoding="utf-8")
            if path.name != allowed:
                assert "click.echo(" not in code, path
                assert "stdout.write(" not in code, path
            assert path.name in (allowed, "headless.py") or "Console(" not in code, path
