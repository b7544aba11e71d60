"""Texts that would steer a terminal, hide or turn a line around, and a look for what is left of that in an output.

The look goes by the categories of Unicode, not by the patterns that it judges.
"""

from __future__ import annotations

import random
import re
import unicodedata

SEEN = "Nosferatu"
"""Stands in every hostile text, and must still be there afterwards."""
_PIECES = (
    "\x1b]0;mine\x07", "\x1b]2;mine\x1b\\", "\x1b]52;c;bWluZQ==\x07", "\x1b]8;;http://example.org\x07", "\x1b]0;open",
    "\x1b[31m", "\x1b[2J", "\x1b[1;1H", "\x1b[?1049h", "\x1b[6n", "\x1bc", "\x1b(0", "\x1b#8", "\x1bPq\x1b\\", "\x1b",
    "\x9b31m", "\x9b2J", "\x9d0;mine\x9c", "\x90q\x9c", "\x85", "\x84", "\x8d", "\x07", "\x08", "\r", "\n", "\t",
    "\x0b", "\x0c", "\x0e", "\x00", "\x7f", "\u202e", "\u202d", "\u2066", "\u2067", "\u2069", "\u200e", "\u061c",
    "\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u180e", "\u2028", "\u2029", "\U000e0041", "[/]", "[bold]",
    "[red", "[@click=app.quit]", "\\[", ":smile:", "%s", "é", "映画", "👨\u200d👩\u200d👧",
)  # fmt: skip
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_PICTURE_MOVES = re.compile(r"\x1b\[(?:\?25[lh]|2J|\d+;1H)")
_JOINERS = "\u200c\u200d"


def hostile_texts(count: int, seed: int = 0) -> list[str]:
    """So many different texts, each with something hostile; a line end keeps the words out of what stands before."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        around = chance.choices(_PIECES, k=chance.randint(2, 5))
        at = chance.randint(0, len(around))
        made.append("".join([*around[:at], f"\n{SEEN} {number}", *around[at:], chance.choice(_PIECES[:20])]))
    return made


def dangers(text: str, *, colours: bool = False, moves: bool = False) -> list[str]:
    """What in a text a terminal would obey or not show; colours and the moves of a cast may be let go."""
    if colours or moves:
        text = _COLOURS.sub("", text)
    if moves:
        text = _PICTURE_MOVES.sub("", text)
    return [f"U+{ord(c):04X} at {at}" for at, c in enumerate(text) if _is_danger(c)]


def _is_danger(character: str) -> bool:
    if character in ("\n", *_JOINERS):
        return False
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
