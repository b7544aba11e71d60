"""Cornac's VAECF: a variational autoencoder (Liang et al., WWW 2018) on PyTorch, as its users train it."""

from __future__ import annotations

import importlib
from types import ModuleType

import pandas as pd

EPOCHS = 100
"""Its default."""


def train_vaecf(cornac: ModuleType, ratings: pd.DataFrame, seed: int, epochs: int = EPOCHS) -> None:
    """The whole training with its defaults."""
    triples = ratings[["user", "movie", "stars"]].itertuples(index=False, name=None)
    data = importlib.import_module(f"{cornac.__name__}.data").Dataset.from_uir(list(triples), seed=seed)
    model = importlib.import_module(f"{cornac.__name__}.models").VAECF(n_epochs=epochs, seed=seed)
    model.fit(data)
