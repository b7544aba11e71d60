"""The kept runs: a table to sort and mark, the curves of the marked ones over each other, what differed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from engine.runs import KeptRun
from tui.host import host_of
from tui.plain import entitle
from tui.presenters.lab_runs import (
    SORT_WORDS,
    difference_lines,
    errors_of,
    head_line,
    long_curve_lines,
    losses_of,
    overlay,
    run_line,
)
from tui.presenters.text import stack
from tui.state.lab_runs import marked_pair
from tui.widgets.lab.part import LabPart
from tui.widgets.linelist import LineList
from tui.widgets.session_widget import Pane, SessionWidget

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.state.lab import PartName
    from tui.state.session import Change


class RunTable(LineList[KeptRun]):
    """A line a run."""

    EMPTY = "No run was kept yet: f starts a full training."
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "mark", "Mark", show=False)]

    def line_of(self, row: KeptRun, width: int, *, cursor: bool) -> Content:
        return run_line(row, host_of(self).viewing.lab.shelf.letter(row.run_id), width, cursor=cursor)

    def action_mark(self) -> None:
        """Mark the run under the cursor, or take its mark off."""
        if self.row is not None:
            host_of(self).viewing.lab.shelf.mark(self.row.run_id)
            self.redraw()
            self.post_message(self.Moved(self.row))


class RunHead(SessionWidget):
    """The names of the table's columns."""

    DEFAULT_CSS = "RunHead { height: 1; }"

    def render(self) -> Content:
        return head_line(self.size.width)


class RunCurves(Pane):
    """The errors of the runs that are laid over each other, and their losses where there is room."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"lab"})

    def on_mount(self) -> None:
        entitle(self, title="Laid over each other")

    def render(self) -> Content:
        part = self.screen.query_one(RunsPart)
        laid, (width, height) = part.laid_over(), self.size
        errors = [(letter, errors_of(run)) for letter, run in laid]
        losses = [(letter, losses_of(run)) for letter, run in laid]
        if height < 10:
            return stack(overlay("Error on ratings kept aside (validation RMSE), by epoch", errors, width, height))
        half = height // 2
        upper = overlay("Error on ratings kept aside (validation RMSE), by epoch", errors, width, half)
        return stack([*upper, *overlay("Training loss, by epoch", losses, width, height - half)])


class RunFacts(Pane):
    """What the first two marked runs differ in; without two, the long curve of the incremental runs."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"lab"})

    def render(self) -> Content:
        part = self.screen.query_one(RunsPart)
        laid, (width, height) = part.laid_over(), self.size
        pair = marked_pair(laid)
        if pair is None:
            entitle(self, title="Incremental runs")
            return stack(long_curve_lines(part.lab.shelf.long_curve(), width, height))
        entitle(self, title="What differed")
        return stack(difference_lines(*pair, (laid[0][0], laid[1][0]), width, height))


class RunsPart(LabPart):
    """The table above, curves and differences below."""

    PART: ClassVar[PartName] = "runs"

    def compose(self) -> ComposeResult:
        """Table, curves, facts."""
        with RunBox():
            yield RunHead()
            yield RunTable()
        yield RunCurves()
        yield RunFacts()

    def on_mount(self) -> None:
        host_of(self).changes.subscribe(self, self._hear)

    def _hear(self, change: Change) -> None:
        """A run that has ended changes the status."""
        if change == "status" and host_of(self).session is not None and self.display:
            self.ask()

    def ask(self) -> None:
        host_of(self).attempt(self._read())

    async def _read(self) -> None:
        """Read the kept runs on the thread of the store."""
        host = host_of(self)
        runs = tuple(await host.on_store(host.service.runs))
        if (
            host.session is None
            or not self.is_mounted
            or (runs == self.lab.shelf.runs and self.query_one(RunTable).rows)
        ):
            return
        self.lab.shelf.runs = runs
        self.show_rows()

    def show_rows(self) -> None:
        """The table anew, the cursor on its run."""
        table, shelf = self.query_one(RunTable), self.lab.shelf
        held = table.row.run_id if table.row else None
        table.show_rows(shelf.rows(), is_held=(lambda run: run.run_id == held) if held else None)
        entitle(self.query_one(RunBox), subtitle=f"{SORT_WORDS[shelf.sort]} · o sort · space mark")
        self._redraw()

    def laid_over(self) -> list[tuple[str, KeptRun]]:
        """The runs whose curves are drawn."""
        return self.lab.shelf.laid_over(self.query_one(RunTable).row)

    def on_line_list_moved(self, message: LineList.Moved) -> None:
        """Another run under the cursor, or another mark."""
        message.stop()
        self._redraw()

    def _redraw(self) -> None:
        self.query_one(RunCurves).refresh()
        self.query_one(RunFacts).refresh()

    def take_focus(self) -> None:
        self.query_one(RunTable).focus()

    def sort_next(self) -> None:
        """The next order of the table."""
        self.lab.shelf.sort_next()
        self.show_rows()


class RunBox(Pane):
    """The table's frame."""

    def on_mount(self) -> None:
        entitle(self, title="Training runs")
