"""What if: nothing is stored until it is kept."""

from __future__ import annotations

import pytest

from engine.types import ListItem
from tests.service.fake import FakeService
from tests.service.made_up import films
from tests.tui.conftest import log_in, text_of, until
from tui.app import MatineeApp
from tui.presenters.lab_what_if import candidates, try_line, would_be_lines
from tui.state.moves import moves
from tui.state.what_if import WhatIf
from tui.widgets.lab.what_if import TryList, WouldBe

MOVIES = {movie.movie_id: movie for movie in films(12)}


def test_steps_begin_at_what_is_stored_and_end_there() -> None:
    what_if = WhatIf()
    what_if.step(1, 1, 8)
    assert what_if.tried == ((1, 9),)
    what_if.step(1, -1, 8)
    assert what_if.tried == ()
    what_if.step(2, -1, None)
    what_if.take_away(3, 6)
    assert what_if.tried == ((2, 10), (3, 0))
    what_if.step(3, 1, 6)
    assert what_if.stars[3] == 1
    what_if.take_away(2, None)
    assert 2 not in what_if.stars


def test_an_answer_to_what_was_tried_before_is_dropped(service: FakeService) -> None:
    service.engine.start()
    what_if = WhatIf({1: 8})
    service.engine.try_list(1, ((1, 2),))
    reply = service.engine._answers.popitem()[1]
    what_if.take_list(reply.recommendations)  # type: ignore[union-attr]
    assert what_if.made is None
    what_if.stars[1] = 2
    what_if.take_list(reply.recommendations)  # type: ignore[union-attr]
    assert what_if.made is not None


def test_lines() -> None:
    assert candidates([5, 1], 1, [9, 5]) == [1, 5, 9]
    assert try_line(MOVIES[1], 8, None, 40, cursor=False).plain.rstrip().endswith("4.0")
    assert try_line(MOVIES[1], 8, 0, 40, cursor=False).plain.rstrip().endswith("4.0 → none ?")
    assert try_line(MOVIES[1], None, 7, 40, cursor=False).plain.rstrip().endswith("none → 3.5 ?")
    now = [ListItem(movie, 1.0, 4.0) for movie in (1, 2, 3)]
    then = [ListItem(movie, 1.0, 4.2) for movie in (2, 1, 4)]
    made = moves([1, 2, 3], [2, 1, 4])
    lines = [line.plain for line in would_be_lines(now, then, made, MOVIES, 90)]
    assert all(len(line) == 90 for line in lines)
    assert "▲1" in lines[1]
    assert "▼1" in lines[2]
    assert "new Amélie" in lines[3]
    assert lines[4].startswith("would go: Alien")
    empty = [line.plain for line in would_be_lines(now, None, (), MOVIES, 90)]
    assert any("Nothing is tried" in line for line in empty)


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_a_rating_is_tried_left_and_kept(app: MatineeApp, service: FakeService, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await log_in(pilot)
        listed = app.viewing.listed
        await pilot.press("t", "6")
        await until(pilot, lambda: app.screen.query(TryList) and app.screen.query_one(TryList).rows)
        table = app.screen.query_one(TryList)
        first = table.rows[0].movie_id
        await pilot.press("minus")
        await until(pilot, lambda: app.viewing.lab.what_if.made is not None)
        assert "→ 5.0 ?" in text_of(app, TryList)
        assert "as it would be" in text_of(app, WouldBe)
        assert first not in [item.movie_id for item in app.viewing.lab.what_if.made.items]
        assert service.log == []
        assert app.viewing.listed == listed
        await until(pilot, lambda: app.viewing.lab.what_if.network is not None)
        await pilot.press("x")
        assert app.viewing.lab.what_if.made is None
        assert "Nothing is tried" in " ".join(text_of(app, WouldBe).split())
        assert service.log == []
        await pilot.press("minus", "minus", "enter")
        await until(pilot, lambda: app.viewing.half_stars == {first: 9})
        assert [(event.movie_id, event.half_stars) for event in service.log] == [(first, 9)]
        await until(pilot, lambda: first not in app.viewing.listed)
        assert app.viewing.lab.what_if.tried == ()
        await pilot.press("0")
        await until(pilot, lambda: app.viewing.lab.what_if.made is not None)
        assert app.viewing.half_stars == {first: 9}
