"""Training runs that are kept: a file each beside the database, so that last week's curve is there after a restart.

A full run is one JSON file, written whole or not at all. Incremental runs are short and many: a line each in one file,
of which the newest are kept. Both can be read by hand; a file or a line that can't be read is left out.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, Self

from engine import files
from engine.errors import UnknownRun
from engine.text import json_line
from engine.types import RunKind

if TYPE_CHECKING:
    from pathlib import Path

    from engine.types import TrainingRecord

Outcome = Literal["serves", "dropped", "stopped", "failed", "beside"]
"""`beside`: trained beside the model that serves, and not taken over."""
_LINES = "incremental.jsonl"
_MOST_LINES = 4000
_MOST_POINTS = 400


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The figures at one step of a run."""

    step: int
    epoch: int
    loss: float | None
    """Training loss of the last steps."""
    val_rmse: float | None = None
    """RMSE in stars on ratings kept aside; once an epoch."""
    val_ndcg10: float | None = None


@dataclass(frozen=True, slots=True)
class KeptRun:
    """One run: what it was asked, what it learned from, how it went."""

    run_id: str
    """A number for a full run; `i` and the last rating event for an incremental one."""
    kind: RunKind
    preset: str
    seed: int
    device: str
    version: str
    store: str
    """The uuid of the store whose ratings it learned from."""
    trained_seq: int
    """The last rating event that it learned from."""
    began_at: int
    """Epoch seconds, UTC."""
    seconds: float
    epochs: int
    """Passes that were made."""
    n_users: int
    n_movies: int
    n_ratings: int
    outcome: Outcome
    why: str = ""
    """Why it does not serve, where it does not."""
    loss: float | None = None
    val_rmse: float | None = None
    val_ndcg10: float | None = None
    drift: float | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    """The whole configuration; of full runs."""
    curve: tuple[CurvePoint, ...] = ()

    @classmethod
    def of(cls, data: Any) -> Self:
        """Read what `asdict` gave; KeyError, TypeError or ValueError for anything else."""
        known = {each.name for each in fields(cls)}
        given = {name: value for name, value in dict(data).items() if name in known}
        points = tuple(CurvePoint(**point) for point in given.pop("curve", ()))
        run = cls(**given, curve=points)
        if not (
            isinstance(run.run_id, str) and isinstance(run.trained_seq, int) and run.kind in ("full", "incremental")
        ):
            raise ValueError("this is no run")
        return run


class Curve:
    """The points of a run in progress: never more than a screen can show."""

    def __init__(self) -> None:
        self._points: list[CurvePoint] = []
        self._every = 1
        self._records = 0

    def note(self, record: TrainingRecord) -> None:
        """Keep the figures of a record: every epoch's, and of steps as many as there is room for."""
        self._records += 1
        if record.loss is None or (record.event != "epoch" and self._records % self._every):
            return
        self._points.append(CurvePoint(record.step, record.epoch, record.loss, record.val_rmse, record.val_ndcg10))
        if len(self._points) > 2 * _MOST_POINTS:
            self._every *= 2
            self._points = [point for at, point in enumerate(self._points) if at % 2 == 0 or point.val_rmse is not None]

    @property
    def points(self) -> tuple[CurvePoint, ...]:
        """Those that were kept, oldest first."""
        return tuple(self._points)


class RunFolder:
    """The runs of one store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def next_id(self) -> str:
        """The number of the next full run."""
        numbers = [int(path.stem[4:]) for path in self.folder.glob("run-*.json") if path.stem[4:].isdecimal()]
        return str(max(numbers, default=0) + 1)

    def keep(self, run: KeptRun) -> None:
        """Write a run. Raises OSError."""
        if run.kind == "incremental":
            self._append(json_line(asdict(run)))
            return
        with files.replacing(self.folder / f"run-{run.run_id}.json", durable=False) as file:
            file.write(json_line(asdict(run)).encode() + b"\n")

    def _append(self, line: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / _LINES
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
        if path.stat().st_size > _MOST_LINES * 1024:
            newest = path.read_text(encoding="utf-8", errors="replace").splitlines()[-_MOST_LINES // 2 :]
            with files.replacing(path, durable=False) as file:
                file.write("".join(f"{each}\n" for each in newest).encode())

    def runs(self) -> list[KeptRun]:
        """All that can be read, oldest first."""
        texts = []
        for path in self.folder.glob("run-*.json"):
            with contextlib.suppress(OSError, UnicodeDecodeError):
                texts.append(path.read_text(encoding="utf-8"))
        with contextlib.suppress(OSError):
            texts += (self.folder / _LINES).read_text(encoding="utf-8", errors="replace").splitlines()
        runs = [run for run in map(_read, texts) if run is not None]
        return sorted(runs, key=lambda run: (run.began_at, run.trained_seq, run.run_id))

    def run(self, run_id: str) -> KeptRun:
        """One of them. Raises UnknownRun, naming those that there are."""
        known = {run.run_id: run for run in self.runs()}
        if run_id in known:
            return known[run_id]
        some = ", ".join([each for each in known if known[each].kind == "full"][-10:]) or "none yet"
        raise UnknownRun(f"there is no run {run_id!r}; full runs are {some}")


def _read(text: str) -> KeptRun | None:
    try:
        return KeptRun.of(json.loads(text))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def differences(a: KeptRun, b: KeptRun) -> list[tuple[str, str, str]]:
    """What two runs were asked differently, and what they learned from: name, the first's, the second's."""
    left, right = ({"preset": run.preset, "seed": run.seed, "device": run.device, "version": run.version,
                    "store": run.store, "ratings": run.n_ratings, "up to rating": run.trained_seq, **run.settings}
                   for run in (a, b))  # fmt: skip
    names = [name for name in (*left, *(each for each in right if each not in left)) if name != "name"]
    rows = [(name, left.get(name), right.get(name)) for name in names]
    return [(name, _text(mine), _text(theirs)) for name, mine, theirs in rows if _text(mine) != _text(theirs)]


def _text(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
