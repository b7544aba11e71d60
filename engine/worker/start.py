"""The worker's entry: opens a device and a database, runs the loop, and moves to another database when asked."""

from __future__ import annotations

import logging
import platform
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jax

from engine import __version__
from engine.errors import NoDevice, StoreError
from engine.service.child import lower_priority
from engine.service.settings import Settings
from engine.store import open_store, resolve_url
from engine.training import device
from engine.types import EngineStatus
from engine.worker.checkpoints import XLA
from engine.worker.loop import Reconfiguration, Worker, reconfiguration_in
from engine.worker.options import WorkerOptions
from engine.worker.reporter import Reporter

if TYPE_CHECKING:
    from engine.service.child import Pipe
    from engine.service.messages import Configure, Request

_log = logging.getLogger("matinee.worker.start")
_SWITCH_S = 0.001
"""Longest time for which the trainer's Python code may keep the loop from running."""


def run(configure: Configure, pipe: Pipe, requests: list[Request], options: WorkerOptions | None = None) -> None:
    """Work until the app sends `Shutdown`; with another `Configure`, go on as that one says."""
    sys.setswitchinterval(_SWITCH_S)
    _log.info("Matinée %s, Python %s, jax %s", __version__, platform.python_version(), jax.__version__)
    wanted: Reconfiguration | None = (configure, requests)
    while wanted:
        wanted = _run_on(*wanted, pipe, options or WorkerOptions())


def _run_on(
    configure: Configure, requests: list[Request], pipe: Pipe, options: WorkerOptions
) -> Reconfiguration | None:
    """Work on one store until the app asks for another, or (None) for the end."""
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
                _log.info(
                    "store %s in %s; preset %s, seed %d, device %s",
                    store.uuid, resolve_url(settings.database), usable.preset, usable.seed,
                    device.label(device.pick(usable.device)),
                )  # fmt: skip
                return Worker(configure, usable, store, pipe, reporter, options).run(requests)
        except (StoreError, NoDevice) as error:
            reporter.status(state="failed", detail=str(error))
            if not reporter.refuse(requests, str(error)):
                return None
            requests = pipe.take(timeout=options.retry_s)
            if wanted := reconfiguration_in(requests):
                return wanted
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
