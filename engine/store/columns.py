"""The rating log as columns. numpy is imported when columns are made, so that the screens start without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

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


def columns_of(table: NDArray[Any]) -> EventColumns:
    """Columns from an N×5 table of integers: seq, user, movie, half stars, time."""
    import numpy as np

    return EventColumns(
        seq=np.ascontiguousarray(table[:, 0], dtype=np.int64),
        user_id=table[:, 1].astype(np.int32),
        movie_id=table[:, 2].astype(np.int32),
        half_stars=table[:, 3].astype(np.int8),
        rated_at=np.ascontiguousarray(table[:, 4], dtype=np.int64),
    )


def concatenate(parts: list[EventColumns]) -> EventColumns:
    """One after the other; no parts give empty columns of the right types."""
    import numpy as np

    if not parts:
        return columns_of(np.empty((0, 5), dtype=np.int64))
    return EventColumns(*(np.concatenate(column) for column in zip(*parts, strict=True)))
