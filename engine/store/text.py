"""Names and titles as keys: what counts as the same name, and what a search finds."""

from __future__ import annotations

import unicodedata


def name_key(name: str) -> str:
    """The form in which viewers' names must differ: one space between words, normalised, casefolded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", " ".join(name.split())).casefold())


def fold(text: str) -> str:
    """The form in which titles are searched: casefolded, accents stripped, one space between words."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(plain.casefold().split())


def like_pattern(text: str) -> str:
    """`text` anywhere, for `LIKE ? ESCAPE '!'`."""
    escaped = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"
