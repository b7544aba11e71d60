"""The service without screens: progress and notices on standard error, results left to the command."""

from __future__ import annotations

import contextlib
import queue
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from engine.cli.output import console, warn
from engine.errors import EngineDied, EngineError
from engine.service.messages import Notice, StatusChanged, Trained
from engine.service.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.service.messages import Reply
    from engine.service.settings import Settings
    from engine.types import TrainingRecord

_POLL_S = 0.5
"""How often a command checks that the engine still runs."""
_NOTICES_S = 30.0
"""Longest wait for the last notices."""


@contextlib.contextmanager
def running(settings: Settings, *, auto_train: bool) -> Iterator[tuple[Service, Feed]]:
    """A service with its store open and its engine started; closed at the end whatever happens."""
    with Service(settings, auto_train=auto_train) as service:
        with progress_bar(quiet=not console(err=True).is_terminal) as bar:
            service.open(_database_progress(bar))
        feed = Feed(service)
        service.engine.start()
        yield service, feed


class Feed:
    """The engine's replies as iterators of records; notices go to standard error."""

    def __init__(self, service: Service) -> None:
        self._engine = service.engine
        self._replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        self._engine.subscribe(self._replies.put)

    def run(self) -> Iterator[TrainingRecord]:
        """The records of the run that was asked for, to the last one; EngineError when it fails."""
        began = False
        for reply in self._until_failure():
            if isinstance(reply, Trained):
                yield reply.record
                if reply.record.event == "done":
                    return
            elif isinstance(reply, StatusChanged):
                began = began or reply.status.state == "training"
                if reply.status.state == "ready" and (began or reply.status.detail):
                    raise EngineError(reply.status.detail or "the training ended early")

    def rest(self) -> None:
        """Show the notices of what the engine has done so far."""
        self._engine.wait_acknowledged(_NOTICES_S)
        while not self._replies.empty():
            reply = self._replies.get()
            if isinstance(reply, Notice):
                warn(reply.text)

    def until_idle(self) -> Iterator[TrainingRecord]:
        """The records until the engine has learned every rating; there may be none."""
        for reply in self._until_failure():
            if isinstance(reply, Trained):
                yield reply.record
            elif isinstance(reply, StatusChanged) and self._engine.caught_up:
                return

    def _until_failure(self) -> Iterator[Reply]:
        while True:
            try:
                reply = self._replies.get(timeout=_POLL_S)
            except queue.Empty:
                if not self._engine.running:
                    raise EngineDied(self._engine.status.detail or "the engine is not running") from None
                continue
            if isinstance(reply, Notice):
                warn(reply.text)
            elif isinstance(reply, StatusChanged) and reply.status.state == "failed" and self._engine.pid is not None:
                raise EngineError(reply.status.detail)
            yield reply


def _database_progress(bar: Progress) -> Callable[[int, int, str], None]:
    """A callback that draws how much of the database is made."""
    tasks: dict[str, TaskID] = {}

    def report(done: int, total: int, what: str) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(f"making the database: {what}", total=total, figures="")
        bar.update(tasks[what], completed=done, total=total)

    return report


def progress_bar(*, quiet: bool) -> Progress:
    """A bar on standard error that vanishes when it is done."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[figures]}", markup=False),
        TimeElapsedColumn(),
        console=console(err=True),
        transient=True,
        disable=quiet,
    )


def draw_run(records: Iterator[TrainingRecord], *, quiet: bool) -> TrainingRecord | None:
    """Draw a run's progress for people; the last record, None if there was none."""
    last = None
    with progress_bar(quiet=quiet) as bar:
        task: TaskID | None = None
        for last in records:
            if task is None:
                task = bar.add_task(f"training {last.preset} on {last.device}", total=None, figures="")
            bar.update(task, completed=last.step, total=last.steps or None, figures=_figures(last))
    return last


def _figures(record: TrainingRecord) -> str:
    parts = [f"epoch {record.epoch}/{record.epochs}"]
    parts += [f"loss {record.loss:.4f}"] if record.loss is not None else []
    parts += [f"val RMSE {record.val_rmse:.4f}"] if record.val_rmse is not None else []
    parts += [f"{record.ratings_per_s / 1000:,.0f}k ratings/s"] if record.ratings_per_s else []
    return "  ".join(parts)
