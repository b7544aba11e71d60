"""The JSON Schema of a script, made from the types of `steps.py` and the texts under their fields.

`python -m engine.replay.schema` writes it; a test proves that the file in the repository is current.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
import json
import sys
import textwrap
import types
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Union, cast, get_args, get_origin

from engine.replay.expectations import Bounds, EngineFigures, Metrics
from engine.replay.forms import hints_of, required_of
from engine.replay.kinds import MAX_EPOCHS, AnyStep, Epochs, File, Genre, MovieName, Place, Stars
from engine.replay.steps import STEPS

FILE = Path(__file__).with_name("session.schema.json")
Schema = dict[str, Any]

_TITLE: Schema = {"type": ["string", "number"]}
"""A title may be all digits, and need no quotes then."""
_KINDS: dict[Any, Schema] = {
    str: _TITLE,
    bool: {"enum": [True, False, "on", "off", "yes", "no"]},
    float: {"type": "number"},
    int: {"type": "integer", "minimum": 0},
    Stars: {"type": "number", "minimum": 0.5, "maximum": 5, "multipleOf": 0.5},
    Epochs: {"type": "integer", "minimum": 1, "maximum": MAX_EPOCHS},
    MovieName: _TITLE,
    Genre: {"type": "string"},
    File: {"type": "string", "not": {"pattern": r"(^|[/\\])\.\.([/\\]|$)|^[/\\~]|^[^/\\]*:"}},
    Place: {"type": "string", "pattern": r"^(start|end|\d{1,3}(\.\d+)? ?%|\d{1,4} ?min|\d{1,2}:[0-5]\d:[0-5]\d)$"},
    AnyStep: {"type": "object", "minProperties": 1, "maxProperties": 1},
}


_PARTS = (Bounds, Metrics, EngineFigures)
"""Classes within steps."""


def schema() -> Schema:
    """The whole schema, as plain data."""
    steps = {word: {"$ref": f"#/$defs/{word}"} for word in STEPS}
    one = {"type": "object", "properties": steps, "additionalProperties": False, "minProperties": 1, "maxProperties": 1}
    bare = {"const": "wait"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A Matinée session script",
        "description": "A list of steps, each a mapping with one key.",
        "type": "array",
        "minItems": 1,
        "items": {"$ref": "#/$defs/step"},
        "$defs": {"step": {"anyOf": [one, bare]}}
        | {word: _class(cls) for word, cls in STEPS.items()}
        | {cls.__name__: _class(cls) for cls in _PARTS},
    }


def text() -> str:
    """The file's content."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def _class(cls: type) -> Schema:
    """The schema of a step, or of a part of one: its fields, or its short form."""
    says = " ".join((cls.__doc__ or "").split())
    hints, texts = hints_of(cls), _field_texts(cls)
    whole = getattr(cls, "WHOLE", None)
    if whole:
        return {"description": says} | _type(hints[whole])
    fields = {name: {"description": texts[name]} | _type(hint) for name, hint in hints.items()}
    long: Schema = {"type": "object", "properties": fields, "additionalProperties": False}
    if required := required_of(cls):
        long["required"] = required
    forms = [long]
    if short := getattr(cls, "SHORT", None):
        forms.append(_type(hints[short]))
    if not required:
        forms.append({"type": "null"})
    return {"description": says} | (long if len(forms) == 1 else {"anyOf": forms})


def _type(hint: Any) -> Schema:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        wanted = next(arg for arg in args if arg is not type(None))
        return {"anyOf": [_type(wanted), {"enum": [None, "none"]}]}
    if origin is Literal:
        return {"enum": list(args)}
    if origin is tuple:
        return {"anyOf": [{"type": "array", "minItems": 1, "items": _type(args[0])}, _type(args[0])]}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "minProperties": 1, "additionalProperties": _type(args[1])}
    if dataclasses.is_dataclass(hint):
        return {"$ref": f"#/$defs/{cast('type', hint).__name__}"}
    return dict(_KINDS[hint])


@lru_cache
def _field_texts(cls: type) -> dict[str, str]:
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
