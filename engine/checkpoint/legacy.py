"""Checkpoints of earlier versions: the names that their parts had."""

from __future__ import annotations

import json
from typing import Any

_PARTS = {
    "offsets": "biases", "serving": "network", "state": "train", "content": "cold_start", "neighbours": "residual_knn",
    "linear": "edlae",
}  # fmt: skip
_ARRAYS = {"prior_M": "popularity_M", "gate_viewers": "monitor"}
_EDLAE = {"grades": "relevance", "owed_K": "ridge_deficit_K"}
_COUNTS = {"gate_rmse": "monitor_rmse", "learned_steps": "incremental_steps", "raters_pending": "pending_factor_steps"}
_SIZES = {"seed": "seed", "n_padded": "n_padded", "rater_rows": "user_rows"}
_CONFIG = {
    "raters_every": "factors_every", "raters_rate": "factors_rate", "linear": "edlae", "linear_ridge": "edlae_ridge",
    "linear_dropout": "edlae_dropout", "linear_max_movies": "edlae_max_movies",
    "linear_user_power": "edlae_user_power", "grades": "relevance",
}  # fmt: skip


def modernised(content: dict[str, Any]) -> dict[str, Any]:
    """What a checkpoint holds, by the names of this version."""
    if "offsets" not in content:
        return content
    content = _renamed(content, _PARTS)
    content["arrays"] = _renamed(content["arrays"], _ARRAYS)
    if "edlae" in content:
        content["edlae"] = _renamed(content["edlae"], _EDLAE)
    facts = json.loads(content["facts"])
    facts["config"] = _renamed(facts["config"], _CONFIG)
    if facts["config"]["network"] == "raters":
        facts["config"]["network"] = "implicit"
    counts = facts["counts"]
    facts["sizes"] = {new: counts.pop(old) for old, new in _SIZES.items()}
    facts["counts"] = _renamed(counts, _COUNTS)
    return content | {"facts": json.dumps(facts)}


def _renamed(given: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in given.items()}
