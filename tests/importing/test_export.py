"""What an export writes, an import takes back exactly."""

from __future__ import annotations

import itertools
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ExportFailed, StoreUnreachable
from engine.importing.export import export_store, file_ids
from engine.importing.load import import_dataset
from engine.store import Store, open_store
from engine.store.users import name_key
from engine.text import tidy
from tests.importing import shapes
from tests.importing.contents import contents


def _files(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.iterdir()}


def _held(url: str) -> list[list[tuple[object, ...]]]:
    """Contents without where they came from, which an export does not keep; movies in the order of the store."""
    with open_store(url) as store:
        place = {movie.movie_id: i for i, movie in enumerate(store.movies())}
        names = {user.user_id: user.name for user in store.user_origins()}
        log = store.events_after(0)
        rows = zip(log.user_id, log.movie_id, log.half_stars.tolist(), log.rated_at.tolist(), strict=True)
        events = [(names[int(user)], place[int(movie)], half, at) for user, movie, half, at in rows]
    held = contents(url)
    raw = [(origin[2], *movie) for origin, *movie in held.movies]
    users = [(name, created_at) for name, _, _, created_at in held.users]
    return [users, raw, sorted(events, key=lambda event: event[0])]


def test_files(tmp_path: Path, target: str) -> None:
    import_dataset(shapes.ml_csv(tmp_path / "set"), None, target)
    with open_store(target) as store:
        ana = store.add_user("Ana, from the app").user_id
        new = store.add_movie("Second", 2001, ["Drama"], 90, "A. Director", "PL", 'One "sentence".').movie_id
        store.rate(ana, new, 4.5, 1000)
        store.rate(ana, new, 3.0, 900)
        store.take_back(ana, new, 2000)
    result = export_store(tmp_path / "out", target)
    assert (result.users, result.movies, result.events) == (3, 4, 6)
    files = {name: text.decode() for name, text in _files(tmp_path / "out").items()}
    assert files["ratings.csv"].splitlines() == [
        "userId,movieId,rating,timestamp",
        "1,30,0.5,964981247",
        "1,1,4.0,964982703",
        "20,2,5.0,964982224",
        "21,31,4.5,1000",
        "21,31,3.0,900",
        "21,31,,2000",
    ]
    assert files["movies.csv"].splitlines() == [
        "movieId,title,genres",
        '1,"American Hour, The (1995)",Adventure|Children',
        '2," 7 ""Days"", Maybe ",(no genres listed)',
        "30,Serial: Café (2006–2007),Drama",
        "31,Second (2001),Drama",
    ]
    assert files["details.csv"].splitlines()[-1] == '31,Second,2001,Drama,90,A. Director,PL,,"One ""sentence""."'
    names = [line.rpartition(",")[0] for line in files["viewers.csv"].splitlines()]
    assert names == ["userId,name", "1,1", "20,20", '21,"Ana, from the app"']


def test_a_hostile_title_is_written_back_as_it_came(tmp_path: Path, target: str) -> None:
    movies = "movieId,title,genres\n1,A\u200bli\x9b31men \u202e(1979),Drama\n2,\x1b]0;mine\x07Brazil (1985),Drama\n"
    ratings = "userId,movieId,rating,timestamp\n1,1,4.0,964982703\n"
    import_dataset(shapes.ml_csv(tmp_path / "set", movies=movies, ratings=ratings), None, target)
    with open_store(target) as store:
        assert [movie.label for movie in store.movies()] == ["Alien (1979)", "Brazil (1985)"]
    export_store(tmp_path / "out", target)
    assert (tmp_path / "out" / "movies.csv").read_text(encoding="utf-8") == movies


@pytest.mark.parametrize("make", [shapes.ml_100k, shapes.ml_1m, shapes.ml_10m, shapes.ml_csv, shapes.others])
@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_every_format_comes_back(tmp_path: Path, make: Callable[[Path], Path], name: str) -> None:
    one, two = (f"sqlite:///{tmp_path / file}" for file in ("one.db", "two.db"))
    import_dataset(make(tmp_path / "set"), None, one)
    export_store(tmp_path / name, one)
    result = import_dataset(tmp_path / name, None, two)
    assert (result.reading.format, result.source, result.reading.skipped) == ("matinee", "export", 0)
    assert _held(two) == _held(one)
    assert import_dataset(tmp_path / name, None, two).already


def test_the_ratings_of_a_csv_set_are_its_own_lines(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    folder = shapes.ml_csv(tmp_path / "set")
    import_dataset(folder, None, url)
    export_store(tmp_path / "out", url)
    ours, theirs = ((path / "ratings.csv").read_text().splitlines() for path in (tmp_path / "out", folder))
    assert sorted(ours) == sorted(theirs)


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(str.strip)
_NAME = _TEXT.map(tidy).filter(bool)
_MAYBE = st.none() | _TEXT
_GENRE = _TEXT.filter(lambda text: "|" not in text) | st.sampled_from(["Children's", "Children", "(no genres listed)"])
_MOVIE = st.fixed_dictionaries(
    {
        "title": _TEXT.filter(tidy) | st.sampled_from(["Foo, The", "Bar (1999)", "1984", "Baz, La (Qux, Le) (2000)"]),
        "year": st.none() | st.integers(1870, 2200),
        "genres": st.lists(_GENRE, max_size=3),
        "runtime": st.none() | st.integers(1, 100_000),
        "director": _MAYBE,
        "country": _MAYBE,
        "synopsis": _MAYBE,
        "original_title": _MAYBE,
    }
)
_EVENT = st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 10), st.integers(0, 253402300799))


@settings(max_examples=15, deadline=None)
@given(
    st.lists(_NAME, min_size=3, max_size=3, unique_by=name_key),
    st.lists(_MOVIE, min_size=3, max_size=3),
    st.lists(_EVENT, max_size=20),
)
def test_any_store_comes_back(
    names: list[str], movies: list[dict[str, object]], events: list[tuple[int, int, int, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        one, two = (f"sqlite:///{folder}/{name}.db" for name in ("one", "two"))
        with open_store(one) as store:
            _fill(store, names, movies, events)
        export_store(Path(folder, "a"), one)
        result = import_dataset(Path(folder, "a"), None, two)
        assert result.reading.skipped_lines == ()
        assert _held(two) == _held(one)
        with open_store(one) as first, open_store(two) as second:
            for user, again in zip(first.user_origins(), second.user_origins(), strict=True):
                kept = {e.movie_id: e.half_stars for e in first.ratings_of(user.user_id).values()}
                assert {e.movie_id: e.half_stars for e in second.ratings_of(again.user_id).values()} == kept
        export_store(Path(folder, "b"), two)
        assert _files(Path(folder, "b")) == _files(Path(folder, "a"))


def _fill(
    store: Store, names: list[str], movies: list[dict[str, object]], events: list[tuple[int, int, int, int]]
) -> None:
    users = [store.add_user(name).user_id for name in names]
    ids = [store.add_movie(**movie).movie_id for movie in movies]  # type: ignore[arg-type]
    for user, movie, half, at in events:
        if half:
            store.rate(users[user], ids[movie], half / 2, at)
        else:
            store.take_back(users[user], ids[movie], at)


def test_an_empty_store_comes_back(tmp_path: Path) -> None:
    one, two = (f"sqlite:///{tmp_path / name}" for name in ("one.db", "two.db"))
    open_store(one).close()
    export_store(tmp_path / "out", one)
    assert import_dataset(tmp_path / "out", None, two).written == 0


def test_nothing_is_overwritten_unless_forced(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    import_dataset(shapes.ml_1m(tmp_path / "set"), None, url)
    for name in ("out", "out.zip"):
        export_store(tmp_path / name, url)
        with pytest.raises(ExportFailed, match=r"exists: .*--force"):
            export_store(tmp_path / name, url)
        export_store(tmp_path / name, url, force=True)
    left = {path.name for path in itertools.chain(tmp_path.iterdir(), (tmp_path / "out").iterdir())}
    assert not any(name.endswith(".new") for name in left)


def test_one_store_gives_one_zip(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    import_dataset(shapes.ml_1m(tmp_path / "set"), None, url)
    (tmp_path / "a").mkdir()
    export_store(tmp_path / "x.zip", url)
    export_store(tmp_path / "a" / "x.zip", url)
    assert (tmp_path / "x.zip").read_bytes() == (tmp_path / "a" / "x.zip").read_bytes()
    assert zipfile.ZipFile(tmp_path / "x.zip").namelist() == [
        "x/viewers.csv", "x/movies.csv", "x/details.csv", "x/ratings.csv",
    ]  # fmt: skip


def test_places_that_can_not_be_written(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with pytest.raises(StoreUnreachable):
        export_store(tmp_path / "out", url)
    assert not (tmp_path / "out").exists()
    open_store(url).close()
    (tmp_path / "file").write_text("")
    for name in ("file/out", "file/out.zip"):
        with pytest.raises(ExportFailed, match="can't be written"):
            export_store(tmp_path / name, url)


def test_an_id_of_a_file_is_kept_where_it_can_be_else_a_new_number() -> None:
    assert file_ids(["7", None, "7", "0042", "a,b", "x" * 41, "", None]) == [
        "7",
        "8",
        "9",
        "0042",
        "10",
        "11",
        "12",
        "13",
    ]
    assert file_ids([None, "3"]) == ["4", "3"]
    assert file_ids([]) == []
