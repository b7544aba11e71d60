"""Every bench at a tiny size: what it hands back, its goals, and what it says of rivals that are not there."""

from __future__ import annotations

import importlib
import json
import math
from functools import partial
from types import ModuleType

import pytest

from engine.bench import converge, scaling
from engine.bench.data import Options, Size, made_up
from engine.bench.epoch import CELLS, DENSE
from engine.bench.peers import find
from engine.bench.result import BenchResult, Goal, Skipped
from engine.bench.scaling import MODELS, exponent
from engine.cli.bench import BENCHES, measure
from engine.models import biases
from engine.training import full


def fail(name: str) -> ModuleType:
    raise ModuleNotFoundError(name)


TINY = Options(
    size=Size(150, 80, 3_000), large=Size(60, 300, 900), scales=(Size(80, 60, 1_000), Size(160, 60, 2_000)),
    rounds=2, epochs=2, device="cpu", find_peer=partial(find, load=fail),
)  # fmt: skip
"""On a machine that has no peer."""
PEERS = {"epoch": "torch", "converge": "cornac", "foldin": "implicit", "batch": "implicit"}


@pytest.mark.parametrize("name", ["epoch", "converge", "foldin", "batch", "update", "diversity"])
def test_a_bench_hands_back_figures_goals_and_reasons(name: str) -> None:
    result = importlib.import_module(f"engine.bench.{name}").run(TINY)
    assert result.bench == name
    assert result.lines
    assert "ratings" in result.data
    assert all(math.isfinite(f) for line in result.lines for f in line.figures.values() if not isinstance(f, str))
    assert json.loads(json.dumps(result.facts()))["lines"][0]["name"] == result.lines[0].name
    skipped = {each.what: each.reason for each in result.skipped}
    assert skipped == ({PEERS[name]: skipped[PEERS[name]]} if name in PEERS else {})
    assert all("not installed" in reason and "--group bench" in reason for reason in skipped.values())


def test_both_ways_through_an_epoch_learn_the_same() -> None:
    lines = {line.name: line.figures for line in measure("epoch", TINY).lines}
    assert set(lines) == {CELLS, DENSE}
    assert lines[CELLS]["RMSE"] == pytest.approx(lines[DENSE]["RMSE"], abs=1e-3)


@pytest.mark.slow
def test_scaling_measures_each_size_in_a_process_of_its_own() -> None:
    result = measure("scaling", TINY)
    assert [line.name for line in result.lines] == 2 * list(MODELS.values())
    assert [line.figures["ratings"] for line in result.lines] == [1_000, 1_000, 2_000, 2_000]
    assert all(float(line.figures["peak GB"]) > 0 for line in result.lines)
    assert len(result.goals) == 4


def test_between_the_ends_of_the_last_two_epochs_no_closed_form_is_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    happened = list[str]()

    def note(module: ModuleType, name: str) -> None:
        inner = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *given: (happened.append(name), inner(*given))[1])

    for name in ("solve_edlae", "fit_neighbours", "held_out_rmse"):
        note(full, name)
    note(biases, "fit")
    note(scaling, "_now")
    ratings = made_up(TINY.scales[0], 0).ratings
    ends = scaling._default({name: ratings[name].to_numpy() for name in scaling.COLUMNS}, 0, scaling.EPOCHS, "cpu")
    assert len(ends) == happened.count("_now") == scaling.EPOCHS + 1
    assert {"solve_edlae", "fit_neighbours", "fit"} <= set(happened)
    *_, before_last, _ = (at for at, name in enumerate(happened) if name == "_now")
    assert happened[before_last:] == ["_now", "held_out_rmse", "_now"]


def test_a_single_run_is_not_called_a_median() -> None:
    assert "one training" in converge.how_often(1)
    assert converge.how_often(3) == "medians of 3 trainings of each"


def test_exponent_of_a_power_law() -> None:
    assert exponent([1e6, 5e6, 25e6], [2.0 * n**1.3 for n in (1e6, 5e6, 25e6)]) == pytest.approx(1.3)


def test_a_goal_that_could_not_be_measured_is_not_met() -> None:
    assert not Goal("x", math.nan, 1.0, "most").met
    assert not Goal("x", math.nan, 1.0, "least").met
    assert Goal("x", 1.0, 1.0, "most").met
    assert Goal("x", 1.0, 1.0, "least").met


def test_facts_say_whether_goals_are_met() -> None:
    goals = (Goal("a", 1.0, 2.0, "most"), Goal("b", 1.0, 2.0, "least"))
    facts = BenchResult("x", "how", "data", (), goals, (Skipped("torch", "why"),)).facts()
    assert [goal["met"] for goal in facts["goals"]] == [True, False]
    assert list(facts["skipped"]) == [{"what": "torch", "reason": "why"}]


def test_every_bench_has_a_module() -> None:
    for name in BENCHES:
        assert callable(importlib.import_module(f"engine.bench.{name}").run)


def test_a_peer_that_breaks_on_import_is_skipped_with_its_words() -> None:
    def break_down(name: str) -> ModuleType:
        raise ImportError("libgomp is missing")

    found = find("torch", break_down)
    assert isinstance(found, Skipped)
    assert "libgomp is missing" in found.reason
