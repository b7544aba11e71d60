"""The worker with the real recommender: what it serves, when it learns, and what it does when something is wrong."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from engine.service.messages import (
    CatalogueChanged,
    Explain,
    Explained,
    ListReady,
    Ping,
    Pong,
    PredictionsReady,
    RatingsChanged,
    RequestFailed,
    RequestList,
    StatusChanged,
    Superseded,
    Train,
    Trained,
)
from engine.store import open_store
from engine.types import Diversity, TrainingRecord
from tests.service.harness import GENRES, Engine, make_store, store_of


def done(engine: Engine) -> list[TrainingRecord]:
    """The last records of the runs so far."""
    return [r.record for r in engine.replies if isinstance(r, Trained) and r.record.event == "done"]


def states(engine: Engine) -> list[str]:
    """The states in order, repeats removed."""
    seen = [reply.status.state for reply in engine.replies if isinstance(reply, StatusChanged)]
    return [state for at, state in enumerate(seen) if at == 0 or seen[at - 1] != state]


def checkpoints(engine: Engine) -> list[Path]:
    return sorted(engine.cache.glob("*/*.ckpt"))


def rate(folder: Path, user_id: int, *ratings: tuple[int, float]) -> int:
    """Rate, as another program would; the last event's number."""
    with store_of(folder) as store:
        return [store.rate(user_id, movie_id, stars).seq for movie_id, stars in ratings][-1]


def unrated(folder: Path, user_id: int) -> list[int]:
    with store_of(folder) as store:
        rated = store.ratings_of(user_id)
        return [movie.movie_id for movie in store.movies() if movie.movie_id not in rated]


# ---------------------------------------------------------------------------------------------------------- serving


def test_a_first_start_serves_at_once_trains_and_leaves_a_checkpoint(tmp_path: Path) -> None:
    make_store(tmp_path / "m.db")
    with Engine(tmp_path, first=(RequestList(1, 1),)) as engine:
        first = engine.until(lambda reply: isinstance(reply, ListReady))
        assert isinstance(first, ListReady)
        assert first.recommendations.trained_seq == 0
        status = engine.until_learned(1)
        assert states(engine) == ["loading", "training", "ready"]
        assert (status.n_users, status.n_movies) == (40, 30)
        assert status.n_ratings == status.trained_seq == status.seen_seq
        assert status.drift == 0.0
        [record] = done(engine)
        assert (record.run, record.preset, record.device) == ("full", "default", "cpu")
        assert record.val_rmse is not None
        assert record.val_rmse < 1.2
        assert len(checkpoints(engine)) == 1
        with store_of(tmp_path) as store:
            [noted] = store.checkpoints()
        assert noted.file_name == checkpoints(engine)[0].name
        assert noted.trained_seq == status.trained_seq


def test_a_list_holds_nothing_rated_and_predictions_hold_everything(trained: Path) -> None:
    with Engine(trained) as engine:
        made = engine.list_of(1, n=7)
        assert [item.movie_id for item in made.items if item.movie_id not in unrated(trained, 1)] == []
        assert len(made.items) == 7
        assert all(0.5 <= item.stars <= 5 for item in made.items)
        assert made.seen_seq == made.trained_seq == engine.status.trained_seq
        assert made.shown == made.plain
        reply = engine.until(lambda reply: isinstance(reply, PredictionsReady))
        assert isinstance(reply, PredictionsReady)
        assert sorted(reply.predictions.movie_ids) == list(range(1, 31))
        tenths = dict(zip(reply.predictions.movie_ids, reply.predictions.stars_tenths, strict=True))
        assert all(tenths[item.movie_id] == pytest.approx(10 * item.stars, abs=0.51) for item in made.items)


def test_a_viewer_of_one_genre_gets_that_genre_with_reasons_of_it(trained: Path) -> None:
    with store_of(trained) as store, Engine(trained) as engine:
        fan = store.add_user("a fan of horror")
        horror = [movie.movie_id for movie in store.movies() if movie.genres == ("Horror",)]
        for movie_id in horror[:4]:
            store.rate(fan.user_id, movie_id, 5.0)
        made = engine.list_of(fan.user_id, n=3)
        assert {item.movie_id for item in made.items} <= set(horror[4:])
        assert {reason.movie_id for item in made.items for reason in item.reasons} <= set(horror[:4])
        assert all(reason.stars == 5.0 for item in made.items for reason in item.reasons)


def test_diversity_says_what_it_brought_in_and_pushed_out(trained: Path) -> None:
    wanted = Diversity(on=True, strength=1.0, method="mmr")
    with Engine(trained) as engine:
        engine.send(RequestList(1, 1, diversity=wanted, with_predictions=False))
        reply = engine.until(lambda reply: isinstance(reply, ListReady))
        assert isinstance(reply, ListReady)
        made = reply.recommendations
        assert made.diversity == wanted
        assert made.shown.ild > made.plain.ild
        assert made.brought_in
        assert len(made.brought_in) == len(made.pushed_out)
        assert tuple(item.movie_id for item in made.items if item.for_variety) == made.brought_in


def test_a_rating_counts_in_the_next_list_before_it_is_learned(trained: Path) -> None:
    with Engine(trained) as engine:
        before = engine.list_of(1)
        seq = rate(trained, 1, (before.items[0].movie_id, 0.5))
        after = engine.list_of(1)
        assert after.seen_seq == seq
        assert before.items[0].movie_id not in {item.movie_id for item in after.items}


def test_explain_names_rated_movies(trained: Path) -> None:
    with Engine(trained) as engine:
        target = unrated(trained, 1)[0]
        engine.send(Explain(4, 1, target))
        reply = engine.until(lambda reply: isinstance(reply, Explained))
        assert isinstance(reply, Explained)
        assert (reply.request_id, reply.movie_id) == (4, target)
        assert reply.reasons
        assert not {reason.movie_id for reason in reply.reasons} & set(unrated(trained, 1))


def test_a_movie_that_does_not_exist_is_a_failed_request(trained: Path) -> None:
    with Engine(trained) as engine:
        engine.send(Explain(4, 1, 999))
        reply = engine.until(lambda reply: isinstance(reply, RequestFailed))
        assert isinstance(reply, RequestFailed)
        assert "999" in reply.text


def test_of_several_waiting_list_requests_of_a_viewer_the_newest_is_answered(trained: Path) -> None:
    asked = (RequestList(1, 1), RequestList(2, 2), RequestList(3, 1), RequestList(4, 1), Ping(5))
    with Engine(trained, first=asked) as engine:
        engine.until_learned(1)
        engine.list_of(9)
        listed = [r.recommendations.request_id for r in engine.replies if isinstance(r, ListReady)]
        assert sorted(listed[:2]) == [2, 4]
        assert [r.request_id for r in engine.replies if isinstance(r, Superseded)] == [1, 3]
        assert [r.request_id for r in engine.replies if isinstance(r, Pong)] == [5]


# --------------------------------------------------------------------------------------------------------- learning


def test_a_restart_serves_from_the_checkpoint_and_trains_nothing(trained: Path) -> None:
    with Engine(trained) as engine:
        engine.until_learned(1)
        assert not [reply for reply in engine.replies if isinstance(reply, Trained)]
        assert "training" not in states(engine)


def test_what_came_while_no_engine_ran_is_learned_by_a_few_steps(trained: Path) -> None:
    seq = rate(trained, 1, (unrated(trained, 1)[0], 4.0))
    with Engine(trained) as engine:
        engine.until_learned(seq)
        assert [record.run for record in done(engine)] == ["incremental"]
        assert engine.status.drift is not None


def test_a_burst_is_learned_in_few_runs_and_nothing_of_it_is_lost(trained: Path) -> None:
    with Engine(trained) as engine:
        before = engine.until_learned(1)
        with store_of(trained) as store:
            user = store.add_user("in a hurry").user_id
            for movie_id in range(1, 31):
                event = store.rate(user, movie_id, 3.5)
                engine.send(RatingsChanged(event.seq))
        status = engine.until_learned(event.seq)
        assert status.n_ratings == before.n_ratings + 30
        assert status.n_users == before.n_users + 1
        assert len(done(engine)) < 15


def test_the_list_of_a_rating_comes_before_its_learning(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.worker.loop._LIST_FIRST_S", 1.0)  # an app may be slow to ask
    with Engine(trained) as engine:
        engine.until_learned(1)
        with store_of(trained) as store:
            event = store.rate(1, 1, 5.0)
        said = len(engine.replies)
        engine.send(RatingsChanged(event.seq))
        time.sleep(0.2)
        engine.list_of(1)
        engine.until_learned(event.seq)
        kinds = [type(reply) for reply in engine.replies[said:]]
        assert kinds.index(ListReady) < kinds.index(Trained)


def test_a_rating_taken_back_is_unlearned(trained: Path) -> None:
    with Engine(trained) as engine:
        before = engine.until_learned(1)
        with store_of(trained) as store:
            event = store.take_back(1, next(iter(store.ratings_of(1))))
        engine.send(RatingsChanged(event.seq))
        assert engine.until_learned(event.seq).n_ratings == before.n_ratings - 1


def test_news_of_another_program_arrive_untold(trained: Path) -> None:
    with Engine(trained) as engine:
        engine.until_learned(1)
        engine.until_learned(rate(trained, 2, (unrated(trained, 2)[0], 5.0)))


def test_much_news_start_a_full_run(trained: Path) -> None:
    with store_of(trained) as store:
        for number in range(10):
            user = store.add_user(f"new {number}").user_id
            seq = [store.rate(user, movie_id, 3.0).seq for movie_id in range(1, 31)][-1]
    with Engine(trained) as engine:
        engine.until_learned(seq)
        assert [record.run for record in done(engine)] == ["full"]


def test_training_on_demand_replaces_the_run_in_progress(trained: Path) -> None:
    with Engine(trained) as engine:
        engine.until_learned(1)
        engine.send(Train("full", epochs=50))
        engine.until(lambda reply: isinstance(reply, Trained))
        engine.send(Train("full", epochs=2))
        engine.until(lambda reply: isinstance(reply, Trained) and reply.record.event == "done")
        assert [record.epochs for record in done(engine)] == [2]
        assert len(checkpoints(engine)) == 2


def test_an_incremental_run_on_demand_without_news_ends_at_once(trained: Path) -> None:
    with Engine(trained, by_itself=False) as engine:
        engine.until_status(lambda status: status.state == "ready")
        engine.send(Train("incremental"))
        engine.until(lambda reply: isinstance(reply, Trained) and reply.record.event == "done")
        assert [record.run for record in done(engine)] == ["incremental"]


def test_old_checkpoints_are_deleted(trained: Path) -> None:
    with Engine(trained) as engine:
        engine.until_learned(1)
        for _ in range(3):
            engine.send(Train("full", epochs=1))
            engine.until(lambda reply: isinstance(reply, Trained) and reply.record.event == "done")
        assert len(checkpoints(engine)) == 2


def test_told_to_wait_it_trains_only_when_asked(tmp_path: Path) -> None:
    make_store(tmp_path / "m.db", seed=1)
    with Engine(tmp_path, by_itself=False, first=(Ping(1),)) as engine:
        engine.until(lambda reply: isinstance(reply, Pong))
        engine.send(Train("full", epochs=2))
        engine.until(lambda reply: isinstance(reply, Trained) and reply.record.event == "done")
        assert [record.epoch for record in done(engine)] == [2]


def test_a_new_movie_is_predicted_before_anybody_rated_it(trained: Path) -> None:
    with Engine(trained) as engine:
        engine.until_learned(1)
        with store_of(trained) as store:
            movie = store.add_movie("Nobody Saw It", 2024, (GENRES[0],))
        engine.send(CatalogueChanged())
        engine.until_status(lambda status: status.n_movies == 31)
        engine.list_of(1)
        reply = engine.until(lambda reply: isinstance(reply, PredictionsReady))
        assert isinstance(reply, PredictionsReady)
        assert movie.movie_id in reply.predictions.movie_ids


def test_a_movie_of_another_program_is_known_with_its_genres_once_rated(trained: Path) -> None:
    with Engine(trained) as engine:
        engine.until_learned(1)
        with store_of(trained) as store:
            movie = store.add_movie("From Elsewhere", 2024, ("Musical",))
            seq = store.rate(1, movie.movie_id, 5.0).seq
        engine.until_learned(seq)
        assert engine.status.n_movies == 31
        engine.send(Explain(1, 2, movie.movie_id))
        assert isinstance(engine.until(lambda r: isinstance(r, Explained | RequestFailed)), Explained)


# ----------------------------------------------------------------------------------------------------------- trouble


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
    with Engine(trained, device="gpu", by_itself=False) as engine:
        status = engine.until_status(lambda status: status.state == "failed")
        assert "gpu" in status.detail
        engine.send(RequestList(1, 1))
        assert isinstance(engine.until(lambda reply: isinstance(reply, RequestFailed)), RequestFailed)


def test_a_database_that_is_not_there_yet_is_waited_for(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.worker.start._RETRY_S", 0.05)
    database, hidden = trained / "m.db", trained / "hidden.db"
    database.rename(hidden)
    with Engine(trained, first=(RequestList(1, 1),)) as engine:
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


def test_a_cache_that_can_t_be_written_costs_the_checkpoint_only(tmp_path: Path) -> None:
    make_store(tmp_path / "m.db", seed=3)
    with store_of(tmp_path) as store:
        blocked = tmp_path / "cache" / store.uuid
    blocked.parent.mkdir()
    blocked.write_text("a file where a folder should be")
    with Engine(tmp_path) as engine:
        engine.until_learned(1)
        assert any("could not be saved" in notice for notice in engine.notices())
