"""Recording: a line a step, whole after a kill, and a replay of it gives the same lists."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from queue import Queue

import pytest

from engine.errors import UsageError
from engine.replay import transcript
from engine.replay.observed import ActionLog, ObservedService
from engine.replay.paced import Paced
from engine.replay.reader import load
from engine.replay.script import ScriptFile
from engine.replay.steps import Diversify, Login, Note, Rate, Search, Step, Train, Wait
from engine.service.service import Service
from engine.service.settings import Settings
from engine.store import open_store
from engine.types import Diversity, EngineState, EngineStatus, RunKind
from tests.replay.program import matinee

_EVENING = """
import json, sys, threading
from pathlib import Path
from engine.replay.sandbox import Sandboxes
from engine.replay.paced import recorded_service
from engine.replay.steps import Wait
from engine.service.settings import Settings
from engine.types import Diversity

def say(**words):
    print(json.dumps(words), flush=True)

with Sandboxes(Settings(device="auto")) as sandboxes:
    sandbox = sandboxes.sandbox("recorded", "default", 0)
    sandboxes.stop_engine()
    service = recorded_service(sandbox.settings, Path(sys.argv[1]))
    service.open()
    service.engine.start()
    user = service.new_viewer("Vera")
    service.remember_viewer(user)
    diversity = Diversity()

    def look():
        reply = service.engine.wait_reply(service.request_list(user.user_id, diversity=diversity), 120)
        items = reply.recommendations.items
        say(list=[[service.catalogue.by_id[item.movie_id].label, item.score, item.stars] for item in items])

    def learned():
        if not service.engine.wait_idle(120):
            raise SystemExit("the model did not learn")
        with service.pace.action(teaches=True):
            look()

    by_label = {movie.label: movie.movie_id for movie in service.catalogue.movies}
    look()
    for label, stars in (("Blade Runner (1982)", 5), ("Titanic (1997)", 1.5)):
        service.rate(user.user_id, by_label[label], stars)
        look()
        learned()
    service.take_back(user.user_id, by_label["Titanic (1997)"])
    look()
    diversity = Diversity(on=True, strength=0.7)
    look()
    waited = threading.Event()
    service.log.observe(lambda step: waited.set() if isinstance(step, Wait) else None)

    def told_of():
        if not waited.wait(120):
            raise SystemExit("no wait was told")
        waited.clear()
        with service.pace.action(teaches=True):
            look()

    told_of()
    service.train("full", 2)
    told_of()
    service.rate(user.user_id, by_label["Blade Runner (1982)"], 3.5)
    look()
    learned()
    say(done=True)
    sys.stdin.read()
"""


def test_each_step_is_a_line_on_the_disk(tmp_path: Path) -> None:
    file = ScriptFile(tmp_path / "r.yaml")
    file.append(Login("Ana", new=True))
    file.append(Rate({"Alien (1979)": 4.5}))
    assert (tmp_path / "r.yaml").read_text() == '- login: {name: "Ana", new: true}\n- rate: {"Alien (1979)": 4.5}\n'
    file.append(Wait())
    assert len(load(tmp_path / "r.yaml").lines) == 3
    file.close()


def test_a_file_that_holds_something_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text("- login: Ana\n")
    with pytest.raises(UsageError, match="holds something already"):
        ScriptFile(tmp_path / "r.yaml")
    assert (tmp_path / "r.yaml").read_text() == "- login: Ana\n"


def test_a_file_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be recorded in"):
        ScriptFile(tmp_path / "no" / "such" / "folder.yaml")


_WRITER = """
import sys
from pathlib import Path
from engine.replay.script import ScriptFile
from engine.replay.steps import Login, Note
file = ScriptFile(Path(sys.argv[1]))
file.append(Login("Ana"))
print("begun", flush=True)
number = 0
while True:
    number += 1
    file.append(Note(f"step {number} " + "é" * 400))
    print(number, flush=True)
"""


def test_killed_at_any_moment_the_file_holds_whole_steps(tmp_path: Path) -> None:
    path = tmp_path / "killed.yaml"
    with subprocess.Popen([sys.executable, "-c", _WRITER, path], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        told = [writer.stdout.readline() for _ in range(60)]
        writer.kill()
    steps = [line.step for line in load(path).lines]
    assert len(steps) - 1 >= int(told[-1])
    assert steps[1:] == [Note(f"step {n} " + "é" * 400) for n in range(1, len(steps))]


@pytest.mark.slow
def test_a_recorded_session_replays_to_the_same_lists_also_after_the_recorder_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "evening.yaml"
    command = [sys.executable, "-c", _EVENING, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as evening:
        assert evening.stdout is not None
        said = []
        while not said or "done" not in said[-1]:
            said.append(json.loads(evening.stdout.readline()))
        os.kill(evening.pid, signal.SIGKILL)
    seen = [line["list"] for line in said if "list" in line]

    done = matinee("replay", path, "--transcript", tmp_path / "t.jsonl")
    assert done.returncode == 0, done.stderr
    replayed = [
        [[item["movie"], item["score"], item["stars"]] for item in line["list"]["movies"]]
        for line in transcript.read(tmp_path / "t.jsonl")[1:]
        if "list" in line
    ]
    assert seen == replayed
    assert [line.step.WORD for line in load(path).lines] == [
        "session", "login", "rate", "wait", "rate", "wait", "take_back", "diversity", "wait",
        "train", "wait", "rate", "wait",
    ]  # fmt: skip


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

    def request_list(self, user_id: int, n: int, diversity: Diversity | None) -> int:
        return 0

    def train(self, run: RunKind, epochs: int | None = None) -> None:
        self.asked.append(run)
        self.is_over.clear()
        self.status = replace(self.status, state="training", ratings_behind=0)

    def wait_taken_up(self, timeout: float) -> bool:
        return self.is_taken_up.wait(timeout)

    def wait_still(self, timeout: float) -> bool:
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
    """A paced service on an engine in the place of the real one, and what was told."""

    service: ObservedService
    engine: Engine
    told: Queue[Step]

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
    told: Queue[Step] = Queue()
    settings = Settings(url, cache_dir=str(folder), state_dir=str(folder))
    inner = Service(settings, engine=engine)  # type: ignore[arg-type]
    log = ActionLog(is_open=False)
    with ObservedService(inner, partial(Paced, patience=patience), log=log) as service:
        service.open()
        service.log.observe(told.put)
        service.pace.begin()
        yield Evening(service, engine, told)


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    """Ana is logged in, and the engine is ready."""
    with evening_on(tmp_path, Engine()) as begun:
        begun.service.remember_viewer(begun.service.viewer("Ana"))
        assert begun.told.get(timeout=30) == Login("Ana")
        yield begun
    assert begun.told.empty()


def test_the_end_of_a_training_is_told_as_a_wait_also_when_there_is_nothing_to_learn(
    evening: Evening,
) -> None:
    service, engine, told = evening.service, evening.engine, evening.told
    service.train("full", 3)
    assert told.get(timeout=30) == Train("full", 3, wait=False)
    assert told.empty()
    engine.end_run()
    assert told.get(timeout=30) == Wait()


def test_a_run_of_any_length_is_told_as_a_wait(evening: Evening) -> None:
    engine, told = evening.engine, evening.told
    evening.rate(5)
    assert told.get(timeout=30) == Rate({"Alien (1979)": 5})
    until(evening.is_training)
    time.sleep(0.2)
    assert told.empty(), "the model has not learned yet"
    engine.end_run()
    assert told.get(timeout=30) == Wait()


def test_a_rating_waits_for_the_end_of_a_run(evening: Evening) -> None:
    engine, told = evening.engine, evening.told
    evening.rate(5)
    assert told.get(timeout=30) == Rate({"Alien (1979)": 5})
    until(evening.is_training)
    second = threading.Thread(target=evening.rate, args=(4,))
    second.start()
    second.join(0.2)
    assert second.is_alive(), "it waits for the end of the run"
    engine.end_run()
    assert [told.get(timeout=30), told.get(timeout=30)] == [Wait(), Rate({"Alien (1979)": 4})]
    second.join()
    until(evening.is_training)
    engine.end_run()
    assert told.get(timeout=30) == Wait()


def test_a_rating_goes_on_beside_a_run_that_takes_long(tmp_path: Path) -> None:
    with evening_on(tmp_path, Engine(), patience=0.1) as evening:
        engine, told = evening.engine, evening.told
        evening.rate(5)
        assert [told.get(timeout=30), told.get(timeout=30)] == [Login("Ana"), Rate({"Alien (1979)": 5})]
        until(evening.is_training)
        evening.rate(3)
        beside = [Train("incremental", wait=False), Rate({"Alien (1979)": 3})]
        assert [told.get(timeout=30), told.get(timeout=30)] == beside
        engine.end_run()
        until(evening.is_training)  # what was rated beside it
        engine.end_run()
        assert told.get(timeout=30) == Wait()
        assert engine.asked == ["news", "incremental", "news", "incremental"]


def test_the_screen_never_waits_for_a_run(tmp_path: Path) -> None:
    with evening_on(tmp_path, Engine(), patience=600) as evening:
        service, engine, told = evening.service, evening.engine, evening.told
        evening.rate(5)
        assert [told.get(timeout=30), told.get(timeout=30)] == [Login("Ana"), Rate({"Alien (1979)": 5})]
        until(evening.is_training)
        service.searched("ali")
        assert told.get_nowait() == Search("ali")
        service.request_list(1, diversity=Diversity(on=True, strength=0.4, method="mmr"))
        toggle = Diversify(on=True, strength=0.4, method="mmr")
        assert [told.get_nowait(), told.get_nowait()] == [Train("incremental", wait=False), toggle]
        engine.end_run()
        assert told.get(timeout=30) == Wait()


def test_the_model_learns_after_the_list_of_a_rating_was_asked_for(
    evening: Evening,
) -> None:
    service, engine, told = evening.service, evening.engine, evening.told
    service.rate(1, 1, 5)
    told.get(timeout=30)
    time.sleep(1)
    assert engine.asked == ["news"], "a busy screen has not asked yet"
    service.pace.list_asked()
    until(lambda: engine.asked == ["news", "incremental"])
    engine.end_run()
    assert told.get(timeout=30) == Wait()


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
