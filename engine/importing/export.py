"""A store's movies and ratings as files that other programs read, and that `matinee import` takes back exactly.

The layout is that of MovieLens latest, with two files beside it (see `readers/matinee.py`). The ratings are the whole
log: a movie that was rated again has several lines, the last one counts, and a line without a rating took it back.
Viewers and movies keep the ids of the files they came from; those made in the app get the numbers behind.
"""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.errors import ExportFailed
from engine.importing.archive import OnProgress
from engine.importing.ids import is_plain
from engine.importing.limits import MAX_ID
from engine.importing.movies import Details, exported_genres
from engine.importing.readers.matinee import DETAILS, VIEWERS
from engine.importing.readers.movielens import MOVIES, RATINGS
from engine.store import DatabaseUrl, Store, open_store

_ROWS = 50_000
"""Ratings turned into text at once."""
_STARS = ["", *(f"{half / 2:.1f}" for half in range(1, 11))]
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Date of the files in a zip: one store gives the same bytes every time."""


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What an export has written."""

    path: Path
    users: int
    movies: int
    events: int
    """Lines of the log, earlier ratings and ratings taken back included."""


def export_store(
    path: Path, url: str | DatabaseUrl | None = None, *, force: bool = False, on_progress: OnProgress | None = None
) -> ExportResult:
    """Write a store's viewers, movies and ratings to a zip (where the name ends in `.zip`) or a folder.

    Raises ExportFailed where the disk refuses, or where that would overwrite something and `force` is not given.
    """
    progress = on_progress or (lambda done, total: None)
    with open_store(url, create=False) as store:
        try:
            with _target(path, force=force) as write:
                return _write(path, store, write, progress)
        except OSError as error:
            raise ExportFailed(f"{path} can't be written ({error.strerror or error}): name another place") from error


Write = Callable[[str, Iterable[str]], None]
"""Write a file from pieces of text."""


def _write(path: Path, store: Store, write: Write, progress: OnProgress) -> ExportResult:
    users, origins = store.user_origins(), store.movie_origins()
    user_ids, movie_ids = file_ids([u.source_id for u in users]), file_ids([m.source_id for m in origins])
    viewers = ((file_id, user.name, user.created_at) for file_id, user in zip(user_ids, users, strict=True))
    write("viewers.csv", _csv(VIEWERS, viewers))
    plain, details = [], []
    for file_id, origin, movie in zip(movie_ids, origins, store.movies(), strict=True):
        plain.append((file_id, origin.raw_title or movie.label, exported_genres(movie.genres)))
        known = [getattr(movie, name) for name in Details._fields]
        details.append((file_id, movie.title, movie.year, "|".join(movie.genres), *known))
    write("movies.csv", _csv(MOVIES, plain))
    write("details.csv", _csv(DETAILS, details))
    log = _Log(store, dict(zip((u.user_id for u in users), user_ids, strict=True)),
               dict(zip((m.movie_id for m in origins), movie_ids, strict=True)))  # fmt: skip
    write("ratings.csv", log.lines(progress))
    return ExportResult(path, len(users), len(origins), log.size)


def file_ids(source_ids: Sequence[str | None]) -> list[str]:
    """An id for each row: its own where it is the first to have it and a CSV field can hold it, else a new number."""
    used: set[str] = set()
    kept: list[str | None] = []
    for source_id in source_ids:
        free = source_id is not None and source_id not in used and _fits(source_id)
        kept.append(source_id if free else None)
        if free and source_id is not None:
            used.add(source_id)
    numbers = iter(range(1 + max((int(text) for text in used if is_plain(text)), default=0), 2**62))
    return [text if text is not None else str(next(numbers)) for text in kept]


def _fits(text: str) -> bool:
    return (
        text.isprintable() and text.strip() == text != "" and len(text.encode()) <= MAX_ID and not set(text) & set(',"')
    )


class _Log:
    """The log as lines of `ratings.csv`: a viewer's lie together, in their order."""

    def __init__(self, store: Store, user_ids: dict[int, str], movie_ids: dict[int, str]) -> None:
        self._events = store.events_after(0)
        self._order = np.lexsort((self._events.seq, self._events.user_id))
        self._user_ids, self._movie_ids = user_ids, movie_ids
        self.size = len(self._order)

    def lines(self, progress: OnProgress) -> Iterator[str]:
        """The file in pieces."""
        yield ",".join(RATINGS) + "\n"
        for at in range(0, self.size, _ROWS):
            yield "".join(self._some(self._order[at : at + _ROWS]))
            progress(min(at + _ROWS, self.size), self.size)

    def _some(self, which: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Iterator[str]:
        users, movies = self._events.user_id[which].tolist(), self._events.movie_id[which].tolist()
        halves, times = self._events.half_stars[which].tolist(), self._events.rated_at[which].tolist()
        for user, movie, half, at in zip(users, movies, halves, times, strict=True):
            yield f"{self._user_ids[user]},{self._movie_ids[movie]},{_STARS[half]},{at}\n"


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    yield text.getvalue()


@contextmanager
def _target(path: Path, *, force: bool) -> Iterator[Write]:
    if path.suffix.lower() == ".zip":
        _refuse_to_overwrite([path], force=force)
        path.parent.mkdir(parents=True, exist_ok=True)
        with _replacing(path) as new, zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as file:
            yield lambda name, pieces: _write_zipped(file, f"{path.stem}/{name}", pieces)
    else:
        _refuse_to_overwrite([path / name for name in ("ratings.csv", "movies.csv", "viewers.csv")], force=force)
        path.mkdir(parents=True, exist_ok=True)
        yield lambda name, pieces: _write_plain(path / name, pieces)


def _write_zipped(file: zipfile.ZipFile, name: str, pieces: Iterable[str]) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    with file.open(info, "w", force_zip64=True) as stream:
        for piece in pieces:
            stream.write(piece.encode())


def _write_plain(path: Path, pieces: Iterable[str]) -> None:
    with _replacing(path) as new, new.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(pieces)


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A new file beside the old one that takes its place only when it is whole."""
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        yield new
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _refuse_to_overwrite(paths: Sequence[Path], *, force: bool) -> None:
    there = next((path for path in paths if path.exists()), None)
    if there is not None and not force:
        raise ExportFailed(f"{there} exists: name another place, or overwrite it with --force")
