"""The pages by hand: every name that the engine gives has words, and the pages turn."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import engine.lab
from engine.snapshots import Page, Sum, Term
from tests.service.fake import FakeService
from tests.service.made_up import films
from tests.service.made_up_views import step_pages
from tests.tui.conftest import log_in, text_of, until
from tui.app import MatineeApp
from tui.presenters.lab_hand import _SUMS, _TERMS, PAGES, heading, number, page_lines
from tui.state.lab import Lab
from tui.widgets.lab.hand import HandHeading, HandPage

MOVIES = {movie.movie_id: movie for movie in films(12)}
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in Path(engine.lab.__path__[0]).glob("*.py"))


def test_every_page_sum_and_term_of_the_engine_has_words() -> None:
    pages = set(re.findall(r'Page\(\s*"(\w+)"', SOURCES))
    assert pages == set(PAGES)
    sums = set(re.findall(r'(?:worked|largest)\(\s*"(\w+)"', SOURCES)) - {"x"}
    assert sums | {"loss"} == set(_SUMS)
    terms = set(re.findall(r'(?:Term|product)\(\s*"(\w+)"', SOURCES))
    assert terms <= set(_TERMS)


def test_a_sum_is_written_as_one_would_on_paper() -> None:
    unit, loss = step_pages()
    lines = [line.plain.rstrip() for line in page_lines(unit, MOVIES, 80)]
    assert lines[-5].startswith("residual, Blade Runner")
    assert lines[-5].endswith("1.6670 × 0.9000 × 0.4000        0.6000".replace("1.6670", "1.667"))
    assert lines[-3].split() == ["9", "more", "0.3000"]
    assert lines[-1].split() == ["unit", "12", "/", "2", "0.4000"]
    assert set(lines[-2].strip()) == {"─"}
    assert all(len(line) <= 80 for line in lines)
    assert "square" in " ".join(line.plain for line in page_lines(loss, MOVIES, 80))


def test_the_first_viewer_is_you_where_the_model_knows_you() -> None:
    batch = Page("batch", tuple(Sum("mean_stars", 4.0, (Term("", 4.0, 1),), index=at) for at in range(2)))
    for yours, who in ((True, "you"), (False, "viewer 1")):
        text = "\n".join(line.plain for line in page_lines(batch, MOVIES, 80, yours=yours))
        assert f"mean stars, {who} " in text
        assert "mean stars, viewer 2" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (3.0, "3"), (1682.0, "1,682"), (0.68981, "0.6898"), (-0.000431279, "-0.0004313"), (12.34567, "12.35"),
     (4.31279e-8, "4.313e-08"), (float("inf"), "inf")],
)  # fmt: skip
def test_numbers_have_four_digits_that_count(value: float, text: str) -> None:
    assert number(value) == text


def test_pages_turn_from_the_step_to_the_list_and_round() -> None:
    lab = Lab()
    assert lab.hand_page is None
    lab.turn_page(1)
    service = FakeService(12)
    for subject in ("StepOf", "ListOf"):
        from engine import snapshots
        from engine.service.messages import Look

        lab.take(service.view(Look(1, 1, getattr(snapshots, subject)())))
    assert heading(*lab.hand_page, 60).plain.startswith("Training step 1 of 2: A hidden unit")  # type: ignore[misc]
    lab.turn_page(2)
    assert heading(*lab.hand_page, 60).plain.startswith("Recommendation 1 of 1: Your list")  # type: ignore[misc]
    lab.turn_page(1)
    assert lab.page == 0


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_through_the_pages(app: MatineeApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await log_in(pilot)
        await pilot.press("t", "3")
        await until(pilot, lambda: app.viewing.lab.hand_page is not None)
        await until(pilot, lambda: "A hidden unit" in text_of(app, HandHeading))
        assert "9 more" in text_of(app, HandPage)
        await pilot.press("right")
        assert "The loss" in text_of(app, HandHeading)
        await pilot.press("left", "left")
        assert "Your list" in text_of(app, HandHeading)
        assert "mean predicted stars" in text_of(app, HandPage)
