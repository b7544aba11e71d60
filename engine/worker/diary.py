"""What becomes of a run is written down: its settings, its curve, its figures."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from engine import __version__
from engine.runs import Curve, KeptRun

if TYPE_CHECKING:
    from engine.recommender import Recommender
    from engine.runs import Outcome, RunFolder
    from engine.types import RunKind, TrainingRecord


class Diary:
    """The runs of one store. Used by the loop's thread."""

    def __init__(self, folder: RunFolder, store_uuid: str) -> None:
        self._folder = folder
        self._store_uuid = store_uuid
        self._curve = Curve()
        self._began_at = 0
        self._last: TrainingRecord | None = None

    def begin(self) -> None:
        """A run begins now."""
        self._curve, self._last, self._began_at = Curve(), None, int(time.time())

    def note(self, record: TrainingRecord) -> None:
        """A record of the run in progress."""
        self._last = record
        self._curve.note(record)

    def end(self, kind: RunKind, model: Recommender | None, trained_seq: int, outcome: Outcome, why: str = "") -> None:
        """Write the run down; a run without a record has nothing to tell. Raises OSError."""
        record = self._last
        if record is None or model is None:
            return
        self._last = None
        state = model.state
        full = kind == "full"
        self._folder.keep(
            KeptRun(
                run_id=self._folder.next_id() if full else f"i{trained_seq}",
                kind=kind,
                preset=state.config.name,
                seed=state.seed,
                device=record.device,
                version=__version__,
                store=self._store_uuid,
                trained_seq=trained_seq,
                began_at=self._began_at,
                seconds=round(record.elapsed_s, 3),
                epochs=record.epoch,
                n_users=len(model.users),
                n_movies=len(model.movies),
                n_ratings=state.matrix.n_ratings,
                outcome=outcome,
                why=why,
                loss=record.loss,
                val_rmse=record.val_rmse,
                val_ndcg10=record.val_ndcg10,
                drift=record.drift,
                settings=asdict(state.config) if full else {},
                curve=self._curve.points if full else (),
            )
        )
