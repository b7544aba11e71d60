"""Checkpoints damaged by a seed: every one is set aside, or makes a model whose answers are finite.

`run(seed, count)` damages the checkpoint of one small store `count` times: its bytes, its bytes under a true seal, or
what it holds, under a true seal. The same seed gives the same files.
"""

from __future__ import annotations

import hashlib
import json
import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from engine.checkpoint import file as checkpoint
from engine.service.settings import Settings
from engine.worker.checkpoints import Checkpoints, answers
from tests.faults.damage import damaged
from tests.faults.outcomes import Outcomes
from tests.faults.trained import small_store
from tests.service.harness import store_of

_HEADER = 21 + 64 + 1
_NUMBERS = (0, -1, 1, 7, 10**6, 10**12, 2**63, 2**70, float("nan"), float("inf"), -1e38, 0.5, True)
_OTHERS: tuple[Any, ...] = (None, "", "text", [], [1], {}, {"a": 1}, b"bytes")
_KINDS = (np.float64, np.float32, np.float16, np.int64, np.int32, np.uint8, np.bool_, np.complex64)
_VALUES = (np.nan, np.inf, -np.inf, 1e38, -1.0, 1e6, 0.0)


def run(seed: int, count: int) -> Outcomes:
    """Damage and load `count` checkpoints."""
    outcomes = Outcomes(tries=count)
    with tempfile.TemporaryDirectory() as name:
        path = small_store(Path(name))
        whole = path.read_bytes()
        with store_of(Path(name)) as store:
            checkpoints = Checkpoints(store, Settings(cache_dir=str(Path(name) / "cache")))
            for number in range(count):
                chance = random.Random(f"{seed} {number}")
                path.write_bytes(whole)
                way = _spoil(chance, path)
                _one(checkpoints, path, f"seed {seed}, checkpoint {number} ({way})", outcomes)
    return outcomes


def _one(checkpoints: Checkpoints, path: Path, label: str, outcomes: Outcomes) -> None:
    with outcomes.no_other_error(label), outcomes.within_time(label):
        model = checkpoints.load().model
        if model is None:
            outcomes.counts["set aside"] += 1
            outcomes.expect(not path.exists(), label, "refused, but still in its place")
            return
        model.recommend({2: 4.0, 5: 1.0}, diversity=0.5)
        model.learn(pd.DataFrame({"user": [2], "movie": [4], "stars": [1.0]}))
        outcomes.counts["served"] += 1
        outcomes.expect(answers(model), label, "answers that are no numbers")


def _spoil(chance: random.Random, path: Path) -> str:
    way = chance.choice(("bytes", "sealed bytes", "array", "array", "facts", "facts", "part"))
    if way == "bytes":
        path.write_bytes(damaged(chance, path.read_bytes()))
        return way
    if way == "sealed bytes":
        payload = damaged(chance, path.read_bytes()[_HEADER:])
        seal = hashlib.sha256(payload).hexdigest().encode()
        path.write_bytes(b"matinee-checkpoint 1 " + seal + b"\n" + payload)
        return way
    content = checkpoint.read(path)
    if way == "facts":
        facts = json.loads(content["facts"])
        way = _spoil_a_node(chance, facts, "facts")
        content["facts"] = json.dumps(facts)
    elif way == "array":
        way = _spoil_an_array(chance, content)
    else:
        way = _spoil_a_part(chance, content)
    checkpoint.write(path, content)
    return way


def _spoil_a_node(chance: random.Random, node: Any, label: str) -> str:
    """Something within nested dicts and lists is taken out, doubled, or becomes something else."""
    keys = list(node) if isinstance(node, dict) else list(range(len(node)))
    key = chance.choice(keys)
    inside = node[key]
    if isinstance(inside, dict | list) and inside and chance.random() < 0.8:
        return _spoil_a_node(chance, inside, f"{label}.{key}")
    if chance.random() < 0.2:
        del node[key]
        return f"{label}.{key} gone"
    if isinstance(node, list) and chance.random() < 0.3:
        node.append(node[key])
        return f"{label}.{key} twice"
    node[key] = chance.choice((*_NUMBERS, *(each for each in _OTHERS if not isinstance(each, bytes))))
    return f"{label}.{key} = {node[key]!r}"


def _spoil_an_array(chance: random.Random, content: dict[str, Any]) -> str:
    part = chance.choice([name for name, each in content.items() if isinstance(each, dict)])
    name = chance.choice(list(content[part]))
    array = content[part][name]
    way = chance.choice(("value", "value", "type", "shape", "short", "long", "object", "swap"))
    if way == "swap":
        other = chance.choice(list(content[part]))
        content[part][name], content[part][other] = content[part][other], array
    elif way == "object" or not isinstance(array, np.ndarray):
        content[part][name] = chance.choice((*_OTHERS, *(each for each in _NUMBERS if abs(each) < 2**63)))
    else:
        content[part][name] = _wrong(chance, way, array)
    return f"{way} of {part}.{name}"


def _wrong(chance: random.Random, way: str, array: Any) -> Any:
    if way == "value" and array.size:
        changed = array.copy()
        with np.errstate(invalid="ignore", over="ignore"):
            changed.flat[chance.randrange(array.size)] = np.asarray(chance.choice(_VALUES)).astype(array.dtype)
        return changed
    if way == "type":
        with np.errstate(invalid="ignore", over="ignore"):
            return array.astype(chance.choice([kind for kind in _KINDS if kind != array.dtype]))
    if way == "shape":
        return array[None] if chance.random() < 0.5 or array.ndim < 2 else array.T
    flat = np.atleast_1d(array)
    return flat[:-1] if way == "short" else np.concatenate((flat, flat[-1:]))


def _spoil_a_part(chance: random.Random, content: dict[str, Any]) -> str:
    name = chance.choice(list(content))
    if chance.random() < 0.5:
        del content[name]
        return f"{name} gone"
    content[name] = chance.choice(_OTHERS)
    return f"{name} = {content[name]!r}"
