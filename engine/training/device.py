"""Devices, their memory, and the compiler: what it cost, and the cache that saves the cost next time."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import jax
import psutil
from jax import monitoring

from engine import paths
from engine.errors import NoDevice

_COMPILE_EVENT = "/jax/core/compile/backend_compile_duration"


class _Compiler:
    """Seconds and programs since the process began, as jax reports them."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.programs = 0
        monitoring.register_event_duration_secs_listener(self._heard)

    def _heard(self, event: str, duration_secs: float, **_: str | int) -> None:
        if event == _COMPILE_EVENT:
            self.seconds += duration_secs
            self.programs += 1


_compiler = _Compiler()


def compile_seconds() -> float:
    """Seconds spent compiling since the process began."""
    return _compiler.seconds


def compiled_programs() -> int:
    """Programs compiled (or fetched from the cache) since the process began."""
    return _compiler.programs


def pick(name: str) -> jax.Device:
    """The device for `auto` (a GPU where there is one), `cpu` or `gpu`.

    Raises NoDevice when it is not there.
    """
    if name == "auto":
        return jax.devices()[0]
    if name not in ("cpu", "gpu"):
        raise NoDevice(f"there is no device {name!r}; choose auto, cpu or gpu")
    try:
        return jax.devices(name)[0]
    except RuntimeError as error:
        remedy = "install the extra 'cuda' and its driver, or use --device cpu"
        raise NoDevice(f"no {name} on this machine; {remedy}") from error


def label(device: jax.Device) -> str:
    """What the screens call it: `cpu`, or the name of the card."""
    return "cpu" if device.platform == "cpu" else str(device.device_kind)


def memory_mb(device: jax.Device) -> float:
    """Memory in use: the card's for a GPU, the process's for the CPU."""
    if device.platform != "cpu":
        stats = device.memory_stats() or {}
        if "bytes_in_use" in stats:
            return float(stats["bytes_in_use"]) / 2**20
    return float(_process(os.getpid()).memory_info().rss) / 2**20


@cache
def _process(pid: int) -> psutil.Process:
    """Kept: to look a process up costs more than to ask for its memory."""
    return psutil.Process(pid)


def use_compilation_cache(folder: str | Path | None = None) -> None:
    """Keep compiled programs in a folder (default: in Matinée's cache folder), unless one is set already.

    The folder's path is part of the name of every program in it, so a link to it is followed.
    """
    settings: Any = jax.config
    if folder is None and settings.jax_compilation_cache_dir:
        return
    target = Path(folder) if folder is not None else paths.cache_dir() / "xla"
    settings.update("jax_compilation_cache_dir", str(target.resolve()))
    settings.update("jax_persistent_cache_min_compile_time_secs", 0.05)
    settings.update("jax_persistent_cache_min_entry_size_bytes", -1)
