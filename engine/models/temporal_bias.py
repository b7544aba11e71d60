"""A viewer's bias at a point in time: ratings given within minutes of each other err the same way.

`b(t) = weight · Σ_j k(t - t_j) e_j / (Σ_j k(t - t_j) + shrink)` with `k(d) = 1 / (1 + |d| / seconds)`: a mean of the
viewer's errors `e_j` (stars less predicted stars), the near ones in time first. It plays the part of the user's bias of
the day in timeSVD++ (Koren, KDD 2009), on the scale of minutes, as a closed form that needs no training. The errors are
those of a network that saw the ratings, hence too small, which a weight above 1 makes up for.
"""

from __future__ import annotations

import numpy as np

from engine.config import Config
from engine.data.arrays import Array


def local_bias(at_Q: Array, at_N: Array, error_N: Array, config: Config) -> Array:
    """The bias at the timestamps `at_Q` from one viewer's errors at the timestamps `at_N`, in stars.

    Timestamps are in seconds. An error at an unknown one (NaN) has no weight, and the bias there is 0.
    """
    apart_QxN = np.abs(at_Q[:, None] - at_N)
    near_QxN = np.where(np.isnan(apart_QxN), 0.0, 1 / (1 + apart_QxN / config.temporal_seconds))
    bias_Q: Array = config.temporal_weight * (near_QxN @ error_N) / (near_QxN.sum(1) + config.temporal_shrink)
    return bias_Q
