"""Two lists side by side, as lines of text: what they share, what only one has, and what led to the difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.replay.checking import listed
from tui.presenters.moves import move_word
from tui.presenters.stars import figure, stars_word
from tui.presenters.text import ACCENT, BOLD, DOWN, QUIET, STAR, UP, fit, line, spread, wrapped

if TYPE_CHECKING:
    from textual.content import Content

    from tui.replay.frames import Frame

_GAP = "   "
_RATINGS = 3
"""Lines of ratings that only one side has."""


def side_by_side(left: tuple[str, Frame], right: tuple[str, Frame], width: int) -> list[Content]:
    """All lines; each side has a name and a frame."""
    half = (width - len(_GAP)) // 2
    columns = [_column(*left, right[1], half), _column(*right, left[1], half)]
    height = max(len(column) for column in columns)
    padded = [column + [line()] * (height - len(column)) for column in columns]
    return [line(fit(a, half), _GAP, fit(b, width - half - len(_GAP))) for a, b in zip(*padded, strict=True)]


def shared_line(left: Frame, right: Frame) -> Content:
    """How many movies both lists have."""
    both = set(listed(left.made)) & set(listed(right.made))
    most = max(len(listed(left.made)), len(listed(right.made)))
    return line((f"{len(both)} of {most}", BOLD), (" movies are in both lists", QUIET))


def _column(name: str, frame: Frame, other: Frame, width: int) -> list[Content]:
    who = frame.user.name if frame.user else "nobody"
    head = line((name, f"{BOLD} {ACCENT}"), (f"  {who}, after step {frame.number}", QUIET))
    return [
        head,
        line(),
        *_movies(frame, other, width),
        line(),
        *_figures(frame),
        line(),
        *_ratings(frame, other, width),
    ]


def _movies(frame: Frame, other: Frame, width: int) -> list[Content]:
    places = {movie: place for place, movie in enumerate(listed(other.made))}
    lines = []
    for place, item in enumerate(frame.made.items if frame.made else ()):
        movie = frame.catalogue.by_id.get(item.movie_id)
        if item.movie_id in places:
            move = places[item.movie_id] - place
            mark = line((move_word(move), UP if move > 0 else DOWN if move < 0 else QUIET))
        else:
            mark = line(("only", f"{BOLD} {ACCENT}"))
        title = line((f" {place + 1} ", QUIET), fit(mark, 5), (movie.label if movie else f"[{item.movie_id}]", BOLD))
        lines.append(spread(title, line((f" {stars_word(item.stars):<5}", STAR), f" {item.stars:.1f} "), width))
    return lines


def _figures(frame: Frame) -> list[Content]:
    if frame.made is None:
        return [line(("no list", QUIET))]
    shown, wanted = frame.made.shown, frame.diversity
    toggle = f"on, {wanted.strength:g} {wanted.method}" if wanted.on else "off"
    return [
        line((" unlikeness (ILD) ", QUIET), f"{shown.ild:.2f}", ("   genres ", QUIET), f"{shown.genres}"),
        line((" mean predicted stars ", QUIET), f"{shown.mean_stars:.2f}", ("   diversity ", QUIET), toggle),
        line((" movies rated ", QUIET), f"{len(frame.half_stars)}"),
    ]


def _ratings(frame: Frame, other: Frame, width: int) -> list[Content]:
    """The ratings that the other side has not, or not so."""
    own = [
        f"{frame.catalogue.by_id[movie].title} {figure(half)}"
        for movie, half in frame.half_stars.items()
        if other.half_stars.get(movie) != half and movie in frame.catalogue.by_id
    ]
    if not own:
        return [line((" no rating that the other has not", QUIET))]
    return [line((" only here: " if n == 0 else "   ", QUIET), text)
            for n, text in enumerate(wrapped(", ".join(own), max(10, width - 12), _RATINGS))]  # fmt: skip
