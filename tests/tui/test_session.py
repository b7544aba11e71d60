"""A session without a screen: what is asked, stored, compared and undone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.errors import StoreBusy
from engine.service.messages import ListReady, PredictionsReady, StatusChanged
from engine.types import Diversity, EngineStatus, RatingEvent
from tests.service.fake import FakeService
from tui.state.predictions import PredictionTable
from tui.state.session import Change, ViewerSession


class Desk:
    """A session whose time and news the test makes."""

    def __init__(self) -> None:
        self.service = FakeService(12)
        self.service.engine.start()
        self.changes: list[Change] = []
        self.now = 100.0
        user = self.service.people[1]
        self.session = ViewerSession(
            self.service, user, {}, run=self.run, changed=self.changes.append, clock=lambda: self.now
        )
        self.replies: list[object] = []
        self.service.engine.subscribe(self.replies.append)

    async def run(self, call: Callable[[], object]) -> object:
        self.now += 0.002
        return call()

    def hand_over(self) -> None:
        """What the app does: pass on what the engine said."""
        replies, self.replies[:] = self.replies[:], []
        for reply in replies:
            self.now += 0.005
            self.session.take(
                PredictionTable.unpack(reply.predictions) if isinstance(reply, PredictionsReady) else reply
            )


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.session.ask()
    made.hand_over()
    return made


def test_the_first_list_is_compared_with_nothing(desk: Desk) -> None:
    assert desk.session.listed == (1, 2, 3, 4, 5)
    assert desk.session.moves == ()
    assert desk.session.selected.title == "Stalker"
    assert desk.session.predictions.stars(1) == 3.0


async def test_a_rating_asks_for_a_list_and_times_it(desk: Desk) -> None:
    await desk.session.rate(3, 10)
    assert desk.session.half_stars == {3: 10}
    assert desk.session.just_saved(3)
    desk.hand_over()
    assert desk.session.listed == (1, 2, 6, 12, 4)
    assert desk.session.moves == (0, 0, None, None, -1)
    assert desk.session.list_ms == pytest.approx(12.0)
    desk.now += 3
    assert not desk.session.just_saved(3)


async def test_the_arrows_speak_of_the_deed_until_it_is_long_ago(desk: Desk) -> None:
    await desk.session.rate(3, 10)
    desk.hand_over()
    moved = desk.session.moves
    desk.session.ask()
    desk.hand_over()
    assert desk.session.moves == moved
    desk.now += 60
    desk.service.rate(1, 9, 1.0)
    desk.session.ask()
    desk.hand_over()
    assert desk.session.baseline == (1, 2, 6, 12, 4)


async def test_a_refused_rating_leaves_everything_as_it_was(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> RatingEvent:
        raise StoreBusy("another program holds the database; try again")

    monkeypatch.setattr(desk.service, "rate", refuse)
    with pytest.raises(StoreBusy):
        await desk.session.rate(3, 10)
    assert (desk.session.half_stars, desk.session.pending, desk.session.undoable) == ({}, {}, [])
    assert not desk.session.just_saved(3)


async def test_taking_back_what_is_not_rated_does_nothing(desk: Desk) -> None:
    await desk.session.rate(3, None)
    assert desk.service.log == []


async def test_undo_goes_back_step_by_step(desk: Desk) -> None:
    await desk.session.rate(3, 10)
    await desk.session.half(3)
    await desk.session.step(3, -1)
    assert desk.session.half_stars == {3: 8}
    assert (await desk.session.undo()).title == "Alien"
    assert desk.session.half_stars == {3: 9}
    await desk.session.undo()
    await desk.session.undo()
    assert desk.session.half_stars == {}
    assert await desk.session.undo() is None


def test_answers_that_come_too_late_are_dropped(desk: Desk) -> None:
    desk.session.ask()
    stale = next(reply for reply in desk.replies if isinstance(reply, ListReady))
    desk.replies.clear()
    desk.session.diversify(on=True)
    desk.hand_over()
    fresh = desk.session.recommendations
    desk.session.take(stale)
    assert desk.session.recommendations is fresh


def test_diversity_stays_on_its_scale_and_asks_only_for_changes(desk: Desk) -> None:
    asked = len(desk.service.engine.sent)
    desk.session.diversify(strength=7.0)
    desk.session.diversify(strength=1.0)
    assert desk.session.diversity == Diversity(strength=1.0)
    assert len(desk.service.engine.sent) == asked + 1


def test_the_lens_stays_on_its_notches_and_asks_only_for_changes(desk: Desk) -> None:
    asked = len(desk.service.engine.sent)
    for lens in (9, 4, 5):
        desk.session.look_through(lens)
    assert desk.session.lens == 4
    assert [request.lens for request in desk.service.engine.sent[asked:]] == [4]


def test_new_weights_make_a_new_list(desk: Desk) -> None:
    asked = len(desk.service.engine.sent)
    desk.session.take(StatusChanged(EngineStatus("learning", trained_seq=0)))
    assert len(desk.service.engine.sent) == asked
    desk.session.take(StatusChanged(EngineStatus("ready", trained_seq=4)))
    assert len(desk.service.engine.sent) == asked + 1
    assert desk.changes[-1] == "status"


def test_lists_of_another_viewer_are_not_ours(desk: Desk) -> None:
    before = desk.session.recommendations
    desk.service.engine.request_list(2)
    desk.hand_over()
    assert desk.session.recommendations is before
