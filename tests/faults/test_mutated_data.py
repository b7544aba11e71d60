from __future__ import annotations

from tests.faults.mutated_data import run
from tests.faults.outcomes import LONGEST_MESSAGE


def test_damaged_data_sets_are_imported_or_refused_clearly() -> None:
    outcomes = run(seed=7, count=200)
    assert outcomes.defects == []
    assert outcomes.counts.total() == 200
    assert outcomes.counts["imported"] >= 20
    assert outcomes.longest_message <= LONGEST_MESSAGE


def test_the_same_seed_damages_in_the_same_way() -> None:
    assert run(seed=3, count=30).counts == run(seed=3, count=30).counts
