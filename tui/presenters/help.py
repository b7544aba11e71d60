"""The help, from the table of commands."""

from __future__ import annotations

from itertools import chain, zip_longest
from typing import TYPE_CHECKING

from tui.commands import COMMANDS
from tui.presenters.text import ACCENT, BOLD, QUIET, fit, line, wrapped

if TYPE_CHECKING:
    from textual.content import Content

KEYS = 10
"""Cells of the keys' column."""
TWO_FROM = 96
"""Cells from which on the commands stand in two columns."""

_INTRO = (
    ("Top line", "who you are, the genres you like best (the higher the bar, the further above your own mean), whether "
     "the model knows all your ratings, and how long the last list took from your key press."),
    ("For you", "the five movies the model would show you, best first. ▲▼ say how far a movie moved since your last "
     "rating or move of lens or diversity, new that it was not in the list. The line under it says why."),
    ("Stars", "1 to 5 give whole stars, ` adds or removes a half, 0 takes them back. Hollow stars are on their way; a "
     "tick says that the database has them."),
    ("Now", "the movie under the cursor, with the stars you would give it, as the model believes."),
    ("Lens", "goes from familiar (what you would surely watch) to loved (what you would rate highest, whether many "
     "know it or not). Familiar rather than loved stands under a movie that has far fewer predicted stars than one "
     "further down: it is there because you would likely choose it."),
    ("Diversity", "lets movies of other genres into the list (◆)."),
    ("Steer", "lens and diversity act together. The figures compare your list with the one that neither has changed: "
     "predicted stars, how sure they are (four of five of your ratings would lie within ±) and what each of the two "
     "costs or gains; how many ratings the model knows of a movie; unlikeness of the genres (ILD); and what came in "
     "and went out."),
    ("Training", "the neural network learns beside your viewing: training loss, its error on ratings kept from it "
     "(val, in stars), and how many of your ratings are not in its weights yet. A curve's figures are its newest "
     "value between the ends of its axis. A rating is learned in a short incremental run; a safety check (acceptance "
     "check) of its error on a few ratings decides whether the new weights are taken."),
)  # fmt: skip


def help_lines(width: int) -> list[Content]:
    """What the screens mean, then every command by group, in two columns where there is room."""
    lines: list[Content] = []
    for name, text in _INTRO:
        for place, piece in enumerate(wrapped(text, max(20, width - KEYS - 2), 9)):
            lines.append(line((f"{name if place == 0 else '':<{KEYS}}  ", f"{BOLD} {ACCENT}"), piece))
    lines.append(line())
    if width >= TWO_FROM:
        half = (width - 4) // 2
        blocks = _groups(half)
        cut = _middle([len(block) for block in blocks])
        left, right = (list(chain.from_iterable(part)) for part in (blocks[:cut], blocks[cut:]))
        lines += [line(fit(a, half), "    ", b) for a, b in zip_longest(left, right, fillvalue=line())]
    else:
        lines += list(chain.from_iterable(_groups(width)))
    return [*lines, line(("Everything can also be clicked, and ctrl+p finds every command by name.", QUIET))]


def _groups(width: int) -> list[list[Content]]:
    """A block of lines for each group of commands."""
    blocks: dict[str, list[Content]] = {}
    for command in COMMANDS:
        if not command.in_help:
            continue
        block = blocks.setdefault(command.group, [line((command.group, BOLD))])
        for place, piece in enumerate(wrapped(command.help, max(20, width - KEYS - 2), 4)):
            key = command.key if place == 0 else ""
            block.append(line((f"{key:>{KEYS}}  ", ACCENT), piece))
    return [[*block, line()] for block in blocks.values()]


def _middle(lengths: list[int]) -> int:
    """Where to cut so that both columns are about equally long."""
    total = sum(lengths)
    return min(range(1, len(lengths)), key=lambda cut: abs(total - 2 * sum(lengths[:cut])), default=1)
