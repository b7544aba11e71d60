"""The runs that the lab shows: in an order, some of them marked to be laid over each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.runs import KeptRun

SortKey = Literal["newest", "error", "order", "loss", "seconds"]
SORTS: tuple[SortKey, ...] = ("newest", "error", "order", "loss", "seconds")
LETTERS = "ABCD"
"""Of marked runs."""


@dataclass(slots=True)
class RunShelf:
    """The kept runs. Incremental ones are no rows: they are points of one long curve."""

    runs: tuple[KeptRun, ...] = ()
    """Oldest first."""
    sort: SortKey = "newest"
    marked: list[str] = field(default_factory=list)
    """Ids, in the order in which they were marked."""

    def rows(self) -> list[KeptRun]:
        """The full runs in the order that was chosen; a run without the figure comes last."""
        full = [run for run in self.runs if run.kind == "full"][::-1]
        if self.sort == "newest":
            return full
        keys = {
            "error": lambda run: _or_last(run.val_rmse),
            "order": lambda run: _or_last(None if run.val_ndcg10 is None else -run.val_ndcg10),
            "loss": lambda run: _or_last(run.loss),
            "seconds": lambda run: run.seconds,
        }
        return sorted(full, key=keys[self.sort])

    def sort_next(self) -> None:
        """The next order."""
        self.sort = SORTS[(SORTS.index(self.sort) + 1) % len(SORTS)]

    def mark(self, run_id: str) -> None:
        """Mark a run, or take its mark off; the oldest mark gives way to a fifth."""
        if run_id in self.marked:
            self.marked.remove(run_id)
        else:
            self.marked = [*self.marked, run_id][-len(LETTERS) :]

    def letter(self, run_id: str) -> str:
        """The letter of a marked run; empty for another."""
        return LETTERS[self.marked.index(run_id)] if run_id in self.marked else ""

    def laid_over(self, under_cursor: KeptRun | None) -> list[tuple[str, KeptRun]]:
        """The runs whose curves are drawn, with their letters: the marked ones, or the one under the cursor."""
        known = {run.run_id: run for run in self.runs}
        marked = [(self.letter(each), known[each]) for each in self.marked if each in known]
        return marked or ([("A", under_cursor)] if under_cursor else [])

    def long_curve(self) -> list[tuple[float, float]]:
        """Error on kept-aside ratings at each incremental run, over the rating events."""
        return [
            (float(run.trained_seq), run.val_rmse)
            for run in self.runs
            if run.kind == "incremental" and run.val_rmse is not None
        ]


def _or_last(value: float | None) -> float:
    return float("inf") if value is None else value


def marked_pair(laid: Sequence[tuple[str, KeptRun]]) -> tuple[KeptRun, KeptRun] | None:
    """The two runs that are compared: the first two that are laid over each other."""
    return (laid[0][1], laid[1][1]) if len(laid) > 1 else None
