"""A drift that is made up: a full training runs beside the lists, and its model serves only if it is no worse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.recommender import Recommender
from engine.service.messages import Notice, RatingsChanged, StatusChanged
from engine.worker.drift import LEAST_REST
from tests.service.harness import Engine, done, ended, rate, store_of, unrated

DRIFTED: dict[str, object] = {"drift_of": lambda model: 0.01}
VIEWER = 9
"""One who has movies left to be recommended."""


def until_a_run_ended(engine: Engine) -> None:
    engine.until(ended)


def details(engine: Engine) -> list[str]:
    """The detail of each status but those of state `loading`."""
    statuses = [reply.status for reply in engine.replies if isinstance(reply, StatusChanged)]
    return [status.detail for status in statuses if status.detail and status.state != "loading"]


def rate_much(folder: Path) -> int:
    """As many new ratings as end the rest after a full training; the last one's number."""
    new = [(user, movie) for user in range(1, 6) for movie in unrated(folder, user)]
    return [rate(folder, user, (movie, 3.0)) for user, movie in new[:LEAST_REST]][-1]


def test_drift_starts_a_full_training_once_with_a_notice(trained: Path) -> None:
    rate_much(trained)
    with Engine(trained, options=DRIFTED) as engine:
        until_a_run_ended(engine)
        until_a_run_ended(engine)
        before = engine.until_learned(1)
        assert [record.run for record in done(engine)] == ["incremental", "full"]
        [notice] = engine.notices()
        assert notice.startswith("Held-out RMSE rose by 0.0100 since the last full training")
        assert set(details(engine)) == {"full training because of drift"}
        assert before.drift == 0.01
        rate(trained, 6, (unrated(trained, 6)[0], 4.0))  # one rating is no reason for another
        engine.send(RatingsChanged(seq := before.trained_seq + 1))
        engine.until_learned(seq)
        engine.send(RatingsChanged(rate_much(trained)))
        until_a_run_ended(engine)
        until_a_run_ended(engine)
        assert [record.run for record in done(engine)] == ["incremental", "full"] + 2 * ["incremental"] + ["full"]


def test_after_a_restart_drift_still_waits_for_enough_new_ratings(trained: Path) -> None:
    seq = rate(trained, 1, (unrated(trained, 1)[0], 4.0))
    with Engine(trained, options=DRIFTED) as engine:
        engine.until_learned(seq)
        assert [record.run for record in done(engine)] == ["incremental"]


def test_a_model_that_is_worse_is_dropped_with_a_message(trained: Path) -> None:
    seq = rate_much(trained)
    with Engine(trained, options=DRIFTED | {"errors": lambda serving, candidate: (0.8, 0.9)}) as engine:
        engine.until(lambda reply: isinstance(reply, Notice) and reply.level == "warning")
        assert engine.notices()[-1] == (
            "The full training because of drift was dropped: RMSE 0.9000 on held-out ratings,"
            " the model that serves has 0.8000."
        )
        assert engine.until_learned(seq).n_ratings == seq  # what serves is what learned by steps
        with store_of(trained) as store:
            assert [json.loads(noted.params_json)["run"] for noted in store.checkpoints()].count("full") == 1
        seq = rate(trained, 6, (unrated(trained, 6)[0], 4.0))
        engine.send(RatingsChanged(seq))
        engine.until_learned(seq)
        assert [record.run for record in done(engine)] == ["incremental", "full", "incremental"]


@pytest.mark.parametrize(("theirs", "serves"), [(0.8, True), (0.9, True), (float("nan"), False)])
def test_a_model_that_is_no_worse_takes_its_place_at_once(trained: Path, theirs: float, *, serves: bool) -> None:
    """Lists in between come from the old one as a whole; a model whose error is no number never serves."""
    judged: list[tuple[Recommender, Recommender]] = []

    def errors(serving: Recommender, candidate: Recommender) -> tuple[float, float]:
        judged.append((serving, candidate))
        return 0.9, theirs

    seq = rate_much(trained)
    with Engine(trained, options=DRIFTED | {"errors": errors}) as engine:
        until_a_run_ended(engine)
        lists = []
        while len(done(engine)) < 2:
            lists.append(engine.list_of(VIEWER))
        engine.until_learned(seq)
        lists.append(engine.list_of(VIEWER))
    [(serving, candidate)] = judged
    old, new = scores(serving, trained), scores(candidate, trained)
    assert old != new
    swapped = [{old: False, new: True}[tuple(item.score for item in made.items)] for made in lists]
    assert swapped == sorted(swapped)  # the old one's lists, then the new one's
    assert swapped[-1] is serves


def scores(model: Recommender, folder: Path) -> tuple[float, ...]:
    """Of the list that a model makes for the viewer."""
    with store_of(folder) as store:
        history = {movie: event.stars for movie, event in store.ratings_of(VIEWER).items() if event.stars is not None}
    return tuple(model.list_for(model.fold_in(history), 5).scores.tolist())


def test_without_drift_no_full_run_starts(trained: Path) -> None:
    seq = rate_much(trained)
    with Engine(trained, options={"drift_of": lambda model: 0.0}) as engine:
        engine.until_learned(seq)
        assert [record.run for record in done(engine)] == ["incremental"]
        assert not details(engine)


def test_drift_is_in_the_status_and_in_the_records(trained: Path) -> None:
    seq = rate(trained, 1, (unrated(trained, 1)[0], 4.0))
    with Engine(trained) as engine:
        status = engine.until_learned(seq)
        assert status.drift is not None
        assert done(engine)[0].drift == status.drift != 0.0


def test_an_update_that_is_rolled_back_is_counted_and_shown(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.training.steps.size", lambda weights: float("nan"))
    seq = rate(trained, 1, (unrated(trained, 1)[0], 4.0))
    with Engine(trained) as engine:
        status = engine.until_learned(seq)
        assert status.rollbacks == done(engine)[0].rollbacks == 1
        assert status.drift is not None  # the last good weights serve
