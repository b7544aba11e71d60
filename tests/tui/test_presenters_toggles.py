"""The panel that steers the list: both sliders, and what they bring in, push out and cost together."""

from __future__ import annotations

import pytest

from engine.types import Diversity, ListItem, ListStats, Reason, Recommendations
from tests.service.made_up import films
from tui.presenters import diversity, foryou, lens, toggles

FILMS = {movie.movie_id: movie for movie in films()}
ITEMS = (ListItem(1, 9.0, 4.6), ListItem(7, 8.0, 4.2, for_variety=True))
ON = Diversity(on=True)
MIDDLE = ListStats(ild=0.41, genres=4, mean_stars=4.1, ratings=543.2, known=0.98)
PLAIN = ListStats(ild=0.41, genres=4, mean_stars=4.3, ratings=230, known=0.95)
SHOWN = ListStats(ild=0.63, genres=7, mean_stars=4.24, ratings=161.4, known=0.91)


def made(**changes: object) -> Recommendations:
    values = {
        "request_id": 1, "user_id": 1, "items": ITEMS, "seen_seq": 1, "trained_seq": 1, "diversity": Diversity(),
        "plain": MIDDLE, "shown": MIDDLE,
    }  # fmt: skip
    return Recommendations(**(values | changes))  # type: ignore[arg-type]


BOTH = made(
    diversity=ON,
    plain=PLAIN,
    shown=SHOWN,
    brought_in=(7,),
    pushed_out=(2,),
    lens=4,
    middle=MIDDLE,
    middle_movies=(2, 3),
)


def lines(given: Recommendations | None, wanted: Diversity, at: int, width: int, height: int) -> list[str]:
    return [line.plain.rstrip() for line in toggles.panel(given, wanted, at, FILMS, width, height)]


def test_without_both_the_panel_tells_the_keys() -> None:
    assert lines(made(), Diversity(), 2, 60, 7) == [
        "lens      familiar ┼──┼──●──┼──┼ loved",
        "diversity ○ off  0.30  DPP         ━━━━○───────────",
        "stars     4.10 ★ a movie, as predicted",
        "known     famous (543 ratings)",
        "ILD       .41  genres 4  Drama ▪▪  Animation ▪  Sci-Fi ▪",
        "press < > for the lens, d for other genres",
    ]


def test_with_both_each_has_its_price_and_the_rest_is_of_both() -> None:
    assert lines(BOTH, ON, 4, 60, 7) == [
        "lens      familiar ┼──┼──┼──┼──● loved",
        "diversity ● on   0.30  DPP         ━━━━●───────────",
        "stars     4.10 → 4.24 ★  lens +.20  diversity −.06",
        "known     famous → well known (543 → 161 ratings)",
        "ILD       .41 → .63  genres 4 → 7  Drama ▪▪  Animation ▪  S…",
        "in        Stalker, Persepolis",
        "out       Blade Runner, Alien",
    ]


def test_with_one_the_other_has_no_price() -> None:
    alone = made(plain=PLAIN, shown=PLAIN, lens=4, middle=MIDDLE, middle_movies=(1, 3))
    assert lines(alone, Diversity(), 4, 60, 7)[2] == "stars     4.10 → 4.30 ★  lens +.20"
    assert lines(alone, Diversity(), 4, 60, 7)[5:] == ["in        Persepolis", "out       Alien"]
    varied = made(diversity=ON, shown=SHOWN, brought_in=(7,), pushed_out=(2, 3))
    assert lines(varied, ON, 2, 60, 7)[2] == "stars     4.10 → 4.24 ★  diversity +.14"
    assert lines(varied, ON, 2, 60, 7)[5:] == ["in        Persepolis", "out       Blade Runner, Alien"]


def test_a_low_panel_keeps_what_came_in_and_went() -> None:
    assert lines(BOTH, ON, 4, 60, 6)[2:] == [
        "stars     4.10 → 4.24 ★  lens +.20  diversity −.06",
        "known     famous → well known (543 → 161 ratings)  ILD .41 …",
        "in        Stalker, Persepolis",
        "out       Blade Runner, Alien",
    ]


def test_how_sure_the_stars_are() -> None:
    sure = tuple(ListItem(movie, 1.0, 4.0, interval=ends) for movie, ends in ((1, (3.0, 5.0)), (2, (3.5, 4.5))))
    assert lines(made(items=sure), Diversity(), 2, 60, 7)[2] == "stars     4.10 ★ ±0.8 a movie, as predicted"
    assert "★4.10 ±0.8 known" in toggles.one_line(made(items=sure), Diversity(), 2, FILMS, 80).plain


def test_a_model_of_one_order_says_so() -> None:
    """The lens is of relevance: the study's model has none."""
    study = made(order="stars", lens=4)
    assert lines(study, Diversity(), 4, 60, 7)[0] == "lens      this model has one order: predicted stars"
    assert "press" in lines(study, Diversity(), 4, 60, 7)[-1]
    assert not toggles.is_steered(study)


def test_before_the_first_list_both_can_be_set() -> None:
    assert lines(None, Diversity(), 0, 60, 7)[0] == "lens      familiar ●──┼──┼──┼──┼ loved"
    assert lines(None, Diversity(), 0, 60, 7)[2:] == ["the figures come with the first list"]
    assert toggles.one_line(None, Diversity(), 0, FILMS, 60).plain.rstrip() == (
        " < familiar ●──── loved >  d diversity ○ off .30"
    )


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (200, " < familiar ────● loved > ★4.10→4.24 known 543→161 d diversity ● on .30 ILD .41→.63 genres 4→7"
         " in Stalker, Persepolis out Blade Runner, Alien"),
        (80, " < ────● loved > ★4.10→4.24 known 543→161 d ● on .30 ILD .41→.63 in 2 out 2"),
        (64, " < ────● loved > ★4.10→4.24 d ● on .30 ILD .41→.63 in 2 out 2"),
    ],
)  # fmt: skip
def test_in_one_line_as_room_allows(width: int, text: str) -> None:
    assert toggles.one_line(BOTH, ON, 4, FILMS, width).plain.rstrip() == text


def test_in_one_line_without_both() -> None:
    texts = [toggles.one_line(made(), Diversity(), 2, FILMS, width).plain.rstrip() for width in (120, 80, 60)]
    assert texts == [
        " < familiar ──●── loved > ★4.10 known 543  d diversity ○ off .30 ILD .41 genres 4",
        " < familiar ──●── loved > ★4.10 known 543  d ○ off .30 ILD .41",
        " < ──●── > ★4.10 known 543 d ○ off .30 ILD .41",
    ]


def test_every_line_is_as_wide_as_the_panel() -> None:
    for width in (41, 46, 51, 60, 76):
        for given in (made(), BOTH, None):
            assert {line.cell_length for line in toggles.panel(given, ON, 4, FILMS, width, 7)} == {width}
            assert toggles.one_line(given, ON, 4, FILMS, width).cell_length == width


def test_sliders_and_their_clicks() -> None:
    assert diversity.slider(0.0, 6, on=True).plain == "●─────"
    assert diversity.slider(1.0, 6, on=False).plain == "━━━━━○"
    assert [diversity.strength_at(cell, 6) for cell in (-1, 0, 3, 5, 9)] == [0.0, 0.0, 0.6, 1.0, 1.0]
    assert [lens.slider(at).plain for at in (0, 3)] == ["●──┼──┼──┼──┼", "┼──┼──┼──●──┼"]
    assert [lens.small_slider(at).plain for at in (0, 3)] == ["●────", "───●─"]
    assert [lens.lens_at(cell) for cell in (-4, 0, 1, 2, 6, 10, 12, 30)] == [0, 0, 0, 1, 2, 3, 4, 4]


def test_a_movie_that_others_outshine_says_why_it_stands_there() -> None:
    """And so does every other one, in the words of the order that is used."""
    watched, rated = Reason(3, 4.5, 0.4, 0.1), Reason(3, 4.5, 0.4, 0.3)
    assert foryou.why(ListItem(1, 9.0, 3.6, (watched,), familiar=True), FILMS) == (
        "familiar rather than loved: you watched Alien"
    )
    assert foryou.why(ListItem(1, 9.0, 3.6, (), familiar=True), FILMS) == (
        "familiar rather than loved: well liked by many viewers"
    )
    assert foryou.why(ListItem(1, 9.0, 4.6, (rated,)), FILMS) == "because you gave Alien 4.5"


def test_what_is_out_of_the_list_in_words() -> None:
    assert foryou.pushed_out(BOTH, FILMS) == "out: Blade Runner, Alien"
    assert foryou.pushed_out(made(), FILMS) == foryou.pushed_out(None, FILMS) == ""
