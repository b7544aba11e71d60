"""Programs that make tables, fill a first store or import are killed at any moment; the same call completes it."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from pathlib import Path

from engine.importing.load import import_dataset
from engine.store import DatabaseUrl, Store, ensure_store, open_store
from tests.faults.killing import go, killed
from tests.faults.outcomes import Outcomes
from tests.importing import shapes
from tests.importing.contents import contents
from tests.store import databases, programs
from tests.store.catalogues import many_ratings, write

MODULE = "tests.faults.programs"
_SHIPPED = 24_000
_IMPORTED = 4_500
_BATCH = 500
Kill = Callable[[DatabaseUrl, random.Random, Outcomes, str], None]


def tables(seed: int, count: int, engine: str = "sqlite") -> Outcomes:
    """Kill what makes the tables, the one migration there is so far."""

    def kill(url: DatabaseUrl, moments: random.Random, outcomes: Outcomes, label: str) -> None:
        late = 0.02 if engine == "sqlite" else 0.5
        said = _killed("make", url, moments, (1, 1), late)
        outcomes.counts["made" if "made" in said else "killed before"] += 1
        with outcomes.within_time(label), open_store(url) as store:
            outcomes.expect(store.add_user("Ana").user_id == 1, label, "the first viewer is not the first")

    return _kill_many(seed, count, engine, kill)


def first_starts(seed: int, count: int, engine: str = "sqlite") -> Outcomes:
    """Kill what fills a first store with the catalogue."""
    with tempfile.TemporaryDirectory(prefix="matinee-faults-") as name:
        shipped = write(Path(name), many_ratings(_SHIPPED))

        def kill(url: DatabaseUrl, moments: random.Random, outcomes: Outcomes, label: str) -> None:
            said = _killed("first_start", url, moments, (1, 6), 0.05, shipped)
            outcomes.counts["made" if "made" in said else "killed before"] += 1
            with outcomes.within_time(label), ensure_store(url, folder=shipped) as store:
                outcomes.expect(len(store.imports()) == 1, label, "more than one filling")
                _look_whole(store, _SHIPPED, outcomes, label)

        return _kill_many(seed, count, engine, kill)


def imports(seed: int, count: int, engine: str = "sqlite") -> Outcomes:
    """Kill imports; on SQLite nothing may be there then, and the same command completes each."""
    with tempfile.TemporaryDirectory(prefix="matinee-faults-") as name:
        lines = [f"{1 + i % 300}::{1 + i % 2}::{1 + i % 5}::{978300000 + i}\n" for i in range(_IMPORTED)]
        dataset = shapes.ml_1m(Path(name) / "set", ratings="".join(lines))
        whole = f"sqlite:///{name}/whole.db"
        import_dataset(dataset, None, whole)
        wanted = contents(whole)

        def kill(url: DatabaseUrl, moments: random.Random, outcomes: Outcomes, label: str) -> None:
            said = _killed("import", url, moments, (1, 16), 0.02, dataset, _BATCH)
            outcomes.counts["imported" if "imported" in said else "killed before"] += 1
            with open_store(url) as store:
                left = len(store.imports()), store.counts().rating_events
            allowed = ((0, 0), (1, _IMPORTED)) if engine == "sqlite" else ()
            outcomes.expect(not allowed or left in allowed, label, f"half an import was left: {left}")
            with outcomes.within_time(label):
                import_dataset(dataset, None, url)
            outcomes.expect(contents(url.reveal()) == wanted, label, "other contents than of one import")
            with open_store(url) as store:
                _look_whole(store, _IMPORTED, outcomes, label)

        return _kill_many(seed, count, engine, kill)


def _kill_many(seed: int, count: int, engine: str, kill: Kill) -> Outcomes:
    """Each with a database of its own."""
    outcomes = Outcomes(tries=count)
    for number in range(count):
        label = f"seed {seed}, kill {number} ({engine})"
        with (
            tempfile.TemporaryDirectory(prefix="matinee-faults-") as folder,
            databases.fresh(engine, Path(folder)) as url,
            outcomes.no_other_error(label),
        ):
            kill(url, random.Random(f"{seed} {number}"), outcomes, label)
    return outcomes


def _killed(
    program: str, url: DatabaseUrl, moments: random.Random, lines: tuple[int, int], late_s: float, *arguments: object
) -> list[str]:
    with programs.running(program, url, *arguments, module=MODULE) as process:
        go(process)
        return killed(process, moments, lines, late_s)


def _look_whole(store: Store, n: int, outcomes: Outcomes, label: str) -> None:
    """Count what was promised by the source of an import as acknowledged ratings."""
    seqs = store.events_after(0).seq.tolist()
    outcomes.acknowledged += n
    outcomes.found += len(seqs)
    outcomes.lost += max(0, n - len(seqs))
    outcomes.doubled += max(0, len(seqs) - n)
    outcomes.expect(seqs == list(range(1, len(seqs) + 1)), label, "numbers missing in the log")
