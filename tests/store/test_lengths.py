from __future__ import annotations

from engine.importing.limits import MAX_NAME, MAX_TITLE
from engine.store.lengths import longest
from engine.store.users import LONGEST_NAME


def test_bounds_are_the_lengths_of_the_columns() -> None:
    assert (longest("users", "name"), longest("movies", "title"), longest("genres", "name")) == (80, 300, 60)
    assert (LONGEST_NAME, MAX_NAME, MAX_TITLE) == (80, 80, 300)
