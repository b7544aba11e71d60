"""The store: one portable schema, one thin adapter, an append-only log of ratings, on SQLite or on a MySQL server.

`open_store` and `ensure_store` give a `Store`; nothing outside this package speaks SQL or knows a driver.
"""

from __future__ import annotations

from engine.store.bulk import BulkWriter, NewEvents, NewUser
from engine.store.checkpoints import Checkpoint
from engine.store.columns import EventColumns
from engine.store.copying import Moment, copy_store, moment_of
from engine.store.firststart import ensure_store, open_store
from engine.store.imports import ImportRecord
from engine.store.movies import NewMovie
from engine.store.store import Store
from engine.store.url import DatabaseUrl, resolve_url

__all__ = [
    "BulkWriter",
    "Checkpoint",
    "DatabaseUrl",
    "EventColumns",
    "ImportRecord",
    "Moment",
    "NewEvents",
    "NewMovie",
    "NewUser",
    "Store",
    "copy_store",
    "ensure_store",
    "moment_of",
    "open_store",
    "resolve_url",
]
