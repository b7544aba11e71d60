"""Peers: what others use today, measured beside the engine. Each is optional: the dependency group `bench`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType

from engine.bench.result import Skipped


def find(package: str, load: Callable[[str], ModuleType] = import_module) -> ModuleType | Skipped:
    """The package, or why it is skipped."""
    try:
        return load(package)
    except ImportError as error:
        how = f"pip install --group bench (it names {package})"
        reason = "not installed" if isinstance(error, ModuleNotFoundError) else f"can't be imported ({error})"
        return Skipped(package, f"{reason}: {how}")
