"""Fresh databases, and the engine's process that serves one after the other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.replay.sandbox import FromFixtures, FromStore, Sandboxes, prune, source_digest
from engine.service.client import EngineClient
from engine.service.messages import ListReady
from engine.service.settings import Settings
from engine.store import Store, history_point, open_store

PATIENCE = 30.0


def settings(folder: Path, preset: str, seed: int) -> Settings:
    return Settings(f"sqlite:///{folder}/{seed}.db", preset, seed=seed, state_dir=str(folder), cache_dir=str(folder))


def seed_of(engine: EngineClient) -> int:
    """What the child was told, by way of a list."""
    reply = engine.wait_reply(engine.request_list(1), PATIENCE)
    assert isinstance(reply, ListReady)
    return reply.recommendations.seen_seq


def test_one_process_takes_up_one_store_after_the_other(tmp_path: Path) -> None:
    engine = moving(settings(tmp_path, "default", 1))
    engine.start()
    assert seed_of(engine) == 1
    pid = engine.pid
    engine.reconfigure(settings(tmp_path, "study", 2))
    assert engine.wait_idle(PATIENCE)
    assert seed_of(engine) == 2
    assert engine.status.preset == "study"
    assert engine.pid == pid
    engine.stop()


def test_the_restarts_of_a_process_are_counted_for_each_store(tmp_path: Path) -> None:
    engine = moving(settings(tmp_path, "default", 1))
    engine.start()
    counted = []
    for seed in (1, 2):
        assert seed_of(engine) == seed
        counted.append(engine.status.restarts)
        engine.kill()
        assert seed_of(engine) == seed
        counted.append(engine.status.restarts)
        engine.reconfigure(settings(tmp_path, "default", 2))
        assert engine.wait_idle(PATIENCE)
    assert counted == [0, 1, 0, 1]
    engine.stop()


def moving(settings: Settings) -> EngineClient:
    """An engine without a model; see `tests.replay.moving`."""
    return EngineClient(settings, worker="tests.replay.moving")


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Store]:
    """A store in which Ana gives Alien four stars, and later one."""
    with open_store(f"sqlite:///{tmp_path}/live.db") as store:
        ana, alien = store.add_user("Ana").user_id, store.add_movie("Alien", 1979).movie_id
        store.rate(ana, alien, 4, rated_at=1000)
        yield store


def test_a_process_that_was_killed_for_one_script_is_not_given_to_another_that_kills(live: Store) -> None:
    with Sandboxes(Settings(), origin=FromStore(live, history_point(live)), new_engine=moving) as sandboxes:
        processes = []
        for kills in (False, True, False, True):
            with sandboxes.service("a", "default", 0, kills=kills) as service:
                assert service.engine.wait_idle(PATIENCE)
                processes.append(service.engine.pid)
    assert processes[0] == processes[1] == processes[2] != processes[3]


def test_a_sandbox_holds_the_store_as_it_was_at_its_moment(live: Store) -> None:
    began = history_point(live)
    live.rate(1, 1, 1)
    with Sandboxes(Settings(), origin=FromStore(live, began), new_engine=moving) as sandboxes:
        for _ in range(2):  # what is done in one sandbox is not in the next
            sandbox = sandboxes.sandbox("a", "default", 0)
            with open_store(sandbox.settings.database) as copy:
                assert copy.ratings_of(1)[1].stars == 4
                copy.rate(1, 1, 2)
            assert sandbox.clock() == 1060


def test_a_model_is_trained_once_for_each_seed_and_copied_often(live: Store) -> None:
    told: list[str] = []
    origin = FromStore(live, history_point(live))
    with Sandboxes(Settings(), origin=origin, tell=told.append, new_engine=moving) as sandboxes:
        made = [sandboxes.sandbox(name, "default", seed) for name, seed in (("a", 0), ("b", 0), ("c", 1))]
        assert [(each.settings.cache_path / "weights").read_text() for each in made] == ["0", "0", "1"]
    assert told == [
        "making a database", "training the first model (default, seed 0)", "training the first model (default, seed 1)",
    ]  # fmt: skip


def test_sandboxes_are_deleted_at_the_end_and_the_engine_s_log_is_not(live: Store) -> None:
    with Sandboxes(Settings(), origin=FromStore(live, history_point(live)), new_engine=moving) as sandboxes:
        settings = sandboxes.sandbox("a", "default", 0).settings
        folder = settings.cache_path.parent.parent
        assert folder.exists()
    assert not folder.exists()
    assert not settings.state_path.is_relative_to(folder), "an error may name the engine's log"


def test_old_databases_are_deleted_from_the_cache(tmp_path: Path) -> None:
    for age in range(5):
        (tmp_path / str(age)).mkdir()
        os.utime(tmp_path / str(age), (1000 - age, 1000 - age))
    prune(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1", "2"]


def test_the_name_of_a_kept_database_is_that_of_the_source_at_the_beginning() -> None:
    names = iter(("as it is", "edited meanwhile"))
    origin = FromFixtures(lambda: next(names))
    assert origin.folder == origin.folder
    assert FromFixtures(lambda: next(names)).folder != origin.folder


def test_the_name_of_a_kept_database_depends_on_the_source() -> None:
    assert source_digest() == source_digest()
    assert source_digest(schema="another schema") != source_digest()
