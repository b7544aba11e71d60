"""A few damaged copies of the rating log, each time the same ones."""

from __future__ import annotations

from tests.faults import mutated_caches


def test_a_damaged_copy_never_stops_the_engine_nor_changes_a_rating() -> None:
    outcomes = mutated_caches.run(seed=1, count=80)
    assert outcomes.defects == []
    assert outcomes.counts == {"true": 80}
