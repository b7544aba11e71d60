"""What a script must keep to beyond the types of its values: ranges, combinations, the order of the steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.config import PRESETS
from engine.replay.nodes import short
from engine.replay.steps import (
    About,
    Bounds,
    Diversify,
    Expect,
    Login,
    Note,
    Part,
    Rate,
    Screenshot,
    Search,
    Step,
    Train,
    Wait,
    Watch,
    WhatIf,
    fields_of,
)
from engine.replay.values import MAX_EPOCHS, MAX_SEED, choice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NEED_NOBODY = (About, Login, Note, Search, Screenshot)
"""Steps that can stand before the first login."""
_CANT_FAIL = (About, Note, Screenshot, Wait, Expect)
"""Steps that make no sense in `when`."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a script."""

    at: int
    """Steps before the one that is meant."""
    text: str
    name: str = ""
    """The text in the step that is meant, where it is one."""


def first_fault(steps: Sequence[Step]) -> Fault | None:
    """The first thing that is wrong with a script; None when it can be played."""
    somebody, settled = False, True
    for at, step in enumerate(steps):
        if isinstance(step, About) and at:
            return Fault(at, "`session` says what the script is about; it stands first")
        if not somebody and not isinstance(step, _NEED_NOBODY):
            return Fault(at, f"nobody is logged in yet; put a `login` before `{step.WORD}`")
        if isinstance(step, Expect) and not settled:
            return Fault(at, "the model still trains, so nothing sure can be expected; put a `wait` before `expect`")
        for text, name in faults_of(step):
            return Fault(at, text, name)
        somebody = somebody or isinstance(step, Login)
        settled = step.wait if isinstance(step, Train) else settled or isinstance(step, Wait)
    return None


def faults_of(step: Step) -> Iterator[tuple[str, str]]:
    """What is wrong with a step's values, each with the name of what is meant, or with an empty one."""
    for movie, stars in _given_stars(step).items():
        if stars * 2 not in range(1, 11):
            yield f"`{movie}` takes 0.5 to 5 stars in half steps, not `{stars:g}`", movie
    for text in (*range_faults(step), *_combination_faults(step)):
        yield text, ""


def _given_stars(step: Step) -> Mapping[str, float]:
    if isinstance(step, WhatIf):
        return {movie: stars for movie, stars in step.stars.items() if stars is not None}
    if isinstance(step, Login):
        return step.began_with or {}
    return step.stars if isinstance(step, Rate) else {}


def range_faults(step: Step) -> Iterator[str]:
    """What is wrong with the numbers of a step that the store does not check."""
    if isinstance(step, Diversify) and step.strength is not None and not 0 <= step.strength <= 1:
        yield f"`strength` is a number from 0 to 1, not {step.strength:g}"
    if isinstance(step, Train) and step.epochs is not None and not 1 <= step.epochs <= MAX_EPOCHS:
        yield f"`epochs` is a whole number from 1 to {MAX_EPOCHS:,}, not {step.epochs:,}"


def _combination_faults(step: Step) -> Iterator[str]:
    if isinstance(step, Watch):
        if step.seconds is not None and step.until is not None:
            yield "`watch` takes `seconds` or `until`, not both"
        if step.speed < 1:
            yield "`speed` is at least 1"
    elif isinstance(step, Diversify):
        if step == Diversify():
            yield "`diversity` needs `on` or `off`, a `strength` or a `method`"
    elif isinstance(step, About):
        if step.preset is not None and step.preset not in PRESETS:
            yield f"`preset` can't be `{short(step.preset)}`; {choice(step.preset, PRESETS)}"
        if step.seed is not None and step.seed > MAX_SEED:
            yield f"`seed` is a whole number from 0 to {MAX_SEED:,}, not {step.seed:,}"
    elif isinstance(step, Login):
        if not step.name.strip():
            yield "`login` needs a name"
        if step.new and step.began_with is not None:
            yield "`login` takes `new` or `began_with`, not both: somebody new has no ratings"
    elif isinstance(step, Expect):
        yield from _expect_faults(step)


def _expect_faults(step: Expect) -> Iterator[str]:
    if step == Expect(since=step.since):
        yield "`expect` expects nothing; say what must be true"
    if (step.error is None) != (step.when is None):
        yield "`error` (part of the message) and `when` (the step that must fail) go together"
    if isinstance(step.when, _CANT_FAIL):
        yield f"`{step.when.WORD}` can't stand in `when`"
    for name in fields_of(Expect):
        for bounds in _all_bounds(getattr(step, name)):
            if bounds == Bounds():
                yield f"`{name}` needs a number, `at_least`, `at_most` or `than_before`"
            if bounds.at_least is not None and bounds.at_most is not None and bounds.at_least > bounds.at_most:
                yield f"`{name}` can't be at least {bounds.at_least:g} and at most {bounds.at_most:g}"


def _all_bounds(value: Any) -> Iterator[Bounds]:
    if isinstance(value, Bounds):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _all_bounds(each)
    elif isinstance(value, Part) and not isinstance(value, Step):
        for name in fields_of(type(value)):
            yield from _all_bounds(getattr(value, name))
