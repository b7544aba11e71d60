"""A movie's page: all that is known about it, and why it is recommended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.stars import in_words
from tui.presenters.chart import track
from tui.presenters.now import facts, predicted
from tui.presenters.text import ACCENT, BOLD, QUIET, STAR, fit, line, wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.content import Content

    from engine.types import Movie, Reason


FEW = 5
"""With fewer ratings of a viewer little is known of them."""


def about(
    movie: Movie, stars: float | None, rank: int | None, width: int, *, rated: bool = False,
    likely: tuple[int, int] | None = None, history: int = FEW,
) -> list[Content]:  # fmt: skip
    """Title, facts, people, synopsis, and while there is no rating the prediction and how sure it is.

    `likely` are the half stars from where to where most ratings lie, `history` is how many the viewer gave.
    """
    lines = [line((movie.title, BOLD), (f" ({movie.year})" if movie.year else "", QUIET))]
    if movie.original_title and movie.original_title != movie.title:
        lines.append(line((movie.original_title, "italic $quiet")))
    lines.append(line((facts(movie), QUIET)))
    if movie.director:
        lines.append(line(("directed by ", QUIET), movie.director))
    lines.append(line())
    lines += [line(text) for text in wrapped(movie.synopsis or "Nobody wrote a synopsis yet.", width, 5)]
    lines.append(line())
    ahead = line((f"  · no. {rank:,} for you", QUIET)) if rank is not None and not rated else line()
    lines.append(predicted(stars, rated=rated) + ahead)
    if stars is not None and not rated:
        lines += sure(likely, history)
    return [fit(each, width) for each in lines]


def sure(likely: tuple[int, int] | None, history: int) -> list[Content]:
    """`most likely 3½ to 4½`, and that little is known of a viewer who rated next to nothing."""
    words = [f"most likely {in_words(*likely)}"] if likely else []
    if history < FEW:
        words.append("little is known of you yet")
    return [line((" · ".join(words), QUIET))] if words else []


def why(reasons: Sequence[Reason] | None, movies: Mapping[int, Movie], rated: int, width: int) -> list[Content]:
    """The viewer's ratings that speak for it, by their share of the score."""
    head = fit(line(("Why", BOLD), ("  your ratings that speak for it", QUIET)), width)
    if reasons is None:
        return [head, fit(line(("asking the model…", QUIET)), width)]
    known = [reason for reason in reasons if reason.movie_id in movies]
    if not known:
        words = "none of your ratings does; others who rate like you like it" if rated else "you have rated nothing yet"
        return [head, fit(line((words, QUIET)), width)]
    top = max(max(reason.share for reason in known), 1e-9)
    room = max(12, min(36, width - 30))
    lines = [head]
    for reason in known[:5]:
        done, left = track(max(0.0, reason.share) / top, 12)
        given = (f"{reason.stars:>4g}★", STAR)
        title = fit(line(movies[reason.movie_id].title), room)
        lines.append(fit(line(title, given, "  ", (done, ACCENT), (left, QUIET), f" {reason.share:4.0%}"), width))
    return lines
