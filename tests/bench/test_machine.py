"""What is recorded beside the figures."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from engine.bench.machine import machine


def test_machine_names_hardware_versions_and_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("SECRET_TOKEN", "hidden")
    on = machine()
    assert on.cores >= 1
    assert on.memory_gb > 0
    assert on.cpu
    assert {"jax", "jaxlib", "flax", "numpy"} <= set(on.versions)
    assert on.settings["OMP_NUM_THREADS"] == "1"
    assert "hidden" not in str(asdict(on))
