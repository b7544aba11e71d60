"""The service over a real store and a real engine in its own process: the way of a rating, and deaths on it."""

from __future__ import annotations

import os
import queue
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import BadStars, NameTaken, StoreError, UnknownMovie, UnknownPreset, UnknownUser
from engine.service.messages import ListReady, Notice, PredictionsReady, QuestionsReady, Reply, StatusChanged, Trained
from engine.service.service import Service
from engine.service.settings import Settings
from engine.store import open_store
from engine.types import WatchKind
from tests.service.harness import PATIENCE, make_store
from tests.store import databases


def settings(folder: Path) -> Settings:
    return Settings(f"sqlite:///{folder}/m.db", cache_dir=str(folder / "cache"), state_dir=str(folder / "state"))


@pytest.fixture
def service(trained: Path) -> Iterator[Service]:
    with Service(settings(trained)) as opened:
        opened.open()
        yield opened


def collect(service: Service) -> queue.SimpleQueue[Reply]:
    replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
    service.engine.subscribe(replies.put)
    return replies


# ------------------------------------------------------------------------------------------------ without the engine


def test_nothing_is_open_before_open() -> None:
    service = Service(Settings())
    assert len(service.catalogue) == 0
    with pytest.raises(StoreError, match="not open"):
        service.viewers()
    service.close()


def test_an_unknown_preset_is_refused_at_once() -> None:
    with pytest.raises(UnknownPreset, match="default"):
        Service(Settings(preset="defualt"))


def test_a_new_viewer_is_found_and_the_last_one_remembered(service: Service) -> None:
    assert service.last_viewer() is None
    ana = service.new_viewer("Ana")
    assert service.viewers()[0] == ana
    service.remember_viewer(ana)
    assert service.last_viewer() == ana
    assert service.viewer("ANA") == ana
    with pytest.raises(NameTaken):
        service.new_viewer("ana")
    with pytest.raises(UnknownUser):
        service.viewer("Anna Karenina")


def test_a_rating_is_stored_changed_and_taken_back(service: Service) -> None:
    user = service.new_viewer("Ana").user_id
    service.rate(user, 3, 4.5)
    service.rate(user, 3, 2.0)
    assert service.ratings(user)[3].stars == 2.0
    service.take_back(user, 3)
    assert service.ratings(user) == {}
    assert [event.stars for event in service.rating_history(user)] == [None, 2.0, 4.5]
    with pytest.raises(BadStars):
        service.rate(user, 3, 4.3)
    with pytest.raises(UnknownMovie):
        service.rate(user, 999, 4.0)


def test_the_position_in_a_movie_is_where_it_was_left(service: Service) -> None:
    user = service.new_viewer("Ana").user_id
    service.watch(user, 3, WatchKind.STARTED, 0)
    service.watch(user, 3, WatchKind.ABANDONED, 1200)
    assert service.watch_position(user, 3) == 1200
    assert [event.kind for event in service.watch_history(user)] == [WatchKind.ABANDONED, WatchKind.STARTED]


def test_the_taste_start_covers_all_genres(service: Service) -> None:
    asked = service.taste_start(8)
    assert len({movie.movie_id for movie in asked}) == 8
    assert {genre for movie in asked for genre in movie.genres} == set(service.catalogue.genres)


def test_the_taste_start_is_what_the_engine_asks_once_it_knows(service: Service) -> None:
    """Movies that are gone from the catalogue are left out; with too few, the start is as without a model."""
    without = service.taste_start(3)
    service.engine.on_reply(QuestionsReady((5, 9, 12_345, 2, 7)))
    assert [movie.movie_id for movie in service.taste_start(3)] == [5, 9, 2]
    service.engine.on_reply(QuestionsReady((12_345, 2)))
    assert service.taste_start(3) == without


def test_a_new_movie_is_in_the_catalogue(service: Service) -> None:
    movie = service.add_movie("Nobody Saw It", year=2024, genres=("Drama",))
    assert service.catalogue.by_id[movie.movie_id] == movie
    assert service.catalogue.search("nobody") == [movie]
    assert service.counts().movies == len(service.catalogue)


# --------------------------------------------------------------------------------------------------- with the engine


def test_a_rating_becomes_a_new_list(service: Service) -> None:
    service.engine.start()
    replies = collect(service)
    user = service.new_viewer("Ana").user_id
    event = service.rate(user, 1, 5.0)
    answer = service.engine.wait_reply(service.engine.request_list(user), PATIENCE)
    assert isinstance(answer, ListReady)
    assert answer.recommendations.seen_seq == event.seq
    assert service.engine.wait_caught_up(PATIENCE)
    assert service.engine.status.trained_seq == event.seq
    assert [record.run for record in service.engine.records if record.event == "done"] == ["incremental"]
    kinds = {type(replies.get()) for _ in range(replies.qsize())}
    assert {ListReady, PredictionsReady, StatusChanged, Trained} <= kinds


@pytest.mark.mysql
def test_a_rating_becomes_a_new_list_on_a_server_with_another_program_beside(tmp_path: Path) -> None:
    with databases.fresh("mysql", tmp_path) as url:
        make_store(url.reveal())
        with Service(replace(settings(tmp_path), database=url.reveal())) as service, open_store(url) as beside:
            service.open()
            service.engine.start()
            user = service.new_viewer("Ana").user_id
            service.rate(user, 1, 5.0)
            answer = service.engine.wait_reply(service.engine.request_list(user), PATIENCE)
            assert isinstance(answer, ListReady)
            assert 1 not in {item.movie_id for item in answer.recommendations.items}
            last = beside.rate(user, 2, 1.0)
            service.engine.ratings_changed(last.seq)
            assert service.engine.wait_caught_up(PATIENCE)
            assert service.engine.status.trained_seq == last.seq


def test_a_kill_in_the_middle_of_training_loses_nothing(service: Service) -> None:
    engine = service.engine
    engine.start()
    user = service.new_viewer("Ana").user_id
    first = engine.wait_reply(engine.request_list(user), PATIENCE)
    assert isinstance(first, ListReady)
    assert engine.wait_caught_up(PATIENCE)
    replies = collect(service)
    engine.train("full", epochs=500)
    while not isinstance(replies.get(timeout=PATIENCE), Trained):
        pass
    assert engine.pid
    os.kill(engine.pid, signal.SIGKILL)
    before = service.counts().ratings
    last = [service.rate(user, movie_id, 4.0) for movie_id in (1, 2, 3)][-1]
    request = engine.request_list(user)
    engine.train("full", epochs=2)  # in place of the 500 epochs, which the new child would start again
    answer = engine.wait_reply(request, PATIENCE)
    assert isinstance(answer, ListReady)
    assert answer.recommendations.seen_seq == last.seq
    assert not {1, 2, 3} & {item.movie_id for item in answer.recommendations.items}
    assert engine.wait_caught_up(PATIENCE)
    assert engine.status.trained_seq == last.seq
    assert engine.status.restarts == 1
    assert service.counts().ratings == before + 3
    seen = [replies.get() for _ in range(replies.qsize())]
    assert any(isinstance(reply, StatusChanged) and reply.status.state == "failed" for reply in seen)
    assert any(isinstance(reply, Notice) and "SIGKILL" in reply.text for reply in seen)


def test_the_app_goes_on_without_an_engine(trained: Path) -> None:
    shutil.rmtree(trained / "cache")
    with Service(settings(trained)) as service:
        service.open()
        user = service.new_viewer("Ana").user_id
        event = service.rate(user, 1, 5.0)
        assert service.engine.wait_caught_up(0.01) is False
        assert service.ratings(user) == {1: event}
