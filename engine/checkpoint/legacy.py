"""Checkpoints of earlier versions: the names that their parts had."""

from __future__ import annotations

import json
from typing import Any

_PARTS = {
    "offsets": "biases", "serving": "network", "state": "train", "content": "cold_start", "neighbours": "residual_knn",
    "linear": "edlae",
}  # fmt: skip
_ARRAYS = {"prior_M": "popularity_M", "gate_viewers": "monitor"}
_EDLAE = {"grades": "preference", "owed_K": "ridge_deficit_K", "relevance": "preference"}
_COUNTS = {"gate_rmse": "monitor_rmse", "learned_steps": "incremental_steps", "raters_pending": "pending_factor_steps"}
_SIZES = {"seed": "seed", "n_padded": "n_padded", "rater_rows": "user_rows"}
_CONFIG = {
    "raters_every": "factors_every", "raters_rate": "factors_rate", "linear": "edlae", "linear_ridge": "edlae_ridge",
    "linear_dropout": "edlae_dropout", "linear_max_movies": "edlae_max_movies",
    "linear_user_power": "edlae_user_power", "grades": "preference",
    "relevance": "preference", "learn_steps": "learn_chunk",
}  # fmt: skip


def modernised(content: dict[str, Any]) -> dict[str, Any]:
    """What a checkpoint holds, by the names of this version."""
    content, facts = _renamed(content, _PARTS), json.loads(content["facts"])
    content["arrays"] = _renamed(content["arrays"], _ARRAYS)
    if "edlae" in content:
        content["edlae"] = _renamed(content["edlae"], _EDLAE)
    facts["config"] = _renamed(facts["config"], _CONFIG)
    if facts["config"]["network"] == "raters":
        facts["config"]["network"] = "implicit"
    if "sizes" not in facts:
        facts["sizes"] = {new: facts["counts"].pop(old) for old, new in _SIZES.items()}
    facts["counts"] = _renamed(facts["counts"], _COUNTS)
    return content | {"facts": json.dumps(facts)}


def _renamed(given: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in given.items()}
