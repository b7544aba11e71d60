"""What the store can hold. A line beyond these bounds is a bad line, found before anything is written."""

from __future__ import annotations

YEARS = range(1870, 2201)
"""Release years; a four-digit number outside is part of the title."""
MAX_TIME = 253_402_300_799
"""The last second of the year 9999, in epoch seconds."""
MAX_ID = 40
"""Bytes of an id. It is also the viewer's name, and has to leave room for the source that a clash adds."""
MAX_TITLE = 300
"""Characters of a title."""
