"""PyTorch eager: the study's network with a masked loss, written as its users write it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from engine.data.arrays import Array

LEARNING_RATE = 1e-3
Layers = list[tuple[Array, Array]]
"""Weights (inputs × outputs) and biases, first layer first."""


class TorchStudy:
    """Dense rows on the device, `nn.Sequential`, Adam."""

    def __init__(self, torch: ModuleType, layers: Layers, half_UxM: Array, *, fused: bool) -> None:
        self._torch: Any = torch
        self._half_UxM = self._torch.from_numpy(half_UxM)
        self._network = self._torch.nn.Sequential(*_modules(self._torch, layers))
        self._adam = self._torch.optim.Adam(self._network.parameters(), lr=LEARNING_RATE, fused=fused)

    def epoch(self, users_TxB: Array) -> float:
        """One step a batch; the mean loss."""
        total = 0.0
        for users_B in self._torch.from_numpy(users_TxB):
            half_BxM = self._half_UxM[users_B]
            stars_BxM, rated_BxM = half_BxM.float() * 0.1, half_BxM > 0
            self._adam.zero_grad()
            loss = ((self._network(stars_BxM) - stars_BxM) ** 2 * rated_BxM).sum() / rated_BxM.sum()
            loss.backward()
            self._adam.step()
            total += loss.item()
        return total / len(users_TxB)

    def predict(self, half_BxM: Array) -> Array:
        """Predicted stars."""
        with self._torch.no_grad():
            found: Array = self._network(self._torch.from_numpy(half_BxM).float() * 0.1).numpy()
            return 5.0 * found


def _modules(torch: Any, layers: Layers) -> list[Any]:
    modules = []
    for number, (weights, bias) in enumerate(layers):
        linear = torch.nn.Linear(*weights.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(np.ascontiguousarray(weights.T)))
            linear.bias.copy_(torch.from_numpy(np.array(bias)))
        modules += [linear, torch.nn.Sigmoid() if number == len(layers) - 1 else torch.nn.ReLU()]
    return modules
