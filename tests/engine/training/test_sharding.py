"""A training step over dense rows, as a GPU takes them, on a mesh of eight devices: the same step, to rounding."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
from dataclasses import replace

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from engine.training import steps
from engine.config import preset
from engine.models.biases import Biases
from engine.training.steps import Batches

VIEWERS, MOVIES, STEPS = 32, 48, 3
assert len(jax.devices()) == 8, jax.devices()
mesh = Mesh(np.array(jax.devices()), ("batch",))
over_viewers = NamedSharding(mesh, PartitionSpec(None, "batch", None))
everywhere = NamedSharding(mesh, PartitionSpec())

rng = np.random.default_rng(0)
half = (rng.integers(1, 11, (STEPS, VIEWERS, MOVIES)) * (rng.random((STEPS, VIEWERS, MOVIES)) < 0.3)).astype(np.uint8)
work = Batches(half, np.full(STEPS, 1e-2, np.float32), rng.integers(0, 2**32, (STEPS, 4), np.uint32))
movie = rng.normal(0, 0.3, MOVIES).astype(np.float32)
scalars = [np.float32(value) for value in (3.5, 10.0, 0.5, 5.0)]
biases = Biases(scalars[0], movie, np.ones(MOVIES, np.float32), *scalars[1:])

for name, members in (("study", 1), ("default", 1), ("best", 2)):
    config = replace(preset(name), width=8, members=members, layers=(16, 8), init_scale=0.1, dropout=0.0)
    graphs, state = steps.init(config, MOVIES, VIEWERS, 0)
    alone, loss = steps.take(graphs, config, biases, steps.copied(state), work)

    spread = jax.device_put(work, Batches(over_viewers, everywhere, everywhere))
    assert len(spread.half_SxBxM.addressable_shards) == 8
    assert spread.half_SxBxM.addressable_shards[0].data.shape == (STEPS, VIEWERS // 8, MOVIES)
    given = jax.device_put((biases, state), everywhere)
    program = steps.take.lower(graphs, config, given[0], given[1], spread).compile().as_text()
    assert "all-reduce" in program and f"u8[{STEPS},{VIEWERS // 8},{MOVIES}]" in program  # each has its viewers alone
    together, sharded_loss = steps.take(graphs, config, given[0], given[1], spread)

    np.testing.assert_allclose(sharded_loss, loss, rtol=1e-5)
    for one, eight in zip(jax.tree.leaves(alone), jax.tree.leaves(together), strict=True):
        np.testing.assert_allclose(eight, one, rtol=1e-4, atol=1e-5)
    before = jax.tree.leaves(steps.init(config, MOVIES, VIEWERS, 0)[1].weights)
    after = jax.tree.leaves(together.weights)
    assert any(np.abs(np.asarray(a) - np.asarray(b)).max() > 1e-4 for a, b in zip(before, after))
print("same")
"""


def test_eight_devices_take_the_same_steps_as_one() -> None:
    flags = "--xla_force_host_platform_device_count=8"
    environment = os.environ | {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "same", done.stderr
