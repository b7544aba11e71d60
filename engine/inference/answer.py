"""What a viewer is told at once: their list by ids, with its reasons, and what diversity and the lens changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.data.arrays import Array
from engine.inference.recommend import Listing
from engine.inference.user import UserInference
from engine.types import MIDDLE, DiversityMethod, ListItem, Order, Reason


@dataclass(frozen=True, slots=True)
class Answer:
    """A list, and the viewer whose scores and stars of all movies are there without another pass."""

    viewer: UserInference
    order: Order
    """What ordered the list: not always what was asked for, see `ServingModel.order`."""
    made: Listing
    items: tuple[ListItem, ...]
    plain_movies: tuple[int, ...]
    """The list without diversity."""
    middle: Listing | None
    """The list with neither lens nor diversity, which what they do is compared with; None where no lens is in use."""
    middle_movies: tuple[int, ...]

    @property
    def brought_in(self) -> tuple[int, ...]:
        """Movies that only diversity brought in."""
        return tuple(item.movie_id for item in self.items if item.for_variety)

    @property
    def pushed_out(self) -> tuple[int, ...]:
        """Movies that diversity left no place for."""
        listed = {item.movie_id for item in self.items}
        return tuple(movie for movie in self.plain_movies if movie not in listed)


def answered(
    viewer: UserInference, ids: Sequence[Any], genre_MxG: Array, n: int, strength: float, method: DiversityMethod
) -> Answer:
    """The answer of n movies; `ids` are those of the columns."""
    made = viewer.make_list(genre_MxG, n, strength, method)
    plain = _ids(ids, made.plain_movies)
    reasons = reasons_by_id(viewer, ids, made.movies, in_a_sentence=True)
    listed = _ids(ids, made.movies)
    for_variety = [movie not in plain for movie in listed]
    scores, stars, familiar = made.scores.tolist(), made.stars.tolist(), made.familiar.tolist()
    intervals = zip(made.low.tolist(), made.high.tolist(), strict=True)
    rows = zip(listed, scores, stars, reasons, for_variety, intervals, familiar, strict=True)
    items = tuple(ListItem(*row) for row in rows)
    order = viewer.serving.order(viewer.ranking)
    through_a_lens = order == "relevance" and viewer.ranking.lens != MIDDLE
    middle = viewer.through(MIDDLE).make_list(genre_MxG, n) if through_a_lens else None
    return Answer(viewer, order, made, items, plain, middle, _ids(ids, middle.movies) if middle else ())


def reasons_by_id(
    viewer: UserInference, ids: Sequence[Any], targets: Array, n: int = 3, *, in_a_sentence: bool = False
) -> list[tuple[Reason, ...]]:
    """What `UserInference.reasons` finds for each target movie, by ids."""
    rated = viewer.ratings
    stars = dict(zip(rated.movie_N.tolist(), (rated.half_N / 2).tolist(), strict=True))
    found = viewer.reasons(targets, n, in_a_sentence=in_a_sentence)
    return [tuple(Reason(ids[m], stars[m], share, rating) for m, share, rating in some) for some in found]


def _ids(ids: Sequence[Any], columns: Array) -> tuple[Any, ...]:
    return tuple([ids[column] for column in columns.tolist()])
