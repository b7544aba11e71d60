"""The diversity panel: is it on, what did it bring in, what did it push out, what did it cost."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from textual.content import Content

from tui.presenters.text import ACCENT, BOLD, QUIET, UP, VARIETY, bare, first_that_fits, fit, line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.types import Diversity, Movie, Recommendations

METHODS = {"calibrated": "calibrated", "mmr": "MMR", "dpp": "DPP"}


def slider(strength: float, width: int, *, on: bool) -> Content:
    """A track of `width` cells with a knob."""
    place = round(max(0.0, min(1.0, strength)) * (width - 1))
    style = VARIETY if on else QUIET
    return line(("━" * place, style), ("●" if on else "○", style), ("─" * (width - 1 - place), QUIET))


def strength_at(cell: int, width: int) -> float:
    """The strength of a click on a cell of the track, in hundredths."""
    return round(max(0.0, min(1.0, cell / max(1, width - 1))), 2)


def switch(diversity: Diversity) -> Content:
    """`on  0.4 calibrated` or `off`."""
    word = ("● on ", f"{BOLD} {VARIETY}") if diversity.on else ("○ off", QUIET)
    return line(word, f"  {diversity.strength:.2f}  ", (METHODS[diversity.method], QUIET))


def _names(movie_ids: tuple[int, ...], movies: Mapping[int, Movie]) -> str:
    return ", ".join(movies[movie_id].title for movie_id in movie_ids if movie_id in movies) or "nothing"


def price(made: Recommendations) -> float:
    """Mean predicted stars lost (negative) or gained by the re-ranking."""
    return made.shown.mean_stars - made.plain.mean_stars


def _signed(number: float) -> str:
    text = f"{number:+.2f}".replace("-", "−")
    return "±0.00" if text in ("+0.00", "−0.00") else text


def mix(movies: Sequence[Movie], width: int) -> Content:
    """The genres of the list with a block for each movie that has them, most frequent first."""
    counts = Counter(genre for movie in movies for genre in movie.genres)
    ranked = sorted(counts, key=lambda genre: (-counts[genre], genre))
    parts = (line((f"{genre} ", ""), ("▪" * counts[genre], VARIETY), "  ") for genre in ranked)
    return fit(line(("mix  ", QUIET), *parts), width)


def figures(
    made: Recommendations | None, diversity: Diversity, movies: Mapping[int, Movie], width: int
) -> list[Content]:
    """The lines under the slider, each in its place whether diversity is on or off."""
    if made is None:
        return [fit(line(("the figures come with the first list", QUIET)), width)]
    on = diversity.on and made.diversity.on
    arrow = " → "
    ild = f"{bare(made.plain.ild, 2)}{arrow}{bare(made.shown.ild, 2)}" if on else bare(made.plain.ild, 2)
    genres = f"{made.plain.genres}{arrow}{made.shown.genres}" if on else f"{made.plain.genres}"
    shown = [movies[item.movie_id] for item in made.items if item.movie_id in movies]
    lines = [line(("ILD ", QUIET), (ild, BOLD), ("   genres ", QUIET), (genres, BOLD)), mix(shown, width)]
    if on:
        lines += [
            line(("in   ", UP), _names(made.brought_in, movies)),
            line(("out  ", QUIET), (_names(made.pushed_out, movies), QUIET)),
            line(("price ", QUIET), (f"{_signed(price(made))} ★", BOLD), (" a movie, as predicted", QUIET)),
        ]
    else:
        lines.append(line(("press ", QUIET), ("d", ACCENT), (" to let other genres in", QUIET)))
    return [fit(each, width) for each in lines]


def one_line(made: Recommendations | None, diversity: Diversity, movies: Mapping[int, Movie], width: int) -> Content:
    """The panel in one line: before → after and the price first, then what came in and what went, as room allows."""
    head = line((" d ", ACCENT), ("diversity ", QUIET))
    word = line(("● on ", f"{BOLD} {VARIETY}") if diversity.on else ("○ off ", QUIET), bare(diversity.strength, 2))
    if made is None:
        return fit(line(head, switch(diversity)), width)
    plain, shown = made.plain, made.shown
    if not (diversity.on and made.diversity.on):
        figures_off = line((" ILD ", QUIET), bare(plain.ild, 2), (" genres ", QUIET), str(plain.genres))
        return fit(line(head, switch(diversity), " ", figures_off), width)
    change = line(
        (" ILD ", QUIET),
        f"{bare(plain.ild, 2)}→{bare(shown.ild, 2)}",
        (" genres ", QUIET),
        f"{plain.genres}→{shown.genres}",
        f" {_signed(price(made)).replace('0.', '.', 1)}★",
    )
    short = line(head, word, change)
    into = line((" in ", UP), _names(made.brought_in, movies))
    out = line((" out ", QUIET), (_names(made.pushed_out, movies), QUIET))
    numbers = line((" in ", UP), str(len(made.brought_in)), (" out ", QUIET), str(len(made.pushed_out)))
    return fit(
        first_that_fits(
            width, line(head, switch(diversity), change, into, out), line(short, into, out), line(short, into),
            line(short, numbers),
            line((" d ", ACCENT), word, change, numbers), line((" d ", ACCENT), word, change),
        ),
        width,
    )  # fmt: skip
