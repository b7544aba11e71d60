"""The clock is set back and forth between ratings and checkpoints: the order in which things happened counts."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from unittest import mock

from engine.service.settings import Settings
from engine.store import open_store
from engine.types import RatingEvent
from engine.worker.checkpoints import Checkpoints
from tests.faults.outcomes import Outcomes, compare
from tests.faults.trained import small_store
from tests.service.harness import store_of

_MOVIES = 4
_TIMES = ((-(2**40), -1, 0), (1,), (2**31,), (2**33,), (253_402_300_799, 2**50))
"""Those of one group become the same moment in the store, whose bounds they pass."""
_SAVE_EACH = 5
"""Every so many ratings one checkpoint: a save takes longer."""


def run(seed: int, count: int) -> Outcomes:
    """Rate `count` times, each at another time of the clock, and save checkpoints in between."""
    outcomes = Outcomes()
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="matinee-faults-") as name:
        with outcomes.no_other_error(f"seed {seed}"):
            outcomes.add(_rate(Path(name), chance, count, f"seed {seed}"))
        with outcomes.no_other_error(f"seed {seed}, checkpoints"):
            _save(Path(name), chance, max(2, count // _SAVE_EACH), f"seed {seed}, checkpoints", outcomes)
    return outcomes


def _rate(folder: Path, chance: random.Random, count: int, label: str) -> Outcomes:
    """Each rating by a viewer of its own, whose second rating at an earlier time replaces the first."""
    acknowledged: list[RatingEvent] = []
    with open_store(f"sqlite:///{folder}/clock.db") as store:
        store.add_movie("Alien")
        last: dict[int, RatingEvent] = {}
        for number in range(count):
            user = store.add_user(f"viewer {number}").user_id
            for moment in map(chance.choice, chance.sample(_TIMES, 2)):
                with mock.patch("time.time", return_value=float(moment)):
                    last[user] = store.rate(user, 1, chance.randint(1, 10) / 2)
                acknowledged.append(last[user])
        outcomes = compare(store, acknowledged, tries=count)
        current = all(store.ratings_of(user).get(1) == event for user, event in last.items())
    outcomes.expect(current, label, "an earlier rating counts because its clock was ahead")
    return outcomes


def _save(folder: Path, chance: random.Random, count: int, label: str, outcomes: Outcomes) -> None:
    small_store(folder)
    with store_of(folder) as store:
        checkpoints = Checkpoints(store, Settings(cache_dir=str(folder / "cache")))
        found = checkpoints.load()
        assert found.model is not None
        for number in range(count):
            found.model.tags["number"] = number
            with mock.patch("time.time_ns", return_value=chance.choice(chance.choice(_TIMES)) * 1_000_000_000):
                checkpoints.save(found.model, found.trained_seq, found.trained_seq, "full", 1.0)
            newest = store.checkpoints()[0].file_name
            states = checkpoints.examine()
            outcomes.expect(states[0].file == newest, label, f"{states[0].file} counts as newer than {newest}")
            outcomes.expect(all(state.state == "good" for state in states), label, f"{states}")
            outcomes.counts["checkpoints saved"] += 1
