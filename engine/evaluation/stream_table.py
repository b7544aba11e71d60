"""What the arms of a stream come to, and what incremental learning keeps of full retraining."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arm:
    """One line of the table."""

    name: str
    rmse: float
    """Over the stream, each rating predicted before it was learned."""
    ndcg: float
    """Mean over lists: one for each viewer of a batch with a positive in it."""
    old_rmse: float
    """On the old held-out ratings, after the stream."""
    seconds: float
    """Time in learning and training; predicting not included."""
    rmse_by_part: tuple[float, ...] = ()
    """RMSE of ten equal parts of the stream, in order up to that within a batch."""


@dataclass(frozen=True, slots=True)
class StreamTable:
    """All arms on one stream."""

    preset: str
    seed: int
    train: int
    old: int
    late: int
    first_seconds: float
    """The training that all arms start from."""
    arms: tuple[Arm, ...]

    def gain_kept(self, over: str) -> float | None:
        """The gain in RMSE of incremental over another arm, as a share of the gain of the retrained arm.

        None where full retraining gains nothing.
        """
        base, incremental, retrained = (self._arm(name).rmse for name in (over, "incremental", "retrained"))
        return (base - incremental) / (base - retrained) if base > retrained else None

    @property
    def time_share(self) -> float:
        """Seconds of the incremental arm over those of the retrained arm."""
        return self._arm("incremental").seconds / max(self._arm("retrained").seconds, 1e-9)

    @property
    def forgotten(self) -> float:
        """How much the incremental arm is worse on the old held-out ratings than the weights that it started from.

        Its viewers' histories have grown meanwhile, which those weights do not see.
        """
        return self._arm("incremental").old_rmse - self._arm("frozen").old_rmse

    @property
    def forgotten_over_fold_in(self) -> float:
        """The same over the weights that it started from with the histories that it has: what the weights lost."""
        return self._arm("incremental").old_rmse - self._arm("fold-in").old_rmse

    def _arm(self, name: str) -> Arm:
        return next(arm for arm in self.arms if arm.name == name)
