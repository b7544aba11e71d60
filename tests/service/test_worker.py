"""The worker with the real recommender: what it serves, when it learns, and what it does when something is wrong.

Long, since all of it shares one trained database, which takes longest to make.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from engine.service.kept_runs import run_folder
from engine.service.messages import (
    CatalogueChanged,
    Explain,
    Explained,
    ListReady,
    Look,
    Looked,
    Notice,
    Ping,
    Pong,
    PredictionsReady,
    QuestionsReady,
    RatingsChanged,
    RequestFailed,
    RequestList,
    StopTraining,
    Superseded,
    Train,
    Trained,
)
from engine.snapshots import LastRating, NetworkOf, NetworkView, UnitOf, UnitView
from engine.stars import half_stars_in
from engine.types import Diversity, Recommendations
from tests.service.harness import GENRES, Engine, checkpoints, done, ended, make_store, rate, states, store_of, unrated

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


def test_what_to_ask_is_sent_once_after_training_and_after_a_restart(tmp_path: Path) -> None:
    make_store(tmp_path / "m.db")
    asked = []
    for _ in range(2):
        with Engine(tmp_path) as engine:
            reply = engine.until(lambda reply: isinstance(reply, QuestionsReady))
            engine.until_learned(1)
            assert isinstance(reply, QuestionsReady)
            asked.append(reply.movie_ids)
            assert sum(isinstance(each, QuestionsReady) for each in engine.replies) == 1
    assert asked[0] == asked[1]
    assert len(set(asked[0])) == 12
    assert set(asked[0]) <= set(range(1, 31))


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
        ends = zip(reply.predictions.low_halves, reply.predictions.high_halves, strict=True)
        likely = dict(zip(reply.predictions.movie_ids, ends, strict=True))
        for item in made.items:
            assert item.interval is not None
            assert item.interval[0] <= item.stars <= item.interval[1]
            assert likely[item.movie_id] == half_stars_in(*item.interval)


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


def test_a_list_may_have_another_order_and_another_lens(trained: Path) -> None:
    with Engine(trained) as engine:
        scores = []
        for order, lens in (("relevance", 0), ("relevance", 4), ("stars", 0), ("stars", 4)):
            engine.send(RequestList(1, 1, with_predictions=False, order=order, lens=lens))  # type: ignore[arg-type]
            reply = engine.until(lambda reply: isinstance(reply, ListReady))
            assert isinstance(reply, ListReady)
            scores.append([(item.score, item.stars) for item in reply.recommendations.items])
        assert scores[0] != scores[1]
        assert scores[2] == scores[3]
        assert all(score == stars for score, stars in scores[2])


def test_a_lens_says_what_it_brought_in_and_pushed_out(trained: Path) -> None:
    """Beside diversity: what both did is compared with the list at the middle without diversity."""
    varied = Diversity(on=True, strength=1.0, method="mmr")
    steered, moved = [(2, Diversity()), (4, Diversity()), (4, varied), (2, varied)], set()
    with Engine(trained) as engine:
        for user_id in range(1, 9):
            made = []
            for lens, wanted in steered:
                engine.send(RequestList(user_id, user_id, 2, wanted, False, lens=lens))
                reply = engine.until(lambda reply: isinstance(reply, ListReady))
                assert isinstance(reply, ListReady)
                made.append(reply.recommendations)
            usual = {item.movie_id for item in made[0].items}
            for (lens, _), each in zip(steered, made, strict=True):
                listed = {item.movie_id for item in each.items}
                assert (set(each.entered), set(each.left)) == (listed - usual, usual - listed)
                assert each.usual == made[0].plain
                assert (each.lens, each.order) == (lens, "relevance")
                moved.add((lens, each.diversity.on, bool(each.entered)))
            assert (made[3].entered, made[3].left) == (made[3].brought_in, made[3].pushed_out)
    assert {(4, False, True), (4, True, True), (2, True, True)} < moved
    assert (2, False, True) not in moved


def test_reasons_of_one_movie_follow_the_lens(trained: Path) -> None:
    with Engine(trained) as engine:
        movie = engine.list_of(1).items[0].movie_id
        parts = []
        for lens in (0, 4):
            engine.send(Explain(7 + lens, 1, movie, lens))
            reply = engine.until(lambda reply: isinstance(reply, Explained))
            assert isinstance(reply, Explained)
            parts.append(sum(reason.stars_share for reason in reply.reasons))
        assert parts[0] < parts[1]


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


def test_the_list_of_a_rating_comes_before_its_learning(trained: Path) -> None:
    with Engine(trained, options={"list_first_s": 1.0}) as engine:  # an app may be slow to ask
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


def test_ratings_of_another_program_are_learned_without_being_announced(trained: Path) -> None:
    with Engine(trained) as engine:
        engine.until_learned(1)
        engine.until_learned(rate(trained, 2, (unrated(trained, 2)[0], 5.0)))


def test_many_new_ratings_start_a_full_run(trained: Path) -> None:
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
        engine.until(ended)
        assert [record.epochs for record in done(engine)] == [2]
        assert len(checkpoints(engine)) == 2


def test_an_incremental_run_on_demand_without_new_ratings_ends_at_once(trained: Path) -> None:
    with Engine(trained, auto_train=False) as engine:
        engine.until_status(lambda status: status.state == "ready")
        engine.send(Train("incremental"))
        engine.until(ended)
        assert [record.run for record in done(engine)] == ["incremental"]


def test_old_checkpoints_are_deleted(trained: Path) -> None:
    with Engine(trained) as engine:
        engine.until_learned(1)
        for _ in range(3):
            engine.send(Train("full", epochs=1))
            engine.until(ended)
        assert len(checkpoints(engine)) == 2


def test_without_auto_train_it_trains_only_when_asked(tmp_path: Path) -> None:
    make_store(tmp_path / "m.db", seed=1)
    with Engine(tmp_path, auto_train=False, first=(Ping(1),)) as engine:
        engine.until(lambda reply: isinstance(reply, Pong))
        engine.send(Train("full", epochs=2))
        engine.until(ended)
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


# ----------------------------------------------------------------------------------------------------------- the lab


def test_the_lab_is_shown_the_figures_of_the_list(trained: Path) -> None:
    rate(trained, 1, (unrated(trained, 1)[0], 5.0))
    with Engine(trained) as engine:
        item = engine.list_of(1).items[0]
        engine.send(Look(900, 1, NetworkOf(item.movie_id)))
        reply = engine.until(lambda reply: isinstance(reply, Looked))
        assert isinstance(reply, Looked)
        assert reply.request_id == 900
        view = reply.view
        assert isinstance(view, NetworkView)
        assert view.stars == pytest.approx(item.stars, abs=1e-4)
        assert sum(share.stars for share in view.shares) == pytest.approx(item.stars, abs=1e-4)
        with store_of(trained) as store:
            newest = store.history(1)[0]
        assert view.last == LastRating(newest.movie_id, 10, None)
        assert view.before != view.stars


def test_of_looks_of_one_kind_the_newest_is_answered(trained: Path) -> None:
    with Engine(
        trained, first=(Look(1, 1, UnitOf(0, 3)), Look(2, 1, UnitOf(0, 4)), Look(3, 2, UnitOf(0, 5)))
    ) as engine:
        gone = engine.until(lambda reply: isinstance(reply, Superseded))
        assert gone == Superseded(1)
        replies = [engine.until(lambda reply: isinstance(reply, Looked)) for _ in range(2)]
        views = [reply.view for reply in replies if isinstance(reply, Looked)]
        assert [(view.user_id, view.unit) for view in views if isinstance(view, UnitView)] == [(1, 4), (2, 5)]


def test_a_look_at_what_is_not_there_fails_alone(trained: Path) -> None:
    with Engine(trained, first=(Look(1, 1, UnitOf(7, 0)), Look(2, 1, NetworkOf(999)))) as engine:
        failed = [engine.until(lambda reply: isinstance(reply, RequestFailed)) for _ in range(2)]
        assert sorted(reply.request_id for reply in failed if isinstance(reply, RequestFailed)) == [1, 2]
        assert engine.list_of(1).items


# ---------------------------------------------------------------------------------------------------------- kept runs


def test_every_run_is_written_down_with_what_became_of_it(trained: Path) -> None:
    with Engine(trained) as engine:
        engine.until_status(lambda status: status.state == "ready")
        seq = rate(trained, 1, (unrated(trained, 1)[0], 5.0))
        engine.send(RatingsChanged(seq))
        engine.until_learned(seq)
        engine.send(Train("full", 3))
        engine.until(ended)
        engine.until_learned(seq)
        engine.send(Train("full", 500))
        engine.until(lambda reply: isinstance(reply, Trained) and reply.record.event == "epoch")
    with store_of(trained) as store:
        runs = run_folder(store.url, store.uuid).runs()
        known = store.uuid
    short, full, stopped = runs[-3:]
    assert (short.kind, short.run_id, short.outcome, short.curve) == ("incremental", f"i{seq}", "serves", ())
    assert (full.kind, full.outcome, full.epochs, full.trained_seq) == ("full", "serves", 3, seq)
    assert full.settings["dropout"] == 0.4
    assert [point.epoch for point in full.curve if point.val_rmse is not None][-1] <= 3
    assert stopped.outcome == "stopped"
    assert {run.store for run in runs} == {known}


def test_a_folder_that_cant_be_written_costs_the_curve_and_one_notice(trained: Path) -> None:
    shutil.rmtree(trained / "runs", ignore_errors=True)
    (trained / "runs").write_text("in the way")
    with Engine(trained) as engine:
        for _ in range(2):
            engine.send(Train("full", 1))
            engine.until(ended)
            engine.until_status(lambda status: status.state == "ready")
        engine.list_of(1)
    assert sum("can't be kept beside the database" in notice for notice in engine.notices()) == 1


def test_what_is_tried_makes_the_list_that_it_would_make(trained: Path) -> None:
    movie = unrated(trained, 1)[0]
    with Engine(trained) as engine:
        stored = engine.list_of(1)
        tried = ((movie, 10),)
        requests = (RequestList(900, 1, tried=tried), RequestList(901, 1), Look(902, 1, NetworkOf(movie, tried)))
        for request in requests:
            engine.send(request)
        lists: dict[int, Recommendations] = {}
        views: list[NetworkView] = []
        while len(lists) < 2 or not views:
            reply = engine.until(lambda reply: isinstance(reply, ListReady | Looked))
            if isinstance(reply, ListReady):
                lists[reply.recommendations.request_id] = reply.recommendations
            elif isinstance(reply, Looked) and isinstance(reply.view, NetworkView):
                views.append(reply.view)
        assert lists[901].items == stored.items
        assert lists[900].tried == tried
        seq = rate(trained, 1, (movie, 5.0))
        assert seq
        again = engine.list_of(1)
        if again.trained_seq == lists[900].trained_seq:
            assert again.items == lists[900].items
        assert lists[900].items != stored.items
        assert views[0].tried == tried
        assert views[0].stars != views[0].before


def test_a_full_run_can_be_stopped_and_the_model_stays(trained: Path) -> None:
    with Engine(trained) as engine:
        engine.until_learned(1)
        before = checkpoints(engine)
        engine.send(Train("full", epochs=500))
        engine.until(lambda reply: isinstance(reply, Trained))
        engine.send(StopTraining())
        engine.until_status(lambda status: status.state == "ready")
        assert done(engine) == []
        assert checkpoints(engine) == before


def test_the_first_training_is_not_stopped(tmp_path: Path) -> None:
    make_store(tmp_path / "m.db", seed=1)
    with Engine(tmp_path) as engine:
        engine.until(lambda reply: isinstance(reply, Trained))
        engine.send(StopTraining())
        engine.until(ended)
        assert [record.run for record in done(engine)] == ["full"]


@pytest.mark.parametrize("take_over", [False, True])
def test_a_worse_model_takes_over_only_when_that_is_asked(trained: Path, take_over: bool) -> None:
    worse = {"errors": lambda serving, model: (0.8, 0.9)}
    with Engine(trained, auto_train=False, options=worse) as engine:
        engine.until_status(lambda status: status.state == "ready")
        before = checkpoints(engine)
        engine.send(Train("full", epochs=1, take_over=take_over))
        engine.until(ended)
        engine.send(Ping(10))
        engine.until(lambda reply: reply == Pong(10))
        said = [reply.text for reply in engine.replies if isinstance(reply, Notice)]
        assert (checkpoints(engine) == before) != take_over
        assert said == (
            []
            if take_over
            else ["The full training was dropped: RMSE 0.9000 on held-out ratings, the model that serves has 0.8000."]
        )
