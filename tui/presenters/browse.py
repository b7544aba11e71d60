"""The catalogue as a list: its order, its lines, its title."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tui.presenters.stars import figure, stars_word
from tui.presenters.text import ACCENT, BOLD, QUIET, STAR, count, fit, line, right

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.content import Content

    from engine.types import Movie
    from tui.state.predictions import PredictionTable

Sort = Literal["for you", "title", "year", "your stars"]
SORTS: tuple[Sort, ...] = ("for you", "title", "year", "your stars")

_ARTICLES = ("the ", "a ", "an ", "la ", "le ", "les ", "il ", "el ", "der ", "die ", "das ")


def title_key(movie: Movie) -> str:
    """The title without its article, as a library sorts."""
    folded = movie.title.casefold()
    return next((folded[len(article) :] for article in _ARTICLES if folded.startswith(article)), folded)


def ordered(
    movies: Sequence[Movie], sort: Sort, predictions: PredictionTable, half_stars: Mapping[int, int]
) -> list[Movie]:
    """The movies in one of the orders; `for you` puts those that the viewer rated after all others."""
    if sort == "year":
        return sorted(movies, key=lambda movie: (-(movie.year or 0), title_key(movie)))
    if sort == "your stars":
        return sorted(movies, key=lambda movie: (-half_stars.get(movie.movie_id, 0), title_key(movie)))
    if sort == "title" or not predictions.place:
        return sorted(movies, key=title_key)
    place, last = predictions.place, len(predictions.place)
    return sorted(movies, key=lambda movie: (movie.movie_id in half_stars, place.get(movie.movie_id, last)))


def heading(shown: int, genre: str | None, sort: Sort, *, searched: bool) -> str:
    """`612 movies · genre: all · sort: for you`."""
    noun = "movie" if shown == 1 else "movies"
    order = "best match" if searched else sort
    return f"{count(shown)} {noun} · genre: {genre or 'all'} · sort: {order}"


def _title(movie: Movie, query: str, width: int) -> Content:
    year = f" ({movie.year})" if movie.year else ""
    made = line(movie.title, (year, QUIET))
    found = movie.title.casefold().find(query.casefold().strip()) if query.strip() else -1
    if found >= 0:
        made = made.stylize(f"{BOLD} {ACCENT}", found, found + len(query.strip()))
    return fit(made, width)


def movie_line(
    movie: Movie, width: int, *, stars: float | None, half_stars: int | None, cursor: bool, query: str = ""
) -> Content:
    """One line of exactly `width` cells: title, genres, runtime, predicted stars, the viewer's own."""
    genres_width = min(30, width // 4) if width >= 64 else 0
    runtime_width = 9 if width >= 84 else 0
    tail_width = 5 + 12 if width >= 50 else 5 + 6
    room = width - 2 - genres_width - runtime_width - tail_width
    own = stars_word(half_stars / 2) if half_stars and tail_width > 12 else figure(half_stars)
    yours = line((f"{own:<5}", STAR), (" yours" if half_stars and tail_width > 12 else "", QUIET))
    made = line(
        ("▸ " if cursor else "  ", ACCENT),
        _title(movie, query, room),
        fit(line(("  " + " · ".join(movie.genres), QUIET)), genres_width),
        right(line((f"{movie.runtime} min" if movie.runtime else "", QUIET)), runtime_width),
        right(line((f"{stars:.1f}" if stars is not None else "–", "" if stars is not None else QUIET)), 5),
        fit(line(" ", yours), tail_width - 5),
    )
    made = fit(made, width)
    return made.stylize("on $cursor-row") if cursor else made
