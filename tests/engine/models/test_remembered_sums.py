from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.data.arrays import Array
from engine.models.remembered_sums import REMEMBERED, RememberedSums

K = 37
TENTHS = np.arange(11, dtype=np.float32) / 10
ROWS = np.random.default_rng(0).standard_normal((K, K)).astype(np.float32)
HISTORIES = st.lists(st.dictionaries(st.integers(0, K - 1), st.integers(1, 10)), min_size=1, max_size=12)


def small_trees() -> RememberedSums:
    """A tree for every history, of leaves of five columns."""
    return RememberedSums(ROWS, TENTHS, long=0, leaf=5)


class CountingLeaves(RememberedSums):
    """Notes where the leaves begin that are added up."""

    def __init__(self) -> None:
        super().__init__(ROWS, TENTHS, long=0, leaf=5)
        self.leaves = list[int]()

    def _leaf(self, start: int, half: bytes) -> Array:
        self.leaves.append(start)
        return super()._leaf(start, half)


def asked(by: RememberedSums, history: dict[int, int]) -> Array:
    columns = np.array(sorted(history), np.int64)
    half = np.array([history[column] for column in columns.tolist()], np.uint8)
    return by.of(columns, half)


@given(HISTORIES)
def test_a_sum_has_the_same_bits_whatever_was_asked_before(histories: list[dict[int, int]]) -> None:
    by = small_trees()
    for history in histories:
        found = asked(by, history)
        assert found.tolist() == asked(small_trees(), history).tolist()
        wanted = sum((0.1 * half * ROWS[column] for column, half in history.items()), np.zeros(K))
        np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_one_rating_more_adds_one_leaf_up_again() -> None:
    by = CountingLeaves()
    history = dict.fromkeys(range(K), 8)
    asked(by, history)
    by.leaves.clear()
    asked(by, history | {0: 10})
    asked(by, history)
    assert by.leaves == [0]


def test_what_is_changed_in_an_answer_does_not_come_back() -> None:
    by = small_trees()
    first = asked(by, {1: 10})
    kept = first.copy()
    first += 1
    assert asked(by, {1: 10}).tolist() == kept.tolist()


def test_only_the_newest_sums_are_remembered() -> None:
    by = small_trees()
    for half in range(1, 11):
        for column in range(K):
            asked(by, {column: half, (column + 1) % K: half})
    assert len(by._known) == REMEMBERED


def test_a_short_history_is_added_in_one_pass() -> None:
    by = RememberedSums(ROWS, TENTHS, long=2)
    np.testing.assert_allclose(asked(by, {3: 10}), ROWS[3], atol=1e-6)
    assert not by._known
