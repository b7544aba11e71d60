"""What if: movies with the stars that are tried, and the list that would be beside the one that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.presenters.text import ACCENT, BOLD, DOWN, QUIET, STAR, UP, fit, line, spread, wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.content import Content

    from engine.types import ListItem, Movie
    from tui.state.moves import Move


def candidates(listed: Sequence[int], looked_at: int | None, rated: Sequence[int]) -> list[int]:
    """The movies that can be tried: the one that is looked at, the list, the rated ones; each once."""
    first = [] if looked_at is None else [looked_at]
    return list(dict.fromkeys([*first, *listed, *rated]))


def try_line(movie: Movie, stored: int | None, tried: int | None, width: int, *, cursor: bool) -> Content:
    """A movie with its stored stars and, behind an arrow, those that are tried."""
    own = _stars(stored)
    tail = line((f"{own:>5}", STAR if stored else QUIET))
    if tried is not None:
        tail = line((f"{own} → ", QUIET), (f"{_stars(tried or None):>3} ?", f"{BOLD} {ACCENT}"))
    row = spread(f" {movie.label}", line(" ", tail, " "), width)
    return row.stylize("on $cursor-row") if cursor else row


def _stars(half_stars: int | None) -> str:
    return "none" if not half_stars else f"{half_stars / 2:.1f}"


def would_be_lines(
    now: Sequence[ListItem], then: Sequence[ListItem] | None, made: Sequence[Move], movies: Mapping[int, Movie],
    width: int,
) -> list[Content]:  # fmt: skip
    """The list as it is at the left, as it would be at the right."""
    half = (width - 2) // 2
    left = [_item(item, None, movies, half) for item in now]
    if then is None:
        words = "Nothing is tried: + and - change the stars of the movie under the cursor."
        rows = [fit(line((piece, QUIET)), half) for piece in wrapped(words, half, 4)]
    else:
        rows = [_item(item, move, movies, half, moved=True) for item, move in zip(then, made, strict=True)]
    gone = [item for item in now if then is not None and item.movie_id not in {each.movie_id for each in then}]
    height = max(len(left), len(rows))
    left += [fit("", half)] * (height - len(left))
    rows += [fit("", half)] * (height - len(rows))
    head = line(
        fit(line(("your list now", QUIET)), half), "  ", fit(line(("as it would be", f"{BOLD} {ACCENT}")), half)
    )
    lines = [head, *(line(a, "  ", b) for a, b in zip(left, rows, strict=True))]
    if gone:
        titles = ", ".join(movies[item.movie_id].title for item in gone if item.movie_id in movies)
        lines.append(fit(line((f"would go: {titles}", DOWN)), width))
    return [fit(each, width) for each in lines]


def _item(item: ListItem, move: Move, movies: Mapping[int, Movie], width: int, *, moved: bool = False) -> Content:
    title = movies[item.movie_id].label if item.movie_id in movies else f"movie {item.movie_id}"
    sign = line("    ")
    if moved:
        sign = line(("new ", f"{BOLD} {UP}")) if move is None else line(("=   ", QUIET)) if move == 0 else _arrow(move)
    return spread(line(sign, title), line((f" {item.stars:.2f}", STAR)), width)


def _arrow(move: int) -> Content:
    return line((f"▲{move}".ljust(4), UP)) if move > 0 else line((f"▼{-move}".ljust(4), DOWN))
