"""How an epoch's time and the peak memory grow with the number of ratings.

Each size is measured in a process of its own, since a process's peak memory never falls:

    python -m engine.bench.scaling RATINGS.npz MODEL SEED EPOCHS DEVICE
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from engine.bench.data import Options, made_up
from engine.bench.result import BenchResult, Goal, ResultLine, Skipped
from engine.data.arrays import Array

MODELS = {"default": "Matinée, default preset", "cells": "256-128-64 network on rated cells"}
COLUMNS = ("user", "movie", "stars")
EPOCHS = 2
"""At least so many: during the first what has a closed form is solved; the last is measured."""
BATCHES = 24
"""Steps of an epoch of the network on rated cells, whatever the size."""
MEMORY_GB = 8.0
EXPONENT = 1.1
TIME_LIMIT_S = 1800.0


def run(options: Options) -> BenchResult:
    """Every size with every model; a model that took too long at one size is not tried at the next."""
    began = time.perf_counter()
    lines: list[ResultLine] = []
    skipped: list[Skipped] = []
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        for size in options.scales:
            data = made_up(size, options.seed)
            path = Path(folder) / "ratings.npz"
            user, movie, stars = (data.ratings[name].to_numpy() for name in COLUMNS)
            np.savez(path, user=user, movie=movie, stars=stars)
            for model, name in MODELS.items():
                figures = _in_a_process(path, model, options)
                if figures is None:
                    skipped.append(Skipped(f"{name}, {size.ratings:,} ratings", f"longer than {TIME_LIMIT_S:,.0f} s"))
                else:
                    lines.append(ResultLine(name, {"ratings": len(data.ratings), "movies": size.movies, **figures}))
            del data
    return BenchResult(
        "scaling", "made-up ratings, a process for each; the last of a few epochs; peak memory of the whole process",
        f"{len(options.scales)} sizes", tuple(lines), _goals(lines), tuple(skipped), time.perf_counter() - began,
    )  # fmt: skip


def _in_a_process(path: Path, model: str, options: Options) -> dict[str, Any] | None:
    arguments = [str(path), model, str(options.seed), str(max(options.epochs or 0, EPOCHS)), options.device]
    command = [sys.executable, "-m", __spec__.name, *arguments]
    try:
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=TIME_LIMIT_S)
    except subprocess.TimeoutExpired:
        return None
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def _goals(lines: list[ResultLine]) -> tuple[Goal, ...]:
    goals = []
    for name in MODELS.values():
        own = [line.figures for line in lines if line.name == name]
        if len(own) > 1:
            grown = exponent([float(f["ratings"]) for f in own], [float(f["epoch seconds"]) for f in own])
            goals.append(Goal(f"exponent of an epoch's time over ratings: {name}", grown, EXPONENT, "most"))
            peak = float(own[-1]["peak GB"])
            goals.append(Goal(f"peak GB at {own[-1]['ratings']:,} ratings: {name}", peak, MEMORY_GB, "most"))
    return tuple(goals)


def exponent(sizes: list[float], seconds: list[float]) -> float:
    """The slope of log time over log size, by least squares: 1 is in proportion.

    >>> round(exponent([1.0, 2.0, 4.0], [3.0, 6.0, 12.0]), 6)
    1.0
    """
    slope, _ = np.polyfit(np.log(sizes), np.log(seconds), 1)
    return float(slope)


# ------------------------------------------------------------------------------------------------ in the process


def measure(path: Path, model: str, seed: int, epochs: int, device: str) -> dict[str, float]:
    """Train on the ratings of a file; figures of the last epoch."""
    with np.load(path) as arrays:
        columns = {name: arrays[name] for name in COLUMNS}
    ends = (_default if model == "default" else _cells)(columns, seed, epochs, device)
    (first, _), (last, cpu) = ends[1] - ends[0], ends[-1] - ends[-2]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"epoch seconds": last, "epoch CPU seconds": cpu, "first epoch seconds": first, "peak GB": peak}


def _now() -> Array:
    """Seconds by the clock, and of the cores' time: the second hardly minds other programs."""
    return np.array([time.perf_counter(), time.process_time()])


def _default(columns: dict[str, Any], seed: int, epochs: int, device: str) -> list[Array]:
    """Ends of the set-up and of each epoch.

    Without the epochs over all ratings: before the first of those everything with a closed form is solved once more,
    and all held-out ratings are predicted.
    """
    import pandas as pd

    from engine.config import preset
    from engine.recommender import Recommender

    config = replace(preset("default"), finish_share=0.0)
    recommender = Recommender.prepare(pd.DataFrame(columns, copy=False), preset=config, seed=seed, device=device)
    ends = []
    for record in recommender.train_steps(epochs):
        if record.event in ("compiled", "epoch"):
            ends.append(_now())
        if len(ends) > epochs:
            break
    return ends


def _cells(columns: dict[str, Any], seed: int, epochs: int, device: str) -> list[Array]:
    import jax

    from engine.bench import masked_autoencoder as masked
    from engine.config import preset
    from engine.data.interactions import Triples, half_stars
    from engine.data.matrix import RatingMatrix
    from engine.training import device as devices

    devices.use_compilation_cache()
    triples = Triples(
        columns["user"], columns["movie"], half_stars(columns["stars"]), np.full(len(columns["user"]), np.nan)
    )
    n_users, n_movies = int(columns["user"].max()) + 1, int(columns["movie"].max()) + 1
    matrix = RatingMatrix.build(triples, np.zeros(len(triples.half_N), bool), n_users, n_movies)
    cells = matrix.ratings()
    batch = -(-n_users // BATCHES)
    with jax.default_device(devices.pick(device)):
        graph, state = masked.init(preset("study"), n_movies, seed)
        ends = [_now()]
        for epoch in range(epochs):
            viewers = np.random.default_rng((seed, epoch)).permutation(n_users)
            state, loss_T = masked.run_epoch(graph, state, cells, np.resize(viewers, (BATCHES, batch)))
            loss_T.block_until_ready()
            ends.append(_now())
    return ends


if __name__ == "__main__":
    file, named, *numbers, where = sys.argv[1:]
    click.echo(json.dumps(measure(Path(file), named, int(numbers[0]), int(numbers[1]), where)))
