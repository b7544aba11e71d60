"""Into the store, on both engines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from engine.errors import BadEncoding, StoreNotEmpty, StoreReadOnly, StoreUnreachable, TooManyBadLines
from engine.importing.archive import DataFiles
from engine.importing.dataset import open_dataset
from engine.importing.detect import fingerprint
from engine.importing.load import ImportResult, import_dataset
from engine.store import open_store
from tests.importing import shapes
from tests.importing.contents import contents


def test_a_new_database_holds_the_data_set_alone(tmp_path: Path, target: str) -> None:
    result = import_dataset(shapes.ml_100k(tmp_path / "set"), None, target)
    assert (result.source, result.written, result.already) == ("ml-100k", 4, False)
    held = contents(target)
    assert held.users == [("2", "ml-100k", "2", 880000000), ("10", "ml-100k", "10", 880000001)]
    assert held.movies == [
        (("ml-100k", "1", "Postman, The (1994)"), "The Postman", 1994, ("Children's", "Drama"), *[None] * 5),
        (("ml-100k", "2", "Café Noir (1995) (V)"), "Café Noir (V)", 1995, ("Film-Noir",), *[None] * 5),
        (("ml-100k", "3", None), "unknown", None, (), *[None] * 5),
    ]
    assert held.events == [
        ("10", "2", 6, 880000001),
        ("10", "1", 10, 880000002),
        ("2", "1", 2, 880000000),
        ("2", "3", 8, 880000009),
    ]


def test_twice_is_once_from_any_copy(tmp_path: Path, target: str) -> None:
    folder = shapes.ml_csv(tmp_path / "ml-latest-small")
    import_dataset(folder, None, target)
    before = contents(target)
    again = import_dataset(shapes.pack(folder, tmp_path / "copy.zip", "other"), None, target)
    assert (again.already, again.written, again.reading.ratings) == (True, 0, 3)
    assert import_dataset(folder, None, target, merge=True).already
    assert contents(target) == before


def test_twice_is_once_after_the_app_was_used(tmp_path: Path, target: str) -> None:
    folder = shapes.ml_1m(tmp_path)
    import_dataset(folder, None, target)
    with open_store(target) as store:
        store.rate(store.add_user("Ana").user_id, 1, 4.5)
    assert import_dataset(folder, None, target).already
    with open_store(target) as store:
        assert store.counts().rating_events == 4


def test_the_latest_rating_counts_and_the_history_has_all(tmp_path: Path, target: str) -> None:
    ratings = "1::1::5::300\n1::2::3::100\n1::1::2::200\n"
    import_dataset(shapes.ml_1m(tmp_path, ratings=ratings), None, target)
    with open_store(target) as store:
        viewer = store.user("1")
        assert {e.movie_id: e.stars for e in store.ratings_of(viewer.user_id).values()} == {1: 5.0, 2: 3.0}
        assert [e.stars for e in store.history(viewer.user_id)] == [5.0, 2.0, 3.0]


def test_other_data_is_refused_with_the_remedy_and_nothing_is_written(tmp_path: Path, target: str) -> None:
    import_dataset(shapes.ml_1m(tmp_path / "a"), None, target)
    before = contents(target)
    with pytest.raises(StoreNotEmpty, match=r"holds other data \(ml-1m; 2 viewers, 3 movies\): .*--db.*--merge"):
        import_dataset(shapes.ml_100k(tmp_path / "b"), None, target)
    assert contents(target) == before


def test_viewers_of_the_app_are_other_data(tmp_path: Path, target: str) -> None:
    with open_store(target) as store:
        store.add_user("Ana")
    with pytest.raises(StoreNotEmpty, match=r"viewers and movies of your own"):
        import_dataset(shapes.ml_1m(tmp_path), None, target)


def test_merge_keeps_data_sets_apart_and_names_unique(tmp_path: Path, target: str) -> None:
    with open_store(target) as store:
        store.add_user("12")
    import_dataset(shapes.ml_1m(tmp_path / "a"), None, target, merge=True)
    import_dataset(shapes.ml_csv(tmp_path / "b"), None, target, merge=True)
    import_dataset(shapes.others(tmp_path / "c"), None, target, merge=True)
    with open_store(target) as store:
        assert [user.name for user in store.user_origins()] == [
            "12", "1", "2", "1 (ml-latest)", "20", "007", "12 (dat)",
        ]  # fmt: skip
        assert store.counts().movies == 3 + 3 + 3
        assert [e.movie_id for e in store.history(store.user("1 (ml-latest)").user_id)] == [4, 6]


def test_another_data_set_of_the_same_format_gets_a_name_of_its_own(tmp_path: Path, target: str) -> None:
    import_dataset(shapes.ml_1m(tmp_path / "a"), None, target)
    other = shapes.ml_1m(tmp_path / "b", ratings="1::1::1::5\n")
    result = import_dataset(other, None, target, merge=True)
    assert result.source.startswith("ml-1m-")
    assert import_dataset(other, None, target).source == result.source
    with open_store(target) as store:
        assert [user.name for user in store.user_origins()] == ["1", "2", f"1 ({result.source})"]
        assert store.counts().movies == 6


def test_ids_that_differ_in_capitals_are_two_viewers(tmp_path: Path, target: str) -> None:
    ratings = "Ann::0000042::1::5\nann::0000042::9::6\nAnn::42::2::7\n"
    import_dataset(shapes.others(tmp_path, ratings=ratings), None, target)
    assert [user[0] for user in contents(target).users] == ["Ann", "ann (dat)"]


def test_nothing_is_written_or_made_where_the_files_are_bad(tmp_path: Path) -> None:
    database = tmp_path / "store.db"
    with pytest.raises(TooManyBadLines):
        import_dataset(shapes.ml_1m(tmp_path, ratings="1::1::5::1\nbad\n"), None, f"sqlite:///{database}")
    assert not database.exists()


def test_an_explicit_keep_going_is_recorded(tmp_path: Path, target: str) -> None:
    folder = shapes.ml_1m(tmp_path, ratings="1::1::5::1\nbad\n")
    result = import_dataset(folder, None, target, keep_going=True)
    assert (result.written, result.reading.skipped) == (1, 1)
    with open_store(target) as store:
        [record] = store.imports()
        assert (record.state, record.n_ratings, record.n_skipped) == ("done", 1, 1)


def test_progress_tells_every_stage(tmp_path: Path, target: str) -> None:
    last: dict[str, tuple[int, int]] = {}

    def note(stage: str, done: int, total: int) -> None:
        last[stage] = (done, total)

    result: ImportResult = import_dataset(shapes.ml_100k(tmp_path), None, target, on_progress=note)
    assert {stage: figures for stage, figures in last.items() if stage != "reading"} == {
        "movies": (3, 3), "viewers": (2, 2), "ratings": (4, 4),
    }  # fmt: skip
    assert last["reading"][0] == last["reading"][1] > 0
    assert result.seconds > 0


def test_a_store_that_can_not_be_written_is_refused_before_the_files_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unread(*_: object) -> None:
        pytest.fail("the files were read first")

    monkeypatch.setattr(DataFiles, "pieces", unread)
    folder = shapes.ml_1m(tmp_path / "set")
    (tmp_path / "file").touch()
    with pytest.raises(StoreReadOnly, match=r"can't be written: .*file is no folder, or read-only\. Name another"):
        import_dataset(folder, None, f"sqlite:///{tmp_path}/file/a.db")
    with pytest.raises(StoreUnreachable, match=r"127\.0\.0\.1"):
        import_dataset(folder, None, "mysql://ana@127.0.0.1:1/films", merge=True)
    with open_store(f"sqlite:///{tmp_path}/own.db") as store:
        store.add_user("Ana")
    with pytest.raises(StoreNotEmpty, match=r"viewers and movies of your own"):
        import_dataset(folder, None, f"sqlite:///{tmp_path}/own.db")


@pytest.fixture
def bytes_read(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How much of each file has been read."""
    read: Counter[str] = Counter()
    open_file = DataFiles.open

    @contextmanager
    def counted(self: DataFiles, name: str) -> Iterator[IO[bytes]]:
        with open_file(self, name) as stream:
            yield stream
            read[name] += stream.tell()

    monkeypatch.setattr(DataFiles, "open", counted)
    return read


def test_files_are_read_once_for_lines_and_fingerprint(tmp_path: Path, bytes_read: Counter[str]) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    ratings = "userId,movieId,rating,timestamp\n" + "1,1,4.0,5\n" * 100_000
    import_dataset(shapes.ml_csv(tmp_path / "set", ratings=ratings), None, url)
    assert len(ratings) <= bytes_read["ratings.csv"] < 1.1 * len(ratings)  # the header was looked at before
    with open_store(url) as store:
        [record] = store.imports()
    with open_dataset(tmp_path / "set") as found:
        assert fingerprint(found) == record.fingerprint


def test_an_error_near_the_start_is_told_before_the_rest_is_read(tmp_path: Path, bytes_read: Counter[str]) -> None:
    folder = shapes.ml_csv(tmp_path / "set", ratings="userId,movieId,rating,timestamp\n\xff,1,1,1\n".encode("latin-1"))
    with (folder / "ratings.csv").open("ab") as file:
        file.truncate(1 << 30)
    with pytest.raises(BadEncoding, match=r"ratings\.csv, line 2"):
        import_dataset(folder, None, f"sqlite:///{tmp_path}/a.db")
    assert bytes_read["ratings.csv"] < 16 << 20


def test_an_id_of_blanks_beyond_ascii_is_a_bad_line_of_its_file(tmp_path: Path, target: str) -> None:
    """It can be no name; it ended an import after its movies were written."""
    folder = shapes.others(tmp_path, ratings="007::42::5::1\n" * 150 + "\u00a0::42::5::1\n")
    result = import_dataset(folder, None, target)
    assert [str(line) for line in result.reading.skipped_lines] == [
        "ratings.dat, line 151: the user id '\\xa0' shows no letter"
    ]
    assert result.reading.users == 1
