"""What an observed service logs of what is done with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.replay.observed import ObservedService
from engine.replay.steps import (
    AddMovie,
    Diversify,
    LensStep,
    Login,
    Open,
    Rate,
    Search,
    Step,
    TakeBack,
    Train,
    Watch,
)
from engine.types import (
    Diversity,
    WatchKind,
)


@pytest.fixture
def logged(observed: ObservedService) -> list[Step]:
    steps: list[Step] = []
    observed.log.observe(steps.append)
    return steps


def test_actions_are_logged_as_steps(observed: ObservedService, logged: list[Step]) -> None:
    observed.remember_viewer(observed.viewer("Ana"))
    observed.rate(1, 2, 4.5)
    observed.take_back(1, 2)
    observed.searched("stal", "Sci-Fi")
    observed.watch(1, 1, WatchKind.OPENED)
    for kind, seconds in ((WatchKind.STARTED, 0), (WatchKind.PROGRESS, 600), (WatchKind.ABANDONED, 3725)):
        observed.watch(1, 1, kind, seconds)
    observed.watch(1, 1, WatchKind.FINISHED, 6000)
    observed.train("full", 3)
    observed.add_movie("New", 2026, ("Drama",))
    assert logged == [
        Login("Ana", new=True), Rate({"Alien (1979)": 4.5}), TakeBack(("Alien (1979)",)),
        Search("stal", "Sci-Fi"), Open("Stalker (1979)"),
        Watch("Stalker (1979)", until="1:02:05"), Watch("Stalker (1979)", until="end"),
        Train("full", 3, wait=False), AddMovie("New", 2026, ("Drama",)),
    ]  # fmt: skip


def test_a_new_viewer_logs_in_once_and_others_come_and_go(observed: ObservedService, logged: list[Step]) -> None:
    eve = observed.new_viewer("Eve")
    observed.remember_viewer(eve)
    observed.rate(2, 1, 3)
    observed.rate(eve.user_id, 1, 4)
    assert logged == [
        Login("Eve", new=True), Login("Ben", new=True), Rate({"Stalker (1979)": 3}),
        Login("Eve"), Rate({"Stalker (1979)": 4}),
    ]  # fmt: skip


def test_the_toggle_is_logged_when_it_changes(observed: ObservedService, logged: list[Step]) -> None:
    observed.remember_viewer(observed.viewer("Ana"))
    on = Diversity(on=True, strength=0.4, method="calibrated")
    for wanted in (Diversity(), on, on, replace(on, strength=0.9, method="mmr")):
        observed.request_list(1, diversity=wanted)
    in_full = Diversify(on=True, strength=0.4, method="calibrated")  # another version may have other defaults
    assert logged[1:] == [in_full, Diversify(strength=0.9, method="mmr")]


def test_the_lens_is_logged_when_it_moves(observed: ObservedService, logged: list[Step]) -> None:
    """For each viewer by themselves."""
    observed.remember_viewer(observed.viewer("Ana"))
    for user_id, lens in ((1, 2), (1, 4), (1, 4), (2, 2), (2, 3), (1, 4), (1, 2)):
        observed.request_list(user_id, lens=lens)
    assert logged[1:] == [LensStep("loved"), Login("Ben"), LensStep("mostly-loved"), Login("Ana"), LensStep("middle")]


def test_what_is_refused_is_not_logged(observed: ObservedService, logged: list[Step]) -> None:
    observed.remember_viewer(observed.viewer("Ana"))
    with pytest.raises(Exception, match="half"):
        observed.rate(1, 2, 4.3)
    assert logged == [Login("Ana", new=True)]


def test_a_login_carries_the_ratings_that_no_other_database_has(observed: ObservedService, logged: list[Step]) -> None:
    observed._service.rate(1, 2, 4.5)  # an evening that nobody recorded
    observed._service.rate(1, 1, 2)
    observed._service.take_back(1, 1)
    observed.remember_viewer(observed.viewer("Ana"))
    observed.rate(1, 1, 3)
    observed.rate(2, 1, 3)
    observed.rate(1, 1, 4)
    assert [step for step in logged if isinstance(step, Login)] == [
        Login("Ana", began_with={"Alien (1979)": 4.5}), Login("Ben", new=True), Login("Ana"),
    ]  # fmt: skip
