"""A fresh database for every script, with a model that has learned all of it: made once, then copied.

The database comes from the fixtures and the model from one full training, both kept in the cache folder under a name
made of everything that they depend on: the files, the program's own source, the versions, the preset, the seed. A
script gets a copy, so that it starts in a moment and leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from engine import paths, resources
from engine.errors import EngineError
from engine.replay.names import check_names
from engine.service.client import EngineClient
from engine.service.service import Service
from engine.service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from engine.replay.script import Script

_STORE, _MODEL, _XLA, _NEWEST = "store.db", "model", "xla", "newest"
_KEPT = 3
"""Databases kept in the cache folder: those of the last versions of the program."""
_TRAINING_S = 600.0
VERSIONS = ("jax", "jaxlib", "flax", "optax", "numpy", "pandas", "scipy")
"""Packages whose version may change a number."""


class FreshStores:
    """Makes services on fresh databases; one engine's process serves them one after the other."""

    def __init__(
        self, settings: Settings, *, keep: bool = False, tell: Callable[[str], None] = lambda text: None
    ) -> None:
        self._settings = settings
        self._keep = keep
        self._tell = tell
        self._folder = Path(tempfile.mkdtemp(prefix="matinee-replay-"))
        self._numbers = itertools.count(1)
        self._engine: EngineClient | None = None

    def __enter__(self) -> FreshStores:
        return self

    def __exit__(self, *_: object) -> None:
        if self._engine:
            self._engine.stop()
        if not self._keep:
            shutil.rmtree(self._folder, ignore_errors=True)

    def check(self, scripts: Iterable[Script]) -> None:
        """See that all names mean something, before a model is trained; ScriptBroken for the first that does not."""
        with Service(replace(self._settings, database=f"sqlite:///{self._store()}")) as service:
            service.open()
            for script in scripts:
                check_names(script, service)

    @contextlib.contextmanager
    def service(self, name: str, preset: str, seed: int, *, own_engine: bool = False) -> Iterator[Service]:
        """A service on a database of its own, open, its engine running and trained.

        `own_engine`: do not share the engine's process, because the script kills it.
        """
        wanted = replace(self._settings, preset=preset, seed=seed)
        base = self._base(wanted)
        folder = self._folder / f"{next(self._numbers):02}-{name}"
        settings = _copy(base, folder, wanted)
        engine = EngineClient(settings, by_itself=False) if own_engine else self._shared(settings)
        with contextlib.ExitStack() as stack:
            if own_engine:
                stack.callback(engine.stop)
            service = stack.enter_context(Service(settings, engine=engine))
            service.open()
            service.clock = _clock_after(int((base.parent / _NEWEST).read_text()))
            engine.start()
            yield service
            if self._keep:
                self._tell(f"{name}: kept in {folder / _STORE}")

    def _shared(self, settings: Settings) -> EngineClient:
        """The engine of all scripts, on this database from now on."""
        if self._engine is None or not self._engine.running:
            self._engine = EngineClient(settings, by_itself=False)
        else:
            self._engine.take_up(settings)
        return self._engine

    def _base(self, wanted: Settings) -> Path:
        """The folder of a model with its database beside it; made when it is not there."""
        store = self._store()
        model = store.parent / _model_name(wanted)
        if not model.is_dir():
            with tempfile.TemporaryDirectory(prefix=".making-", dir=store.parent) as making:
                self._train(wanted, Path(making), store, model)
        return model

    def _store(self) -> Path:
        """The database that all copies are made from; made when it is not there."""
        store = paths.cache_dir() / "replay" / _source_digest() / _STORE
        if not store.exists():
            self._tell("making a database from the fixtures")
            store.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".making-", dir=store.parent) as making:
                fresh = Path(making) / _STORE
                with Service(replace(self._settings, database=f"sqlite:///{fresh}")) as service:
                    service.open()
                    newest = int(service.store.events_after(0).rated_at.max())
                (store.parent / _NEWEST).write_text(str(newest))
                fresh.replace(store)
            _prune(store.parent.parent)
        return store

    def _train(self, wanted: Settings, folder: Path, store: Path, model: Path) -> None:
        self._tell(f"training the first model ({wanted.preset}, seed {wanted.seed})")
        shutil.copyfile(store, folder / _STORE)
        settings = replace(
            wanted, database=f"sqlite:///{folder / _STORE}", cache_dir=str(folder / _MODEL), state_dir=str(folder)
        )
        _share_programs(folder / _MODEL)
        engine = self._shared(settings)
        engine.start()
        engine.train("full")
        if not (engine.wait_still(_TRAINING_S) and engine.status.state == "ready"):
            raise EngineError(engine.status.detail or f"the first model could not be trained; see {engine.log}")
        with contextlib.suppress(OSError):  # another program was quicker, and made the same
            (folder / _MODEL).replace(model)


def data_digest() -> str:
    """What the fresh database is made of, as one number: the fixtures and the schema."""
    files = [resources.fixtures() / name for name in ("movies.csv", "viewers.csv", "ratings.csv.xz")]
    digest = hashlib.sha256(resources.schema_sql().encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """The packages on which the numbers depend."""
    return {name: metadata.version(name) for name in VERSIONS}


def _source_digest() -> str:
    """What the database and, but for its options, the model depend on."""
    source = hashlib.sha256(data_digest().encode())
    package = Path(__file__).resolve().parent.parent
    for file in sorted(package.rglob("*.py")):
        source.update(file.read_bytes())
    return source.hexdigest()[:16]


def _model_name(wanted: Settings) -> str:
    machine = [os.environ.get(name, "") for name in ("JAX_PLATFORMS", "CUDA_VISIBLE_DEVICES", "XLA_FLAGS")]
    asked = repr((wanted.preset, wanted.seed, wanted.device, versions(), machine))
    return f"{wanted.preset}-{wanted.seed}-{hashlib.sha256(asked.encode()).hexdigest()[:16]}"


def _copy(model: Path, folder: Path, wanted: Settings) -> Settings:
    """A database of one script with its model, and the settings for it."""
    folder.mkdir(parents=True)
    shutil.copyfile(model.parent / _STORE, folder / _STORE)
    shutil.copytree(model, folder / _MODEL, copy_function=_link_or_copy, ignore=shutil.ignore_patterns(_XLA))
    _share_programs(folder / _MODEL)
    return replace(
        wanted, database=f"sqlite:///{folder / _STORE}", cache_dir=str(folder / _MODEL), state_dir=str(folder / "state")
    )


def _link_or_copy(source: str, target: str) -> None:
    """The engine replaces its files and never writes into them, so a second name for the same file is as good."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _share_programs(cache: Path) -> None:
    """Compiled programs are found where the app keeps them."""
    shared = paths.cache_dir() / _XLA
    shared.mkdir(parents=True, exist_ok=True)
    cache.mkdir(parents=True, exist_ok=True)
    (cache / _XLA).symlink_to(shared, target_is_directory=True)


def _prune(folder: Path) -> None:
    """Delete the databases of older versions."""
    known = sorted((each for each in folder.iterdir() if each.is_dir()), key=lambda each: each.stat().st_mtime)
    for old in known[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def _clock_after(newest: int) -> Callable[[], int]:
    """A clock that goes on from the newest rating, a minute a call: the time of day must not matter."""
    return itertools.count(newest + 60, 60).__next__
