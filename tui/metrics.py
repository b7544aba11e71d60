"""The curves' memory: the newest training records in order, and where the viewer's ratings fell between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.types import TrainingRecord

_KEPT = 4096

Point = tuple[float, float]


@dataclass(slots=True)
class MetricsLog:
    """Records are numbered from 0 in the order seen; the number is the curves' horizontal axis."""

    records: list[TrainingRecord] = field(default_factory=list)
    first: int = 0
    """Number of `records[0]`."""
    ratings: list[int] = field(default_factory=list)
    """Numbers of the records that were next when a rating was stored."""

    @property
    def last(self) -> int:
        """Number of the next record."""
        return self.first + len(self.records)

    def extend(self, snapshot: Sequence[TrainingRecord]) -> bool:
        """Take up what the snapshot of the engine's ring holds beyond the last record seen; True if anything."""
        fresh = list(snapshot)
        if self.records:
            newest = self.records[-1]
            known = next((place for place in range(len(snapshot) - 1, -1, -1) if snapshot[place] is newest), -1)
            fresh = list(snapshot[known + 1 :])
        self.records.extend(fresh)
        surplus = len(self.records) - _KEPT
        if surplus > 0:
            del self.records[:surplus]
            self.first += surplus
            self.ratings = [mark for mark in self.ratings if mark >= self.first]
        return bool(fresh)

    def mark_rating(self) -> None:
        """A rating was stored now."""
        self.ratings.append(self.last)

    def losses(self) -> list[Point]:
        """Training loss over the record numbers."""
        return [
            (self.first + place, record.loss) for place, record in enumerate(self.records) if record.loss is not None
        ]

    def validations(self) -> list[Point]:
        """Validation RMSE in stars over the record numbers."""
        return [
            (self.first + place, record.val_rmse)
            for place, record in enumerate(self.records)
            if record.val_rmse is not None
        ]

    @property
    def newest(self) -> TrainingRecord | None:
        """The last record."""
        return self.records[-1] if self.records else None

    def newest_with(self, field_name: str) -> float | None:
        """The last value of a figure that not every record has."""
        for record in reversed(self.records):
            value = getattr(record, field_name)
            if value is not None:
                return float(value)
        return None

    def runs(self) -> list[TrainingRecord]:
        """The last record of every run that ended, newest first."""
        return [record for record in reversed(self.records) if record.event == "done"]
