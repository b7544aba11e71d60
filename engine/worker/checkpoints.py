"""Checkpoints of one store: loaded, checked, set aside when damaged, written after training.

A checkpoint is a file in the cache folder, tied by its tags to the store's uuid and to the last rating event in its
weights. The store's table of checkpoints is a record of what was trained; nothing is decided by it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeGuard

import numpy as np

from engine import files
from engine.errors import CheckpointDamaged
from engine.recommender import Recommender
from engine.store import Checkpoint

if TYPE_CHECKING:
    from pathlib import Path

    from engine.service.settings import Settings
    from engine.store import Store
    from engine.types import RunKind

_log = logging.getLogger("matinee.worker.checkpoints")
QUESTIONS = "questions"
"""Tag of what to ask a new viewer about."""
XLA = "xla"
"""Folder of compiled programs within the cache folder."""
_KEPT = 2
"""The newest, and the one before in case the newest is damaged."""
_FEW = 8
"""Ratings of the viewer with whom a loaded model is tried."""
_NUMBERS = re.compile(r"-(\d+)-([0-9a-f]+)\.")
"""In a file's name: the last rating event in its weights, and a number that grows with each save."""
_TEMPORARIES = (".*.ckpt.*", ".*ratings.npz*")
"""Files that were being written, with the names of older versions."""


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    """One file and whether it can be used."""

    file: str
    state: Literal["good", "damaged", "foreign", "gone"]
    """`foreign`: of another store, or of another course of its history (a database was put back from a copy);
    `gone`: another program deleted it a moment ago."""
    trained_seq: int | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
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

    def load(self) -> Loaded:
        """The newest file that is whole and fits this store. Newer ones are set aside.

        Files that were never finished are deleted.
        """
        files.sweep(self.folder, *_TEMPORARIES)
        problems: list[str] = []
        for path in self._files():
            model, found = self._read(path, self._settings.device)
            if found.state == "good":
                _log.info("loaded %s, trained up to rating event %d", path.name, found.trained_seq)
                return Loaded(model, found.trained_seq or 0, tuple(filter(None, problems)))
            if found.state != "gone":
                problems.append(self._set_aside(path, found))
        return Loaded(None, problems=tuple(filter(None, problems)))

    def examine(self) -> list[CheckpointFile]:
        """Every file, newest first; changes nothing."""
        return [self._read(path, device="cpu")[1] for path in self._files()]

    def save(self, model: Recommender, trained_seq: int, full_seq: int, run: RunKind, seconds: float) -> None:
        """Write a file atomically, note it in the store, and delete the old ones.

        `full_seq` is the last rating event that the last full training learned from.
        """
        path = self.folder / f"{self._stem}{trained_seq}-{self._next_number():x}.ckpt"
        tags = {
            "store_uuid": self._store.uuid,
            "trained_seq": trained_seq,
            "full_seq": full_seq,
            "last_event": self._last_event(trained_seq),
        }
        model.save(path, tags | {QUESTIONS: model.tags.get(QUESTIONS, [])})
        _log.info("saved %s, %s run of %.1f s", path.name, run, seconds)
        self._note(path, model, trained_seq, run, seconds)
        for old in [file for file in self._files() if file != path][_KEPT - 1 :]:
            old.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        """Newest first. Another program may delete one at any moment."""
        return sorted(self.folder.glob(f"{self._stem}*.ckpt"), key=_numbers, reverse=True)

    def _next_number(self) -> int:
        """The time, which no file had yet; more than all that are there where the clock was set back."""
        known = [_numbers(file)[1] for file in self.folder.glob(f"{self._stem}*")]
        return max(time.time_ns(), max(known, default=0) + 1)

    def _read(self, path: Path, device: str) -> tuple[Recommender | None, CheckpointFile]:
        try:
            model = Recommender.load(path, device, self._settings.cache_path / XLA)
        except FileNotFoundError:
            return None, CheckpointFile(path.name, "gone")
        except OSError as error:
            return None, CheckpointFile(path.name, "damaged", problem=f"{path.name} can't be read: {error.strerror}.")
        except CheckpointDamaged as error:
            return None, CheckpointFile(path.name, "damaged", problem=f"{error}.")
        return self._checked(path.name, model)

    def _checked(self, name: str, model: Recommender) -> tuple[Recommender | None, CheckpointFile]:
        """Whether a loaded model belongs to this store and answers."""
        tags = model.tags
        if tags.get("store_uuid") != self._store.uuid:
            return None, CheckpointFile(name, "foreign", problem=f"{name} belongs to another store.")
        seq, full_seq = tags.get("trained_seq"), tags.get("full_seq", 0)
        if not (_is_seq(seq) and _is_seq(full_seq) and answers(model)):
            return None, CheckpointFile(name, "damaged", problem=f"{name} holds what no training gives.")
        if seq > self._store.last_seq() or tags.get("last_event") != self._last_event(seq):
            return None, CheckpointFile(name, "foreign", seq, f"{name} knows ratings that the store does not hold.")
        return model, CheckpointFile(name, "good", seq)

    def _last_event(self, seq: int) -> list[int]:
        """The rating event of that number: a store that was put back from a copy has another one there."""
        return [int(column[0]) for column in self._store.events_after(seq - 1, limit=1)] if seq else []

    def _set_aside(self, path: Path, found: CheckpointFile) -> str:
        """Rename an unusable file; a sentence about it, empty where another program renamed it a moment ago."""
        aside = path.with_suffix(f".{found.state}")
        try:
            path.replace(aside)
        except FileNotFoundError:
            return ""
        except OSError as error:
            return f"{found.problem} It could not be set aside ({error.strerror}); the model is trained again."
        return f"{found.problem} It was set aside as {aside.name}; the model is trained again."

    def _note(self, path: Path, model: Recommender, trained_seq: int, run: RunKind, seconds: float) -> None:
        content = path.read_bytes()
        self._store.add_checkpoint(
            Checkpoint(
                algorithm=self._settings.preset,
                params_json=json.dumps({"seed": self._settings.seed, "run": run}),
                trained_seq=trained_seq,
                n_ratings=model.state.matrix.n_ratings,
                rmse=finite(model.state.continuation.best_rmse),
                train_ms=round(1000 * seconds),
                file_name=path.name,
                file_sha256=hashlib.sha256(content).hexdigest(),
                file_bytes=len(content),
            )
        )


def answers(model: Recommender) -> bool:
    """Whether it has finite stars and scores for every movie, of a viewer without ratings and of one with a few.

    Compiles the forward pass, so that no later list waits for that.
    """
    few = dict.fromkeys(model.movie_ids[:_FEW], 4.0)
    return all(bool(np.isfinite(values).all()) for history in ({}, few) for values in model.rank(history))


def _is_seq(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and value >= 0


def _numbers(path: Path) -> tuple[int, int]:
    """What orders the files of one stem; a file that somebody renamed comes last."""
    found = _NUMBERS.search(path.name)
    return (int(found[1]), int(found[2], 16)) if found else (-1, -1)


def finite(value: float) -> float | None:
    """None in place of NaN, which a database does not hold."""
    return value if math.isfinite(value) else None


def folder_of(cache: Path, store_uuid: str) -> Path:
    """Where the cache folder keeps what belongs to one store."""
    return cache / store_uuid
