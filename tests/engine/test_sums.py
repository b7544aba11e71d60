from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.interactions import Array
from engine.models import remembered_sums as sums
from engine.models.remembered_sums import REMEMBERED, Sums

K = 37
TENTHS = np.arange(11, dtype=np.float32) / 10
ROWS = np.random.default_rng(0).standard_normal((K, K)).astype(np.float32)
HISTORIES = st.lists(st.dictionaries(st.integers(0, K - 1), st.integers(1, 10)), min_size=1, max_size=12)


@pytest.fixture(autouse=True)
def small_trees_for_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "LONG", 0)
    monkeypatch.setattr(sums, "LEAF", 5)


def asked(by: Sums, history: dict[int, int]) -> Array:
    columns = np.array(sorted(history), np.int64)
    half = np.array([history[column] for column in columns.tolist()], np.uint8)
    return by.of(columns, half)


@given(HISTORIES)
def test_a_sum_has_the_same_bits_whatever_was_asked_before(histories: list[dict[int, int]]) -> None:
    by = Sums(ROWS, TENTHS)
    for history in histories:
        found = asked(by, history)
        assert found.tolist() == asked(Sums(ROWS, TENTHS), history).tolist()
        wanted = sum((0.1 * half * ROWS[column] for column, half in history.items()), np.zeros(K))
        np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_one_rating_more_adds_one_leaf_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    by = Sums(ROWS, TENTHS)
    history = dict.fromkeys(range(K), 8)
    asked(by, history)
    leaves = list[int]()
    leaf = Sums._leaf
    monkeypatch.setattr(Sums, "_leaf", lambda self, start, half: leaves.append(start) or leaf(self, start, half))
    asked(by, history | {0: 10})
    asked(by, history)
    assert leaves == [0]


def test_what_is_changed_in_an_answer_does_not_come_back() -> None:
    by = Sums(ROWS, TENTHS)
    first = asked(by, {1: 10})
    kept = first.copy()
    first += 1
    assert asked(by, {1: 10}).tolist() == kept.tolist()


def test_only_the_newest_sums_are_remembered() -> None:
    by = Sums(ROWS, TENTHS)
    for half in range(1, 11):
        for column in range(K):
            asked(by, {column: half, (column + 1) % K: half})
    assert len(by._known) == REMEMBERED


def test_a_short_history_is_added_in_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "LONG", 2)
    by = Sums(ROWS, TENTHS)
    np.testing.assert_allclose(asked(by, {3: 10}), ROWS[3], atol=1e-6)
    assert not by._known
