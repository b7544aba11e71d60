"""The lab's network: what a movie's stars are made of, the hidden units, one unit's say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.presenters.text import ACCENT, BOLD, DOWN, QUIET, STAR, UP, first_that_fits, fit, line, spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.content import Content

    from engine.snapshots import Amount, Layer, NetworkView, StarsPart, UnitView
    from engine.types import Movie
    from tui.state.lab import Shown

WORDS: dict[StarsPart, tuple[str, str]] = {
    "mean": ("everybody's mean", ""),
    "movie": ("this movie", "movie bias"),
    "viewer": ("you", "viewer bias"),
    "decoder": ("your taste in it", "decoder"),
    "implicit": ("who else rated it", "implicit part"),
    "silent": ("this movie, units at 0", "output bias"),
    "network": ("the network", ""),
    "units": ("your taste in it", "last hidden units"),
    "neighbours": ("your say on like movies", "neighbours"),
    "features": ("its genres and decade", "features"),
    "range": ("kept on the scale", "clipping"),
}
"""Of each part the plain words, and the term."""
_FULL = 5.0
_BARS = "▁▂▃▄▅▆▇█"
_FIGURE = 8
_WIDE = 100


def shares_lines(view: NetworkView, movies: Mapping[int, Movie], width: int) -> list[Content]:
    """A waterfall: each part's bar begins where the one before ended; the last line is the sum."""
    name = _title(movies, view.movie_id)
    moved = view.stars - view.before
    tail = line((f"{view.stars:.4f} ★", f"{BOLD} {STAR}"), (_since(view, moved), QUIET))
    lines = [spread(line((name, BOLD)), tail, width)]
    words = min(44, max(26, width // 3))
    with_before = width >= _WIDE and view.last is not None
    cells = max(8, width - words - _FIGURE - (_FIGURE + 6 if with_before else 0) - 2)
    at = 0.0
    for place, share in enumerate(view.shares):
        plain, term = WORDS[share.part]
        label = first_that_fits(words, line(plain, (f" ({term})" if term else "", QUIET)), line(plain))
        value = f"{share.stars:.3f}" if place == 0 else f"{share.stars:+.3f}"
        bar = _bar(at, at + share.stars, cells)
        before = line((f"was{share.before:>{_FIGURE}.3f}   ", QUIET)) if with_before else line()
        lines.append(fit(line(fit(label, words), f"{value:>{_FIGURE}}  ", before, bar), width))
        at += share.stars
    total = sum(share.stars for share in view.shares)
    scale = _scale(cells)
    left = line(fit(line(("together", BOLD)), words), (f"{total:>{_FIGURE}.3f}  ", BOLD))
    gap = line((f"was{view.before:>{_FIGURE}.3f}   ", QUIET)) if with_before else line()
    return [*lines, fit(line(left, gap, scale), width)]


def _since(view: NetworkView, moved: float) -> str:
    if view.last is None:
        return ""
    return "  ±0 by your last rating" if abs(moved) < 5e-5 else f"  {moved:+.4f} by your last rating"


def _bar(start: float, end: float, cells: int) -> Content:
    """From one place of the scale to the other: solid where it adds, hatched where it takes away."""
    a, b = (round(max(0.0, min(_FULL, each)) / _FULL * cells) for each in (start, end))
    low, high = min(a, b), max(a, b)
    if low == high:
        mark = min(low, cells - 1)
        return line(" " * mark, ("▏", QUIET), " " * (cells - mark - 1))
    drawn = ("█", UP) if end >= start else ("▒", DOWN)
    return line(" " * low, (drawn[0] * (high - low), drawn[1]), " " * (cells - high))


def _scale(cells: int) -> Content:
    """0 to 5 stars under the bars."""
    marks = [" "] * cells
    for stars in range(6):
        marks[min(cells - 1, round(stars / _FULL * cells))] = str(stars)
    return line(("".join(marks), QUIET))


def layer_tabs(view: NetworkView, layer: int, width: int) -> Content:
    """The layers by name; the one that is shown in brackets."""
    parts = [
        line((f"[{each.name}]", f"{BOLD} {ACCENT}") if at == layer else (f" {each.name} ", QUIET), " ")
        for at, each in enumerate(view.layers)
    ]
    return fit(line(*parts), width)


def values_of(layer: Layer, shown: Shown) -> tuple[float, ...]:
    """What is drawn of a layer."""
    if shown == "now":
        return layer.now
    if shown == "before":
        return layer.before
    return tuple(now - before for now, before in zip(layer.now, layer.before, strict=True))


_ROOM_FOR_THE_UNIT = 9


def layers_lines(view: NetworkView, layer: int, unit: int, shown: Shown, width: int, height: int) -> list[Content]:
    """All layers below each other where that leaves room for the unit's words, else the one that is shown."""
    everything: list[Content] = []
    for at, each in enumerate(view.layers):
        name = line((f"[{each.name}]", f"{BOLD} {ACCENT}") if at == layer else (f" {each.name} ", QUIET))
        everything.append(fit(name, width))
        everything += strip_lines(values_of(each, shown), unit if at == layer else -1, width, height)
    if len(view.layers) > 1 and len(everything) + _ROOM_FOR_THE_UNIT <= height:
        return everything
    tabs = [layer_tabs(view, layer, width)] if len(view.layers) > 1 else []
    return [*tabs, *strip_lines(values_of(view.layers[layer], shown), unit, width, height - 1 - len(tabs))]


def strip_lines(values: Sequence[float], cursor: int, width: int, height: int) -> list[Content]:
    """A cell a unit, bars by size; what is below 0 stands in a line of its own. Cut to the lines around the cursor."""
    signed = min(values, default=0.0) < 0
    per = max(8, width - 2)
    most = max((abs(value) for value in values), default=0.0) or 1.0
    rows = [range(start, min(start + per, len(values))) for start in range(0, len(values), per)]
    each = 2 if signed else 1
    fitting = max(1, height // each)
    first = max(0, min(cursor // per - fitting // 2, len(rows) - fitting))
    lines = []
    for units in rows[first : first + fitting]:
        lines.append(_strip("+", units, values, most, cursor, UP, width))
        if signed:
            lines.append(_strip("−", units, [-value for value in values], most, cursor, DOWN, width))
    return lines


def _strip(
    sign: str, units: range, values: Sequence[float], most: float, cursor: int, style: str, width: int
) -> Content:
    """The units on one side of 0; the cursor's cell is reversed in both lines."""
    parts: list[tuple[str, str]] = []
    for unit in units:
        value = values[unit]
        cell = _BARS[min(7, int(value / most * 8))] if value > 0 else "·" if sign == "+" and value == 0 else " "
        parts.append((cell, f"{style} reverse" if unit == cursor else style))
    return fit(line((f"{sign} ", QUIET), *_joined(parts)), width)


def _joined(parts: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Neighbours of one style as one piece."""
    joined: list[tuple[str, str]] = []
    for text, style in parts:
        if joined and joined[-1][1] == style:
            joined[-1] = (joined[-1][0] + text, style)
        else:
            joined.append((text, style))
    return joined


_SHOWN_WORDS: dict[Shown, str] = {"now": "now", "change": "the change", "before": "before"}


def unit_head(view: NetworkView, layer: int, unit: int, shown: Shown, width: int) -> Content:
    """The figures of the unit under the cursor."""
    row = view.layers[layer]
    now, before = row.now[unit], row.before[unit]
    gives = ""
    if layer == len(view.layers) - 1 and unit < len(view.unit_stars):
        gives = f" · gives {view.unit_stars[unit]:+.3f} ★ here"
    return fit(
        line((f"unit {unit}", BOLD), f"  {now:+.4f}", (f"  was {before:+.4f}", QUIET), gives,
             (f"   shown: {_SHOWN_WORDS[shown]}", QUIET)), width,
    )  # fmt: skip


def unit_lines(view: UnitView | None, movies: Mapping[int, Movie], width: int, height: int) -> list[Content]:
    """What moves the unit, what it raises, what it lowers: beside each other where there is room."""
    if view is None or height < 2:
        return []
    blocks = (
        ("Your ratings that move it", view.movers), ("What it raises", view.raises), ("What it lowers", view.lowers),
    )  # fmt: skip
    if width >= 3 * 24:
        each = (width - 4) // 3
        columns = [_block(title, rows, movies, each, height) for title, rows in blocks]
        return [line(a, "  ", b, "  ", c) for a, b, c in zip(*columns, strict=True)]
    third = max(2, height // 3)
    return [made for title, rows in blocks for made in _block(title, rows, movies, width, third)][:height]


def _block(title: str, rows: Sequence[Amount], movies: Mapping[int, Movie], width: int, height: int) -> list[Content]:
    lines = [fit(line((title, QUIET)), width)]
    for row in rows[: height - 1]:
        amount = line((f" {row.amount:+.3f}", UP if row.amount >= 0 else DOWN))
        lines += [spread(_title(movies, row.movie_id), amount, width)]
    return [*lines, *[fit("", width)] * (height - len(lines))]


def nothing_yet(view: NetworkView | None, width: int) -> list[Content]:
    """Why there are no units to show."""
    if view is None:
        words = "The engine has shown nothing yet."
    elif not view.trained:
        words = "The network has not trained yet: biases alone answer."
    else:
        words = "Rate a movie: a viewer without ratings moves no unit."
    return [fit(line((words, QUIET)), width)]


def _title(movies: Mapping[int, Movie], movie_id: int) -> str:
    return movies[movie_id].label if movie_id in movies else f"movie {movie_id}"
