"""Matinée's engine: the store, the autoencoder, its training and the service that the screens use.

`from engine import Recommender` is the library. The name is resolved on first use, so that `engine.service` and
`engine.types` can be imported without loading jax and pandas.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.recommender import Recommender as Recommender

__version__ = "0.1.0"
__all__ = ["Recommender", "__version__"]


def __getattr__(name: str) -> object:
    if name == "Recommender":
        return import_module("engine.recommender").Recommender
    raise AttributeError(f"module 'engine' has no attribute {name!r}")
