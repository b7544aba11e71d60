"""The list of five: the hero of the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from tui.plain import entitle
from tui.presenters import foryou
from tui.presenters.text import fit, stack
from tui.widgets.session_widget import Pane, SessionWidget

if TYPE_CHECKING:
    from textual import events
    from textual.content import Content

    from tui.state.session import Change, ViewerSession

_FLASH_S = 0.9
"""How long a movie that moved is lit."""


def rows_of(session: ViewerSession) -> list[foryou.Row]:
    """The list of a session as rows."""
    made = session.recommendations
    if made is None:
        return []
    return foryou.rows(made.items, session.moves, session.service.catalogue.by_id, made.pushed_out)


class ForYou(Pane, can_focus=True):
    """Two lines a movie where there is room, else one, and the reason of the chosen one."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"list", "selection", "status"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
    ]

    def on_mount(self) -> None:
        entitle(self, title="For you")
        self._cursor = 0
        self._line_rows: list[int] = []
        self._shown: tuple[int, ...] = ()
        self._flash = False
        self._marked: int | None = None

    def session_changed(self, change: Change) -> None:
        """Keep the cursor on the chosen movie while it is in the list."""
        chosen, listed = self.session.selected, self.session.listed
        marked = listed.index(chosen.movie_id) if chosen and chosen.movie_id in listed else None
        if change == "selection" and marked == self._marked:
            return
        self._marked = marked
        self._cursor = self._cursor if marked is None else marked
        if change == "list" and self.session.listed != self._shown:
            self._shown = self.session.listed
            self._flash = True
            self.set_timer(_FLASH_S, self._calm)
        self._tell_below()
        self.refresh()

    def _tell_below(self) -> None:
        """On the frame: what the mark means, and what is out of the list where the panel is too low to say it."""
        session, low = self.session, self.screen.has_class("-narrow") or self.screen.has_class("-short")
        out = foryou.pushed_out(session.recommendations, session.service.catalogue.by_id) if low else ""
        mark = "◆ for variety" if session.diversity.on and session.listed else ""
        entitle(self, subtitle="  ".join(part for part in (out, mark) if part))

    def on_resize(self) -> None:
        self._tell_below()

    def _calm(self) -> None:
        self._flash = False
        self.refresh()

    def _rows(self) -> list[foryou.Row]:
        return rows_of(self.session)

    def render(self) -> Content:
        rows, width, height = self._rows(), self.size.width, self.size.height
        if not rows:
            self._line_rows = []
            detail = self.session.service.engine.status.detail or "the engine is getting ready"
            return stack(foryou.empty_lines(detail, width, height))
        chosen = self.session.selected
        lines: list[Content] = []
        self._line_rows = []
        genres = foryou.genres_width(rows, width)
        gap = height >= 3 * len(rows) - 1
        for place, row in enumerate(rows):
            cursor = chosen == row.movie
            lines.append(foryou.title_line(row, width, genres=genres, cursor=cursor, flash=self._flash))
            if height >= 2 * len(rows) or (cursor and height > len(rows)):
                lines.append(foryou.why_line(row, width, cursor=cursor))
            if gap and place < len(rows) - 1:
                lines.append(fit("", width))
            self._line_rows += [place] * (len(lines) - len(self._line_rows))
        return stack(lines[:height])

    def action_move(self, step: int) -> None:
        """The cursor up or down, and the movie under it into Now."""
        listed = self.session.listed
        if not listed:
            return
        chosen = self.session.selected
        inside = chosen is not None and chosen.movie_id in listed
        self._cursor = max(0, min(len(listed) - 1, self._cursor + (step if inside else 0)))
        self.session.select(listed[self._cursor])
        self._marked = self._cursor
        self.refresh()

    def on_focus(self) -> None:
        """The list has the keyboard: Now shows its movie."""
        self.action_move(0)

    def on_click(self, event: events.Click) -> None:
        """Choose a movie; open it with a double click."""
        place = event.get_content_offset(self)
        listed = self.session.listed
        if place is None or not 0 <= place.y < len(self._line_rows):
            return
        self._cursor = self._line_rows[place.y]
        if self._cursor < len(listed):
            self.action_move(0)
            if event.chain == 2:
                self.call_later(self.screen.run_action, "command('open')")

    def as_text(self) -> str:
        """The list as text, a movie a line, to be copied."""
        return "\n".join(f"{row.rank}. {row.movie.label}  {row.stars:.1f}" for row in self._rows())


class ListLine(SessionWidget):
    """The list in one line, where the catalogue has its place."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"list"})
    DEFAULT_CSS = "ListLine { height: 1; background: $panel; }"

    def render(self) -> Content:
        return foryou.one_line(rows_of(self.session), self.size.width)
