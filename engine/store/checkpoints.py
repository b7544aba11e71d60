"""Which models were trained from this store, and where their files lie."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.errors import StoreFailed
from engine.store.connection import Conflict
from engine.store.counters import append

if TYPE_CHECKING:
    from engine.store.connection import Connection

_COLUMNS = (
    "checkpoint_id, parent_id, algorithm, params_json, trained_seq, n_ratings, rmse, train_ms, file_name, file_sha256, "
    "file_bytes, created_at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """One trained model; the file itself lies in the cache folder."""

    checkpoint_id: int = 0
    """Given by the store."""
    parent_id: int | None = None
    """The checkpoint it was trained on from; None after a full training."""
    algorithm: str
    """The preset."""
    params_json: str
    trained_seq: int
    """The last rating event that it has seen."""
    n_ratings: int
    rmse: float | None = None
    """On the held-out ratings, in stars."""
    train_ms: int
    file_name: str
    file_sha256: str
    file_bytes: int
    created_at: int = 0
    """Epoch seconds, UTC; given by the store."""


def add(connection: Connection, new: Checkpoint) -> Checkpoint:
    """Record a model whose file is written."""
    now = int(time.time())
    # Drivers misread numpy's numbers, which a trainer is full of.
    rmse = None if new.rmse is None else float(new.rmse)
    values = (
        new.parent_id, new.algorithm, new.params_json, int(new.trained_seq), int(new.n_ratings), rmse,
        int(new.train_ms), new.file_name, new.file_sha256, int(new.file_bytes), now,
    )  # fmt: skip
    try:
        number = append(connection, "model_checkpoints", _COLUMNS, values)
    except Conflict as error:
        raise StoreFailed(f"can't record checkpoint {new.file_name!r} in {connection.url}: {error}") from error
    return replace(new, checkpoint_id=number, created_at=now)


def newest_first(connection: Connection) -> list[Checkpoint]:
    """All checkpoints, the last one recorded first."""
    query = f"SELECT {_COLUMNS} FROM model_checkpoints ORDER BY checkpoint_id DESC"
    names = _COLUMNS.split(", ")
    rows = connection.read(lambda session: session.rows(query))
    return [Checkpoint(**dict(zip(names, row, strict=True))) for row in rows]
