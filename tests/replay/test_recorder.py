"""Recording: a line a step, whole after a kill, and a replay of it gives the same lists."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.replay import transcript
from engine.replay.reader import load
from engine.replay.script import ScriptFile
from engine.replay.steps import Login, Note, Rate, Wait
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
        if not service.engine.wait_caught_up(120):
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
