"""What may order a list, by the names that people and programs give; see `engine.inference.relevance`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, get_args

from engine.errors import BadOrder
from engine.text import suggest
from engine.types import LENSES, MIDDLE, Order


@dataclass(frozen=True, slots=True)
class Ranking:
    """What orders a list."""

    order: Order = "relevance"
    """By relevance, by the choice score alone, or by predicted stars alone."""
    lens: int = MIDDLE
    """0 (familiar) to 4 (loved); of relevance only."""

    @classmethod
    def of(cls, order: str = "relevance", lens: int | str = MIDDLE) -> Self:
        """By name, the lens also by number. Raises BadOrder."""
        if order not in get_args(Order):
            raise BadOrder(f"there is no order {order!r}; {suggest(order, get_args(Order))}")
        return cls(order, lens_number(lens))  # type: ignore[arg-type]  # it is one of them


def lens_number(lens: int | str) -> int:
    """A lens by its name or its number, 0 to 4. Raises BadOrder."""
    if str(lens) in LENSES:
        return LENSES.index(str(lens))
    if str(lens) in map(str, range(len(LENSES))):
        return int(lens)
    raise BadOrder(f"there is no lens {lens!r}; {suggest(str(lens), LENSES)}, or a number from 0 to {len(LENSES) - 1}")
