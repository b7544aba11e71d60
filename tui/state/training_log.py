"""The curves' memory: the newest training records in order, and where the viewer's ratings fell between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.types import TrainingRecord

_KEPT = 4096
_POINTS = 800
"""Twice the columns of dots of a wide terminal."""

Point = tuple[float, float]


@dataclass(slots=True)
class Curve:
    """A series of points that never grows beyond what a screen can show: old neighbours are averaged in pairs."""

    points: list[Point] = field(default_factory=list)

    def add(self, at: float, value: float) -> None:
        """A point to the right of all others."""
        self.points.append((at, value))
        if len(self.points) > _POINTS:
            *old, newest = self.points
            pairs = zip(old[::2], old[1::2], strict=True)
            self.points = [*(((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in pairs), newest]


@dataclass(slots=True)
class TrainingLog:
    """Records are numbered from 0 in the order seen; the number is the curves' horizontal axis."""

    records: list[TrainingRecord] = field(default_factory=list)
    first: int = 0
    """Number of `records[0]`."""
    ratings: list[int] = field(default_factory=list)
    """Numbers of the records that were next when a rating was stored."""
    losses: Curve = field(default_factory=Curve)
    """Training loss over the record numbers."""
    validations: Curve = field(default_factory=Curve)
    """Validation RMSE in stars of full trainings, over the record numbers."""
    validation: float | None = None
    """The newest of them."""
    gate: float | None = None
    """The newest RMSE of an incremental run: on the few ratings that decide whether its weights are taken, so it stands
    in no curve with the others."""
    ndcg: float | None = None
    """NDCG@10 of the last full training."""

    @property
    def last(self) -> int:
        """Number of the next record."""
        return self.first + len(self.records)

    @property
    def span(self) -> tuple[float, float]:
        """What the curves show: from the first figure, since a run that compiles has none, to the newest record."""
        begins = [curve.points[0][0] for curve in (self.losses, self.validations) if curve.points]
        first = max(float(self.first), min(begins, default=0.0))
        return first, max(first + 1, float(self.last - 1))

    def extend(self, snapshot: Sequence[TrainingRecord]) -> bool:
        """Take up what the snapshot of the engine's ring holds beyond the last record seen; True if anything."""
        new = list(snapshot)
        if self.records:
            newest = self.records[-1]
            known = next((place for place in range(len(snapshot) - 1, -1, -1) if snapshot[place] is newest), -1)
            new = list(snapshot[known + 1 :])
        for number, record in enumerate(new, start=self.last):
            if record.loss is not None:
                self.losses.add(number, record.loss)
            self._note_validation(number, record)
        self.records.extend(new)
        surplus = len(self.records) - _KEPT
        if surplus > 0:
            del self.records[:surplus]
            self.first += surplus
            self.ratings = [mark for mark in self.ratings if mark >= self.first]
        return bool(new)

    def _note_validation(self, number: int, record: TrainingRecord) -> None:
        if record.run == "incremental":
            self.gate = self.gate if record.val_rmse is None else record.val_rmse
            return
        self.ndcg = self.ndcg if record.val_ndcg10 is None else record.val_ndcg10
        if record.val_rmse is not None:
            self.validation = record.val_rmse
            self.validations.add(number, record.val_rmse)

    def mark_rating(self) -> None:
        """A rating was stored now."""
        self.ratings.append(self.last)

    @property
    def newest(self) -> TrainingRecord | None:
        """The newest record; None before the first."""
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
