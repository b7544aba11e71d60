"""Session scripts damaged by a seed: every one is read, or refused with one clear line."""

from __future__ import annotations

import random
from pathlib import Path

from engine.errors import ScriptBroken
from engine.paths import fixtures
from engine.replay.reader import parse
from engine.text import plain
from tests.faults.mutated_data import mutated
from tests.faults.outcomes import Outcomes

_PIECES = (
    "- ", "  ", "\t", ": ", "{", "}", "[", "]", "'", '"', "&a ", "*a", "!!python/name:os.system ", "|", ">", "#",
    "---\n", "? ", "%YAML 1.1\n", "<<: ", "~", ".nan", "-.inf", "1e999", "0x10", "1_000", "2001-01-01", "yes",
    "login: ", "rate: ", "expect: ", "{size: 5}", "wait:\n", "\x1b[2J", "\u202e", "\ufeff", "\0", "9" * 400,
    "[" * 400, "a" * 5_000, "../../etc", "- note: x\n" * 50,
)  # fmt: skip
_LONGEST_MESSAGE = 400
"""Some list all the words that may stand in a place."""


def run(seed: int, count: int) -> Outcomes:
    """Damage and read `count` copies of the scripts that ship."""
    outcomes = Outcomes(tries=count)
    scripts = {path: path.read_bytes() for path in sorted((fixtures() / "sessions").glob("*.yaml"))}
    for number in range(count):
        chance = random.Random(f"{seed} {number}")
        path = chance.choice(list(scripts))
        label = f"seed {seed}, script {number} ({path.stem})"
        with outcomes.no_other_error(label), outcomes.within_time(label):
            outcomes.counts[_outcome(_damaged(chance, scripts[path]), path, label, outcomes)] += 1
    return outcomes


def _outcome(content: bytes, path: Path, label: str, outcomes: Outcomes) -> str:
    try:
        parse(content, Path(path.name))
    except ScriptBroken as error:
        outcomes.message(plain(str(error)), label, _LONGEST_MESSAGE)
        outcomes.expect(str(error).startswith(f"{path.name}:"), label, f"no place: {error}")
        return "refused"
    return "read"


def _damaged(chance: random.Random, content: bytes) -> bytes:
    way = chance.choice(("bytes", "piece", "piece", "lines", "words"))
    if way == "bytes":
        return mutated(chance, content)
    if way == "piece":
        at = chance.randrange(len(content) + 1)
        return content[:at] + chance.choice(_PIECES).encode() + content[at:]
    parts = content.splitlines(keepends=True) if way == "lines" else content.split(b" ")
    for _ in range(chance.randint(1, 3)):
        one, other = chance.randrange(len(parts)), chance.randrange(len(parts))
        parts[one], parts[other] = parts[other], chance.choice((parts[one], b""))
    return (b"" if way == "lines" else b" ").join(parts)
