"""How far predicted stars are off where viewers did not choose the movies, by the stars as lists show them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.data.arrays import Array
from engine.evaluation.persons import ByPerson
from engine.evaluation.protocol import Model, Recommending


def errors(model: Model, pairs: pd.DataFrame, true_N: Array) -> dict[str, ByPerson]:
    """`rmse` and `error`, predicted less true stars, of pairs (columns user, movie): above 0 where promises are high.

    Of a model that shows other stars than it predicts of movies that were chosen these as well, as `rmse_chosen` and
    `error_chosen`. Nothing of a model that only ranks.
    """
    predicted_N = model.predict(pairs)
    if predicted_N is None:
        return {}
    shown_N = model.predict_shown(pairs) if isinstance(model, Recommending) else None
    if shown_N is None:
        return _errors(pairs["user"], predicted_N - true_N, "")
    return _errors(pairs["user"], shown_N - true_N, "") | _errors(pairs["user"], predicted_N - true_N, "_chosen")


def _errors(user: pd.Series[int], error_N: Array, suffix: str) -> dict[str, ByPerson]:
    return {
        f"rmse{suffix}": ByPerson.over_rows(user, np.square(error_N), root=True),
        f"error{suffix}": ByPerson.over_rows(user, error_N),
    }
