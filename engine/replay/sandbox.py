"""A sandbox for every script: a fresh database, and a model that has learned all of it. Made once, then copied.

The database comes from the fixtures, or from a store as it was at an earlier moment. The fixtures' one and its models
are kept in the cache folder under a name made of everything that they depend on: the files, the program's own source,
the versions, the preset, the seed. A script gets a copy, so that it starts in a moment and leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import itertools
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from engine import paths
from engine.errors import EngineError
from engine.replay.names import check_names
from engine.service.client import EngineClient
from engine.service.service import Service
from engine.service.settings import Settings
from engine.store import HistoryPoint, Store, copy_store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.replay.script import Script

_STORE, _MODEL, _XLA = "store.db", "model", "xla"
_KEPT = 3
"""Databases that the cache folder keeps: those of the last versions of the program."""
_TRAINING_S = 1800.0
VERSIONS = ("jax", "jaxlib", "flax", "optax", "numpy", "pandas", "scipy")
"""Packages whose version may change a number."""


class Origin(Protocol):
    """Where the databases of sandboxes come from."""

    @property
    def folder(self) -> Path | None:
        """Where the database and its models are kept for later; None: nowhere."""

    def make(self, path: Path) -> None:
        """Make the database."""


class FromFixtures:
    """The catalogue that ships."""

    def __init__(self, digest: Callable[[], str] | None = None) -> None:
        """`digest` tells what the database depends on."""
        self._digest = digest or source_digest

    @functools.cached_property
    def folder(self) -> Path:
        """In the cache, under the source as it was when the replay began."""
        return paths.cache_dir() / "replay" / self._digest()

    def make(self, path: Path) -> None:
        """As the first start of the app does."""
        with Service(Settings(database=f"sqlite:///{path}")) as service:
            service.open()


@dataclass(frozen=True, slots=True)
class FromStore:
    """A store as it was at a moment."""

    store: Store
    moment: HistoryPoint
    folder: None = None

    def make(self, path: Path) -> None:
        """Copy the rows up to then."""
        copy_store(self.store, path, self.moment)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A database with a trained model, for one script."""

    settings: Settings
    clock: Callable[[], int]
    """Goes on from the newest rating, a minute a call: the time of day must not matter."""


class Sandboxes:
    """Makes sandboxes; one engine's process serves them one after the other."""

    def __init__(
        self,
        settings: Settings,
        *,
        origin: Origin | None = None,
        keep: bool = False,
        tell: Callable[[str], None] = lambda text: None,
        new_engine: Callable[[Settings], EngineClient] = lambda settings: EngineClient(settings, auto_train=False),
    ) -> None:
        """`keep`: leave the databases where they are at the end; `tell` hears of what takes time."""
        self._settings = settings
        self._origin = origin or FromFixtures()
        self._keep = keep
        self.tell = tell
        self._new_engine = new_engine
        self._folder = Path(tempfile.mkdtemp(prefix="matinee-replay-"))
        self._numbers = itertools.count(1)
        self._engine: EngineClient | None = None
        self._was_killed = False
        self._making = threading.Lock()

    def __enter__(self) -> Sandboxes:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the engine and delete the databases, unless they are to be kept."""
        self.stop_engine()
        if not self._keep:
            shutil.rmtree(self._folder, ignore_errors=True)

    def check(self, scripts: Iterable[Script]) -> None:
        """See that all names mean something, before a model is trained; ScriptBroken for the first that does not."""
        with Service(replace(self._settings, database=f"sqlite:///{self._store()}")) as service:
            service.open()
            for script in scripts:
                check_names(script, service)

    def sandbox(self, name: str, preset: str, seed: int) -> Sandbox:
        """A sandbox for one script."""
        wanted = replace(self._settings, preset=preset, seed=seed)
        with self._making:
            store = self._store()
            model = self._model(store, wanted)
        folder = self._folder / f"{next(self._numbers):02}-{name}"
        if self._keep:
            self.tell(f"{name}: kept in {folder / _STORE}")
        newest = int(store.with_suffix(".newest").read_text(encoding="utf-8"))
        return Sandbox(_copy(store, model, folder, wanted), itertools.count(newest + 60, 60).__next__)

    @contextlib.contextmanager
    def service(self, name: str, preset: str, seed: int, *, kills: bool = False) -> Iterator[Service]:
        """A service on a sandbox of its own, open, its engine running and trained.

        `kills`: the script ends the engine's process, which is started again a few times only; so a process that was
        ended for one script is not given to another that does so.
        """
        sandbox = self.sandbox(name, preset, seed)
        if kills and self._was_killed:
            self.stop_engine()
        self._was_killed = kills or self._was_killed
        engine = self._shared(sandbox.settings)
        with Service(sandbox.settings, engine=engine, clock=sandbox.clock) as service:
            service.open()
            engine.start()
            yield service

    def stop_engine(self) -> None:
        """End the process that all sandboxes share; it is started again when it is needed."""
        if self._engine:
            self._engine.stop()

    def _shared(self, settings: Settings) -> EngineClient:
        """The engine of all sandboxes, on this database from now on."""
        if self._engine is None or not self._engine.running:
            self.stop_engine()  # one that died again and again would be tried again
            self._engine = self._new_engine(settings)
        else:
            self._engine.reconfigure(settings)
        return self._engine

    # -------------------------------------------------------------------------------------- made once, copied often

    def _store(self) -> Path:
        """The database that all copies are made from; made when it is not there."""
        folder = self._origin.folder or self._folder / "origin"
        store = folder / _STORE
        if not store.exists():
            self.tell("making a database")
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as making:
                made = Path(making) / _STORE
                self._origin.make(made)
                store.with_suffix(".newest").write_text(str(_newest(made)), encoding="utf-8")
                made.replace(store)
            if self._origin.folder:
                prune(folder.parent)
        return store

    def _model(self, store: Path, wanted: Settings) -> Path:
        """The folder of a model that has learned all of a database; trained when it is not there."""
        model = store.parent / _model_name(wanted)
        if not model.is_dir():
            with tempfile.TemporaryDirectory(prefix=".making-", dir=store.parent) as making:
                self._train(wanted, Path(making), store, model)
        return model

    def _train(self, wanted: Settings, folder: Path, store: Path, model: Path) -> None:
        self.tell(f"training the first model ({wanted.preset}, seed {wanted.seed})")
        settings = _settings_in(folder, wanted)
        shutil.copyfile(store, folder / _STORE)
        _share_programs(folder / _MODEL)
        engine = self._shared(settings)
        engine.start()
        engine.train("full")
        if not (engine.wait_idle(_TRAINING_S) and engine.status.state == "ready"):
            raise EngineError(engine.status.detail or f"the first model could not be trained; see {engine.log}")
        with contextlib.suppress(OSError):  # another program was quicker, and made the same
            (folder / _MODEL).replace(model)


def source_digest(schema: str | None = None) -> str:
    """What a database of the fixtures and, but for its options, its model depend on; `schema` is the one that ships."""
    source = hashlib.sha256((paths.schema_sql() if schema is None else schema).encode())
    for name in ("movies.csv", "viewers.csv", "ratings.csv.xz"):
        source.update((paths.fixtures() / name).read_bytes())
    package = Path(__file__).resolve().parent.parent
    for file in sorted(package.rglob("*.py")):
        source.update(file.read_bytes())
    return source.hexdigest()[:16]


def versions() -> dict[str, str]:
    """The packages on which the numbers depend."""
    return {name: metadata.version(name) for name in VERSIONS}


def _model_name(wanted: Settings) -> str:
    machine = [os.environ.get(name, "") for name in ("JAX_PLATFORMS", "CUDA_VISIBLE_DEVICES", "XLA_FLAGS")]
    asked = repr((wanted.preset, wanted.seed, wanted.device, versions(), machine))
    return f"{wanted.preset}-{wanted.seed}-{hashlib.sha256(asked.encode()).hexdigest()[:16]}"


def _newest(store: Path) -> int:
    """The time of the newest rating; 0 when there is none."""
    with Service(Settings(database=f"sqlite:///{store}")) as service:
        service.open()
        return int(service.store.events_after(0).rated_at.max(initial=0))


def _settings_in(folder: Path, wanted: Settings) -> Settings:
    """The engine's log lies outside: it must still be there when an error names it."""
    database, model, state = folder / _STORE, folder / _MODEL, paths.state_dir() / "replay"
    return replace(wanted, database=f"sqlite:///{database}", cache_dir=str(model), state_dir=str(state))


def _copy(store: Path, model: Path, folder: Path, wanted: Settings) -> Settings:
    """A database of one script with its model, and the settings for it."""
    folder.mkdir(parents=True)
    shutil.copyfile(store, folder / _STORE)
    shutil.copytree(model, folder / _MODEL, copy_function=_link_or_copy, ignore=shutil.ignore_patterns(_XLA))
    _share_programs(folder / _MODEL)
    return _settings_in(folder, wanted)


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


def prune(folder: Path) -> None:
    """Delete the databases of older versions of the program."""
    known = sorted((each for each in folder.iterdir() if each.is_dir()), key=lambda each: each.stat().st_mtime)
    for old in known[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
