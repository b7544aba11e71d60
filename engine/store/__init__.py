"""The store: one portable schema, one thin adapter, an append-only log of ratings, on SQLite or on a MySQL server.

`open_store` and `ensure_store` give a `Store`; nothing outside this package speaks SQL or knows a driver.
"""

from __future__ import annotations

from engine.store.checkpoints import Checkpoint
from engine.store.copying import HistoryPoint, copy_store, history_point
from engine.store.events import EventColumns
from engine.store.firststart import ensure_store, open_store
from engine.store.imports import BulkWriter, ImportRecord, NewEvents
from engine.store.movies import NewMovie
from engine.store.store import Store
from engine.store.url import DatabaseUrl, resolve_url
from engine.store.users import NewUser

__all__ = [
    "BulkWriter",
    "Checkpoint",
    "DatabaseUrl",
    "EventColumns",
    "HistoryPoint",
    "ImportRecord",
    "NewEvents",
    "NewMovie",
    "NewUser",
    "Store",
    "copy_store",
    "ensure_store",
    "history_point",
    "open_store",
    "resolve_url",
]
