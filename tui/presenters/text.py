"""Lines of exact width: the small tools of the other presenters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.style import Style

if TYPE_CHECKING:
    from collections.abc import Iterable

    Part = str | Content | tuple[str, str | Style]

QUIET = "$quiet"
BOLD = "bold"
ACCENT = "$accent"
STAR = "$star"
UP = "$up"
DOWN = "$down"
VARIETY = "$variety"
ERROR = "$error"
WARNING = "$warning"


def line(*parts: Part) -> Content:
    """Pieces, each plain or with a style, as one line."""
    return Content.assemble(*parts)


def fit(content: Content | str, width: int) -> Content:
    """Cut with an ellipsis or padded to exactly `width` cells."""
    if width <= 0:
        return Content("")
    made = Content(content) if isinstance(content, str) else content
    return made.truncate(width, ellipsis=True, pad=True)


def first_that_fits(width: int, *variants: Content) -> Content:
    """The fullest of several wordings, fullest first, that fits; the last if none does."""
    return next((made for made in variants if made.cell_length <= width), variants[-1])


def right(content: Content | str, width: int) -> Content:
    """As `fit`, but set against the right edge."""
    made = Content(content) if isinstance(content, str) else content
    return fit(made, width) if made.cell_length >= width else made.pad_left(width - made.cell_length)


def spread(left: Content | str, tail: Content | str, width: int) -> Content:
    """`left` and `tail` at both ends of a line; `left` gives way when the two do not fit."""
    end = Content(tail) if isinstance(tail, str) else tail
    room = width - end.cell_length
    if room < 1:
        return fit(end, width)
    return fit(left, room) + end


def stack(lines: Iterable[Content]) -> Content:
    """Put lines below each other."""
    return Content("\n").join(list(lines))


def click(text: str, action: str, style: str = "") -> Content:
    """Text that runs an action when it is clicked."""
    linked = Content.styled(text, Style.from_meta({"@click": action}))
    return linked.stylize(style) if style else linked


def wrapped(text: str, width: int, height: int) -> list[str]:
    """At most `height` lines of at most `width` cells, broken between words; the last ends in an ellipsis if cut."""
    if width <= 0 or height <= 0:
        return []
    lines = [piece.plain.rstrip() for piece in Content(text).wrap(width)] if text else []
    if len(lines) > height:
        rest = " ".join(lines[height - 1 :])
        lines = [*lines[: height - 1], Content(rest).truncate(width, ellipsis=True).plain]
    return lines


def count(number: int) -> str:
    """With thousands set apart: 1,204."""
    return f"{number:,}"


def plural(number: int, word: str) -> str:
    """`1 rating`, `2 ratings`."""
    return f"{count(number)} {word}" if number == 1 else f"{count(number)} {word}s"


def short_number(number: float) -> str:
    """Three digits and a letter: 950, 8.1k, 812k, 1.2M."""
    for limit, divisor, letter in ((1e3, 1, ""), (1e6, 1e3, "k"), (1e9, 1e6, "M")):
        if number < limit * 0.9995:
            value = number / divisor
            return f"{value:.1f}{letter}" if letter and value < 9.95 else f"{value:.0f}{letter}"
    return f"{number / 1e9:.1f}G"


def bare(number: float | None, digits: int = 3) -> str:
    """A small figure without its leading zero, as in statistics: .412, 1.034; `–` where there is none."""
    if number is None or number != number:
        return "–"
    text = f"{round(number, digits) + 0.0:.{digits}f}"  # no -.000
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def took(milliseconds: float) -> str:
    """`14 ms`, `4.5 s`."""
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def minutes(seconds: float) -> str:
    """A time in a movie: `58 min`, `2 h 05`."""
    whole = int(seconds // 60)
    return f"{whole} min" if whole < 60 else f"{whole // 60} h {whole % 60:02d}"
