"""The list: rank, what moved, title, genres, predicted stars, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui.presenters.stars import stars_word
from tui.presenters.text import ACCENT, BOLD, DOWN, QUIET, STAR, UP, VARIETY, fit, line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.content import Content

    from engine.types import ListItem, Movie, Recommendations
    from tui.state.moves import Move

GENRES_FROM = 64
"""Narrower than this, the genres give way to the title."""
MARGIN = 7
"""Cells before the title: rank and move."""
_TITLE = 32
"""Cells that a long title can claim before the genres get theirs."""
_TAIL = 12
"""Cells of the predicted stars, their figure and the mark of variety, with the blank before them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list as data."""

    rank: int
    movie: Movie
    move: Move
    moved: bool
    """False while there is no list to compare with."""
    stars: float
    for_variety: bool
    why: str


def rows(
    items: Sequence[ListItem], made: Sequence[Move], movies: Mapping[int, Movie], pushed_out: Sequence[int] = ()
) -> list[Row]:
    """The list's items as rows; a movie that the catalogue lost is left out.

    What was kept and what was `pushed_out` by diversity together are the plain list, which variety compares with.
    """
    known = [(place, item, movies[item.movie_id]) for place, item in enumerate(items) if item.movie_id in movies]
    plain = [movie for _place, item, movie in known if not item.for_variety]
    plain += [movies[movie_id] for movie_id in pushed_out if movie_id in movies]
    return [
        Row(
            rank=place + 1,
            movie=movie,
            move=made[place] if place < len(made) else 0,
            moved=bool(made),
            stars=item.stars,
            for_variety=item.for_variety,
            why=_variety(movie, plain) if item.for_variety else why(item, movies),
        )
        for place, item, movie in known
    ]


def why(item: ListItem, movies: Mapping[int, Movie]) -> str:
    """Why it is in the list; and why so high, where movies further down have far more predicted stars."""
    reason = because(item, movies)
    return f"familiar rather than loved: {reason.removeprefix('because ')}" if item.familiar else reason


def because(item: ListItem, movies: Mapping[int, Movie]) -> str:
    """`because you watched Solaris and Alien`, or `because you gave Solaris 5 and Alien 4.5`: what says more."""
    known = [each for each in item.reasons if each.movie_id in movies][:2]
    if not known:
        return "well liked by many viewers"
    titles = [movies[each.movie_id].title for each in known]
    if known[0].by_rating:
        return f"because you gave {' and '.join(f'{t} {each.stars:g}' for t, each in zip(titles, known, strict=True))}"
    return f"because you watched {' and '.join(titles)}"


def pushed_out(made: Recommendations | None, movies: Mapping[int, Movie]) -> str:
    """`out: Alien, Solaris`: what lens and diversity took from the list; nothing where they took nothing."""
    titles = [movies[movie_id].title for movie_id in made.left if movie_id in movies] if made else []
    return f"out: {', '.join(titles)}" if titles else ""


_NAMED = 3
"""Genres that a line of variety names at most."""


def _variety(movie: Movie, plain: Sequence[Movie]) -> str:
    """What the movie has that the plain list lacks, or has only once; never a genre that the list is full of."""
    counts = Counter(genre for other in plain for genre in other.genres)
    fresh = [genre for genre in movie.genres if not counts[genre]]
    rare = [genre for genre in movie.genres if counts[genre] == 1]
    if fresh:
        return f"for variety: brings in {', '.join(fresh[:_NAMED])}"
    return f"for variety: more {', '.join(rare[:_NAMED])}" if rare else "for variety: unlike the others"


def move_word(move: Move) -> str:
    """Three cells: `▲2`, `▼1`, `new`, ` =`."""
    if move is None:
        return "new"
    if move == 0:
        return " = "
    return f"{'▲' if move > 0 else '▼'}{abs(move):<2}"


_MOVE_STYLES = {1: UP, -1: DOWN, 0: QUIET}


def _mark(row: Row) -> Content:
    if not row.moved:
        return line("   ")
    sign = 0 if not row.move else (1 if row.move > 0 else -1)
    style = f"{BOLD} {ACCENT}" if row.move is None else _MOVE_STYLES[sign]
    return line((move_word(row.move), style))


def genres_word(movie: Movie) -> str:
    """The movie's first two genres."""
    return " · ".join(movie.genres[:2])


def genres_width(listed: Sequence[Row], width: int) -> int:
    """Cells of the genres' column: what the longest title leaves, and none on narrow screens."""
    if width < GENRES_FROM or not listed:
        return 0
    longest = max(cell_len(row.movie.label) for row in listed)
    room = width - MARGIN - _TAIL - min(longest, _TITLE)
    wanted = max(cell_len(genres_word(row.movie)) for row in listed) + 3
    return max(min(wanted, 14), min(wanted, room))


def title_line(row: Row, width: int, *, genres: int, cursor: bool, flash: bool = False) -> Content:
    """The first line of a row, exactly `width` cells; with `flash` a movie that moved is lit."""
    tail = line(
        (f"{stars_word(row.stars):<5}", STAR),
        (f" {row.stars:.1f}", BOLD),
        (" ◆", VARIETY) if row.for_variety else "  ",
    )
    room = width - MARGIN - genres - _TAIL
    year = f" ({row.movie.year})" if row.movie.year else ""
    lit = flash and row.moved and row.move != 0
    title = fit(line((row.movie.title, f"{BOLD} {ACCENT}" if lit else BOLD), (year, QUIET)), room)
    kinds = fit(line(("  " + genres_word(row.movie), QUIET)), genres)
    head = line(("▸" if cursor else " ", ACCENT), (f"{row.rank} ", QUIET), _mark(row), " ")
    made = fit(line(fit(head, MARGIN), title, kinds, " ", tail), width)
    return made.stylize("on $cursor-row") if cursor else made


def why_line(row: Row, width: int, *, cursor: bool) -> Content:
    """The second line of a row."""
    mark = ("◆ ", VARIETY) if row.for_variety else ""
    made = fit(line(" " * MARGIN, mark, (row.why, QUIET)), width)
    return made.stylize("on $cursor-row") if cursor else made


def one_line(listed: Sequence[Row], width: int) -> Content:
    """The list in one line, for screens where the catalogue has its place."""
    parts = (line(_mark(row) if row.moved and row.move != 0 else line(), f" {row.movie.title}  ") for row in listed)
    return fit(line((" for you ", QUIET), *parts), width)


def empty_lines(detail: str, width: int, height: int) -> list[Content]:
    """In place of the list while there is none: what is awaited."""
    blank = fit("", width)
    text = [
        fit(line(("  Your list is on its way", BOLD)), width),
        fit(line((f"  {detail}", QUIET)), width),
    ]
    return [*[blank] * max(0, (height - len(text)) // 2), *text]
