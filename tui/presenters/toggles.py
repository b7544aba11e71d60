"""What the viewer steers the list with: the lens and diversity, what they bring in, push out and cost together.

All figures compare the list with the one that neither of them has changed: the lens at its middle, no diversity.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from engine.types import LENSES, MIDDLE
from tui.presenters import lens as lenses
from tui.presenters.diversity import slider, switch
from tui.presenters.text import ACCENT, BOLD, QUIET, STAR, UP, VARIETY, bare, first_that_fits, fit, line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.content import Content

    from engine.types import Diversity, Movie, Recommendations

LABEL = 10
"""Cells of the words before the two sliders."""
LENS_AT = LABEL + len(LENSES[0]) + 1
"""Where the lens's slider begins."""
STRENGTH_AT = LABEL + 25
"""Where diversity's slider begins: after the switch, its strength and the longest method name."""
_LEAST, _MOST = 6, 16
"""Cells of diversity's slider."""
_ROOMY = 7
"""Lines from which on every figure has its own."""


def track_width(width: int) -> int:
    """Cells of diversity's slider on a panel of this width."""
    return max(_LEAST, min(_MOST, width - STRENGTH_AT))


def panel(
    made: Recommendations | None, diversity: Diversity, lens: int, movies: Mapping[int, Movie], width: int, height: int
) -> list[Content]:
    """The two sliders, then the figures, each in its place."""
    lines = [_lens_line(made, lens), _diversity_line(diversity, width), *_figures(made, movies, height)]
    return [fit(each, width) for each in lines[:height]]


def _lens_line(made: Recommendations | None, lens: int) -> Content:
    label = line((f"{'lens':<{LABEL}}", QUIET))
    if made is not None and made.order != "relevance":
        return line(label, ("this model has one order: predicted stars", QUIET))
    ends = [(name, BOLD if lenses.leaning(lens) == name else QUIET) for name in (LENSES[0], LENSES[-1])]
    return line(label, ends[0], " ", lenses.slider(lens), " ", ends[1])


def _diversity_line(diversity: Diversity, width: int) -> Content:
    head = fit(line((f"{'diversity':<{LABEL}}", QUIET), switch(diversity)), STRENGTH_AT)
    return line(head, slider(diversity.strength, track_width(width), on=diversity.on))


def _figures(made: Recommendations | None, movies: Mapping[int, Movie], height: int) -> list[Content]:
    if made is None:
        return [line(("the figures come with the first list", QUIET))]
    known = line((f"{'known':<{LABEL}}", QUIET), lenses.fame(made.usual, made.shown))
    ild = line(change(bare(made.usual.ild, 2), bare(made.shown.ild, 2)))
    lines = [_stars_line(made), known, _genres_line(made, ild, movies)]
    if height < _ROOMY:
        lines[1:] = [line(known, ("  ILD ", QUIET), ild)]
    if not is_steered(made):
        keys = (
            ("press ", QUIET),
            ("< >", ACCENT),
            (" for the lens, ", QUIET),
            ("d", ACCENT),
            (" for other genres", QUIET),
        )
        return [*lines, line(*keys)]
    return [
        *lines,
        line((f"{'in':<{LABEL}}", UP), names(made.entered, movies)),
        line((f"{'out':<{LABEL}}", QUIET), (names(made.left, movies), QUIET)),
    ]


def is_steered(made: Recommendations) -> bool:
    """Whether lens or diversity have a say in a list."""
    return made.diversity.on or (made.lens != MIDDLE and made.order == "relevance")


def _stars_line(made: Recommendations) -> Content:
    """The price: what each of the two takes from the predicted stars, or adds to them."""
    usual, plain, shown = (each.mean_stars for each in (made.usual, made.plain, made.shown))
    head = line((f"{'stars':<{LABEL}}", QUIET))
    if not is_steered(made):
        return line(head, (f"{shown:.2f}", BOLD), (" ★", STAR), sure(made), (" a movie, as predicted", QUIET))
    parts = [line(head, f"{usual:.2f} → ", (f"{shown:.2f}", BOLD), (" ★", STAR), sure(made))]
    if made.lens != MIDDLE:
        parts.append(line(("  lens ", QUIET), signed(plain - usual)))
    if made.diversity.on:
        parts.append(line(("  diversity ", QUIET), signed(shown - plain)))
    return line(*parts)


def _genres_line(made: Recommendations, ild: Content, movies: Mapping[int, Movie]) -> Content:
    genres = change(str(made.usual.genres), str(made.shown.genres))
    listed = [movies[item.movie_id] for item in made.items if item.movie_id in movies]
    return line((f"{'ILD':<{LABEL}}", QUIET), ild, ("  genres ", QUIET), genres, "  ", mix(listed))


def mix(movies: Sequence[Movie]) -> Content:
    """The genres of the list with a block for each movie that has them, most frequent first."""
    counts = Counter(genre for movie in movies for genre in movie.genres)
    ranked = sorted(counts, key=lambda genre: (-counts[genre], genre))
    return line(*(line((f"{genre} ", ""), ("▪" * counts[genre], VARIETY), "  ") for genre in ranked))


def change(before: str, after: str) -> Content:
    """`.41 → .63`; the figure alone where it is the same."""
    return line((after, BOLD)) if before == after else line(f"{before} → ", (after, BOLD))


def names(movie_ids: tuple[int, ...], movies: Mapping[int, Movie]) -> str:
    """Titles, or `nothing`."""
    return ", ".join(movies[movie_id].title for movie_id in movie_ids if movie_id in movies) or "nothing"


def signed(number: float) -> str:
    """`+.12`, `−.05`, `±.00`."""
    text = f"{number:+.2f}".replace("-", "−").replace("0.", ".", 1)
    return "±.00" if text in ("+.00", "−.00") else text


def sure(made: Recommendations) -> str:
    """` ±0.6`: four of five ratings lie no further from the predicted stars, on the mean; empty where nobody knows."""
    ends = [item.interval for item in made.items if item.interval is not None]
    return f" ±{sum(high - low for low, high in ends) / (2 * len(ends)):.1f}" if ends else ""


def one_line(
    made: Recommendations | None, diversity: Diversity, lens: int, movies: Mapping[int, Movie], width: int
) -> Content:
    """The panel in one line: both sliders with their keys, then the figures, what came in and went, as room allows."""
    track = lenses.small_slider(lens)
    large = line((" < ", ACCENT), (f"{LENSES[0]} ", QUIET), track, (f" {LENSES[-1]}", QUIET), (" >", ACCENT))
    small = line((" < ", ACCENT), track, (f" {lenses.leaning(lens)}", QUIET) if lens != MIDDLE else "", (" >", ACCENT))
    word = line(("● on ", f"{BOLD} {VARIETY}") if diversity.on else ("○ off ", QUIET), bare(diversity.strength, 2))
    toggle, named = line((" d ", ACCENT), word), line((" d ", ACCENT), ("diversity ", QUIET), word)
    if made is None:
        return fit(first_that_fits(width, line(large, " ", named), line(small, " ", toggle)), width)
    usual, shown, arrow = made.usual, made.shown, "→"

    def moved(head: str, before: str, after: str) -> Content:
        return line((f" {head}", QUIET), after if before == after else f"{before}{arrow}{after}")

    stars = line(moved("★", f"{usual.mean_stars:.2f}", f"{shown.mean_stars:.2f}"), sure(made))
    known = moved("known ", lenses.ratings_word(usual.ratings), lenses.ratings_word(shown.ratings))
    ild = moved("ILD ", bare(usual.ild, 2), bare(shown.ild, 2))
    genres = moved("genres ", str(usual.genres), str(shown.genres))
    if not is_steered(made):
        return fit(
            first_that_fits(
                width, line(large, stars, known, " ", named, ild, genres), line(large, stars, known, " ", toggle, ild),
                line(small, stars, known, toggle, ild), line(small, stars, toggle),
            ),
            width,
        )  # fmt: skip
    into = line((" in ", UP), names(made.entered, movies))
    out = line((" out ", QUIET), (names(made.left, movies), QUIET))
    numbers = line((" in ", UP), str(len(made.entered)), (" out ", QUIET), str(len(made.left)))
    return fit(
        first_that_fits(
            width, line(large, stars, known, named, ild, genres, into, out),
            line(large, stars, known, toggle, ild, into, out),
            line(small, stars, known, toggle, ild, into), line(small, stars, known, toggle, ild, numbers),
            line(small, stars, toggle, ild, numbers), line(small, stars, toggle, numbers), line(small, stars, toggle),
        ),
        width,
    )  # fmt: skip
