"""The client against a child process without a model: answers, deaths, noise, and the end."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from engine.errors import EngineDied, EngineError
from engine.service.client import EngineClient
from engine.service.messages import Explained, ListReady, Notice, Reply, RequestFailed, StatusChanged
from engine.service.settings import Settings
from engine.service.supervisor import in_a_row, pause_s
from tests.service import scripted

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKER = "tests.service.scripted"
PATIENCE = 30.0


def settings(folder: Path) -> Settings:
    return Settings(f"sqlite:///{folder}/m.db", cache_dir=str(folder / "cache"), state_dir=str(folder / "state"))


@pytest.fixture
def client(tmp_path: Path) -> Iterator[EngineClient]:
    engine = EngineClient(settings(tmp_path), worker=WORKER)
    engine.start()
    yield engine
    engine.stop()


def collect(engine: EngineClient) -> queue.SimpleQueue[Reply]:
    replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
    engine.subscribe(replies.put)
    return replies


def until(replies: queue.SimpleQueue[Reply], kind: type[Reply]) -> list[Reply]:
    """Everything up to the first reply of a kind."""
    seen = [replies.get(timeout=PATIENCE)]
    while not isinstance(seen[-1], kind):
        seen.append(replies.get(timeout=PATIENCE))
    return seen


def test_requests_are_answered_under_their_own_number(client: EngineClient) -> None:
    first, second = client.request_list(7), client.explain(7, 40)
    answer = client.wait_reply(second, PATIENCE)
    assert isinstance(answer, Explained)
    assert answer.movie_id == 40
    listed = client.wait_reply(first, PATIENCE)
    assert isinstance(listed, ListReady)
    assert listed.recommendations.user_id == 7


def test_a_request_made_before_the_start_is_answered_after_it(tmp_path: Path) -> None:
    engine = EngineClient(settings(tmp_path), worker=WORKER)
    request = engine.request_list(1)
    engine.start()
    assert isinstance(engine.wait_reply(request, PATIENCE), ListReady)
    engine.stop()


def test_caught_up_means_that_the_announced_ratings_are_in_the_weights(client: EngineClient) -> None:
    client.ratings_changed(12)
    assert client.wait_caught_up(PATIENCE)
    assert client.status.seen_seq == 12


def test_a_refused_request_comes_back_as_such(client: EngineClient) -> None:
    assert isinstance(client.wait_reply(client.explain(1, scripted.SILENCE), PATIENCE), RequestFailed)


def test_a_killed_child_is_replaced_and_the_list_comes_again(client: EngineClient) -> None:
    request = client.request_list(3)
    client.wait_reply(request, PATIENCE)
    replies, first_pid = collect(client), client.pid
    assert first_pid
    os.kill(first_pid, signal.SIGKILL)
    before = until(replies, ListReady)
    failed = [reply.status for reply in before if isinstance(reply, StatusChanged) and reply.status.state == "failed"]
    assert "SIGKILL" in failed[0].detail
    assert any(isinstance(reply, Notice) and "safe" in reply.text for reply in before)
    again = before[-1]
    assert isinstance(again, ListReady)
    assert again.recommendations.request_id == request
    assert client.wait_caught_up(PATIENCE)
    assert client.status.restarts == 1
    assert client.pid != first_pid


def test_what_was_asked_of_a_dying_child_is_answered_by_the_next(client: EngineClient) -> None:
    client.ratings_changed(5)
    fatal = client.explain(1, scripted.EXIT)
    waiting = client.request_list(2)
    assert isinstance(client.wait_reply(waiting, PATIENCE), ListReady)
    assert isinstance(client.wait_reply(fatal, PATIENCE), Explained)
    assert client.wait_caught_up(PATIENCE)
    assert client.status.seen_seq == 5


def test_a_run_whose_child_dies_is_waited_for_in_the_next_child(client: EngineClient) -> None:
    client.train("full", scripted.FATAL_EPOCHS)
    assert client.wait_idle(PATIENCE)
    assert (client.status.state, client.status.restarts) == ("ready", 1)
    assert len(client.records) == 1


def test_a_child_that_dies_each_time_is_left_to_rest_with_a_reason(client: EngineClient) -> None:
    replies = collect(client)
    request = client.explain(1, scripted.RAISE)
    with pytest.raises(EngineDied):
        client.wait_reply(request, PATIENCE)
    texts = [reply.text for reply in drain(replies) if isinstance(reply, Notice)]
    assert any("a fault on purpose" in text for text in texts)
    assert "4 times in a row (exit code 1)" in client.status.detail
    assert f"keeps failing; see {client.log}" in texts[-1]
    assert client.status.state == "failed"
    assert client.next_try_s is not None
    assert client.next_try_s > 0
    assert "a fault on purpose" in client.log.read_text()
    assert client.wait_caught_up(PATIENCE) is False


def test_a_resting_engine_is_started_at_once_when_asked_and_by_itself_in_the_end(tmp_path: Path) -> None:
    deaths_in_a_row: list[int] = []
    rested_by_itself = threading.Event()

    def pause(deaths: int) -> float:
        deaths_in_a_row.append(deaths)
        if deaths == 6:
            rested_by_itself.set()
        return 600.0 if len(deaths_in_a_row) == 4 else 0.0

    engine = EngineClient(settings(tmp_path), worker=WORKER, pause=pause)
    engine.start()
    request = engine.explain(1, scripted.RAISE_UNTIL_MENDED)
    with pytest.raises(EngineDied):
        engine.wait_reply(request, PATIENCE)
    engine.start()
    assert engine.next_try_s is None
    assert rested_by_itself.wait(PATIENCE), "it was not tried again without being asked"
    assert deaths_in_a_row[:8] == [1, 2, 3, 4, 1, 2, 3, 4]
    Path(tmp_path, "mended").touch()
    assert isinstance(answer_of(engine, request), Explained)
    assert engine.status.restarts >= 10
    engine.stop()


def answer_of(engine: EngineClient, request: int) -> Reply:
    """The answer of an engine that may rest for a moment."""
    while True:
        with contextlib.suppress(EngineDied):
            return engine.wait_reply(request, PATIENCE)


def test_an_engine_that_rests_ends_at_once(tmp_path: Path) -> None:
    engine = EngineClient(settings(tmp_path), worker=WORKER, pause=lambda deaths: 0.0 if deaths < 4 else 600.0)
    engine.start()
    with pytest.raises(EngineDied):
        engine.wait_reply(engine.explain(1, scripted.RAISE), PATIENCE)
    engine.stop()
    assert (engine.running, engine.next_try_s) == (False, None)


def test_the_pauses_between_starts_grow() -> None:
    assert [pause_s(deaths) for deaths in (1, 2, 3, 4, 5, 9, 10, 999)] == [0.2, 0.4, 0.8, 5, 10, 160, 300, 300]


def test_deaths_far_apart_do_not_add_up() -> None:
    assert in_a_row(3, lived_s=59) == 4
    assert in_a_row(3, lived_s=60) == 1


def test_without_a_state_folder_there_is_an_engine_without_a_log(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a folder should be")
    engine = EngineClient(settings(tmp_path), worker=WORKER)
    replies = collect(engine)
    request = engine.request_list(1)
    engine.start()
    assert isinstance(engine.wait_reply(request, PATIENCE), ListReady)
    engine.kill()
    assert engine.wait_caught_up(PATIENCE)
    texts = [reply.text for reply in drain(replies) if isinstance(reply, Notice)]
    assert len([text for text in texts if "keeps no log" in text]) == 1
    engine.stop()


def drain(replies: queue.SimpleQueue[Reply]) -> list[Reply]:
    return [replies.get() for _ in range(replies.qsize())]


def test_what_a_library_prints_goes_to_the_log_and_not_into_the_pipe(client: EngineClient) -> None:
    assert isinstance(client.wait_reply(client.explain(1, scripted.NOISE), PATIENCE), Explained)
    client.stop()
    log = client.log.read_text()
    assert "a library that talks" in log
    assert "descriptor 1" in log


def test_a_child_that_hears_nothing_blocks_no_caller(client: EngineClient) -> None:
    replies = collect(client)
    client.explain(1, scripted.DEAF)
    until(replies, Notice)
    assert client.pid
    os.kill(client.pid, signal.SIGSTOP)
    for seq in range(20_000):  # several times what a pipe holds
        client.ratings_changed(seq)
    client.stop(timeout=0.1)
    assert client.status.state == "stopped"


def test_a_flood_of_records_is_kept_to_the_newest(client: EngineClient) -> None:
    client.wait_reply(client.explain(1, scripted.FLOOD), PATIENCE)
    assert len(client.records) == 4096


def test_no_answer_in_time_is_an_error_that_names_the_log(client: EngineClient) -> None:
    with pytest.raises(EngineError, match=r"engine\.log"):
        client.wait_reply(client.explain(1, scripted.SLEEP), 0.05)
    client.stop(timeout=0.1)


def test_stop_ends_the_process_and_start_makes_a_new_one(client: EngineClient) -> None:
    client.wait_reply(client.request_list(1), PATIENCE)
    pid = client.pid
    client.stop()
    assert client.pid is None
    assert pid not in psutil.pids()
    assert client.status.state == "stopped"
    client.start()
    assert client.wait_caught_up(PATIENCE)


def test_the_child_ends_when_the_app_is_killed(tmp_path: Path) -> None:
    app = textwrap.dedent(
        f"""
        import sys, time
        from engine.service.client import EngineClient
        from engine.service.settings import Settings
        settings = Settings("sqlite:///{tmp_path}/m.db", state_dir="{tmp_path}/state", cache_dir="{tmp_path}/cache")
        engine = EngineClient(settings, worker={WORKER!r})
        engine.start()
        assert engine.wait_caught_up({PATIENCE})
        print(engine.pid, flush=True)
        time.sleep(600)
        """
    )
    with subprocess.Popen([sys.executable, "-c", app], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    psutil.wait_procs([child], timeout=PATIENCE)
    assert not child.is_running()


def test_the_app_s_side_imports_nothing_heavy() -> None:
    code = (
        "import sys, engine.service.service, engine.service.settings, engine.store; "
        "print(sorted({'jax', 'flax', 'optax', 'pandas', 'numpy', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
