"""Recording: a line a step, whole after a kill, and a replay of it gives the same lists."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from queue import Queue

import pytest

from engine.errors import UsageError
from engine.replay import transcript
from engine.replay.recorder import Recorder
from engine.replay.script import load
from engine.replay.steps import Diversify, Login, Note, Rate, Search, Step, Train, Wait
from engine.replay.told import ToldService
from engine.service.settings import Settings
from engine.store import open_store
from engine.types import Diversity, EngineState, EngineStatus, RunKind
from tests.replay.test_shipped import matinee

_EVENING = """
import json, sys, threading
from pathlib import Path
from engine.replay.fresh import FreshStores
from engine.replay.recorder import RecordedService
from engine.replay.steps import Wait
from engine.service.settings import Settings
from engine.types import Diversity

def say(**words):
    print(json.dumps(words), flush=True)

with FreshStores(Settings(device="auto")) as fresh:
    place = fresh.place("recorded", "default", 0)
    fresh.rest()
    service = RecordedService(place.settings, Path(sys.argv[1]))
    service.open()
    service.engine.start()
    user = service.new_viewer("Vera")
    service.remember_viewer(user)
    diversity = Diversity()

    def look():
        reply = service.engine.wait_reply(service.engine.request_list(user.user_id, diversity=diversity), 120)
        items = reply.recommendations.items
        say(list=[[service.catalogue.by_id[item.movie_id].label, item.score, item.stars] for item in items])

    def learned():
        if not service.engine.wait_caught_up(120):
            raise SystemExit("the model did not learn")
        with service.deed(teaches=True):
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
    service.observe(lambda step: waited.set() if isinstance(step, Wait) else None)

    def told_of():
        if not waited.wait(120):
            raise SystemExit("no wait was told")
        waited.clear()
        with service.deed(teaches=True):
            look()

    told_of()
    service.engine.train("full", 2)
    told_of()
    service.rate(user.user_id, by_label["Blade Runner (1982)"], 3.5)
    look()
    learned()
    say(done=True)
    sys.stdin.read()
"""


def test_each_step_is_a_line_on_the_disk(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "r.yaml")
    recorder.write(Login("Ana", new=True))
    recorder.write(Rate({"Alien (1979)": 4.5}))
    assert (tmp_path / "r.yaml").read_text() == '- login: {name: "Ana", new: true}\n- rate: {"Alien (1979)": 4.5}\n'
    recorder.write(Wait())
    assert len(load(tmp_path / "r.yaml").lines) == 3
    recorder.close()


def test_a_file_that_holds_something_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text("- login: Ana\n")
    with pytest.raises(UsageError, match="holds something already"):
        Recorder(tmp_path / "r.yaml")
    assert (tmp_path / "r.yaml").read_text() == "- login: Ana\n"


def test_a_file_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be recorded in"):
        Recorder(tmp_path / "no" / "such" / "folder.yaml")


_WRITER = """
import sys
from pathlib import Path
from engine.replay.recorder import Recorder
from engine.replay.steps import Login, Note
recorder = Recorder(Path(sys.argv[1]))
recorder.write(Login("Ana"))
print("begun", flush=True)
number = 0
while True:
    number += 1
    recorder.write(Note(f"step {number} " + "é" * 400))
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

    def train_untold(self, run: RunKind, epochs: int | None = None) -> None:
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


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[tuple[ToldService, Engine, Queue[Step]]]:
    """A service that tells, an engine in its place, and what is told."""
    url = f"sqlite:///{tmp_path / 'm.db'}"
    with open_store(url) as store:
        store.add_user("Ana")
        store.add_movie("Alien", 1979)
    told: Queue[Step] = Queue()
    with ToldService(Settings(url, cache_dir=str(tmp_path), state_dir=str(tmp_path))) as service:
        service.open()
        service.engine = engine = Engine()  # type: ignore[assignment]
        service.observe(told.put)
        service.teach()
        service.remember_viewer(service.viewer("Ana"))
        assert told.get(timeout=30) == Login("Ana")
        yield service, engine, told
    assert told.empty()


def rate(service: ToldService, stars: float) -> None:
    """As the screen does: the list is asked for afterwards."""
    service.rate(1, 1, stars)
    service.has_asked()


def test_the_end_of_a_training_is_told_as_a_wait_also_when_there_is_nothing_to_learn(
    evening: tuple[ToldService, Engine, Queue[Step]],
) -> None:
    service, engine, told = evening
    service.trains("full", 3)
    assert told.get(timeout=30) == Train("full", 3, wait=False)
    assert told.empty()
    engine.end_run()
    assert told.get(timeout=30) == Wait()


def test_a_run_of_any_length_is_told_as_a_wait(evening: tuple[ToldService, Engine, Queue[Step]]) -> None:
    service, engine, told = evening
    rate(service, 5)
    assert told.get(timeout=30) == Rate({"Alien (1979)": 5})
    until(lambda: engine.status.state == "training")
    time.sleep(0.2)
    assert told.empty(), "the model has not learned yet"
    engine.end_run()
    assert told.get(timeout=30) == Wait()


def test_a_rating_waits_for_a_run_and_goes_on_beside_one_that_takes_long(
    evening: tuple[ToldService, Engine, Queue[Step]], monkeypatch: pytest.MonkeyPatch
) -> None:
    service, engine, told = evening
    rate(service, 5)
    assert told.get(timeout=30) == Rate({"Alien (1979)": 5})
    until(lambda: engine.status.state == "training")
    second = threading.Thread(target=rate, args=(service, 4))
    second.start()
    second.join(0.2)
    assert second.is_alive(), "it waits for the end of the run"
    engine.end_run()
    assert [told.get(timeout=30), told.get(timeout=30)] == [Wait(), Rate({"Alien (1979)": 4})]
    second.join()

    monkeypatch.setattr("engine.replay.told._PATIENCE_S", 0.1)
    until(lambda: engine.status.state == "training")
    rate(service, 3)
    assert [told.get(timeout=30), told.get(timeout=30)] == [Train("incremental", wait=False), Rate({"Alien (1979)": 3})]
    engine.end_run()
    until(lambda: engine.status.state == "training")  # what was rated beside it
    engine.end_run()
    assert told.get(timeout=30) == Wait()
    assert engine.asked == ["news", "incremental", "news", "incremental", "news", "incremental"]


def test_the_screen_never_waits_for_a_run(
    evening: tuple[ToldService, Engine, Queue[Step]], monkeypatch: pytest.MonkeyPatch
) -> None:
    service, engine, told = evening
    rate(service, 5)
    told.get(timeout=30)
    until(lambda: engine.status.state == "training")
    monkeypatch.setattr(service._turn, "wait_for", lambda *_: pytest.fail("it waits"))
    service.searched("ali")
    assert told.get_nowait() == Search("ali")
    service.asked_for(1, Diversity(on=True, strength=0.4, method="mmr"))
    toggle = Diversify(on=True, strength=0.4, method="mmr")
    assert [told.get_nowait(), told.get_nowait()] == [Train("incremental", wait=False), toggle]
    engine.end_run()
    assert told.get(timeout=30) == Wait()


def test_the_model_learns_after_the_list_of_a_rating_was_asked_for(
    evening: tuple[ToldService, Engine, Queue[Step]],
) -> None:
    service, engine, told = evening
    service.rate(1, 1, 5)
    told.get(timeout=30)
    time.sleep(1)
    assert engine.asked == ["news"], "a busy screen has not asked yet"
    service.has_asked()
    until(lambda: engine.asked == ["news", "incremental"])
    engine.end_run()
    assert told.get(timeout=30) == Wait()


def test_what_is_rated_while_the_engine_starts_is_not_in_its_first_training(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'm.db'}"
    with open_store(url) as store:
        store.add_user("Ana")
        store.add_movie("Alien", 1979)
    with ToldService(Settings(url, cache_dir=str(tmp_path), state_dir=str(tmp_path))) as service:
        service.open()
        service.engine = engine = Engine("loading")  # type: ignore[assignment]
        engine.is_taken_up.clear()
        service.teach()
        early = threading.Thread(target=rate, args=(service, 5))
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
