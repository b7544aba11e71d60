"""The engine's process is killed at any moment, alone or with the app: ratings stay, and it comes back to the list."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from engine.service.client import EngineClient
from engine.service.messages import ListReady
from engine.service.service import Service
from engine.service.settings import Settings
from engine.store import DatabaseUrl, open_store
from engine.types import RatingEvent
from tests.faults.killing import go
from tests.faults.making import MODULE
from tests.faults.outcomes import Outcomes, compare, events
from tests.service.harness import make_store
from tests.store import programs

PATIENCE_S = 60.0
_MOVIES = 16
_ANA = 25
"""The viewer's number."""
_EACH = 1_000_000
_LATEST_S = 2.5
"""Starting, loading, listing, training and saving all lie within so long after a start."""


def alone(seed: int, count: int) -> Outcomes:
    """Kill the engine `count` times beside an app that lives and goes on rating."""
    moments = random.Random(seed)
    outcomes = Outcomes()
    with tempfile.TemporaryDirectory(prefix="matinee-faults-") as name:
        url, acknowledged = _small_store(Path(name))
        settings = _settings(url, Path(name))
        engine = EngineClient(settings, pause=lambda deaths: 0.0)  # kills in a row are no bad luck here
        with Service(settings, engine=engine, clock=iter(range(_EACH)).__next__) as service:
            service.open()
            engine.start()
            for number in range(count):
                time.sleep(moments.uniform(0, _LATEST_S))
                acknowledged += [_rate(service, moments) for _ in range(moments.randint(0, 3))]
                engine.kill()
                acknowledged += [_rate(service, moments) for _ in range(moments.randint(1, 3))]
                _look(service, acknowledged[-1], outcomes, f"seed {seed}, kill {number}")
            outcomes.expect(engine.wait_idle(PATIENCE_S), f"seed {seed}", "the engine did not learn all ratings")
            engine.stop()
        _compare(url, acknowledged, count, outcomes)
    return outcomes


def with_the_app(seed: int, count: int) -> Outcomes:
    """Kill the app and its engine together `count` times, and start both again on what they left."""
    moments = random.Random(seed)
    outcomes = Outcomes()
    with tempfile.TemporaryDirectory(prefix="matinee-faults-") as name:
        folder = Path(name)
        url, acknowledged = _small_store(folder)
        for number in range(count):
            with programs.running("evening", url, folder, _ANA, number * _EACH, module=MODULE) as process:
                go(process)
                said = _both_killed(process, moments)
            outcomes.counts["after its first list" if "list" in said else "before its first list"] += 1
            acknowledged += [RatingEvent(*map(int, line.split()[1:])) for line in said if line.startswith("rated ")]
        with Service(_settings(url, folder), clock=lambda: count * _EACH) as service:
            service.open()
            service.engine.start()
            acknowledged.append(service.rate(_ANA, 1, 5))
            _look(service, acknowledged[-1], outcomes, f"seed {seed}, after all kills")
            outcomes.expect(service.engine.wait_idle(PATIENCE_S), f"seed {seed}", "the ratings are not all learned")
        _compare(url, acknowledged, count, outcomes)
    return outcomes


def _small_store(folder: Path) -> tuple[DatabaseUrl, list[RatingEvent]]:
    """Enough ratings to train on, which count as acknowledged, and a viewer who has none yet."""
    url = DatabaseUrl("sqlite", path=folder / "m.db")
    make_store(url.path, users=_ANA - 1, movies=_MOVIES)
    with open_store(url) as store:
        assert store.add_user("Ana").user_id == _ANA
        return url, events(store)


def _compare(url: DatabaseUrl, acknowledged: list[RatingEvent], tries: int, outcomes: Outcomes) -> None:
    with open_store(url) as store:
        outcomes.add(compare(store, acknowledged, tries=tries))
        outcomes.expect(bool(store.checkpoints()), str(url), "no model was ever saved")


def _settings(url: DatabaseUrl, folder: Path) -> Settings:
    return Settings(url.reveal(), cache_dir=str(folder / "cache"), state_dir=str(folder / "state"))


def _rate(service: Service, moments: random.Random) -> RatingEvent:
    return service.rate(_ANA, moments.randint(1, _MOVIES), moments.randint(1, 10) / 2)


def _look(service: Service, last: RatingEvent, outcomes: Outcomes, label: str) -> None:
    """The list must come, and know the last rating."""
    with outcomes.no_other_error(label):
        began = time.monotonic()
        answer = service.engine.wait_reply(service.engine.request_list(_ANA), PATIENCE_S)
        outcomes.slowest_s = max(outcomes.slowest_s, time.monotonic() - began)
        outcomes.expect(isinstance(answer, ListReady), label, f"no list, but {answer}")
        if isinstance(answer, ListReady):
            outcomes.expect(answer.recommendations.seen_seq >= last.seq, label, "a list without the last rating")


def _both_killed(process: programs.subprocess.Popen[str], moments: random.Random) -> list[str]:
    """Kill the app and its engine, in half of the tries after the first list; the lines that the app said."""
    assert process.stdout is not None
    said = [process.stdout.readline()]
    pid = int(said[0].split()[1])
    if moments.random() < 0.5:
        while said[-1] and said[-1] != "list\n":
            said.append(process.stdout.readline())
    time.sleep(moments.uniform(0, 0.7))
    victims = [process.pid, pid]
    moments.shuffle(victims)
    for victim in victims:
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
    said += process.stdout.readlines()
    process.wait()
    return [line.rstrip("\n") for line in said if line.endswith("\n")]
