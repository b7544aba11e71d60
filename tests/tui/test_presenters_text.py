"""Lines of exact width, stars, moves and curves: by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.presenters.chart import bar, bounds, braille, columns, marks, track
from tui.presenters.foryou import move_word
from tui.presenters.stars import half_stars_at, star_bar, stars_word
from tui.presenters.text import bare, fit, minutes, plural, right, short_number, spread, took, wrapped
from tui.state.half_stars import stepped, toggled_half
from tui.state.moves import moves


@given(st.text(max_size=40), st.integers(1, 30))
def test_fit_is_exact(text: str, width: int) -> None:
    assert fit(text.replace("\n", " ").replace("\t", " "), width).cell_length == width


def test_fit_cuts_wide_letters_whole() -> None:
    assert fit("千と千尋", 6).plain == "千と …"
    assert fit("千と千尋", 8).plain == "千と千尋"


def test_right_and_spread() -> None:
    assert right("4.5", 6).plain == "   4.5"
    assert spread("Stalker (1979)", "4.5", 12).plain == "Stalker …4.5"
    assert spread("a", "b", 5).plain == "a   b"


def test_wrapped() -> None:
    assert wrapped("a hunter of runaway androids begins to doubt", 16, 2) == ["a hunter of", "runaway android…"]
    assert wrapped("short", 16, 2) == ["short"]
    assert wrapped("", 16, 2) == []


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (950, "950"), (999.6, "1.0k"), (8_123, "8.1k"), (812_000, "812k"), (1_250_000, "1.2M"), (3e9, "3.0G")],
)
def test_short_number(number: float, text: str) -> None:
    assert short_number(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(None, "–"), (float("nan"), "–"), (0.412, ".412"), (1.034, "1.034"), (-0.06, "-.060"), (-0.0001, ".000")],
)
def test_bare(number: float | None, text: str) -> None:
    assert bare(number) == text


def test_words() -> None:
    assert [plural(n, "rating") for n in (0, 1, 1204)] == ["0 ratings", "1 rating", "1,204 ratings"]
    assert [took(ms) for ms in (3.1, 999, 4527)] == ["3 ms", "999 ms", "4.5 s"]
    assert [minutes(s) for s in (0, 59, 3540, 3600, 7505)] == ["0 min", "0 min", "59 min", "1 h 00", "2 h 05"]


@pytest.mark.parametrize(
    ("stars", "word"), [(0.5, "½"), (4.24, "★★★★"), (4.26, "★★★★½"), (4.4, "★★★★½"), (5.0, "★★★★★"), (7.0, "★★★★★")]
)
def test_stars_word(stars: float, word: str) -> None:
    assert stars_word(stars) == word


def test_star_bar() -> None:
    assert star_bar(None).plain == "☆ ☆ ☆ ☆ ☆ "
    assert star_bar(7).plain == "★ ★ ★ ½ ☆ "
    assert star_bar(7, pending=True).plain == "☆ ☆ ☆ ½ · "
    assert star_bar(2, hover=10).plain == "☆ ☆ ☆ ☆ ☆ "


def test_a_click_gives_what_it_shows() -> None:
    assert [half_stars_at(cell) for cell in (-1, 0, 1, 2, 9, 10)] == [None, 1, 2, 3, 10, None]


def test_halves() -> None:
    assert [toggled_half(half) for half in (None, 1, 2, 3, 8, 9, 10)] == [1, 2, 3, 2, 9, 8, 9]
    assert [stepped(half, 1) for half in (None, 9, 10)] == [1, 10, 10]
    assert [stepped(half, -1) for half in (None, 2, 1)] == [10, 1, 1]


@given(st.none() | st.integers(1, 10))
def test_halves_stay_on_the_scale(half: int | None) -> None:
    assert 1 <= toggled_half(half) <= 10
    assert {stepped(half, step) in range(1, 11) for step in (-1, 1)} == {True}


def test_moves() -> None:
    assert moves([1, 2, 3, 4, 5], [2, 1, 7, 4, 5]) == (1, -1, None, 0, 0)
    assert [move_word(move) for move in (2, -1, None, 0, 10)] == ["▲2 ", "▼1 ", "new", " = ", "▲10"]


def test_columns_take_means_and_bridge_gaps() -> None:
    assert columns([(0, 1.0), (0.2, 3.0), (3.9, 8.0)], 0, 4, 4) == [2.0, 4.0, 6.0, 8.0]
    assert columns([(2, 5.0)], 0, 4, 4) == [None, None, 5.0, None]
    assert columns([], 0, 1, 2) == [None, None]


def test_bounds_leave_a_spike_out() -> None:
    assert bounds([1.0] * 60 + [2.0] * 39 + [50.0], cut=0.02) == (1.0, 2.0)
    assert bounds([3.0, 3.0]) == (2.5, 3.5)
    assert bounds([None]) == (0.0, 1.0)


def test_braille_by_hand() -> None:
    assert braille([1.0, 0.0], 1, 0.0, 1.0) == [chr(0x2800 | 0x01 | 0x10 | 0x20 | 0x80)]
    assert braille([0.0, 0.0, 0.0, 0.0], 1, 0.0, 1.0) == ["⣀⣀"]
    assert braille([1.0, 1.0], 2, 0.0, 1.0) == ["⠉", "⠀"]
    assert braille([None, 1.0], 1, 0.0, 1.0) == ["⠈"]


@given(st.lists(st.none() | st.floats(-10, 10), min_size=1, max_size=40), st.integers(1, 5))
def test_braille_has_the_asked_shape(values: list[float | None], height: int) -> None:
    rows = braille(values, height, *bounds(values))
    assert len(rows) == height
    assert {len(row) for row in rows} == {(len(values) + 1) // 2}


def test_small_graphics() -> None:
    assert marks([0, 5, 10], 0, 10, 10) == "▴    ▴   ▴"
    assert bar(0.5, 4) == "██░░"
    assert bar(0.3125, 2) == "▋░"
    assert track(0.5, 5) == ("━━╸", "──")
    assert track(2.0, 3) == ("━━━", "")
