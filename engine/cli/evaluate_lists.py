"""What `matinee evaluate` does for lists whose worth is known: exposure, truth, and taste."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import jax

from engine.cli.evaluate_protocols import Asked, facts, progress, reference, summary_facts
from engine.cli.evaluate_tables import interval_table
from engine.cli.output import console, say_json
from engine.errors import UsageError
from engine.evaluation import exposure as exposed
from engine.evaluation import taste as asking
from engine.evaluation.compare import summarise
from engine.evaluation.measure import Measure, S, run
from engine.evaluation.models import ORDERS, PresetModel, PresetTrainer, makers
from engine.evaluation.truth import TruthMetrics
from engine.simulation import worlds as simulated
from engine.text import suggest
from engine.training.device import pick

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from engine.evaluation.protocol import Maker, ModelResult

BASELINES = ("popularity", "biases")


def exposure(path: str | None, asked: Asked) -> None:
    """Train on what people chose, measure on what chance showed, and print."""
    if path is None:
        raise UsageError("exposure needs --data: a zip or folder with chosen.csv and random.csv")
    _has_no_validation(asked)
    data = exposed.read_exposure(path)
    models = _models(None, asked)
    splits = exposed.exposure_splits(data, asked.seeds or exposed.SEEDS)
    with jax.default_device(pick(asked.device)), progress(quiet=asked.as_json) as show:
        results = _run(splits, models, exposed.ShownMetrics(), show, "")
    _print(asked, {data.name: results}, reference(models, asked))


def truth(given: str | None, asked: Asked) -> None:
    """Train on the ratings of simulated viewers, measure by their true stars, and print."""
    _brings_its_own(given, asked)
    results: dict[str, list[ModelResult]] = {}
    against = ""
    with jax.default_device(pick(asked.device)), progress(quiet=asked.as_json) as show:
        for world in simulated.worlds(asked.seeds or simulated.SEEDS):
            models = _models(world.movies, asked)
            against = reference(models, asked)
            found = _run(world.splits, models, TruthMetrics(), show, f"{world.name}, ")
            results.setdefault(world.name, []).extend(found)
    _print(asked, results, against)


def taste(given: str | None, asked: Asked) -> None:
    """Train on the ratings of simulated viewers, ask others, measure their lists, and print."""
    _brings_its_own(given, asked)
    if asked.baselines or asked.orders:
        raise UsageError("taste compares what a preset asks: it takes no --baselines and no --orders")
    if len(asked.presets) != 1:
        raise UsageError("taste compares what one preset asks: name one with --preset")
    against = asked.against or asking.WAYS[0]
    if against not in (*asking.WAYS, asking.UNASKED):
        raise UsageError(f"nothing asks in the way {against!r}: {suggest(against, asking.WAYS)}")
    results: dict[str, list[ModelResult]] = {}
    with jax.default_device(pick(asked.device)), progress(quiet=asked.as_json) as show:
        for world in simulated.worlds(asked.seeds or simulated.SEEDS):
            trainer = PresetTrainer(asked.presets[0], world.movies, asked.device)
            for split in world.splits:
                show(f"{world.name}, {split.name}: {asked.presets[0]}")
                found = asking.measure(PresetModel(trainer, split.seed), split, world.movies)
                results.setdefault(world.name, []).extend(found)
    _print(asked, results, against)


def _brings_its_own(given: str | None, asked: Asked) -> None:
    if given is not None:
        raise UsageError(
            f"the truth is known of simulated ratings alone: --protocol {asked.protocol} takes no --data and no --db"
        )
    _has_no_validation(asked)


def _has_no_validation(asked: Asked) -> None:
    if asked.on == "validation":
        raise UsageError(f"{asked.protocol} has no validation part: leave --on out")


def _models(movies: pd.DataFrame | None, asked: Asked) -> dict[str, Maker]:
    baselines = BASELINES if asked.baselines is None else asked.baselines
    return makers(asked.presets, baselines, movies, asked.device, ORDERS if asked.orders is None else asked.orders)


def _run(
    splits: Iterable[S], models: Mapping[str, Maker], measured: Measure[S], show: Callable[[str], None], of: str
) -> list[ModelResult]:
    return list(run(splits, models, measured, lambda split, model: show(f"{of}{split}: {model}")))


def _print(asked: Asked, results: Mapping[str, Sequence[ModelResult]], against: str) -> None:
    if asked.as_json:
        parts = [
            {"data": name, "results": facts(some), "summary": summary_facts(some, against)}
            for name, some in results.items()
        ]
        say_json({"protocol": asked.protocol, "on": asked.on, "parts": parts})
        return
    for name, some in results.items():
        splits = len({(result.split, result.seed) for result in some})
        caption = (
            f"{name}, {asked.protocol}; mean of {splits} split{'s' * (splits > 1)}, bootstrap over persons, paired"
        )
        console().print(interval_table(summarise(some, against), against, caption))
