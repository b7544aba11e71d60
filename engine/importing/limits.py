"""What the store and the memory can hold.

A line beyond a bound of the store is a bad line, found before anything is written. Files beyond a bound of the memory
are refused as a whole.
"""

from __future__ import annotations

from engine.errors import ImportFailed
from engine.store.schema import LATEST_TIME, longest

YEARS = range(1870, 2201)
"""Release years; a four-digit number outside is part of the title."""
MAX_TIME = LATEST_TIME
"""The last second of the year 9999, in epoch seconds."""
MAX_ID = 40
"""Bytes of an id. It is also the viewer's name, and has to leave room for the source that a clash adds."""
MAX_TITLE = min(longest("movies", "title"), longest("movies", "raw_title"))
"""Characters of a title."""
MAX_NAME = longest("users", "name")
"""Characters of a viewer's name."""
MAX_GENRES = 30
"""Genres of one movie."""

MAX_FILES = 100_000
"""Files of a zip or folder: Netflix has 17,771."""
MAX_DIRECTORY = 8 << 20
"""Bytes of a zip's list of files."""
MAX_RATINGS_FILE = (2 << 30) - 1
"""Bytes of one file of ratings, unpacked: MovieLens 32M has 0.9 GB. It also keeps the numbers of lines in 32 bits."""
MAX_RATINGS_FILES = 4 << 30
"""Bytes of all files of ratings: Netflix has 2.1 GB."""
MAX_RATINGS = 150_000_000
"""Lines of all files of ratings: Netflix has 100,480,507."""
DISK_OF_A_RATING = 42
"""Bytes while many ratings are joined and sorted; the memory does not grow with them."""
MEMORY_OF_A_RATING = 80
"""Bytes of a rating in the frames of a data set, made for who asks for all ratings at once, as evaluation does."""
MAX_IDS = 1_000_000
"""Different viewers, or movies, of a file of ratings, those of bad lines included."""
MAX_OF_A_VIEWER = 2_000_000
"""Ratings of one viewer: they are sorted together. The most of any in MovieLens 32M are 33,332."""
MAX_CATALOGUE_FILE = 128 << 20
"""Bytes of any other file: MovieLens 32M has 4 MB of movies."""
MAX_RATIO = 100
"""How many times its packed size a file may unpack to; that of ratings is about 5."""
SMALL_FILE = 8 << 20
"""Bytes of a file that may be packed better than that."""
MAX_LINE = 1 << 20
"""Bytes of a line; the longest that the store can hold is a synopsis of 100,000 characters."""
SHORTEST_LINE = 7
"""Bytes of the shortest good line, `1::A::` with its end: a file has no more lines than its size allows."""
MAX_LINES = 1_500_000
"""Lines of a file that holds no ratings."""
MAX_BLANK_LINES = 1_000_000
"""Lines of a file without any text."""
MAX_MOVIES = 200_000
"""MovieLens 32M has 87,585."""
MAX_ALL_GENRES = 5_000
"""Genres of all movies: MovieLens has 20."""
MAX_VIEWERS = 1_000_000
"""Netflix has 480,189."""


def refuse_beyond(file: str, ratings: float, free: int, each: int, of: str) -> None:
    """Raise ImportFailed where so many ratings of `each` so many bytes need more than is free `of` memory or disk."""
    if ratings > MAX_RATINGS:
        raise ImportFailed(f"{file}: more than {MAX_RATINGS:,} ratings: import a part of them")
    if ratings * each > free:
        raise ImportFailed(
            f"{file}: about {ratings:,.0f} ratings need {ratings * each / 1e9:.1f} GB of {of}, and {free / 1e9:.1f} GB "
            "are free: make room, or import a part of them"
        )
