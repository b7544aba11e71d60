"""Fresh databases, and the engine's process that serves one after the other."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.replay import fresh
from engine.replay.fresh import FreshStores, FromStore
from engine.service.client import EngineClient
from engine.service.messages import ListReady
from engine.service.settings import Settings
from engine.store import history_point, open_store

PATIENCE = 30.0


def settings(folder: Path, preset: str, seed: int) -> Settings:
    return Settings(f"sqlite:///{folder}/{seed}.db", preset, seed=seed, state_dir=str(folder), cache_dir=str(folder))


def seed_of(engine: EngineClient) -> int:
    """What the child was told, by way of a list."""
    reply = engine.wait_reply(engine.request_list(1), PATIENCE)
    assert isinstance(reply, ListReady)
    return reply.recommendations.seen_seq


def test_one_process_takes_up_one_store_after_the_other(tmp_path: Path) -> None:
    engine = EngineClient(settings(tmp_path, "default", 1), worker="tests.replay.moving")
    engine.start()
    assert seed_of(engine) == 1
    pid = engine.pid
    engine.take_up(settings(tmp_path, "study", 2))
    assert engine.wait_still(PATIENCE)
    assert seed_of(engine) == 2
    assert engine.status.preset == "study"
    assert engine.pid == pid
    engine.stop()


def test_the_restarts_of_a_process_are_counted_for_each_store(tmp_path: Path) -> None:
    engine = EngineClient(settings(tmp_path, "default", 1), worker="tests.replay.moving")
    engine.start()
    counted = []
    for seed in (1, 2):
        assert seed_of(engine) == seed
        counted.append(engine.status.restarts)
        engine.kill()
        assert seed_of(engine) == seed
        counted.append(engine.status.restarts)
        engine.take_up(settings(tmp_path, "default", 2))
        assert engine.wait_still(PATIENCE)
    assert counted == [0, 1, 0, 1]
    engine.stop()


def test_a_process_that_was_killed_for_one_script_is_not_given_to_another_that_kills(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[EngineClient] = []

    def shared(self: FreshStores, settings: Settings) -> EngineClient:
        if self._engine is None or not self._engine.running:
            self._engine = EngineClient(settings, worker="tests.replay.moving")
            started.append(self._engine)
        else:
            self._engine.take_up(settings)
        return self._engine

    monkeypatch.setattr(FreshStores, "_shared", shared)
    monkeypatch.setattr(FreshStores, "_train", lambda self, wanted, folder, store, model: model.mkdir())
    with (
        open_store(f"sqlite:///{tmp_path}/live.db") as live,
        FreshStores(Settings(), origin=FromStore(live, history_point(live))) as stores,
    ):
        processes = []
        for kills in (False, True, False, True):
            with stores.service("a", "default", 0, kills=kills) as service:
                assert service.engine.wait_still(PATIENCE)
                processes.append(service.engine.pid)
    assert processes[0] == processes[1] == processes[2] != processes[3]
    assert len(started) == 2


def test_the_source_that_a_database_depends_on_is_that_of_the_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    origin = fresh.FromFixtures()
    before = origin.folder
    monkeypatch.setattr("engine.replay.fresh.source_digest", lambda: "edited meanwhile")
    assert origin.folder == before
    assert fresh.FromFixtures().folder != before


def test_a_copy_of_a_store_is_made_once_and_copied_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a model: the training is stood in for by a file."""
    made = []

    def train(self: FreshStores, wanted: Settings, folder: Path, store: Path, model: Path) -> None:
        made.append(wanted.seed)
        (folder / "model").mkdir()
        (folder / "model" / "weights").write_text(str(wanted.seed))
        (folder / "model").replace(model)

    monkeypatch.setattr(FreshStores, "_train", train)
    with open_store(f"sqlite:///{tmp_path}/live.db") as live:
        ana, alien = live.add_user("Ana").user_id, live.add_movie("Alien", 1979).movie_id
        live.rate(ana, alien, 4, rated_at=1000)
        began = history_point(live)
        live.rate(ana, alien, 1)
        with FreshStores(Settings(), origin=FromStore(live, began)) as stores:
            places = [stores.place(name, "default", seed) for name, seed in (("a", 0), ("b", 0), ("c", 1))]
            for place in places:
                with open_store(place.settings.database) as copy:
                    assert copy.ratings_of(ana)[alien].stars == 4
                    copy.rate(ana, alien, 2)
            assert made == [0, 1]
            assert [place.clock() for place in places] == [1060, 1060, 1060]
            assert (places[2].settings.cache_path / "weights").read_text() == "1"
            folder = places[0].settings.cache_path.parent.parent
        assert not folder.exists()
        assert not places[0].settings.state_path.is_relative_to(folder), "an error may name the engine's log"


def test_old_databases_are_deleted_from_the_cache(tmp_path: Path) -> None:
    for age in range(5):
        (tmp_path / str(age)).mkdir()
        os.utime(tmp_path / str(age), (1000 - age, 1000 - age))
    fresh._prune(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1", "2"]


def test_the_name_of_a_kept_database_depends_on_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fresh.source_digest()
    assert before == fresh.source_digest()
    monkeypatch.setattr("engine.paths.schema_sql", lambda: "another schema")
    assert fresh.source_digest() != before
