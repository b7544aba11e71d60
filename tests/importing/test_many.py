"""More ratings than are held at once: the same data set as of a loop over lines, in memory that does not grow."""

from __future__ import annotations

import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ImportFailed, TooManyBadLines
from engine.importing import limits, read_dataset, rows, table
from engine.importing.archive import DataFiles, open_archive
from engine.importing.dataset import open_dataset
from engine.importing.formats import FORMATS
from engine.importing.ids import IdNumbers
from engine.importing.join import RawDataset, join
from engine.importing.load import import_dataset
from engine.importing.order import Sizes
from engine.importing.readers import movielens, read_raw
from engine.importing.report import LineTally
from engine.importing.rows import Rows
from engine.store import BulkWriter, NewEvents
from tests.importing import shapes

Line = tuple[int, int, int, int]
MOVIES = (1, 2, 7)
_PAIRS = 5_003 * 97
"""Of viewers and movies, in more ratings than that."""
HEADER = "userId,movieId,rating,timestamp\n"


def _many(folder: Path, n: int) -> Path:
    """Ratings in no order of viewers or time; each viewer rates some movies again."""
    user, at = np.arange(n) * 7_919 % 5_003, 1_000_000_000 + np.arange(n) * 104_729 % 1_000_003
    movie, rating = np.arange(n) % 97 + 1, np.arange(n) % 5 + 1
    lines = zip(user.tolist(), movie.tolist(), rating.tolist(), at.tolist(), strict=True)
    shapes.write(folder, {"movies.csv": "movieId,title,genres\n" + "".join(f"{m},A,War\n" for m in range(1, 98))})
    return shapes.write(folder, {"ratings.csv": HEADER + "".join(f"{u},{m},{r},{t}\n" for u, m, r, t in lines)})


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables that go to the disk soon."""
    monkeypatch.setattr(rows, "IN_MEMORY", 1 << 20)


# ------------------------------------------------------------------------------------------------------------- memory


@pytest.mark.usefixtures("small")
def test_memory_does_not_grow_with_the_ratings(tmp_path: Path) -> None:
    def peak(n: int) -> int:
        folder = _many(tmp_path / str(n), n)
        tracemalloc.start()
        try:
            with open_dataset(folder) as found:
                joined = join(read_raw(found, LineTally()), LineTally(), Sizes(20_000, 20_000))
            assert (len(joined.events), joined.current) == (n, _PAIRS)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few, many = 500_000, 1_000_000  # both are more than a block of lines, which takes 50 MB
    assert (peak(many) - peak(few)) / (many - few) < 8


def test_events_are_written_a_few_batches_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[int] = []
    write = BulkWriter.add_events

    def noted(self: BulkWriter, events: NewEvents, total: int | None = None) -> int:
        lengths.append(len(events.user_id))
        return write(self, events, total)

    monkeypatch.setattr(BulkWriter, "add_events", noted)
    result = import_dataset(_many(tmp_path / "set", 3_210), None, f"sqlite:///{tmp_path}/a.db", batch=100)
    assert (result.written, lengths) == (3_210, [1_000, 1_000, 1_000, 210])


# ------------------------------------------------------------------------------------------------------- the same data


@given(
    lines=st.lists(
        st.tuples(st.integers(1, 9), st.sampled_from((*MOVIES, 5)), st.integers(0, 6), st.integers(0, 4)), min_size=1
    ),
    sizes=st.builds(Sizes, st.integers(1, 5), st.integers(1, 9)),
)
def test_chunks_and_parts_make_what_a_loop_makes(lines: list[Line], sizes: Sizes) -> None:
    tally = LineTally()
    with tempfile.TemporaryDirectory() as folder:
        joined = join(_raw(Path(folder), lines, tally), tally, sizes)
    good = [(user, movie, stars, at) for user, movie, stars, at in lines if movie in MOVIES and 1 <= stars <= 5]
    users = sorted({user for user, *_ in good})
    wanted = sorted(good, key=lambda line: (line[0], line[3]))
    last = {(user, movie): number for number, (user, movie, *_) in enumerate(wanted)}
    assert joined.events.read(0, len(wanted)).tolist() == [
        (users.index(user), MOVIES.index(movie), 2 * stars, last[user, movie] == number, at)
        for number, (user, movie, stars, at) in enumerate(wanted)
    ]
    assert [(int(viewer.id), viewer.created_at) for viewer in joined.viewers] == [
        (user, min(at for one, *_, at in good if one == user)) for user in users
    ]
    assert (joined.current, tally.bad) == (len(last), len(lines) - len(good))


def _raw(folder: Path, lines: list[Line], tally: LineTally) -> RawDataset:
    shapes.ml_1m(folder, ratings="".join(f"{u}::{m}::{r}::{t}\n" for u, m, r, t in lines))
    with open_archive(folder) as archive:
        return movielens.read_dat(DataFiles(archive, ""), FORMATS["ml-1m"], tally)


@given(st.lists(st.sampled_from([b"1", b"10", b"9", b"007", b"a", "é".encode(), "é".encode("latin-1"), b"\xff"])))
def test_ids_are_numbered_as_they_come_and_sorted_as_their_bytes(texts: list[bytes]) -> None:
    numbers = IdNumbers("ratings.dat", "viewers")
    got = [numbers.text(int(numbers.of(np.array([text]))[0])) for text in texts]
    assert got == [text.decode() if text != b"\xe9" and text != b"\xff" else text.decode("latin-1") for text in texts]
    assert len(numbers) == len(set(got))
    in_order = [numbers.text(int(number)) for number in numbers.in_order()]
    if all(text in (b"1", b"10", b"9") for text in texts):
        assert in_order == sorted(set(got), key=int)
    else:
        assert in_order == list(dict.fromkeys(text for _, text in sorted(zip(texts, got, strict=True))))


# ---------------------------------------------------------------------------------------------------------- refusals


def test_ids_have_a_bound() -> None:
    numbers = IdNumbers("ratings.dat", "viewers", most=2)
    numbers.of(np.array([1, 2, 1]))
    with pytest.raises(ImportFailed, match=r"ratings\.dat names more than 2 viewers: import a part of it"):
        numbers.of(np.array([3]))


def test_a_viewer_with_more_ratings_than_are_sorted_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.importing.join.MAX_OF_A_VIEWER", 2)
    folder = shapes.ml_1m(tmp_path, ratings="1::1::5::1\n2::1::5::1\n2::2::5::2\n2::1::4::3\n")
    with pytest.raises(ImportFailed, match=r"ratings\.dat: user 2 has more than 2 ratings"):
        read_dataset(folder)


def test_ratings_beyond_the_room_of_the_disk_are_refused_at_the_first_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "free_room", lambda: 10 * limits.DISK_OF_A_RATING)
    with pytest.raises(ImportFailed, match=r"about 50 ratings need 0\.0 GB of disk, and 0\.0 GB are free: make room"):
        read_dataset(_many(tmp_path, 50))


@pytest.mark.usefixtures("small")
def test_a_disk_that_fills_is_named_and_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "spill_folder", lambda: tmp_path / "gone")
    with pytest.raises(ImportFailed, match=r"gone can't hold the ratings while they are sorted \(No such file"):
        import_dataset(_many(tmp_path / "set", 60_000), None, f"sqlite:///{tmp_path}/a.db")
    assert not (tmp_path / "a.db").exists()


def test_large_tables_lie_in_the_cache_folder_or_where_there_is_a_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert rows.spill_folder() == tmp_path / "cache" / "matinee"
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert rows.spill_folder() == Path(tempfile.gettempdir())


@pytest.mark.usefixtures("small")
def test_rows_are_what_was_written_wherever_they_lie() -> None:
    kind = np.dtype([("number", np.int64)])
    with Rows(kind) as table:
        for start in range(0, 300_000, 100_000):
            table.append(np.arange(start, start + 100_000).view(kind))
        table.write(10, np.array([7]).view(kind))
        assert len(table) == 300_000
        assert np.concatenate([part["number"] for part in table.chunks(70_000)]).sum() == sum(range(300_000)) - 3
        assert table.read(9, 12)["number"].tolist() == [9, 7, 11]


@pytest.mark.parametrize(
    ("line", "reason"),
    [("1,5,4.0,1\n", "movie 5 is not in movies.csv"), ("1,1,7.0,1\n", "the rating 7 is off the scale")],
)
def test_reading_stops_when_too_many_ratings_can_not_be_joined(tmp_path: Path, line: str, reason: str) -> None:
    folder = shapes.ml_csv(tmp_path, ratings=HEADER + "1,1,4.0,1\n" + line * 1_500_000)
    seen: list[int] = []
    with pytest.raises(TooManyBadLines, match=rf"ratings\.csv, line 3: {reason}"):
        read_dataset(folder, on_progress=lambda done, _: seen.append(done))
    assert max(seen, default=0) < 15_000_000 / 2


def test_the_same_of_a_catalogue_that_is_read_last(tmp_path: Path) -> None:
    folder = shapes.ml_1m(tmp_path, ratings="1::1::4::1\n" + "1::5::4::1\n" * 1_500_000)
    seen: list[int] = []
    with pytest.raises(TooManyBadLines, match=r"ratings\.dat, line 2: movie 5 is not in movies\.dat"):
        read_dataset(folder, on_progress=lambda done, _: seen.append(done))
    assert max(seen, default=0) < 16_000_000 / 2
