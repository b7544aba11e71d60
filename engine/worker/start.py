"""The worker's entry: a device, a database, and then the loop; another database when the app says so."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jax

from engine import device
from engine.errors import NoDevice, StoreError
from engine.service.child import lower_priority
from engine.service.settings import Settings
from engine.store import open_store
from engine.types import EngineStatus
from engine.worker.checkpoints import XLA
from engine.worker.loop import Moved, Worker, moved_to
from engine.worker.reporter import Reporter

if TYPE_CHECKING:
    from engine.service.child import Pipe
    from engine.service.messages import Configure, Request

_RETRY_S = 5.0
"""How often a database that can't be opened is tried again."""
_SWITCH_S = 0.001
"""Longest time for which the trainer's Python code may keep the loop from running."""


def run(configure: Configure, pipe: Pipe, requests: list[Request]) -> None:
    """Work until the app says `Shutdown`; with another `Configure`, go on with what that one says."""
    sys.setswitchinterval(_SWITCH_S)
    moved: Moved | None = (configure, requests)
    while moved:
        moved = _run_on(*moved, pipe)


def _run_on(configure: Configure, requests: list[Request], pipe: Pipe) -> Moved | None:
    """Work on one store until the app moves on, or (None) ends."""
    settings = Settings(configure.database_url, configure.preset, configure.device, configure.seed, configure.cache_dir)
    # A forward pass runs in the thread that asks for it, not behind the trainer's in a queue.
    config: Any = jax.config
    config.update("jax_cpu_enable_async_dispatch", False)
    device.use_compilation_cache(settings.cache_path / XLA)
    reporter = Reporter(pipe, EngineStatus(state="loading", preset=settings.preset, restarts=configure.restarts))
    while True:
        try:
            with open_store(settings.database, create=False) as store:
                usable = _on_a_device(settings, reporter, strict=not configure.auto_train)
                return Worker(configure, usable, store, pipe, reporter).run(requests)
        except (StoreError, NoDevice) as error:
            reporter.status(state="failed", detail=str(error))
            if not reporter.refuse(requests, str(error)):
                return None
            requests = pipe.take(timeout=_RETRY_S)
            if moved := moved_to(requests):
                return moved
            if not reporter.refuse(requests, str(error)):
                return None
            requests = []


def _on_a_device(settings: Settings, reporter: Reporter, *, strict: bool) -> Settings:
    """The settings with a device that is there: a missing one is replaced, with a notice, unless `strict`.

    The first look at the devices starts their threads, so it is taken by a thread of low priority.
    """
    try:
        with ThreadPoolExecutor(1, initializer=lower_priority) as looker:
            looker.submit(device.pick, settings.device).result()
    except NoDevice as error:
        if strict:
            raise
        reporter.notice("warning", f"{error}; training on the CPU.")
        return replace(settings, device="cpu")
    return settings
