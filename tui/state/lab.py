"""What the lab looks at, and what the engine has shown of it. No Textual in here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from engine.snapshots import ListView, NetworkOf, NetworkView, Page, StepView, UnitOf, UnitView
from tui.state.lab_runs import RunShelf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.snapshots import Subject, View

PartName = Literal["training", "network", "hand", "runs"]
"""The parts of the lab, in the order of their number keys."""
Shown = Literal["now", "change", "before"]
_SHOWN: tuple[Shown, ...] = ("now", "change", "before")


@dataclass(slots=True)
class Lab:
    """One viewer's place in the lab."""

    part: PartName = "training"
    movie_id: int | None = None
    """The movie whose stars are taken apart; None until the first list is there."""
    layer: int = 0
    unit: int = 0
    shown: Shown = "now"
    """Whether the units are shown as they are, as they were before the last rating, or what that changed."""
    network: NetworkView | None = None
    unit_view: UnitView | None = None
    step: StepView | None = None
    list_view: ListView | None = None
    shelf: RunShelf = field(default_factory=RunShelf)
    page: int = 0
    """Of the pages by hand: those of the step, then those of the list."""

    def take(self, view: View) -> None:
        """Keep what the engine shows."""
        match view:
            case NetworkView():
                self.network = view
                self._keep_inside(view)
            case UnitView():
                self.unit_view = view
            case StepView():
                self.step = view
            case ListView():
                self.list_view = view

    def _keep_inside(self, view: NetworkView) -> None:
        """Another network may have fewer layers and units."""
        if view.layers:
            self.layer = min(self.layer, len(view.layers) - 1)
            self.unit = min(self.unit, len(view.layers[self.layer].now) - 1)

    # ------------------------------------------------------------------------------------------------ the network

    def network_subjects(self) -> list[Subject]:
        """What the part of the network shows now."""
        if self.movie_id is None:
            return []
        return [NetworkOf(self.movie_id), *([UnitOf(self.layer, self.unit)] if self._has_units else [])]

    @property
    def _has_units(self) -> bool:
        return self.network is not None and bool(self.network.layers)

    def choose_movie(self, listed: Sequence[int], step: int) -> None:
        """Go to another movie of the list; from one that is not in it, to the first."""
        if listed:
            at = (listed.index(self.movie_id) + step) % len(listed) if self.movie_id in listed else 0
            self.movie_id = listed[at]

    def move_unit(self, step: int) -> None:
        """Go to another unit of the layer."""
        if self.network is not None and self.network.layers:
            self.unit = (self.unit + step) % len(self.network.layers[self.layer].now)

    def move_layer(self, step: int) -> None:
        """Go to another layer, to its strongest unit."""
        if self.network is not None and self.network.layers:
            self.layer = (self.layer + step) % len(self.network.layers)
            values = self.network.layers[self.layer].now
            self.unit = max(range(len(values)), key=lambda unit: abs(values[unit]))

    def show_next(self) -> None:
        """Now, what the last rating changed, before it."""
        self.shown = _SHOWN[(_SHOWN.index(self.shown) + 1) % len(_SHOWN)]

    @property
    def unit_shown(self) -> UnitView | None:
        """The unit under the cursor, once the engine has shown it."""
        view = self.unit_view
        return view if view is not None and (view.layer, view.unit) == (self.layer, self.unit) else None

    # ---------------------------------------------------------------------------------------------------- by hand

    @property
    def _chapters(self) -> list[tuple[str, tuple[Page, ...]]]:
        made = (("Training step", self.step), ("Recommendation", self.list_view))
        return [(name, view.pages) for name, view in made if view is not None and view.pages]

    @property
    def hand_page(self) -> tuple[str, tuple[Page, ...], int] | None:
        """The chapter's name, its pages, and which of them is open; None before the engine has shown any."""
        at = self.page
        for name, pages in self._chapters:
            if at < len(pages):
                return name, pages, at
            at -= len(pages)
        return None

    @property
    def hand_missing(self) -> str:
        """Why there is no page."""
        return "The engine has shown nothing yet; a training step can be shown after the first full training."

    def turn_page(self, step: int) -> None:
        """Go to another page; after the last one comes the first."""
        count = sum(len(pages) for _, pages in self._chapters)
        if count:
            self.page = (self.page + step) % count
