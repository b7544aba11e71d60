"""One script played to its end, and the report of it: the line of the summary, the transcript, the metrics."""

from __future__ import annotations

import csv
import io
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.replay.checks import listed
from engine.replay.names import MovieNames, check_names
from engine.replay.player import Player
from engine.replay.transcript import header, step_line
from engine.types import LENSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.replay.outcome import Outcome, Screen
    from engine.replay.script import Script
    from engine.service.protocols import PlayerService

METRICS = (
    "script", "step", "word", "viewer", "ratings", "list", "overlap", "ild", "plain_ild", "genres", "mean_stars",
    "known", "diversity", "method", "lens", "run", "epochs", "loss", "val_rmse", "val_ndcg10", "list_ms", "seconds",
)  # fmt: skip
"""Columns of the metrics, a row a step; empty where a step has none."""


@dataclass(slots=True)
class Report:
    """What came of a script."""

    script: Script
    transcript: list[dict[str, Any]] = field(default_factory=list)
    metrics: list[dict[str, Any]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """One line each, with file, line and step."""
    warnings: list[str] = field(default_factory=list)
    """What may make the lists differ from those that were recorded."""
    steps: int = 0
    expectations: int = 0
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether every step did what it should and all that was expected held."""
        return not self.failures

    def as_plain(self) -> dict[str, Any]:
        """The line of the summary."""
        line: dict[str, Any] = {
            "script": str(self.script.path),
            "passed": self.passed,
            "steps": self.steps,
            "expectations": self.expectations,
            "seconds": round(self.seconds, 3),
        }
        if self.failures:
            line["failures"] = self.failures
        if self.warnings:
            line["warnings"] = self.warnings
        return line


def play(
    script: Script,
    service: PlayerService,
    *,
    screen: Screen | None = None,
    on_step: Callable[[Outcome], None] = lambda outcome: None,
) -> Report:
    """Play a script on an open service. ScriptBroken, and nothing is changed, when it names what is not there."""
    began = time.monotonic()
    data = service.data_name()
    check_names(script, service)
    report = Report(script, warnings=_warnings(script, data))
    player = Player(script, service, screen)
    at = time.monotonic()
    for outcome in player.play():
        if not report.transcript:
            report.transcript.append(header(script, service, data))
        movies = MovieNames.of(service.catalogue)
        report.transcript.append(step_line(outcome, movies))
        now = time.monotonic()
        report.metrics.append(_metrics(outcome, script, service, now - at))
        at = now
        report.steps += 1
        report.expectations += len(outcome.checks)
        report.failures += _failures(outcome, script)
        on_step(outcome)
    report.seconds = time.monotonic() - began
    return report


def _warnings(script: Script, data: str) -> list[str]:
    recorded = script.about.data
    if recorded is None or recorded == data:
        return []
    return [f"{script.path}: recorded on other data ({recorded}; here is {data}): lists may differ"]


def _failures(outcome: Outcome, script: Script) -> list[str]:
    return [script.fault(outcome.line, fault) for fault in outcome.faults]


def _metrics(outcome: Outcome, script: Script, service: PlayerService, seconds: float) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(METRICS)
    row |= {"script": script.name, "step": outcome.line.number, "word": outcome.line.step.WORD}
    row["seconds"] = round(seconds, 4)
    if outcome.user:
        row |= {"viewer": outcome.user.name, "ratings": len(service.ratings(outcome.user.user_id))}
    if made := outcome.new_list:
        row["list"] = " | ".join(service.catalogue.by_id[movie].label for movie in listed(made))
        row["overlap"] = len(set(listed(made)) & set(listed(outcome.before))) if outcome.before else None
        row |= {"ild": made.shown.ild, "plain_ild": made.plain.ild, "genres": made.shown.genres}
        row |= {"mean_stars": made.shown.mean_stars, "known": made.shown.ratings}
        row |= {"lens": LENSES[made.lens], "list_ms": round(made.latency_ms, 3)}
        row["diversity"] = made.diversity.strength if made.diversity.on else 0.0
        row["method"] = made.diversity.method if made.diversity.on else None
    if outcome.trained:
        last = outcome.trained[-1]
        row |= {"run": last.run, "epochs": last.epoch, "loss": last.loss}
        row |= {"val_rmse": last.val_rmse, "val_ndcg10": last.val_ndcg10}
    return row


def metrics_text(rows: list[dict[str, Any]], ending: str) -> str:
    """The metrics as CSV (`.csv`) or as a JSON list (`.json`)."""
    if ending == ".json":
        return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
    text = io.StringIO()
    writer = csv.DictWriter(text, METRICS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
