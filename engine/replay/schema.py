"""The JSON Schema of a script, for editors: msgspec's of the classes in `steps.py`, and the short forms of YAML.

`python -m engine.replay.schema` writes it; a test proves that the file in the repository is current.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import json
import sys
import textwrap
from pathlib import Path
from typing import Any, cast

import msgspec

from engine.replay.steps import STEPS, Bounds, EngineFigures, Metrics, Part

FILE = Path(__file__).with_name("session.schema.json")
Schema = dict[str, Any]

_FORMS: dict[str, Schema] = {
    "string": {"type": ["string", "number"]},  # a title may be all digits, and needs no quotes then
    "boolean": {"enum": [True, False, "on", "off", "yes", "no"]},
    "null": {"enum": [None, "none"]},
}
"""What YAML writes for a type."""


def schema() -> Schema:
    """The whole schema, as plain data."""
    parts: tuple[type[Part], ...] = (*STEPS.values(), Bounds, Metrics, EngineFigures)
    _, found = msgspec.json.schema_components(parts, ref_template="#/$defs/{name}")
    steps = {word: {"$ref": f"#/$defs/{cls.__name__}"} for word, cls in STEPS.items()}
    one = {"type": "object", "properties": steps, "additionalProperties": False, "minProperties": 1, "maxProperties": 1}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A Matinée session script",
        "description": "A list of steps, each a mapping with one key.",
        "type": "array",
        "minItems": 1,
        "items": {"anyOf": [one, {"const": "wait"}]},
        "$defs": {cls.__name__: _with_short_form(cls, found[cls.__name__]) for cls in parts},
    }


def text() -> str:
    """The file's content."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def _with_short_form(cls: type[Part], long: Schema) -> Schema:
    """A step, or a part of one: its fields with their texts, or the field that it can be in short."""
    texts = _field_texts(cls)
    fields = {name: {"description": texts[name]} | _in_yaml(field) for name, field in long["properties"].items()}
    says = {"description": " ".join(long["description"].split())}
    if cls.WHOLE:
        return fields[cls.WHOLE] | says
    required = {"required": long["required"]} if long["required"] else {}
    forms: list[Schema] = [{"type": "object", "properties": fields, "additionalProperties": False} | required]
    if cls.SHORT:
        forms.append({key: rule for key, rule in fields[cls.SHORT].items() if key != "description"})
    if not required:
        forms.append(_FORMS["null"])
    return says | (forms[0] if len(forms) == 1 else {"anyOf": forms})


def _in_yaml(rule: Schema) -> Schema:
    """A field's rule, with what YAML may write in place of its type."""
    rule = {key: value for key, value in rule.items() if key != "default"}
    if "anyOf" in rule:
        return rule | {"anyOf": [_in_yaml(each) for each in rule["anyOf"]]}
    if rule.get("type") == "array":
        items = _in_yaml(rule["items"])
        return {"anyOf": [{"type": "array", "minItems": 1, "items": items}, items]}
    if isinstance(rule.get("additionalProperties"), dict):
        return rule | {"minProperties": 1, "additionalProperties": _in_yaml(rule["additionalProperties"])}
    if rule.get("type") in _FORMS and "pattern" not in rule:
        return {key: value for key, value in rule.items() if key != "type"} | _FORMS[rule["type"]]
    return rule


def _field_texts(cls: type[Part]) -> dict[str, str]:
    """The text that stands under each field in the source."""
    body = cast("ast.ClassDef", ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]).body
    texts = {}
    for field, below in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            texts[cast("ast.Name", field.target).id] = " ".join(str(below.value.value).split())
    return texts


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"{FILE}\n")
