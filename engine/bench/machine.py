"""What the figures were taken on: without it a figure says nothing."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import psutil

PACKAGES = (
    "matinee",
    "jax",
    "jaxlib",
    "flax",
    "optax",
    "numpy",
    "scipy",
    "pandas",
    "textual",
    "torch",
    "implicit",
    "cornac",
)
SETTINGS = ("XLA_FLAGS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENBLAS_CORETYPE", "JAX_PLATFORMS")
"""Environment variables that change how fast things are."""
_CPUINFO = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True)
class Machine:
    """Hardware, system, versions, and how busy it was."""

    cpu: str
    cores: int
    vectors: str
    """The widest vector instructions: what the speed of products hangs on."""
    memory_gb: float
    system: str
    python: str
    device: str
    """What jax computes on."""
    load: float
    """Programs that wanted a core in the minute before (the load average): well below the cores, or doubt the times."""
    versions: dict[str, str]
    """Of the packages that are installed."""
    settings: dict[str, str]
    """Of the variables that are set."""


def machine() -> Machine:
    """Of this moment."""
    import jax

    cpuinfo = _CPUINFO.read_text() if _CPUINFO.exists() else ""
    return Machine(
        cpu=_field(cpuinfo, "model name") or platform.processor() or platform.machine(),
        cores=os.cpu_count() or 1,
        vectors=_widest(_field(cpuinfo, "flags").split()),
        memory_gb=round(psutil.virtual_memory().total / 2**30, 1),
        system=platform.platform(terse=True),
        python=platform.python_version(),
        device=str(jax.devices()[0].device_kind),
        load=round(os.getloadavg()[0], 1),
        versions={name: version for name in PACKAGES if (version := _version(name))},
        settings={name: os.environ[name] for name in SETTINGS if name in os.environ},
    )


def _field(cpuinfo: str, name: str) -> str:
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""


def _widest(flags: list[str]) -> str:
    return next((name for name in ("avx512f", "avx2", "avx", "asimd") if name in flags), "unknown")


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
