from __future__ import annotations

import lzma
from contextlib import ExitStack
from pathlib import Path

import pytest

from engine.errors import FixturesMissing
from engine.store import DatabaseUrl, ensure_store, open_store
from engine.types import Movie
from tests.store import programs
from tests.store.catalogues import MOVIES, RATINGS, many_ratings, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tiny catalogue."""
    return write(tmp_path / "fixtures", RATINGS)


def test_the_fixtures_become_a_store(url: DatabaseUrl, folder: Path) -> None:
    with ensure_store(url, folder=folder) as store:
        seal, m = store.movies()
        assert seal == Movie(
            1,
            "The Seventh Seal",
            1957,
            ("Drama", "Fantasy"),
            96,
            "Ingmar Bergman",
            "Sweden",
            "A knight, and Death.",
            "Det sjunde inseglet",
        )
        assert m == Movie(2, "M", 1931)
        ana, ben = store.user("Ana"), store.user("Ben")
        assert (ana.source, ana.n_ratings, ben.n_ratings) == ("fixtures", 2, 1)
        assert [(event.movie_id, event.half_stars, event.rated_at) for event in store.history(ana.user_id)] == [
            (2, 4, 3000),
            (2, 10, 2000),
            (1, 9, 1000),
        ]
        [record] = store.imports()
        assert (record.source, record.state, record.n_ratings) == ("fixtures", "done", 4)


def test_the_catalogue_that_ships_becomes_a_store(tmp_path: Path) -> None:
    with ensure_store(DatabaseUrl("sqlite", path=tmp_path / "store.db")) as store:
        counts = store.counts()
        assert counts.movies >= 500
        assert counts.users >= 1500
        assert counts.ratings == counts.rating_events >= 100_000
        assert all(movie.year and movie.genres and movie.synopsis for movie in store.movies())


def test_it_happens_once(url: DatabaseUrl, folder: Path, tmp_path: Path) -> None:
    with ensure_store(url, folder=folder) as store:
        first = store.uuid
    with ensure_store(url, folder=tmp_path / "gone") as store:
        assert store.uuid == first
        assert store.counts().rating_events == 4


def test_a_store_that_exists_stays_as_it_is(url: DatabaseUrl, folder: Path) -> None:
    open_store(url).close()
    with ensure_store(url, folder=folder) as store:
        assert store.counts().movies == 0


def test_progress_ends_at_the_total_of_each_part(url: DatabaseUrl, folder: Path) -> None:
    heard: list[tuple[int, int, str]] = []
    ensure_store(url, folder=folder, on_progress=lambda *said: heard.append(said)).close()
    last = {what: (done, total) for done, total, what in heard}
    assert last == {"movies": (2, 2), "viewers": (2, 2), "ratings": (4, 4)}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("movies.csv", None),
        ("viewers.csv", None),
        ("ratings.csv.xz", None),
        ("movies.csv", b"\xff\xfe"),
        ("movies.csv", b"movie_id,title\n1,M\n"),
        ("movies.csv", MOVIES.replace("1931", "soon").encode()),
        ("ratings.csv.xz", b"not compressed"),
        ("ratings.csv.xz", lzma.compress(RATINGS.encode())[:-20]),
        ("ratings.csv.xz", lzma.compress(RATINGS.replace("22,7", "99,7").encode())),
    ],
    ids=["no movies", "no viewers", "no ratings", "not UTF-8", "columns", "a year", "not xz", "cut", "unknown viewer"],
)
def test_fixtures_that_cannot_be_read(url: DatabaseUrl, folder: Path, name: str, content: bytes | None) -> None:
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    with pytest.raises(FixturesMissing, match="Install Matinée again"):
        ensure_store(url, folder=folder)
    with ensure_store(url, folder=write(folder, RATINGS)) as store:  # what was begun is not in the way
        assert store.counts().rating_events == 4


def test_programs_that_start_together_make_it_once(url: DatabaseUrl, folder: Path) -> None:
    write(folder, many_ratings(3000))
    with ExitStack() as stack:
        started = [stack.enter_context(programs.running("first_start", url, folder)) for _ in range(3)]
        said = [process.communicate()[0].splitlines() for process in started]
    assert len({lines[-1] for lines in said}) == 1, "one identity"
    assert said[0][-1].endswith(" 3000")
    assert sum("ratings 3000" in lines for lines in said) == 1, "one of them did the work"


@pytest.mark.parametrize("moment", ["movies 0", "viewers 2", "ratings 20000"])
def test_a_program_killed_while_making_it_does_no_harm(url: DatabaseUrl, folder: Path, moment: str) -> None:
    write(folder, many_ratings(40_000))
    with programs.running("first_start", url, folder) as process:
        assert process.stdout is not None
        while process.stdout.readline().strip() != moment:
            assert process.poll() is None
        process.kill()
    with ensure_store(url, folder=folder) as store:
        assert store.counts().rating_events == 40_000
        assert store.events_after(0).seq.tolist() == list(range(1, 40_001))
        assert len(store.imports()) == 1
