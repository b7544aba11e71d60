"""The network for you, now: the shares of a movie's stars above, the hidden units below."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from tui.plain import entitle
from tui.presenters.lab_network import layers_lines, nothing_yet, shares_lines, unit_head, unit_lines
from tui.presenters.text import fit, line, stack
from tui.widgets.lab.part import LabPart
from tui.widgets.session_widget import Pane

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.state.lab import PartName
    from tui.state.session import Change


class SharesPane(Pane):
    """What the movie's stars are made of."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"lab"})

    def on_mount(self) -> None:
        entitle(self, title="What your predicted stars are made of", subtitle=", . another movie of your list")

    def render(self) -> Content:
        view = self.session.lab.network
        if view is None:
            return stack(nothing_yet(view, self.size.width))
        return stack(shares_lines(view, self.session.service.catalogue.by_id, self.size.width)[: self.size.height])


class UnitsPane(Pane, can_focus=True):
    """The hidden units as strips; the cursor's unit in words."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"lab"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "unit(-1)", "The unit before", show=False),
        Binding("right", "unit(1)", "The next unit", show=False),
        Binding("up", "layer(-1)", "The layer before", show=False),
        Binding("down", "layer(1)", "The next layer", show=False),
    ]

    def on_mount(self) -> None:
        entitle(self, title="Your hidden units", subtitle="← → unit · ↑ ↓ layer · b before and after")

    def render(self) -> Content:
        lab, (width, height) = self.session.lab, self.size
        view = lab.network
        if view is None or not view.layers:
            return stack(nothing_yet(view, width))
        lines = layers_lines(view, lab.layer, lab.unit, lab.shown, width, height)
        lines.append(unit_head(view, lab.layer, lab.unit, lab.shown, width))
        room = height - len(lines)
        if room > 2:
            movies = self.session.service.catalogue.by_id
            lines += [fit(line(), width), *unit_lines(lab.unit_shown, movies, width, min(room - 1, 7))]
        return stack(lines[:height])

    def action_unit(self, step: int) -> None:
        """Go to another unit."""
        self.session.lab.move_unit(step)
        self._ask()

    def action_layer(self, step: int) -> None:
        """Go to another layer."""
        self.session.lab.move_layer(step)
        self._ask()

    def _ask(self) -> None:
        self.refresh()
        self.session.look(*self.session.lab.network_subjects()[1:])


class NetworkPart(LabPart):
    """Both panes."""

    PART: ClassVar[PartName] = "network"

    def compose(self) -> ComposeResult:
        """Shares above units."""
        yield SharesPane()
        yield UnitsPane()

    def ask(self) -> None:
        session = self.session
        if self.lab.movie_id is None and session.listed:
            self.lab.movie_id = session.selected.movie_id if session.selected else session.listed[0]
        session.look(*self.lab.network_subjects())

    def take_focus(self) -> None:
        self.query_one(UnitsPane).focus()

    def choose(self, step: int) -> None:
        """Take another movie of the list apart."""
        self.lab.choose_movie(self.session.listed, step)
        self.ask()

    def show_next(self) -> None:
        """The units now, what changed, before."""
        self.lab.show_next()
        self.query_one(UnitsPane).refresh()
