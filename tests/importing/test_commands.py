"""The two commands as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from engine.cli.export import command as export
from engine.cli.import_ import command as import_
from engine.errors import StoreNotEmpty, UnknownFormat
from engine.store import open_store
from tests.importing import shapes


def _url(folder: Path, name: str = "store.db") -> str:
    return f"sqlite:///{folder / name}"


def test_report_for_people(tmp_path: Path) -> None:
    ratings = shapes.ratings_1m(300, {7: "oops", 9: "8::1::1::1"})
    result = CliRunner().invoke(import_, [str(shapes.ml_1m(tmp_path, ratings=ratings)), "--db", _url(tmp_path)])
    assert result.exit_code == 0, result.output
    text = " ".join(result.stdout.split())
    assert "data set ml-1m, in the database as ml-1m" in text
    assert "read 298 viewers, 3 movies, 298 ratings" in text
    assert "history 1 earlier ratings, which a later one replaced" in text
    assert "mapped 1 to 5 in steps of 1, kept as stars" in text
    assert "written 299 ratings in" in text
    assert "skipped 1 lines ratings.dat, line 7: 1 fields where 4 belong" in text
    assert "ratings" in result.stderr


def test_only_the_first_skipped_lines_are_shown(tmp_path: Path) -> None:
    folder = shapes.ml_1m(tmp_path, ratings=shapes.ratings_1m(30, dict.fromkeys(range(1, 26), "oops")))
    result = CliRunner().invoke(import_, [str(folder), "--db", _url(tmp_path), "--keep-going"])
    assert result.stdout.count("1 fields where 4 belong") == 10
    assert "and 15 more" in result.stdout


def test_report_for_programs(tmp_path: Path) -> None:
    arguments = [str(shapes.ml_100k(tmp_path)), "--db", _url(tmp_path), "--json"]
    first, second = (CliRunner().invoke(import_, arguments) for _ in range(2))
    assert (first.exit_code, first.stderr) == (0, "")
    report = json.loads(first.stdout)
    assert {key: report[key] for key in ("format", "users", "movies", "ratings", "skipped")} == {
        "format": "ml-100k", "users": 2, "movies": 3, "ratings": 4, "skipped": 0,
    }  # fmt: skip
    assert report["seconds"] > 0
    assert (report["written"], report["already_there"]) == (4, False)
    again = json.loads(second.stdout)
    assert (again["ratings"], again["written"], again["already_there"]) == (4, 0, True)


def test_options_reach_the_importer(tmp_path: Path) -> None:
    runner, folder = CliRunner(), shapes.ml_1m(tmp_path / "a")
    named = runner.invoke(import_, [str(folder), "--db", _url(tmp_path), "--format", "dat", "--json"])
    assert json.loads(named.stdout)["format"] == "dat"
    other = [str(shapes.ml_100k(tmp_path / "b")), "--db", _url(tmp_path), "--json"]
    assert isinstance(runner.invoke(import_, other).exception, StoreNotEmpty)
    assert runner.invoke(import_, [*other, "--merge"]).exit_code == 0
    assert isinstance(runner.invoke(import_, [str(folder), "--format", "netflux"]).exception, UnknownFormat)


def test_there_and_back(tmp_path: Path) -> None:
    runner, packed = CliRunner(), str(tmp_path / "out.zip")
    runner.invoke(import_, [str(shapes.ml_csv(tmp_path)), "--db", _url(tmp_path)])
    written = runner.invoke(export, [packed, "--db", _url(tmp_path), "--json"])
    assert json.loads(written.stdout) | {"seconds": 0} == {
        "path": packed, "users": 2, "movies": 3, "events": 3, "seconds": 0,
    }  # fmt: skip
    assert "3 lines of ratings" in runner.invoke(export, [packed, "--db", _url(tmp_path), "--force"]).stdout
    assert runner.invoke(import_, [packed, "--db", _url(tmp_path, "two.db")]).exit_code == 0
    with open_store(_url(tmp_path, "two.db")) as store:
        assert store.counts().ratings == 3
