"""A few damaged checkpoints, each time the same ones."""

from __future__ import annotations

from tests.faults import mutated_checkpoints


def test_a_damaged_checkpoint_is_set_aside_or_answers_with_numbers() -> None:
    outcomes = mutated_checkpoints.run(seed=1, count=60)
    assert outcomes.defects == []
    assert outcomes.counts["set aside"] > 40
