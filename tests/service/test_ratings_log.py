"""The columnar copy of the log: true, checked, grown by the new events alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.store import EventColumns, Store
from engine.worker.data import RatingsLog, current, frame, latest, movie_frame
from tests.service.harness import make_store, store_of


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    make_store(tmp_path / "m.db", users=10, movies=8)
    with store_of(tmp_path) as opened:
        yield opened


def log_of(store: Store, folder: Path) -> RatingsLog:
    """One that saves its copy with every new event."""
    return RatingsLog(store, folder, least_saved=1)


class Counting:
    """A store that counts how many events it gave."""

    def __init__(self, store: Store) -> None:
        self.store, self.uuid, self.read = store, store.uuid, 0

    def events_after(self, seq: int, limit: int | None = None) -> EventColumns:
        events = self.store.events_after(seq, limit)
        self.read += len(events.seq)
        return events


def same(a: EventColumns, b: EventColumns) -> bool:
    return all(np.array_equal(x, y) and x.dtype == y.dtype for x, y in zip(a, b, strict=True))


def test_with_a_copy_only_samples_and_new_events_are_read(store: Store, tmp_path: Path) -> None:
    assert same(log_of(store, tmp_path).columns, store.events_after(0))
    store.rate(1, 1, 2.5)
    counting = Counting(store)
    log = log_of(counting, tmp_path)  # type: ignore[arg-type]
    assert counting.read == 8 + 1
    assert same(log.columns, store.events_after(0))


def test_new_events_come_at_the_end(store: Store, tmp_path: Path) -> None:
    log = log_of(store, tmp_path)
    before = log.seq
    store.rate(1, 1, 2.5)
    store.take_back(1, 1)
    assert log.read_new_events().half_stars.tolist() == [5, 0]
    assert log.seq == before + 2
    assert log.after(before + 1).half_stars.tolist() == [0]
    assert len(log.columns.seq) == before + 2


@pytest.mark.parametrize("spoil", ["cut", "other store", "value", "empty", "text"])
def test_a_copy_that_is_not_true_is_read_anew(store: Store, tmp_path: Path, spoil: str) -> None:
    log_of(store, tmp_path)
    path = tmp_path / "ratings.npz"
    if spoil == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    elif spoil in ("empty", "text"):
        path.write_bytes(b"" if spoil == "empty" else b"hello")
    else:
        with np.load(path) as file:
            arrays = dict(file)
        if spoil == "value":
            arrays["half_stars"][-1] += 1
        else:
            arrays["uuid"] = np.array("another")
        np.savez(path, **arrays)  # type: ignore[arg-type]
    assert same(log_of(store, tmp_path).columns, store.events_after(0))


@pytest.mark.parametrize(
    ("place", "bit"), [(6, 6), (8, 0), (10, 1), (0, 3)], ids=["version", "encrypted", "compression", "mark"]
)
def test_a_flipped_bit_in_the_directory_of_the_copy_is_read_anew(
    store: Store, tmp_path: Path, place: int, bit: int
) -> None:
    log_of(store, tmp_path)
    path = tmp_path / "ratings.npz"
    spoiled = bytearray(path.read_bytes())
    spoiled[spoiled.index(b"PK\x01\x02") + place] ^= 1 << bit
    path.write_bytes(spoiled)
    assert same(log_of(store, tmp_path).columns, store.events_after(0))


def test_a_copy_that_can_t_be_written_costs_nothing_but_the_copy(store: Store, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    log = log_of(store, blocked)
    assert same(log.columns, store.events_after(0))
    assert log.unsaved is not None
    blocked.unlink()
    log.save()
    assert log.unsaved is None


def test_an_empty_log_has_empty_columns(tmp_path: Path) -> None:
    from engine.store import open_store

    with open_store(f"sqlite:///{tmp_path}/empty.db") as store:
        log = log_of(store, tmp_path)
        assert log.seq == 0
        assert len(current(log.columns).seq) == 0


def columns(*rows: tuple[int, int, int]) -> EventColumns:
    seqs = range(1, len(rows) + 1)
    table = np.array([(seq, *row, 100 + seq) for seq, row in zip(seqs, rows, strict=True)], np.int64)
    return EventColumns(*(table[:, column] for column in range(5)))


def test_the_last_event_of_a_pair_counts() -> None:
    events = columns((1, 1, 4), (1, 2, 6), (1, 1, 0), (2, 1, 9), (1, 2, 7))
    assert latest(events).seq.tolist() == [3, 4, 5]
    assert current(events).seq.tolist() == [4, 5]


def test_a_frame_has_stars_and_nan_for_a_rating_taken_back() -> None:
    made = frame(columns((1, 7, 9), (2, 7, 0)))
    assert made["stars"].tolist()[0] == 4.5
    assert np.isnan(made["stars"].tolist()[1])
    assert made["at"].tolist() == [101, 102]


def test_movies_join_their_genres(store: Store) -> None:
    made = movie_frame(store.movies()[:2])
    assert made.to_dict("list") == {
        "movie": [1, 2],
        "title": ["Film 0", "Film 1"],
        "year": [1950, 1951],
        "genres": ["Comedy", "Drama"],
    }
