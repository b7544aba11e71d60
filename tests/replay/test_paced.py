"""The pace of a session that can be replayed: when the model learns, and with which steps that is logged."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from queue import Queue

import pytest

from engine.replay.observed import ActionLog, ObservedService
from engine.replay.paced import Paced
from engine.replay.steps import Diversify, Login, Rate, Search, Step, Train, Wait
from engine.service.service import Service
from engine.service.settings import Settings
from engine.store import open_store
from engine.types import Diversity, EngineState, EngineStatus, RunKind


class Engine:
    """An engine whose runs end when the test says so; each learns what was rated before it."""

    def __init__(self, state: EngineState = "ready") -> None:
        self.pid = 1
        self.running = True
        self.status = EngineStatus(state)
        self.asked: list[str] = []
        self.is_over = threading.Event()
        self.is_taken_up = threading.Event()
        self.is_taken_up.set()

    def ratings_changed(self, seq: int) -> None:
        self.asked.append("news")
        self.status = replace(self.status, ratings_behind=self.status.ratings_behind + 1)

    def catalogue_changed(self) -> None:
        """There may be a new viewer."""

    def request_list(self, user_id: int, n: int, diversity: Diversity | None, lens: int) -> int:
        return 0

    def train(self, run: RunKind, epochs: int | None = None) -> None:
        self.asked.append(run)
        self.is_over.clear()
        self.status = replace(self.status, state="training", ratings_behind=0)

    def wait_acknowledged(self, timeout: float) -> bool:
        return self.is_taken_up.wait(timeout)

    def wait_idle(self, timeout: float) -> bool:
        if self.status.state == "training":
            self.is_over.wait(timeout)
            self.status = replace(self.status, state="ready")
        return self.running

    def end_run(self) -> None:
        """The run in progress is over."""
        self.is_over.set()
        self.status = replace(self.status, state="ready")

    def stop(self) -> None:
        self.running = False
        self.is_over.set()


@dataclass
class Evening:
    """A paced service on an engine in the place of the real one, and what was logged."""

    service: ObservedService
    engine: Engine
    logged: Queue[Step]

    def rate(self, stars: float) -> None:
        """As the screen does: the list is asked for afterwards."""
        self.service.rate(1, 1, stars)
        self.service.pace.list_asked()

    def is_training(self) -> bool:
        return self.engine.status.state == "training"


@contextlib.contextmanager
def evening_on(folder: Path, engine: Engine, patience: float = 3.0) -> Iterator[Evening]:
    """One viewer and one movie; nobody is logged in, and the pace has begun."""
    url = f"sqlite:///{folder / 'm.db'}"
    with open_store(url) as store:
        store.add_user("Ana")
        store.add_movie("Alien", 1979)
    logged: Queue[Step] = Queue()
    settings = Settings(url, cache_dir=str(folder), state_dir=str(folder))
    inner = Service(settings, engine=engine)  # type: ignore[arg-type]
    log = ActionLog(is_open=False)
    with ObservedService(inner, partial(Paced, patience=patience), log=log) as service:
        service.open()
        service.log.observe(logged.put)
        service.pace.begin()
        yield Evening(service, engine, logged)


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    """Ana is logged in, and the engine is ready."""
    with evening_on(tmp_path, Engine()) as begun:
        begun.service.remember_viewer(begun.service.viewer("Ana"))
        assert begun.logged.get(timeout=30) == Login("Ana", new=True)
        yield begun
    assert begun.logged.empty()


def test_the_end_of_a_training_is_logged_as_a_wait_also_when_there_is_nothing_to_learn(
    evening: Evening,
) -> None:
    service, engine, logged = evening.service, evening.engine, evening.logged
    service.train("full", 3)
    assert logged.get(timeout=30) == Train("full", 3, wait=False)
    assert logged.empty()
    engine.end_run()
    assert logged.get(timeout=30) == Wait()


def test_a_run_of_any_length_is_logged_as_a_wait(evening: Evening) -> None:
    engine, logged = evening.engine, evening.logged
    evening.rate(5)
    assert logged.get(timeout=30) == Rate({"Alien (1979)": 5})
    until(evening.is_training)
    time.sleep(0.2)
    assert logged.empty(), "the model has not learned yet"
    engine.end_run()
    assert logged.get(timeout=30) == Wait()


def test_a_rating_waits_for_the_end_of_a_run(evening: Evening) -> None:
    engine, logged = evening.engine, evening.logged
    evening.rate(5)
    assert logged.get(timeout=30) == Rate({"Alien (1979)": 5})
    until(evening.is_training)
    second = threading.Thread(target=evening.rate, args=(4,))
    second.start()
    second.join(0.2)
    assert second.is_alive(), "it waits for the end of the run"
    engine.end_run()
    assert [logged.get(timeout=30), logged.get(timeout=30)] == [Wait(), Rate({"Alien (1979)": 4})]
    second.join()
    until(evening.is_training)
    engine.end_run()
    assert logged.get(timeout=30) == Wait()


def test_a_rating_goes_on_beside_a_run_that_takes_long(tmp_path: Path) -> None:
    with evening_on(tmp_path, Engine(), patience=0.1) as evening:
        engine, logged = evening.engine, evening.logged
        evening.rate(5)
        assert [logged.get(timeout=30), logged.get(timeout=30)] == [Login("Ana", new=True), Rate({"Alien (1979)": 5})]
        until(evening.is_training)
        evening.rate(3)
        beside = [Train("incremental", wait=False), Rate({"Alien (1979)": 3})]
        assert [logged.get(timeout=30), logged.get(timeout=30)] == beside
        engine.end_run()
        until(evening.is_training)  # what was rated beside it
        engine.end_run()
        assert logged.get(timeout=30) == Wait()
        assert engine.asked == ["news", "incremental", "news", "incremental"]


def test_the_screen_never_waits_for_a_run(tmp_path: Path) -> None:
    with evening_on(tmp_path, Engine(), patience=600) as evening:
        service, engine, logged = evening.service, evening.engine, evening.logged
        evening.rate(5)
        assert [logged.get(timeout=30), logged.get(timeout=30)] == [Login("Ana", new=True), Rate({"Alien (1979)": 5})]
        until(evening.is_training)
        service.searched("ali")
        assert logged.get_nowait() == Search("ali")
        service.request_list(1, diversity=Diversity(on=True, strength=0.4, method="mmr"))
        toggle = Diversify(on=True, strength=0.4, method="mmr")
        assert [logged.get_nowait(), logged.get_nowait()] == [Train("incremental", wait=False), toggle]
        engine.end_run()
        assert logged.get(timeout=30) == Wait()


def test_the_model_learns_after_the_list_of_a_rating_was_asked_for(
    evening: Evening,
) -> None:
    service, engine, logged = evening.service, evening.engine, evening.logged
    service.rate(1, 1, 5)
    logged.get(timeout=30)
    time.sleep(1)
    assert engine.asked == ["news"], "a busy screen has not asked yet"
    service.pace.list_asked()
    until(lambda: engine.asked == ["news", "incremental"])
    engine.end_run()
    assert logged.get(timeout=30) == Wait()


def test_what_is_rated_while_the_engine_starts_is_not_in_its_first_training(tmp_path: Path) -> None:
    engine = Engine("loading")
    engine.is_taken_up.clear()
    with evening_on(tmp_path, engine) as evening:
        early = threading.Thread(target=evening.rate, args=(5,))
        early.start()
        early.join(0.5)
        assert early.is_alive()
        assert not engine.asked
        engine.is_taken_up.set()
        early.join(30)
        assert engine.asked == ["full", "news"]


def until(reached: Callable[[], bool]) -> None:
    """Wait for something that must come."""
    began = time.monotonic()
    while not reached():
        assert time.monotonic() - began < 30
        time.sleep(0.01)
