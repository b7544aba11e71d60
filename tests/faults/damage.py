"""The ways in which any file is damaged."""

from __future__ import annotations

import random


def damaged(chance: random.Random, data: bytes) -> bytes:
    """Some bytes flipped, cut off, doubled, taken out or zeroed; never the same as before."""
    spoiled = bytearray(data)
    at = chance.randrange(len(data))
    end = min(len(data), at + chance.choice((1, 16, 500)))
    way = chance.choice(("flip", "flip", "flip", "end", "cut", "double", "take", "zero"))
    if way == "flip":
        for _ in range(chance.choice((1, 1, 2, 8))):
            spoiled[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif way == "end":  # where an archive keeps its directory
        spoiled[-chance.randrange(1, min(len(data), 600))] ^= 1 << chance.randrange(8)
    elif way == "cut":
        del spoiled[at:]
    elif way == "double":
        spoiled[at:at] = spoiled[at:end]
    elif way == "take":
        del spoiled[at:end]
    else:
        spoiled[at:end] = bytes(end - at)
    return bytes(spoiled) if spoiled != data else damaged(chance, data)
