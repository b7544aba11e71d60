"""The lab's network: its lines, and the way through it on three sizes of terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.service.messages import Look
from engine.snapshots import NetworkOf, NetworkView, UnitOf, UnitView
from tests.service.fake import FakeService
from tests.service.made_up import films
from tests.service.made_up_views import view_of
from tests.tui.conftest import log_in, text_of, until
from tui.app import MatineeApp
from tui.presenters.lab_network import layers_lines, nothing_yet, shares_lines, strip_lines, unit_head, unit_lines
from tui.presenters.lab_tabs import lab_tabs
from tui.screens.lab import LabScreen
from tui.state.lab import Lab
from tui.widgets.lab.network import SharesPane, UnitsPane

MOVIES = {movie.movie_id: movie for movie in films(12)}


@pytest.fixture
def service() -> FakeService:
    service = FakeService(24)
    service.rate(1, 2, 4.0)
    service.rate(1, 3, 4.5)
    return service


def network(service: FakeService, movie_id: int = 1) -> NetworkView:
    view = service.view(Look(1, 1, NetworkOf(movie_id)))
    assert isinstance(view, NetworkView)
    return view


def test_the_bars_begin_where_the_one_before_ended_and_the_last_line_is_the_sum(service: FakeService) -> None:
    lines = [line.plain for line in shares_lines(network(service), MOVIES, 80)]
    assert all(len(line) == 80 for line in lines)
    assert lines[0].startswith("Stalker (1979)")
    assert lines[0].rstrip().endswith("4.1200 ★  +0.1400 by your last rating")
    assert "everybody's mean" in lines[1]
    assert "3.530" in lines[1]
    assert "-0.040" in lines[3]
    assert "▒" in lines[3]
    assert "█" not in lines[3]
    assert lines[-1].startswith("together")
    assert "4.120" in lines[-1]
    start = lines[2].index("█")
    assert start == lines[1].rindex("█") + 1


def test_terms_stand_in_brackets_where_there_is_room_for_them_whole(service: FakeService) -> None:
    wide, narrow = (
        "\n".join(line.plain for line in shares_lines(network(service), MOVIES, width)) for width in (120, 80)
    )
    assert "who else rated it (implicit part)" in wide
    assert "was   0.150" in wide
    assert "who else rated it  " in narrow
    assert "…" not in narrow


def test_units_below_zero_stand_in_a_line_of_their_own() -> None:
    plus, minus = strip_lines([1.0, 0.5, 0.0, -1.0], 0, 20, 4)
    assert plus.plain == "+ █▅·               "
    assert minus.plain == "−    █              "
    [only] = strip_lines([1.0, 0.5, 0.0], 0, 20, 4)
    assert only.plain.startswith("+ █▅·")


def test_many_units_are_cut_to_the_lines_around_the_cursor() -> None:
    values = [float(unit % 7) for unit in range(256)]
    assert len(strip_lines(values, 0, 40, 3)) == 3
    last = strip_lines(values, 255, 40, 3)[-1].plain
    assert last.rstrip() == "+ " + "".join(" ▁▂▃▄▅▆▇█"[min(8, int(v / 6 * 8) + 1)] if v else "·" for v in values[228:])


def test_all_layers_show_where_there_is_room(service: FakeService) -> None:
    service.network = "study"
    view = network(service)
    tall = layers_lines(view, 2, 5, "now", 120, 40)
    assert sum("coder" in line.plain for line in tall) == 5
    assert any(line.plain.startswith("[encoder 64]") for line in tall)
    low = layers_lines(view, 2, 5, "now", 120, 8)
    assert "[encoder 64]" in low[0].plain
    assert "encoder 256" in low[0].plain
    assert len(low) == 2


def test_the_unit_in_words(service: FakeService) -> None:
    view = network(service)
    words = unit_head(view, 0, 2, "change", 120).plain
    assert "unit 2  +0.6898  was +0.5913 · gives +0.003 ★ here" in words
    assert "shown: the change" in words
    unit = service.view(Look(1, 1, UnitOf(0, 2)))
    assert isinstance(unit, UnitView)
    lines = [line.plain for line in unit_lines(unit, MOVIES, 96, 5)]
    assert len(lines) == 5
    assert "Your ratings that move it" in lines[0]
    assert "What it lowers" in lines[0]
    assert "Blade Runner (1982)" in lines[1]
    assert len(unit_lines(unit, MOVIES, 40, 9)) == 9
    assert unit_lines(None, MOVIES, 96, 5) == []


def test_what_is_missing_is_said(service: FakeService) -> None:
    view = network(service)
    assert "shown nothing yet" in nothing_yet(None, 60)[0].plain
    assert "Rate a movie" in nothing_yet(replace(view, layers=()), 60)[0].plain
    assert "not trained" in nothing_yet(replace(view, trained=False), 60)[0].plain


def test_the_tabs_give_way_to_numbers() -> None:
    assert "[2 Network]" in lab_tabs("network", 120).plain
    assert lab_tabs("network", 20).plain.startswith("  1  [2 Network]")


def test_the_lab_goes_round_movies_units_and_layers(service: FakeService) -> None:
    lab = Lab(movie_id=1)
    lab.take(network(service))
    lab.move_unit(-1)
    assert lab.unit == 95
    service.network = "study"
    lab.take(network(service))
    lab.unit = 200
    lab.move_layer(2)
    assert lab.layer == 2
    assert network(service).layers[2].now[lab.unit] == max(network(service).layers[2].now)
    service.network = "implicit"
    lab.take(network(service))
    assert (lab.layer, lab.unit <= 95) == (0, True)
    lab.choose_movie((5, 1, 7), 1)
    assert lab.movie_id == 7
    lab.choose_movie((5, 1, 7), 1)
    assert lab.movie_id == 5
    lab.movie_id = 99
    lab.choose_movie((5, 1, 7), -1)
    assert lab.movie_id == 5
    assert lab.network_subjects() == [NetworkOf(5), UnitOf(0, lab.unit)]
    other = view_of(1, UnitOf(0, 3), {}, [], service.catalogue)
    lab.take(other)
    assert lab.unit_shown is None
    lab.unit = 3
    assert lab.unit_shown is other


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_through_the_network(app: MatineeApp, service: FakeService, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await log_in(pilot)
        first, second = app.viewing.listed[:2]
        app.viewing.select(first)
        await pilot.press("t", "2")
        await until(pilot, lambda: app.viewing.lab.network is not None)
        screen = app.screen
        assert isinstance(screen, LabScreen)
        label = service.catalogue.by_id[first].label
        await until(pilot, lambda: label in text_of(app, SharesPane))
        assert "together" in text_of(app, SharesPane)
        assert "unit 0" in text_of(app, UnitsPane)
        await pilot.press("right", "right")
        await until(pilot, lambda: app.viewing.lab.unit_shown is not None and app.viewing.lab.unit == 2)
        assert "unit 2" in text_of(app, UnitsPane)
        await pilot.press("b")
        assert "shown: the change" in text_of(app, UnitsPane)
        await pilot.press("full_stop")
        await until(pilot, lambda: service.catalogue.by_id[second].label in text_of(app, SharesPane))
        await pilot.press("comma")
        await until(pilot, lambda: label in text_of(app, SharesPane))
        before = app.viewing.lab.network
        service.rate(1, 9, 1.0)
        app.viewing.ask()
        await until(pilot, lambda: app.viewing.lab.network != before)
        await pilot.press("shift+tab")
        assert app.viewing.lab.part == "training"
        await pilot.press("tab")
        assert app.viewing.lab.part == "network"
        await pilot.press("escape", "t")
        assert app.viewing.lab.part == "network"
