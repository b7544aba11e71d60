"""A few hundred keys drawn at random over every screen, at two sizes; `monkey.py` has the long walk."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.monkey import Monkey


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("seed", [1, 2])
def test_no_order_of_keys_breaks_a_screen(seed: int, size: tuple[int, int], tmp_path: Path) -> None:
    monkey = Monkey(keys=250, size=size, seed=seed)
    monkey.walk(tmp_path)
    assert monkey.pressed == 250
    assert len(monkey.seen) > 4
