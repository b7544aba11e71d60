"""Checkpoints of one store: found, checked, set aside when damaged, written after training.

A checkpoint is a file in the cache folder, tied by its tags to the store's uuid and to the last rating event in its
weights. The store's table of checkpoints tells what was trained; it is a record, not what decides.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from engine.errors import CheckpointDamaged
from engine.recommender import Recommender
from engine.store import Checkpoint

if TYPE_CHECKING:
    from pathlib import Path

    from engine.service.settings import Settings
    from engine.store import Store
    from engine.types import RunKind

XLA = "xla"
"""Folder of compiled programs within the cache folder."""
_KEPT = 2
"""The newest and, should it turn out damaged, the one before."""


@dataclass(frozen=True, slots=True)
class State:
    """How one file is."""

    file: str
    state: Literal["good", "damaged", "foreign", "gone"]
    """`foreign`: of another store, or of another course of its history (a database was put back from a copy);
    `gone`: another program deleted it a moment ago."""
    trained_seq: int | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The newest good checkpoint, and what was wrong with newer ones."""

    model: Recommender | None
    trained_seq: int = 0
    problems: tuple[str, ...] = ()


class Checkpoints:
    """The checkpoint files of one store, preset and seed."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self.folder = folder_of(settings.cache_path, store.uuid)
        self._stem = f"{settings.preset}-seed{settings.seed}-"

    def load(self) -> Found:
        """The newest file that is whole and fits this store. The others are set aside."""
        problems: list[str] = []
        for path in self._files():
            model, state = self._read(path, self._settings.device)
            if state.state == "good":
                return Found(model, state.trained_seq or 0, tuple(problems))
            if state.state != "gone":
                problems.append(self._put_away(path, state))
        return Found(None, problems=tuple(problems))

    def examine(self) -> list[State]:
        """How each file is, newest first; changes nothing."""
        return [self._read(path, device="cpu")[1] for path in self._files()]

    def save(self, model: Recommender, trained_seq: int, full_seq: int, run: RunKind, seconds: float) -> None:
        """Write a file atomically, note it in the store, and delete the old ones.

        `full_seq` is the last rating event that the last full training learned from.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{self._stem}{trained_seq}-{time.time_ns():x}.ckpt"
        tags = {
            "store_uuid": self._store.uuid,
            "trained_seq": trained_seq,
            "full_seq": full_seq,
            "last_event": self._last_event(trained_seq),
        }
        model.save(path, tags)
        self._note(path, model, trained_seq, run, seconds)
        for old in self._files()[_KEPT:]:
            old.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        """Newest first. Another program may delete one at any moment."""
        files = self.folder.glob(f"{self._stem}*.ckpt")
        return sorted(files, key=lambda path: path.name.rsplit("-", 1)[-1], reverse=True)

    def _read(self, path: Path, device: str) -> tuple[Recommender | None, State]:
        try:
            model = Recommender.load(path, device, self._settings.cache_path / XLA)
        except FileNotFoundError:
            return None, State(path.name, "gone")
        except CheckpointDamaged as error:
            return None, State(path.name, "damaged", problem=f"{error}.")
        seq = model.tags.get("trained_seq")
        if model.tags.get("store_uuid") != self._store.uuid:
            return None, State(path.name, "foreign", problem=f"{path.name} belongs to another store.")
        if (
            not isinstance(seq, int)
            or seq > self._store.last_seq()
            or model.tags["last_event"] != self._last_event(seq)
        ):
            return None, State(path.name, "foreign", seq, f"{path.name} knows ratings that the store does not hold.")
        return model, State(path.name, "good", seq)

    def _last_event(self, seq: int) -> list[int]:
        """The rating event of that number: a store that was put back from a copy has another one there."""
        return [int(column[0]) for column in self._store.events_after(seq - 1, limit=1)] if seq else []

    def _put_away(self, path: Path, state: State) -> str:
        aside = path.with_suffix(f".{state.state}")
        path.replace(aside)
        return f"{state.problem} It was set aside as {aside.name}; the model is trained again."

    def _note(self, path: Path, model: Recommender, trained_seq: int, run: RunKind, seconds: float) -> None:
        content = path.read_bytes()
        self._store.add_checkpoint(
            Checkpoint(
                algorithm=self._settings.preset,
                params_json=json.dumps({"seed": self._settings.seed, "run": run}),
                trained_seq=trained_seq,
                n_ratings=model.learned.matrix.n_ratings,
                rmse=finite(model.learned.best_rmse),
                train_ms=round(1000 * seconds),
                file_name=path.name,
                file_sha256=hashlib.sha256(content).hexdigest(),
                file_bytes=len(content),
            )
        )


def finite(value: float) -> float | None:
    """None in place of NaN, which a database does not hold."""
    return value if math.isfinite(value) else None


def folder_of(cache: Path, store_uuid: str) -> Path:
    """Where the cache folder keeps what belongs to one store."""
    return cache / store_uuid
