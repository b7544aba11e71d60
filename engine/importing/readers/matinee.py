"""What `matinee export` writes: the layout of MovieLens latest, with two files beside it for what that can't hold.

`ratings.csv` and `movies.csv` are read by everything that reads MovieLens. `viewers.csv` names the viewers, and
`details.csv` has the movies as the store keeps them. A rating taken back is a line of `ratings.csv` with no rating.
The rows of a viewer lie in the order of the log.
"""

from __future__ import annotations

from engine.errors import BadMovie, ImportFailed
from engine.importing.archive import DataFiles, Progress
from engine.importing.catalogue import Details, MovieRow, Title
from engine.importing.fields import MAX_DIGITS
from engine.importing.formats import Format
from engine.importing.ids import why_no_id
from engine.importing.join import RawDataset, ViewerRow
from engine.importing.limits import MAX_NAME, MAX_TIME, MAX_VIEWERS
from engine.importing.readers.movielens import UNLIKE, read_csv_ratings, read_movies, read_rows
from engine.importing.report import LineTally
from engine.text import brief, dotted, named, quoted

VIEWERS = ("userId", "name", "created_at")
DETAILS = ("movieId", "title", "year", "genres", *Details._fields)
_NUMBERS = ("year", "runtime")


def read(files: DataFiles, format: Format, tally: LineTally, progress: Progress | None = None) -> RawDataset:
    """Read the data set; where `details.csv` says nothing about a movie, `movies.csv` speaks."""
    catalogue = read_movies(files, format, tally, plain_ids=False)
    detailed = _detailed(files, format, {movie.id: movie for movie in catalogue.movies}, tally)
    movies = [detailed.get(movie.id, movie) for movie in catalogue.movies]
    viewers = _viewers(files, format, tally)
    ratings = read_csv_ratings(files, format, catalogue, tally, progress, ours=True)
    return RawDataset(format, movies, catalogue.file, ratings, viewers, in_order=True)


def _detailed(files: DataFiles, format: Format, movies: dict[str, MovieRow], tally: LineTally) -> dict[str, MovieRow]:
    """The movies that `details.csv` speaks of, by id, as the store had them."""
    detailed = {}
    for line, row in read_rows(files, format, "details.csv", DETAILS):
        tally.read += 1
        movie = _movie(dict(zip(DETAILS, row, strict=False)), movies)
        if isinstance(movie, str):
            tally.skip("details.csv", line, movie)
        else:
            detailed[movie.id] = movie
    return detailed


def _movie(row: dict[str, str], movies: dict[str, MovieRow]) -> MovieRow | str:
    """A movie with its details and the raw title of `movies.csv`; a text says why the row is bad."""
    if not row:
        return UNLIKE
    plain = movies.get(row["movieId"])
    if plain is None:
        return f"movie {named(row['movieId'])} is not in movies.csv"
    wrong = next((name for name in _NUMBERS if row[name] and not _is_number(row[name])), None)
    if wrong:
        return f"the {wrong} {quoted(row[wrong])} is not a whole number"
    texts = {name: row[name] or None for name in Details._fields if name != "runtime"}
    movie = MovieRow(
        plain.id,
        Title(row["title"], _number(row["year"]), plain.title.raw),
        tuple(row["genres"].split("|")) if row["genres"] else (),
        Details(runtime=_number(row["runtime"]), **texts),
    )
    try:
        movie.as_new().checked()
    except BadMovie as error:
        return brief(error)
    return movie


def _viewers(files: DataFiles, format: Format, tally: LineTally) -> list[ViewerRow]:
    viewers: dict[str, ViewerRow] = {}
    for line, row in read_rows(files, format, "viewers.csv", VIEWERS):
        tally.read += 1
        user_id, name, time = (row[0].strip(), dotted(row[1].strip()), row[2]) if row else ("", "", "")
        reason = _why_no_viewer(user_id, name, time, viewers) if row else UNLIKE
        if reason:
            tally.skip("viewers.csv", line, reason)
        elif len(viewers) == MAX_VIEWERS:
            raise ImportFailed(f"viewers.csv, line {line}: more than {MAX_VIEWERS:,} viewers: import a part of them")
        else:
            viewers[user_id] = ViewerRow(user_id, name, int(time))
    return list(viewers.values())


def _why_no_viewer(user_id: str, name: str, time: str, known: dict[str, ViewerRow]) -> str | None:
    if reason := why_no_id(user_id.encode(), plain=False):
        return f"the user id {reason}"
    if user_id in known:
        return f"user {named(user_id)} is there already"
    if not name:
        return "the name is empty"
    if len(name) > MAX_NAME:
        return f"the name has more than {MAX_NAME} characters"
    if not _is_number(time) or int(time) > MAX_TIME:
        return f"the time {quoted(time)} is not in epoch seconds"
    return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS


def _number(text: str) -> int | None:
    return int(text) if text else None
