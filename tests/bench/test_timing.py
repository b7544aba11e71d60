"""Order and arithmetic of the measuring; no test looks at how long anything took."""

from __future__ import annotations

import math

from engine.bench.timing import Times, alternate, ratio, repeat


def test_rivals_run_in_turns_after_the_warm_up_and_none_is_always_first() -> None:
    order: list[str] = []
    runs = {name: (lambda name=name: order.append(name)) for name in ("a", "b", "c")}
    times = alternate(runs, rounds=4, warm_up=1)
    assert "".join(order) == "abc" + "abc" + "cba" + "abc" + "cba"
    assert {name: len(taken.seconds) for name, taken in times.items()} == {"a": 4, "b": 4, "c": 4}


def test_what_comes_before_a_run_comes_before_each_and_is_not_timed() -> None:
    order: list[str] = []
    runs = {name: (lambda name=name: order.append(name)) for name in ("a", "b")}
    times = alternate(
        runs, rounds=2, warm_up=1, before={"b": lambda: order.append("-")},
        clock=lambda run: [run(), float(len(order))][1],
    )  # fmt: skip
    assert "".join(order) == "a-b" + "a-b" + "-ba"
    assert times["b"].seconds == (6.0, 8.0)


def test_a_stretch_is_one_rival_s_alone() -> None:
    order: list[str] = []
    runs = {name: (lambda name=name: order.append(name)) for name in ("a", "b")}
    times = alternate(runs, rounds=5, warm_up=1, stretch=2)
    assert "".join(order) == "ab" + "aabb" + "bbaa" + "ab"
    assert {name: len(taken.seconds) for name, taken in times.items()} == {"a": 5, "b": 5}


def test_warm_up_runs_do_not_count() -> None:
    calls: list[int] = []
    taken = repeat(lambda: calls.append(1), rounds=3, warm_up=2)
    assert len(calls) == 5
    assert len(taken.seconds) == 3


def test_median_and_quantiles_are_measured_values() -> None:
    taken = Times((5.0, 1.0, 2.0, 4.0, 3.0))
    assert taken.median == 3.0
    assert taken.p99 == 5.0
    assert taken.quantile(0.0) == 1.0
    assert Times(tuple(float(n) for n in range(200))).p99 == 198.0


def test_the_ratio_is_the_median_over_rounds_so_one_noisy_round_changes_nothing() -> None:
    fast = Times((1.0, 1.0, 10.0))
    slow = Times((3.0, 3.0, 3.0))
    assert math.isclose(ratio(slow, fast), 3.0)
