"""Names and titles as keys: what counts as the same name, and what a search finds."""

from __future__ import annotations

import unicodedata

from engine.plain_text import plain


def name_key(name: str) -> str:
    """The form in which viewers' names must differ: one space between words, normalised, casefolded."""
    normalised = unicodedata.normalize("NFC", " ".join(encodable(name).split()))
    return unicodedata.normalize("NFC", normalised.casefold())


def fold(text: str) -> str:
    """The form in which titles are searched: casefolded, accents stripped, one space between words."""
    decomposed = unicodedata.normalize("NFKD", encodable(text).casefold())
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(plain.casefold().split())


def tidy(text: str) -> str:
    """The text as it is stored and shown: one space between words, no control characters, nothing that is no text."""
    return " ".join(plain(text.encode("utf-8", "ignore").decode("utf-8")).split())


def encodable(text: str) -> str:
    """The text with ? for what is no character, such as a byte of the command line that was not UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def like_pattern(text: str) -> str:
    """`text` anywhere, for `LIKE ? ESCAPE '!'`."""
    escaped = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"
