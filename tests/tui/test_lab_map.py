"""The map on the screen: where points fall, what lies over them, and the way through it."""

from __future__ import annotations

import numpy as np
import pytest

from engine.snapshots import MAP_UNIT, MapOf, MapView
from engine.types import EngineStatus
from tests.service.fake import FakeService
from tests.service.made_up import films
from tests.service.made_up_views import map_of
from tests.tui.conftest import log_in, text_of, until
from tui.app import MatineeApp
from tui.presenters.lab_map import dots, foot, legend, marks
from tui.state.lab_map import MapLook, MapPoints, frequent_genres, letters
from tui.widgets.lab.map import FindMovie, MapCanvas, MapFoot

MOVIES = {movie.movie_id: movie for movie in films(12)}


def view_of(places: dict[int, tuple[float, float]], path: tuple[tuple[float, float], ...] = ()) -> MapView:
    whole = np.rint(np.array(list(places.values())) * MAP_UNIT).astype("<i2")
    return MapView(1, np.array(list(places), "<i4").tobytes(), whole.tobytes(), path, 0)


def look_at(places: dict[int, tuple[float, float]], **other: object) -> MapLook:
    look = MapLook(zoom=1.0)
    look.take(view_of(places, **other), MOVIES)  # type: ignore[arg-type]
    return look


def plain(look: MapLook, width: int, height: int) -> list[str]:
    assert look.points is not None
    return ["".join(text for text, _ in row) for row in dots(look.points, look, width, height)]


def test_a_point_falls_where_it_is() -> None:
    """At zoom 1 the window is 4 high: a point at the top left of the middle is the first dot of a cell."""
    lines = plain(look_at({1: (0.01, -0.01), 2: (-1.99, 1.99)}), 20, 10)
    assert lines[5][10] == chr(0x2801)
    assert lines[0][0] == chr(0x2801)
    assert sum(letter != " " for line in lines for letter in line) == 2
    assert all(len(line) == 20 for line in lines)


def test_points_of_one_cell_are_dots_of_one_sign_in_the_commonest_genre() -> None:
    look = look_at({1: (0.01, -0.01), 2: (0.12, -0.01), 3: (0.01, -0.12)})
    assert look.points is not None
    assert plain(look, 20, 10)[5][10] == chr(0x2800 + 0x01 + 0x02 + 0x08)
    assert look.points.genres == frequent_genres(MOVIES)
    [genres] = [{style for text, style in row if text.strip()} for row in dots(look.points, look, 20, 10)[5:6]]
    assert genres <= set(look.points.genre_M.tolist())


def test_near_by_movies_are_letters_and_one_genre_can_stand_alone() -> None:
    look = look_at({1: (0.0, 0.0), 4: (0.1, 0.0)})
    look.zoom = 8.0
    row = "".join(plain(look, 40, 10))
    assert set(row.replace(" ", "")) == {"S", "R"}  # Sci-Fi is rarer than Drama, Romance than Comedy
    assert look.points is not None
    look.genre = look.points.genres.index("Romance")
    assert "".join(plain(look, 40, 10)).replace(" ", "") == "R"
    assert "[R Romance]" in legend(look.points, look.genre, 100).plain


def test_no_two_genres_share_a_letter() -> None:
    assert letters(["Adventure", "Action", "Animation", "Drama"]) == ("A", "a", "3", "D")


def test_what_lies_outside_the_window_is_not_drawn() -> None:
    look = look_at({1: (3.0, 0.0), 2: (0.0, -3.0)})
    assert "".join(plain(look, 20, 10)).strip() == ""
    look.go_to(1)
    assert "".join(plain(look, 20, 10)).strip() != ""


def test_signs_lie_over_the_dots() -> None:
    look = look_at({1: (0.5, 0.5), 2: (-0.5, 0.5)}, path=((0.0, -1.0), (1.0, -1.0)))
    made = {mark.sign: (mark.row, mark.column) for mark in marks(look, [2], [1], 40, 10)}
    assert set(made) == {"★", "1", "○", "◉", "+"}
    assert made["+"] == (5, 20)
    assert made["◉"][1] > made["○"][1]
    assert made["★"][0] < made["+"][0]


def test_the_window_moves_zooms_and_comes_back() -> None:
    look = look_at({1: (0.5, 0.5), 2: (-0.5, 0.5)})
    assert look.go_round([1, 2], 1) == 1
    assert (look.x, look.y) == (0.5, 0.5)
    assert look.nearest() == 1
    assert look.go_round([1, 2], 1) == 2
    assert look.go_round([1, 2], 1) == 1
    assert look.go_round([9], 1) is None
    assert "Stalker (1979)" in foot(look, MOVIES, 100).plain
    for _ in range(50):
        look.closer(1.4)
    assert look.zoom == 64.0
    look.reset()
    assert (look.x, look.y, look.zoom) == (0.0, 0.0, 0.9)


def test_movies_keep_their_colours_while_they_move() -> None:
    look = look_at({1: (0.5, 0.5), 2: (-0.5, 0.5)})
    before = look.points
    look.take(view_of({1: (0.6, 0.5), 2: (-0.5, 0.5)}), MOVIES)
    assert before is not None
    assert look.points is not None
    assert look.points.genre_M is before.genre_M
    assert look.place_of(1) == pytest.approx((0.6, 0.5), abs=1e-3)
    look.take(view_of({3: (0.6, 0.5)}), MOVIES)
    assert look.place_of(1) is None


def test_the_made_up_map_is_one_of_the_engines_kind(service: FakeService) -> None:
    points = MapPoints.of(map_of(1, service.catalogue), service.catalogue.by_id)
    assert len(points.movie_ids) == 24


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_through_the_map(app: MatineeApp, service: FakeService, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await log_in(pilot)
        await pilot.press("4")
        await until(pilot, lambda: app.viewing.half_stars)
        await pilot.press("t", "4")
        await until(pilot, lambda: app.viewing.lab.map.points is not None)
        canvas = app.screen.query_one(MapCanvas)
        await until(pilot, lambda: canvas._strips)
        assert all(strip.cell_length == canvas.size.width for strip in canvas._strips)
        assert len(canvas._strips) == canvas.size.height
        text = "\n".join(strip.text for strip in canvas._strips)
        assert "◉" in text
        assert "+" in text
        await pilot.press("plus", "right", "up", "g")
        look = app.viewing.lab.map
        assert look.zoom > 0.9
        assert look.x > 0
        assert look.y > 0
        assert look.genre == 0
        await pilot.press("0", "slash", *"Alien", "enter")
        await until(pilot, lambda: "Alien (1979)" in text_of(app, MapFoot))
        await pilot.press("slash", "escape")
        assert not app.screen.query_one(FindMovie).display
        await pilot.press("full_stop")
        label = service.catalogue.by_id[app.viewing.listed[0]].label
        await until(pilot, lambda: label in text_of(app, MapFoot))


async def test_it_is_looked_at_again_and_again_while_the_network_trains(app: MatineeApp, service: FakeService) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        await pilot.press("t", "4")
        await until(pilot, lambda: app.viewing.lab.map.points is not None)
        service.engine._status = EngineStatus(state="training")
        frames = app.viewing.lab.map.frames
        await until(pilot, lambda: app.viewing.lab.map.frames >= frames + 3)
        service.engine.hold = True
        asked = len(service.engine.sent)
        await pilot.pause(1.0)
        looks = [each for each in service.engine.sent[asked:] if isinstance(getattr(each, "subject", None), MapOf)]
        assert len(looks) <= 1
