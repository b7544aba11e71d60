"""What became of ratings under faults: those acknowledged against those found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from engine.store import Store
from engine.types import RatingEvent

EVERYTHING = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The count of one run. Each rating of a run has a time of its own, which tells it from all others."""

    faults: int
    """Kills or cuts that happened."""
    refused: int
    """Ratings that ended in an error."""
    acknowledged: int
    found: int
    lost: int
    """Acknowledged and not found as they were acknowledged."""
    doubled: int
    """Found more than once."""
    holes: int
    """Numbers missing in the log."""

    @property
    def unannounced(self) -> int:
        """Found and never acknowledged: what was under way."""
        return self.found - self.acknowledged + self.lost

    @property
    def sound(self) -> bool:
        """Whether nothing is lost, doubled or out of nowhere."""
        return self.lost == self.doubled == self.holes == 0 and self.unannounced <= self.faults + self.refused


def compare(
    store: Store, user_id: int, acknowledged: Collection[RatingEvent], *, faults: int, refused: int = 0
) -> Outcomes:
    """Look for what was acknowledged in the history of a viewer, who alone has rated in this store."""
    kept = store.history(user_id, limit=EVERYTHING)
    by_seq = {event.seq: event for event in kept}
    times = Counter(event.rated_at for event in kept)
    return Outcomes(
        faults=faults,
        refused=refused,
        acknowledged=len(acknowledged),
        found=len(kept),
        lost=sum(by_seq.get(event.seq) != event for event in acknowledged),
        doubled=sum(times.values()) - len(times),
        holes=len(set(range(1, len(kept) + 1)) - set(by_seq)),
    )
