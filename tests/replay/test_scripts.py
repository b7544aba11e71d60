"""Good scripts: their forms, their way back to YAML, and the schema that describes them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args, get_origin

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from engine import paths
from engine.replay import schema, values
from engine.replay.reader import load, parse
from engine.replay.rules import faults_of
from engine.replay.script import as_plain, to_line
from engine.replay.steps import (
    STEPS,
    About,
    Diversify,
    Expect,
    LensStep,
    Login,
    Note,
    Part,
    Rate,
    Step,
    TakeBack,
    Train,
    Wait,
    Watch,
    fields_of,
)

SESSIONS = sorted((paths.fixtures() / "sessions").glob("*.yaml"))


def steps_of(text: str) -> list[Step]:
    return [line.step for line in parse(text.encode(), Path("x.yaml")).lines]


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("- login: Ana", Login("Ana")),
        ("- login: {name: Ana, new: yes}", Login("Ana", new=True)),
        ("- {login: 17}", Login("17")),
        ("- login: Ana\n- wait", Wait()),
        ("- login: Ana\n- wait:", Wait()),
        ("- login: Ana\n- rate: {1917: 4, No: 3.5, Alien (1979): 5}", Rate({"1917": 4, "No": 3.5, "Alien (1979)": 5})),
        ("- login: Ana\n- take_back: Alien", TakeBack(("Alien",))),
        ("- login: Ana\n- take_back: [Alien, Brazil]", TakeBack(("Alien", "Brazil"))),
        ("- login: Ana\n- diversity: on", Diversify(on=True)),
        ("- login: Ana\n- diversity: {strength: 0.6, method: mmr}", Diversify(strength=0.6, method="mmr")),
        ("- login: Ana\n- lens: mostly-loved", LensStep("mostly-loved")),
        ("- login: Ana\n- lens: {at: familiar}", LensStep("familiar")),
        ("- login: Ana\n- train: incremental", Train("incremental")),
        ("- login: Ana\n- train:", Train()),
        ("- login: Ana\n- watch: {movie: Alien, until: '1:05:00'}", Watch("Alien", until="1:05:00")),
        ("- login: Ana\n- expect: {rated: {Alien: none, Brazil: 4}}", Expect(rated={"Alien": None, "Brazil": 4.0})),
        ("- login: Ana\n- note: >\n    two\n    lines\n", Note("two lines\n")),
    ],
)  # fmt: skip
def test_forms_of_steps(text: str, step: Step) -> None:
    assert steps_of(text)[-1] == step


def test_a_step_that_must_fail_may_hold_what_no_database_takes() -> None:
    step = steps_of("- login: Ana\n- expect: {error: half, when: {rate: {Alien: 4.3}}}")[-1]
    assert isinstance(step, Expect)
    assert step.when == Rate({"Alien": 4.3})


def test_a_script_is_the_same_whatever_its_comments_and_forms() -> None:
    one = parse(b"# a comment\n- login: Ana\n- expect: {size: 5}\n", Path("x.yaml"))
    other = parse(b"- login: {name: Ana}\n\n- expect: {size: {exactly: 5.0}}\n", Path("y.yaml"))
    assert one.digest == other.digest
    assert one.digest != parse(b"- login: Ana\n- expect: {size: 4}\n", Path("x.yaml")).digest


def test_any_prefix_of_a_written_script_is_a_script() -> None:
    text = "".join(to_line(step) for step in (About("A", data="b"), Login("Ana", new=True), Rate({"X": 5}), Wait()))
    for n in range(1, 5):
        assert len(steps_of("".join(text.splitlines(keepends=True)[:n]))) == n


# ----------------------------------------------------------------------------------------------------- there and back

_TEXT = st.text(min_size=1).filter(str.strip).map(lambda text: text.replace("\r", " "))
_KINDS: tuple[tuple[Any, st.SearchStrategy[Any]], ...] = (
    (str, _TEXT),
    (bool, st.booleans()),
    (float, st.floats(0, 1).map(lambda value: float(f"{value:g}"))),
    (values.Count, st.integers(1, 10**9)),
    (values.Strength, st.floats(0, 1).map(lambda value: float(f"{value:g}"))),
    (values.MovieName, _TEXT),
    (values.Genre, _TEXT),
    (values.Stars, st.integers(1, 10).map(lambda half: half / 2)),
    (values.Epochs, st.integers(1, 1_000)),
    (values.File, st.sampled_from(["a.csv", "a/b.zip", "é ü.svg"])),
    (values.Position, st.sampled_from(["start", "end", "40%", "25 min", "1:05:00"])),
    (values.AnyStep, st.just(Login("Ana"))),
)


def _values(kind: Any) -> st.SearchStrategy[Any]:
    origin, args = get_origin(kind), get_args(kind)
    if type(None) in args:
        return st.none() | _values(args[0])
    if origin is Literal:
        return st.sampled_from(args)
    if origin is tuple:
        return st.lists(_values(args[0]), min_size=1, max_size=3).map(tuple)
    if origin is Mapping:
        return st.dictionaries(_values(args[0]), _values(args[1]), min_size=1, max_size=3)
    if isinstance(kind, type) and issubclass(kind, Part):
        return _parts(kind)
    return next(strategy for known, strategy in _KINDS if known == kind)


def _parts(cls: Any) -> st.SearchStrategy[Any]:
    fields = fields_of(cls).items()
    always = {name: _values(field.type) for name, field in fields if field.required}
    sometimes = {name: _values(field.type) for name, field in fields if not field.required}
    return st.fixed_dictionaries(always, optional=sometimes).map(lambda values: cls(**values))


@given(st.sampled_from(sorted(STEPS)).flatmap(lambda word: _parts(STEPS[word])))
def test_a_written_step_reads_as_it_was(step: Step) -> None:
    if next(faults_of(step), None) or (isinstance(step, Expect) and "\x00" in str(step)):
        return
    line = to_line(step)
    first = "" if isinstance(step, About | Login) else "- login: Ana\n"
    assert line.count("\n") == 1
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in line[:-1]):
        return
    assert steps_of(first + line)[-1] == step


# ------------------------------------------------------------------------------------------------------------- schema


def test_the_schema_in_the_repository_is_current() -> None:
    assert schema.FILE.read_text(encoding="utf-8") == schema.text(), "run `python -m engine.replay.schema`"


def fits(value: Any, rule: dict[str, Any], root: dict[str, Any]) -> bool:
    """As much of JSON Schema as ours uses; an unknown word is an error."""
    checks = {
        "$ref": lambda ref: fits(value, root["$defs"][ref.rpartition("/")[2]], root),
        "anyOf": lambda rules: any(fits(value, each, root) for each in rules),
        "not": lambda other: not fits(value, other, root),
        "type": lambda names: any(_is(value, name) for name in ([names] if isinstance(names, str) else names)),
        "enum": lambda values: value in values,
        "const": lambda wanted: value == wanted,
        "items": lambda each: all(fits(item, each, root) for item in value),
        "properties": lambda known: all(fits(value[key], known[key], root) for key in known if key in value),
        "additionalProperties": lambda extra: all(
            extra is not False and fits(value[key], extra, root) for key in value.keys() - rule.get("properties", {})
        ),
        "required": lambda names: all(name in value for name in names),
        "minProperties": lambda n: len(value) >= n,
        "maxProperties": lambda n: len(value) <= n,
        "minItems": lambda n: len(value) >= n,
        "minimum": lambda least: value >= least,
        "maximum": lambda most: value <= most,
        "multipleOf": lambda part: value % part == 0,
        "pattern": lambda pattern: re.search(pattern, value) is not None,
        "description": lambda _: True, "title": lambda _: True, "$schema": lambda _: True, "$defs": lambda _: True,
    }  # fmt: skip
    order = sorted(rule, key=lambda word: word != "type")  # the type first: the others rely on it
    return all(checks[word](rule[word]) for word in order)


class Yaml12(yaml.SafeLoader):
    """As editors read YAML: `on` is a text, and so is `1:05:00`."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


for _tag, _pattern in (
    ("bool", "true|false"), ("null", "null|~|"), ("int", r"-?\d+"), ("float", r"-?\d*\.\d+"),
):  # fmt: skip
    Yaml12.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), None)


def _is(value: Any, name: str) -> bool:
    types = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "null": type(None)}
    if name == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, types[name]) and (name == "boolean" or not isinstance(value, bool))


@given(st.sampled_from(sorted(STEPS)).flatmap(lambda word: _parts(STEPS[word])))
def test_the_schema_takes_what_the_writer_writes(step: Step) -> None:
    if next(faults_of(step), None) is None:
        rules = json.loads(schema.FILE.read_text(encoding="utf-8"))
        assert fits([as_plain(step)], rules, rules)


@pytest.mark.parametrize("path", SESSIONS, ids=lambda path: path.stem)
def test_the_scripts_that_ship_fit_the_schema_and_tell_a_story(path: Path) -> None:
    rules = json.loads(schema.FILE.read_text(encoding="utf-8"))
    assert fits(yaml.load(path.read_text(encoding="utf-8"), Yaml12), rules, rules)
    script = load(path)
    assert script.about.story
    assert any(isinstance(line.step, Expect) for line in script.lines)


@pytest.mark.parametrize(
    "text",
    [
        "- lgin: Ana",
        "- rate: {Alien: 4.3}",
        "- watch: {until: end}",
        "- train: {epochs: 1001}",
        "- train: {epochs: 0}",
        "- import: ../x",
        "[]",
        "- login: {name: Ana, x: 1}",
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(text: str) -> None:
    rules = json.loads(schema.FILE.read_text(encoding="utf-8"))
    assert not fits(yaml.safe_load(text), rules, rules)
