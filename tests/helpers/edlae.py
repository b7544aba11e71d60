"""What a test sees of an EDLAE model."""

from __future__ import annotations

from engine.data.arrays import Array
from engine.models.edlae import Edlae


def whole(model: Edlae) -> Array:
    """P, the rows of updates subtracted."""
    inverse_KxK: Array = model.inverse_KxK - model.factor_RxK.T @ model.scaled_RxK
    return inverse_KxK
