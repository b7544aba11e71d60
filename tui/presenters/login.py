"""The log-in screen's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.presenters.chart import bar
from tui.presenters.text import ACCENT, BOLD, ERROR, QUIET, UP, count, fit, line, plural, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.content import Content

    from engine.types import EngineStatus, StoreCounts, User

LOGO = (
    "                             ▗▘     ",
    "█▀▄▀█ ▄▀█ ▀█▀ █ █▄ █ █▀▀ █▀▀",
    "█ ▀ █ █▀█  █  █ █ ▀█ ██▄ ██▄",
)
TAGLINE = "a streaming service with the lid off"


@dataclass(frozen=True, slots=True)
class LoginRow:
    """A viewer to log in as, or (`user` None) a new one under the name typed."""

    name: str
    user: User | None = None
    last: bool = False


def viewer_rows(users: Sequence[User], query: str, last: User | None) -> list[LoginRow]:
    """The last viewer first, then the others as the store found them; a new one when nobody has the name typed."""
    typed = query.strip()
    fits = last is not None and typed.casefold() in last.name.casefold()
    known = [LoginRow(last.name, last, last=True)] if last is not None and fits else []
    known += [LoginRow(user.name, user) for user in users if last is None or user.user_id != last.user_id]
    taken = any(row.name.casefold() == typed.casefold() for row in known)
    return known if not typed or taken else [*known, LoginRow(typed)]


def viewer_line(row: LoginRow, width: int, *, cursor: bool) -> Content:
    """A viewer's line of exactly `width` cells."""
    mark = ("▸ " if cursor else "  ", ACCENT)
    if row.user is None:
        made = line(mark, ("+ new viewer ", ACCENT), (row.name, BOLD))
    else:
        about = plural(row.user.n_ratings, "rating") if row.user.n_ratings else "no ratings yet"
        made = spread(
            line(mark, (row.name, BOLD if cursor or row.last else "")),
            line(("last time  " if row.last else "", ACCENT), (f"{about} ", QUIET)),
            width,
        )
    made = fit(made, width)
    return made.stylize("on $cursor-row") if cursor else made


def opening(share: float, doing: str, width: int) -> Content:
    """How far the store is."""
    return fit(line((bar(share, max(4, min(24, width - 30))), ACCENT), f" {share:4.0%} ", (doing, QUIET)), width)


def ready(counts: StoreCounts, status: EngineStatus, width: int) -> Content:
    """What there is, and how far the engine is: one line, or two where one would be cut."""
    state = {
        "ready": ("● the model is ready", UP),
        "failed": ("✗ the engine is down", ERROR),
        "stopped": ("✗ the engine stopped", ERROR),
        "training": ("● the model trains", UP),
        "learning": ("● the model learns", UP),
    }.get(status.state, ("○ the engine loads", QUIET))
    numbers = f"{count(counts.movies)} movies · {count(counts.users)} viewers · {count(counts.ratings)} ratings"
    one = line((numbers, QUIET), "   ", state)
    return one if one.cell_length <= width else line((numbers, QUIET), "\n", state)
