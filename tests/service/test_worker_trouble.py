"""The worker with the real recommender when something is wrong: checkpoints, devices, databases, disks."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine import files
from engine.checkpoint import file as checkpoint
from engine.recommender import Recommender
from engine.service.messages import (
    RequestFailed,
    RequestList,
)
from engine.service.settings import Settings
from engine.store import open_store
from engine.worker.checkpoints import CheckpointFile, Checkpoints
from tests.service.harness import Engine, checkpoints, done, make_store, rate, store_of, unrated


def test_a_damaged_checkpoint_is_set_aside_and_the_model_trained_again(trained: Path) -> None:
    [path] = (trained / "cache").glob("*/*.ckpt")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with Engine(trained) as engine:
        engine.until_learned(1)
        assert [record.run for record in done(engine)] == ["full"]
        [notice] = engine.notices()
        assert "set aside" in notice
        assert path.with_suffix(".damaged").exists()
        assert len(checkpoints(engine)) == 1


def test_of_two_checkpoints_the_older_one_helps_when_the_newer_is_cut_short(trained: Path) -> None:
    [path] = (trained / "cache").glob("*/*.ckpt")
    newer = path.with_name(path.name.rsplit("-", 1)[0] + "-ffffffffffffffff.ckpt")
    newer.write_bytes(path.read_bytes()[:1000])
    with Engine(trained) as engine:
        engine.until_learned(1)
        assert done(engine) == []
        assert newer.with_suffix(".damaged").exists()


def test_a_checkpoint_of_another_store_is_refused(trained: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    make_store(other / "m.db", seed=2)
    with store_of(other) as store:
        folder = trained / "cache" / store.uuid
    [path] = (trained / "cache").glob("*/*.ckpt")
    folder.mkdir()
    shutil.copy(path, folder)
    with Engine(other, cache=trained / "cache") as engine:
        engine.until_learned(1)
        assert any("another store" in notice for notice in engine.notices())
        assert [record.run for record in done(engine)] == ["full"]


def test_a_checkpoint_of_a_course_that_the_store_did_not_take_is_refused(trained: Path, tmp_path: Path) -> None:
    copy = tmp_path / "put-back.db"
    shutil.copy(trained / "m.db", copy)
    seq = rate(trained, 1, (unrated(trained, 1)[0], 5.0))
    with Engine(trained) as engine:
        engine.until_learned(seq)
    shutil.copy(copy, trained / "m.db")
    rate(trained, 2, (unrated(trained, 2)[0], 1.0))
    with Engine(trained) as engine:
        engine.until_learned(seq)
        assert any("does not hold" in notice for notice in engine.notices())


def test_a_missing_device_is_replaced_with_a_notice(trained: Path) -> None:
    with Engine(trained, device="gpu") as engine:
        engine.until_learned(1)
        assert any("gpu" in notice for notice in engine.notices())
        assert engine.status.device == "cpu"


def test_a_missing_device_is_an_error_for_the_command_line(trained: Path) -> None:
    with Engine(trained, device="gpu", auto_train=False) as engine:
        status = engine.until_status(lambda status: status.state == "failed")
        assert "gpu" in status.detail
        engine.send(RequestList(1, 1))
        assert isinstance(engine.until(lambda reply: isinstance(reply, RequestFailed)), RequestFailed)


def test_a_database_that_is_not_there_yet_is_waited_for(trained: Path) -> None:
    database, hidden = trained / "m.db", trained / "hidden.db"
    database.rename(hidden)
    with Engine(trained, first=(RequestList(1, 1),), options={"retry_s": 0.05}) as engine:
        engine.until_status(lambda status: status.state == "failed")
        engine.until(lambda reply: isinstance(reply, RequestFailed) and reply.request_id == 1)
        hidden.rename(database)
        engine.until_learned(1)


def test_without_ratings_there_is_a_list_and_a_reason_why_nothing_trains(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/m.db") as store:
        for number in range(8):
            store.add_movie(f"Film {number}", 2000 + number, ("Drama",))
        user = store.add_user("Ana").user_id
    with Engine(tmp_path) as engine:
        assert len(engine.list_of(user).items) == 5
        status = engine.until_status(lambda status: status.state == "ready")
        assert "rate some movies" in status.detail
        assert status.ratings_behind == 0
        seqs = [rate(tmp_path, user, (movie_id, stars)) for movie_id, stars in ((1, 5.0), (2, 1.0), (3, 4.0))]
        engine.until_status(lambda status: status.seen_seq >= seqs[-1] and status.state == "ready")
        assert {item.movie_id for item in engine.list_of(user).items} == {4, 5, 6, 7, 8}


@pytest.mark.parametrize(
    "options",
    [{}, {"least_saved": 1, "save_every_s": 0.0}],
    ids=["only the model", "both the model and the ratings"],
)
def test_a_cache_that_can_t_be_written_costs_the_copies_and_is_noticed_once(
    tmp_path: Path, options: dict[str, object]
) -> None:
    make_store(tmp_path / "m.db", seed=3)
    with store_of(tmp_path) as store:
        blocked = tmp_path / "cache" / store.uuid
    blocked.parent.mkdir()
    blocked.write_text("a file where a folder should be")
    with Engine(tmp_path, options=options) as engine:
        engine.until_learned(1)
        for stars in (5.0, 1.0):
            engine.until_learned(rate(tmp_path, 1, (unrated(tmp_path, 1)[0], stars)))
            assert len(engine.list_of(1).items) == 5
        assert len([notice for notice in engine.notices() if "could not be saved" in notice]) == 1


def test_a_checkpoint_with_a_valid_seal_but_nan_in_it_is_set_aside(trained: Path) -> None:
    [path] = (trained / "cache").glob("*/*.ckpt")
    content = checkpoint.read(path)
    content["network"]["2"] = content["network"]["2"] * np.float32("nan")
    checkpoint.write(path, content)
    with Engine(trained) as engine:
        engine.until_learned(1)
        assert [record.run for record in done(engine)] == ["full"]
        assert all(0.5 <= item.stars <= 5 for item in engine.list_of(1).items)
    assert path.with_suffix(".damaged").exists()


def test_a_clock_that_was_set_back_does_not_make_new_checkpoints_old(trained: Path) -> None:
    [path] = (trained / "cache").glob("*/*.ckpt")
    same = path.name.rsplit("-", 1)[0]
    for ahead in (2**62, 2**62 + 1):
        shutil.copy(path, path.with_name(f"{same}-{ahead:x}.ckpt"))
    seq = rate(trained, 1, (unrated(trained, 1)[0], 5.0))
    with Engine(trained) as engine:
        engine.until_learned(seq)
        assert len(done(engine)) == 1
    with Engine(trained) as engine:
        engine.until_learned(seq)
        assert done(engine) == []


def test_two_engines_may_set_one_damaged_checkpoint_aside(trained: Path) -> None:
    [path] = (trained / "cache").glob("*/*.ckpt")
    path.write_bytes(path.read_bytes()[:1000])
    with store_of(trained) as store:
        settings = Settings(cache_dir=str(trained / "cache"))
        one, other = Late(store, settings), Checkpoints(store, settings)
        one.meanwhile = other.load
        assert one.load().problems == ()
    assert path.with_suffix(".damaged").exists()


class Late(Checkpoints):
    """One whom another program overtakes after it has read a file."""

    meanwhile: Callable[[], object]

    def _read(self, path: Path, device: str) -> tuple[Recommender | None, CheckpointFile]:
        read = super()._read(path, device)
        self.meanwhile()
        return read


def test_what_killed_writers_left_is_swept_and_what_lives_is_not(trained: Path) -> None:
    [path] = (trained / "cache").glob("*/*.ckpt")
    dead = [path.with_name(name) for name in (f".{path.name}.k1ll3d", ".77-ratings.npz", ".ratings.npz.k1ll3d")]
    for each in dead:
        each.write_bytes(b"half")
    with files.replacing(path.with_name("live.ckpt")) as file, Engine(trained) as engine:
        engine.until_learned(1)
        assert not any(each.exists() for each in dead)
        file.write(b"whole")
    assert path.with_name("live.ckpt").read_bytes() == b"whole"
