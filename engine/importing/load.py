"""A data set into a store, as one unit: stopped anywhere, the same command completes it; run twice, it adds nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from engine.errors import StoreAbsent, StoreNotEmpty
from engine.importing.dataset import Dataset, open_dataset, read_found
from engine.importing.detect import fingerprint
from engine.importing.report import Reading
from engine.store import BulkWriter, DatabaseUrl, NewEvents, NewUser, Store, open_store, resolve_url
from engine.store.imports import BATCH
from engine.store.sqlite_file import refuse_unwritable
from engine.text import dotted

Progress = Callable[[str, int, int], None]
"""Told the stage (`checking`, `reading`, `movies`, `viewers`, `ratings`), how much of it is done, and of how much."""
_BATCHES = 10
"""Transactions whose events are held at once."""
_EXPORT = "export"
"""Source of what `matinee export` wrote: `matinee` is that of viewers who were made in the app."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import found and what it did."""

    reading: Reading
    url: DatabaseUrl
    source: str
    """What the store calls the data set."""
    written: int
    """Rating events written now; fewer than were read where an earlier run had written some."""
    already: bool
    """The data set was in the store before."""
    seconds: float


def import_dataset(
    path: str | Path,
    format: str | None = None,
    url: str | DatabaseUrl | None = None,
    *,
    merge: bool = False,
    keep_going: bool = False,
    batch: int = BATCH,
    on_progress: Progress | None = None,
) -> ImportResult:
    """Import a zip or folder into a store, which is made when it does not exist (without the fixtures).

    Raises StoreNotEmpty where the store holds other data and `merge` is not given. Nothing is written before every file
    has been read and found good. `batch`: rating events a transaction, on a server.
    """
    began = time.monotonic()
    target = resolve_url(url)
    progress = on_progress or (lambda stage, done, total: None)
    with open_dataset(path, format) as found:
        _look_at(target, lambda: fingerprint(found, partial(progress, "checking")), merge=merge)
        dataset = read_found(found, keep_going=keep_going, on_progress=partial(progress, "reading"))
        mark = fingerprint(found)  # of the bytes just read
    with open_store(target) as store:
        source = _source(store, dataset.report.format, mark)
        written, already = _write(store, source, mark, dataset, batch, progress)
    return ImportResult(dataset.report, target, source, written, already, time.monotonic() - began)


def _look_at(url: DatabaseUrl, mark: Callable[[], str], *, merge: bool) -> None:
    """Refuse, before gigabytes are read, a store that can't be written to; StoreNotEmpty for one that holds other data.

    `mark` reads all of the files, so it is asked only where an import into this store could have been of the same.
    """
    if url.engine == "sqlite":
        refuse_unwritable(url)
    try:
        store = open_store(url, create=False)
    except StoreAbsent:
        return
    with store:
        counts, imports = store.counts(), store.imports()
    if merge or not counts.users + counts.movies or (imports and mark() in {record.fingerprint for record in imports}):
        return
    held = ", ".join(sorted({record.source for record in imports})) or "viewers and movies of your own"
    raise StoreNotEmpty(
        f"{url} holds other data ({held}; {counts.users:,} viewers, {counts.movies:,} movies): name a new database "
        "with --db, or add to this one with --merge"
    )


def _source(store: Store, name: str, mark: str) -> str:
    """What this data set is called in the store; another one of the same name gets a part of its fingerprint."""
    records = store.imports()
    mine = next((record.source for record in records if record.fingerprint == mark), None)
    if mine:
        return mine
    source = _EXPORT if name == "matinee" else name
    return f"{source}-{mark[:6]}" if any(record.source == source for record in records) else source


def _write(store: Store, source: str, mark: str, dataset: Dataset, batch: int, progress: Progress) -> tuple[int, bool]:
    """Write what is not in the store yet: rating events written, and whether everything was there."""
    joined = dataset.joined
    with BulkWriter(store, source, mark, lambda done, total, what: progress(what, done, total), batch) as bulk:
        if bulk.record.done:
            return 0, True
        movies = bulk.add_movies([row.as_new() for row in dataset.movie_rows])
        users = bulk.add_users([NewUser(dotted(row.name), row.id, row.created_at) for row in joined.viewers])
        movie_ids = np.array([movies[row.id] for row in dataset.movie_rows], np.int64)
        user_ids = np.array([users[row.id] for row in joined.viewers], np.int64)
        total, added = len(joined.events), 0
        progress("ratings", bulk.record.rows_done, total)
        for rows in joined.events.chunks(batch * _BATCHES):
            part = NewEvents(user_ids[rows["user"]], movie_ids[rows["movie"]], rows["half_stars"], rows["at"])
            added += bulk.add_events(part, total)
        bulk.finish(n_users=len(users), n_movies=len(movies), n_skipped=dataset.report.skipped)
    return added, False
