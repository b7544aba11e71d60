"""How high a viewer gives stars at the moment: what was rated within minutes of a rating errs the way it does.

`b(t) = weight · Σ_j k(t - t_j) e_j / (Σ_j k(t - t_j) + shrink)` with `k(d) = 1 / (1 + |d| / seconds)`: a mean of the
viewer's errors `e_j` (stars less predicted stars), the near ones in time first. It plays the part of the user's bias of
the day in timeSVD++ (Koren, KDD 2009), on the scale of minutes, as a closed form that needs no training. The errors are
those of a network that saw the ratings, hence too small, which a weight above 1 makes up for.
"""

from __future__ import annotations

import numpy as np

from engine.config import Config
from engine.data.interactions import Array


def local_bias(at_T: Array, at_N: Array, error_N: Array, config: Config) -> Array:
    """What one viewer's errors at the moments `at_N` say of the moments `at_T`, in stars.

    Moments are seconds; one that nobody knows (NaN) says nothing and is told nothing.
    """
    apart_TxN = np.abs(at_T[:, None] - at_N)
    near_TxN = np.where(np.isnan(apart_TxN), 0.0, 1 / (1 + apart_TxN / config.temporal_seconds))
    bias_T: Array = config.temporal_weight * (near_TxN @ error_N) / (near_TxN.sum(1) + config.temporal_shrink)
    return bias_T
