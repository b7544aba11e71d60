"""What the fake engine shows the lab: figures that a test can work out, and that add up as the real ones do."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from engine.snapshots import (
    Amount,
    LastRating,
    Layer,
    ListOf,
    ListView,
    NetworkOf,
    NetworkView,
    Page,
    StarsShare,
    StepOf,
    StepView,
    Subject,
    Sum,
    Term,
    UnitOf,
    UnitView,
    View,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.service.catalogue import Catalogue
    from engine.types import RatingEvent

_SIZES = {"implicit": (("hidden", 96),), "study": tuple(
    (f"{side} {size}", size) for side, size in
    (("encoder", 256), ("encoder", 128), ("encoder", 64), ("decoder", 128), ("decoder", 256))
)}  # fmt: skip


def view_of(
    user_id: int, subject: Subject, rated: Mapping[int, RatingEvent], log: Sequence[RatingEvent], catalogue: Catalogue,
    network: Literal["study", "implicit"] = "implicit",
) -> View:  # fmt: skip
    """The view of a subject; `log` is the viewer's, newest first."""
    match subject:
        case NetworkOf(movie_id):
            return _network(user_id, movie_id, rated, log, network)
        case UnitOf(layer, unit):
            movies = [movie.movie_id for movie in catalogue.movies]
            return UnitView(
                user_id, layer, unit, _value(layer, unit, len(rated)),
                tuple(Amount(movie, 0.1 * (event.stars or 0)) for movie, event in rated.items()),
                tuple(Amount(movie, 0.3 - 0.05 * at) for at, movie in enumerate(movies[:6])),
                tuple(Amount(movie, -0.3 + 0.05 * at) for at, movie in enumerate(movies[::-1][:6])),
            )  # fmt: skip
        case StepOf():
            return StepView(user_id, network, bool(rated), step_pages())
        case ListOf():
            five = tuple(Term("", 4.5 - 0.1 * at, movie.movie_id) for at, movie in enumerate(catalogue.movies[:5]))
            return ListView(user_id, (Page("list", (Sum("list_stars", 4.3, five, over=5.0),)),))


def step_pages() -> tuple[Page, ...]:
    """Two pages of a step, with every kind of line."""
    unit = Sum(
        "unit", 0.4,
        (Term("residual_weight", 0.6, 2, (1.667, 0.9, 0.4)), Term("rated_weight", -0.1, 3, (1.667, 1.0, -0.06))),
        rest=0.3, n_rest=9, over=2.0, index=12,
    )  # fmt: skip
    loss = Sum("loss", 0.8125, (Term("", 2.25, 2, (1.5, 1.5)), Term("", 1.0, 3, (-1.0, -1.0))), over=4.0)
    return Page("hidden", (unit,)), Page("loss", (loss,))


def _value(layer: int, unit: int, n_ratings: int) -> float:
    return math.sin(0.7 * unit + layer) * (0.5 + 0.1 * n_ratings)


def _layer(at: int, name: str, size: int, network: str, n_ratings: int) -> Layer:
    now, before = ([_value(at, unit, n) for unit in range(size)] for n in (n_ratings, n_ratings - 1))
    if network == "study":
        now, before = ([max(0.0, value) for value in values] for values in (now, before))
    return Layer(name, tuple(now), tuple(before))


def _network(
    user_id: int, movie_id: int, rated: Mapping[int, RatingEvent], log: Sequence[RatingEvent],
    network: Literal["study", "implicit"],
) -> NetworkView:  # fmt: skip
    n = len(rated)
    names = (
        (("silent", 2.5), ("units", 0.2 * n))
        if network == "study"
        else (("mean", 3.53), ("movie", 0.31), ("viewer", -0.02 * n), ("decoder", 0.15 * n), ("implicit", -0.03 * n))
    )
    parts = (*names, ("neighbours", 0.08), ("features", 0.0), ("range", 0.0))
    fixed = ("mean", "movie", "silent")
    earlier = {name: stars if name in fixed or not n else stars * (n - 1) / n for name, stars in parts}
    shares = [StarsShare(name, stars, earlier[name]) for name, stars in parts]  # type: ignore[arg-type]
    layers = [_layer(at, *each, network, n) for at, each in enumerate(_SIZES[network])] if n else []
    last = None
    if log:
        given = [event.half_stars for event in log[1:] if event.movie_id == log[0].movie_id]
        last = LastRating(log[0].movie_id, log[0].half_stars, given[0] if given else None)
    own = sum(share.stars for share in shares if share.part in ("decoder", "implicit", "units"))
    size = len(layers[-1].now) if layers else 0
    unit_stars = (own / size,) * size
    return NetworkView(
        user_id, movie_id, network, True, n, sum(share.stars for share in shares),
        sum(share.before for share in shares), tuple(shares), tuple(layers), unit_stars, last,
    )  # fmt: skip
