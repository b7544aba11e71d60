"""Titles as data sets write them, turned into titles as people read them.

`Postman, The (1994)` is the movie *The Postman* of 1994. The raw text is kept beside it, since it is the only thing
that an export can give back unchanged.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from engine.importing.limits import YEARS

_YEAR = re.compile(r"\(([0-9]{4})\)")
_GROUP = re.compile(r"(\([^()]*\))")
_ARTICLE = re.compile(
    r"(?P<alias>a\.k\.a\.\s+)?(?P<body>\S.*?),\s+"
    r"(?P<article>(?:The|A|An|Le|La|Les|Il|El|Los|Das|Der|Die)|(?P<elided>L['’]))"
)


class Title(NamedTuple):
    """A title in the parts that the store keeps."""

    display: str
    """Year removed, trailing articles moved to the front."""
    year: int | None
    raw: str
    """As the file has it, edge spaces included."""


def parse_title(raw: str) -> Title:
    """Read one title. A title that is nothing but a year keeps it as its text: `(1984)` has to be called something."""
    text, year = _take_year(" ".join(raw.split()))
    return Title(move_articles(text), year, raw)


def move_articles(text: str) -> str:
    """Move the trailing article of a title, and of each alternative title in parentheses, to the front.

    `City of Lost Children, The (Cité des enfants perdus, La)` becomes
    `The City of Lost Children (La Cité des enfants perdus)`.
    """
    whole = _move(text)
    if whole != text:
        return whole
    head, *rest = _GROUP.split(text)
    moved = [f"({_move(part[1:-1])})" if part.startswith("(") else part for part in rest]
    stem = head.rstrip()
    return _move(stem) + head[len(stem) :] + "".join(moved)


def _move(text: str) -> str:
    match = _ARTICLE.fullmatch(text)
    if match is None:
        return text
    space = "" if match["elided"] else " "
    return f"{match['alias'] or ''}{match['article']}{space}{match['body']}"


def _take_year(text: str) -> tuple[str, int | None]:
    years = [match for match in _YEAR.finditer(text) if int(match[1]) in YEARS]
    if not years:
        return text, None
    last = years[-1]
    before, after = text[: last.start()].rstrip(), text[last.end() :].strip()
    left = " ".join(part for part in (before, after) if part)
    return (left, int(last[1])) if left else (text, None)
