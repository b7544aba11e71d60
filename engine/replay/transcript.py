"""What a replay gave, as JSON lines without times: the same bytes for the same script, seed, data, versions and device.

The first line says of what; then one line a step. `compare` tells what differs from an earlier transcript: on the same
device and versions every byte counts, elsewhere figures may differ within `TOLERANCE`.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import __version__
from engine.errors import ScriptBroken
from engine.replay.sandbox import versions
from engine.replay.script import as_plain
from engine.text import json_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.replay.names import MovieNames
    from engine.replay.outcome import Outcome
    from engine.replay.script import Script
    from engine.service.protocols import PlayerService
    from engine.types import ListStats, Recommendations, TrainingRecord

FORMAT = 1
TOLERANCE = 0.02
"""Stars, RMSE, ILD and the like may differ by so much between two devices or versions; ranking scores by this share."""
LIST_OVERLAP = 0.6
"""Share of a list's movies that must be the same between two devices or versions: near ties change places."""
_ASKED = {"script": "script", "preset": "preset", "seed": "seed", "data": "data", "format": "format of the transcript"}
_MACHINE = ("device", "versions")
_EXACT_ONLY = frozenset(("predictions", "seen", "epochs", "steps"))
"""What depends on the last bit: hashes, texts of checks, and when a training ends early."""


def header(script: Script, service: PlayerService, data: str) -> dict[str, Any]:
    """What a transcript is of."""
    settings = service.settings
    return {
        "format": FORMAT,
        "script": script.digest,
        "title": script.about.title,
        "preset": settings.preset,
        "seed": settings.seed,
        "data": data,
        "device": device_name(service.engine.status.device),
        "versions": {"matinee": __version__} | versions(),
    }


def device_name(label: str) -> str:
    """The device as far as it may change a bit: a processor's make and cores, or a card's name."""
    if label != "cpu":
        return label
    return f"cpu {platform.machine()} {_processor()} {os.cpu_count()} cores"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def step_line(outcome: Outcome, movies: MovieNames) -> dict[str, Any]:
    """One step as plain data."""
    line: dict[str, Any] = {"step": outcome.line.number, "do": as_plain(outcome.line.step)}
    if outcome.user:
        line["viewer"] = outcome.user.name
    if outcome.facts:
        line["facts"] = outcome.facts
    if outcome.new_list and outcome.settled and outcome.shown:
        line["list"] = list_line(outcome.new_list, movies)
        line["predictions"] = _digest(outcome)
    if outcome.trained:
        line["trained"] = [_run(record) for record in outcome.trained]
    if outcome.checks:
        line["checks"] = [asdict(check) for check in outcome.checks]
    if outcome.failure:
        line["failure"] = outcome.failure
    return line


def list_line(made: Recommendations, movies: MovieNames) -> dict[str, Any]:
    """A list with its figures."""
    items = [
        {"movie": movies.name_of(item.movie_id), "score": item.score, "stars": item.stars, "variety": item.for_variety}
        for item in made.items
    ]
    return {"movies": items, "shown": _stats(made.shown), "plain": _stats(made.plain)}


def _stats(stats: ListStats) -> dict[str, float]:
    return {"ild": stats.ild, "genres": stats.genres, "mean_stars": stats.mean_stars}


def _run(record: TrainingRecord) -> dict[str, Any]:
    return {
        "run": record.run, "epochs": record.epoch, "steps": record.step, "loss": record.loss,
        "val_rmse": record.val_rmse, "val_ndcg10": record.val_ndcg10,
    }  # fmt: skip


def _digest(outcome: Outcome) -> str:
    """Of the order and predicted stars of the whole catalogue."""
    assert outcome.shown is not None
    made = outcome.shown.predictions
    return hashlib.sha256(repr(made.movie_ids).encode() + made.stars_tenths).hexdigest()[:16]


def to_text(lines: list[dict[str, Any]]) -> str:
    """The file's content."""
    return "".join(json_line(line) + "\n" for line in lines)


def read(path: Path) -> list[dict[str, Any]]:
    """A transcript from its file. ScriptBroken when it is none."""
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except OSError as error:
        raise ScriptBroken(f"the transcript {path} can't be opened: {error.strerror}") from error
    except ValueError as error:
        raise ScriptBroken(f"{path} is no transcript: {error}") from error
    if not lines or not all(isinstance(line, dict) for line in lines) or lines[0].get("format") != FORMAT:
        raise ScriptBroken(f"{path} is no transcript of this version; record it again with --transcript")
    return lines


# ------------------------------------------------------------------------------------------------------------- compare


def compare(recorded: list[dict[str, Any]], now: list[dict[str, Any]]) -> tuple[bool, list[str]]:
    """Whether every bit was asked for, and what differs; nothing differs where the replay is as recorded."""
    was, is_now = recorded[0], now[0]
    asked = [f"{word}: {_short(was.get(key))} recorded, {_short(is_now.get(key))} now"
             for key, word in _ASKED.items() if was.get(key) != is_now.get(key)]  # fmt: skip
    exact = all(was.get(key) == is_now.get(key) for key in _MACHINE)
    if asked:
        return exact, asked
    found = [f"{len(recorded) - 1} steps recorded, {len(now) - 1} now"] if len(recorded) != len(now) else []
    for old, new in zip(recorded[1:], now[1:], strict=False):
        place = f"step {new.get('step')}"
        found += [f"{place}: {text}" for text in _differences("", old, new, exact=exact)]
    return exact, found


def _differences(path: str, old: Any, new: Any, *, exact: bool) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        if not exact and path.endswith("list"):
            yield from _list_differences(path, old, new)
            return
        for key in sorted(old.keys() | new.keys()):
            if exact or key not in _EXACT_ONLY:
                yield from _differences(f"{path}.{key}".lstrip("."), old.get(key), new.get(key), exact=exact)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for at, (each, other) in enumerate(zip(old, new, strict=True), start=1):
            yield from _differences(f"{path} {at}", each, other, exact=exact)
    elif old != new and (exact or not _near(old, new)):
        yield f"{path}: {_short(old)} recorded, {_short(new)} now"


def _list_differences(path: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """Of two lists made on different machines: enough of the same movies, with nearly the same stars."""
    before, now = ({item["movie"]: item for item in made["movies"]} for made in (old, new))
    same = before.keys() & now.keys()
    if len(same) < LIST_OVERLAP * len(before) or len(before) != len(now):
        yield f"{path}: {', '.join(before)} recorded, {', '.join(now)} now"
    for movie in sorted(same):
        for figure in ("score", "stars"):
            if not _near(before[movie][figure], now[movie][figure]):
                yield f"{path} {movie} {figure}: {before[movie][figure]} recorded, {now[movie][figure]} now"


def _near(old: Any, new: Any) -> bool:
    """Whether two figures are as good as the same; whole numbers, texts and truth values must be the same."""
    if not isinstance(old, float) or not isinstance(new, float):
        return False
    return math.isclose(old, new, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"
