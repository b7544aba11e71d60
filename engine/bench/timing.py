"""Times that can be believed: warm-up first, medians and p99, and rivals in turns so that noise hits them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of repeated runs, in the order they were taken."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Half of the runs took no longer."""
        return statistics.median(self.seconds)

    def quantile(self, q: float) -> float:
        """Seconds that a share q of the runs did not exceed: one of the measured values.

        >>> Times((3.0, 1.0, 2.0)).quantile(0.99)
        3.0
        """
        ordered = sorted(self.seconds)
        return ordered[min(int(q * len(ordered)), len(ordered) - 1)]

    @property
    def p99(self) -> float:
        """99 of 100 runs took no longer."""
        return self.quantile(0.99)


def clock(run: Callable[[], object]) -> float:
    """Seconds of one run; what it returns must be finished (no work left on a device)."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def repeat(run: Callable[[], object], rounds: int, warm_up: int = 1) -> Times:
    """Times of `rounds` runs after `warm_up` runs that don't count (they compile, and fill caches)."""
    for _ in range(warm_up):
        run()
    return Times(tuple(clock(run) for _ in range(rounds)))


def alternate(
    runs: Mapping[str, Callable[[], object]],
    rounds: int,
    warm_up: int = 1,
    *,
    before: Mapping[str, Callable[[], object]] | None = None,
    stretch: int = 1,
    clock: Callable[[Callable[[], object]], float] = clock,
) -> dict[str, Times]:
    """Times of rivals in turns: A B, B A, A B, ... so that neither gains by its place or by a quiet minute.

    What a rival has in `before` comes before each of its runs and is not timed. Runs of a millisecond are better taken
    in stretches (A A A, B B B, ...): else each is timed with the other's data in the caches and its threads awake.
    """
    prepare = dict.fromkeys(runs, _nothing) | dict(before or {})
    for _ in range(warm_up):
        for name, run in runs.items():
            prepare[name]()
            run()
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for turn, first in enumerate(range(0, rounds, stretch)):
        names = list(runs)
        for name in names if turn % 2 == 0 else reversed(names):
            for _ in range(first, min(first + stretch, rounds)):
                prepare[name]()
                taken[name].append(clock(runs[name]))
    return {name: Times(tuple(seconds)) for name, seconds in taken.items()}


def _nothing() -> None:
    pass


def ratio(slow: Times, fast: Times) -> float:
    """How many times faster: the median of the rounds' own ratios, each of two runs side by side."""
    return statistics.median(a / b for a, b in zip(slow.seconds, fast.seconds, strict=True))
