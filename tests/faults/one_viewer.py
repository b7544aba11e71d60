"""One viewer who rates one movie again and again, while something is wrong and after it was mended."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from engine.errors import StoreError
from engine.store import Store, open_store
from engine.types import RatingEvent
from tests.faults.outcomes import Outcomes, compare

EACH = 1_000
"""Moments of a try, from its number times this on; the last is that of the rating after it."""
Try = Callable[[random.Random, int, str, Outcomes], list[RatingEvent]]
"""Of a generator of its own, the first moment, a label and the outcomes, makes what was acknowledged."""


def store_of(viewer: str, path: Path) -> Store:
    """A new store with a viewer and a movie, both of number 1."""
    store = open_store(f"sqlite:///{path}")
    store.add_user(viewer)
    store.add_movie("Alien")
    return store


def run(path: Path, seed: int, count: int, what: str, attempt: Try, mend: Callable[[], None]) -> Outcomes:
    """Make tries on one store, after each of which a rating must be possible again, and look for all of them."""
    outcomes = Outcomes()
    acknowledged: list[RatingEvent] = []
    store_of("Ana", path).close()
    url = f"sqlite:///{path}"
    for number in range(count):
        label = f"seed {seed}, {what} {number}"
        with outcomes.within_time(label), outcomes.no_other_error(label):
            acknowledged += attempt(random.Random(f"{seed} {number}"), number * EACH, label, outcomes)
        mend()
        with open_store(url) as store:
            acknowledged.append(store.rate(1, 1, 5, rated_at=number * EACH + EACH - 1))
    with open_store(url) as store:
        found = compare(store, acknowledged, tries=count, refused=outcomes.refused)
    outcomes.refused = 0
    outcomes.add(found)
    return outcomes


def rate(store: Store, chance: random.Random, moment: int, outcomes: Outcomes) -> list[RatingEvent]:
    """Rate once; what was acknowledged. A refusal is counted and looked at."""
    try:
        return [store.rate(1, 1, chance.randint(1, 10) / 2, rated_at=moment)]
    except StoreError as error:
        outcomes.message(str(error), "a refused rating")
        outcomes.refused += 1
        return []
