"""The rating log as columns. numpy is imported when columns are made, so that the screens start without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class EventColumns(NamedTuple):
    """Rating events in order of `seq`, without holes; all columns have the same length."""

    seq: NDArray[np.int64]
    user_id: NDArray[np.int32]
    movie_id: NDArray[np.int32]
    half_stars: NDArray[np.int8]
    """1 to 10; 0 where the rating was taken back."""
    rated_at: NDArray[np.int64]
    """Epoch seconds, UTC."""
