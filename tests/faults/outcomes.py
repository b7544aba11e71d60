"""What became of a run of faults: ratings acknowledged against ratings found, refusals, and defects."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from engine.store import Store
from engine.types import RatingEvent

SLOW_S = 10.0
"""Seconds in which whatever is wrong must have its answer."""
LONGEST_MESSAGE = 300
_EVENTS = "SELECT seq, user_id, movie_id, half_stars, rated_at FROM rating_events"
"""All rows, those behind the counter of the log too."""


@dataclass
class Outcomes:
    """The count of one run. Each rating of a run has a viewer and a time of its own, which tell it from all others."""

    tries: int = 0
    """Kills, cuts, files or texts that happened."""
    acknowledged: int = 0
    """Ratings whose writer was told that they are kept."""
    refused: int = 0
    """Ratings that ended in an error."""
    found: int = 0
    lost: int = 0
    """Acknowledged, and not found as they were acknowledged."""
    doubled: int = 0
    """Found more than once."""
    defects: list[str] = field(default_factory=list)
    """All else that must not be, each with the seed and number that show it again."""
    counts: Counter[str] = field(default_factory=Counter)
    """How often a try ended in each of its allowed ways."""
    slowest_s: float = 0.0
    longest_message: int = 0

    @property
    def sound(self) -> bool:
        """Whether nothing is lost, doubled or otherwise wrong."""
        return not (self.lost or self.doubled or self.defects)

    def add(self, other: Outcomes) -> None:
        """Count what happened elsewhere too."""
        for name in ("tries", "acknowledged", "refused", "found", "lost", "doubled"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.defects += other.defects
        self.counts += other.counts
        self.slowest_s = max(self.slowest_s, other.slowest_s)
        self.longest_message = max(self.longest_message, other.longest_message)

    def expect(self, held: bool, label: str, otherwise: str) -> None:
        """Note a defect unless something held."""
        if not held:
            self.defects.append(f"{label}: {otherwise}")

    def message(self, text: str, label: str, longest: int = LONGEST_MESSAGE) -> None:
        """Look at what is said of a fault: one line, short and printable."""
        self.longest_message = max(self.longest_message, len(text))
        clear = len(text) <= longest and text.isprintable()
        self.expect(clear, label, f"message of {len(text)} characters: {text[:200]!r}")

    @contextmanager
    def within_time(self, label: str, clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
        """Note a defect when it takes too long."""
        began = clock()
        yield
        took = clock() - began
        self.slowest_s = max(self.slowest_s, took)
        self.expect(took <= SLOW_S, label, f"took {took:.1f} s")

    @contextmanager
    def no_other_error(self, label: str) -> Iterator[None]:
        """Note as a defect whatever is raised."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - that none comes is what is tried
            self.defects.append(f"{label}: {type(error).__name__}: {str(error)[:200]!r}")


def events(store: Store) -> list[RatingEvent]:
    """All that a store holds."""
    return [RatingEvent(*row) for row in store.connection.read(lambda session: session.rows(_EVENTS))]


def compare(store: Store, acknowledged: Collection[RatingEvent], *, tries: int, refused: int = 0) -> Outcomes:
    """Look for what was acknowledged in a store in which nobody else has rated."""
    kept = events(store)
    by_seq = {event.seq: event for event in kept}
    made = {(event.user_id, event.rated_at) for event in kept}
    lost = sum(by_seq.get(event.seq) != event for event in acknowledged)
    outcomes = Outcomes(tries, len(acknowledged), refused, len(kept), lost, doubled=len(kept) - len(made))
    holes = len(set(range(1, len(kept) + 1)) - set(by_seq))
    outcomes.expect(not holes, str(store.url), f"{holes} numbers missing in the log")
    unannounced = outcomes.found - outcomes.acknowledged + outcomes.lost
    outcomes.expect(unannounced <= tries + refused, str(store.url), f"{unannounced} ratings that nobody was told of")
    return outcomes
