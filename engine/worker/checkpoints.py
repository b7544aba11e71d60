"""Checkpoints of one store: found, checked, set aside when damaged, written after training.

A checkpoint is a file in the cache folder, tied by its tags to the store's uuid and to the last rating event in its
weights. The store's table of checkpoints tells what was trained; it is a record, not what decides.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import CheckpointDamaged
from engine.recommender import Recommender

if TYPE_CHECKING:
    from pathlib import Path

    from engine.store import Store

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Found:
    """What lay in the cache folder."""

    model: Recommender | None
    trained_seq: int = 0
    problem: str = ""
    """Why there is no model although there was a file; empty when there was none."""


class Checkpoints:
    """The checkpoint file of one store, preset and seed."""

    def __init__(self, store: Store, folder: Path, preset: str, seed: int) -> None:
        self._store = store
        self._preset = preset
        self._seed = seed
        self.path = folder / f"{preset}-seed{seed}.ckpt"

    def load(self, device: str) -> Found:
        """The model, if the file is whole and fits this store. A damaged file is set aside, another store's left."""
        if not self.path.exists():
            return Found(None)
        try:
            model = Recommender.load(self.path, device=device)
        except CheckpointDamaged as error:
            aside = self._set_aside()
            return Found(None, problem=f"{error} It was set aside as {aside.name}; the model is trained again.")
        trained_seq = model.tags.get("trained_seq", -1)
        if model.tags.get("store_uuid") != self._store.uuid or not 0 <= trained_seq <= self._store.last_seq():
            return Found(None, problem=f"The checkpoint {self.path.name} belongs to another store; training anew.")
        return Found(model, trained_seq)

    def save(self, model: Recommender, trained_seq: int) -> None:
        """Write the file atomically and note it in the store."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        tags = {
            "store_uuid": self._store.uuid,
            "trained_seq": trained_seq,
            "preset": self._preset,
            "seed": self._seed,
        }
        model.save(self.path, tags)

    def _set_aside(self) -> Path:
        aside = self.path.with_suffix(f".damaged-{time.strftime('%Y%m%dT%H%M%S')}")
        self.path.replace(aside)
        return aside
