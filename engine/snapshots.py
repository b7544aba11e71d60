"""What the lab shows of a model: frozen pictures of numbers, taken by the engine and sent in small messages.

Plain data, like `engine.types`: the screens draw it, the scripts expect things of it, and neither needs the model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from engine.types import Diversity

StarsPart = Literal["mean", "movie", "viewer", "decoder", "implicit", "silent", "units", "network", "neighbours", "features",
                    "range"]  # fmt: skip
"""What predicted stars are made of; see `StarsShare`."""


@dataclass(frozen=True, slots=True)
class StarsShare:
    """One part of a movie's predicted stars; all parts add up to them.

    `mean` of all ratings, the biases of the `movie` and the `viewer`; of the implicit network what the hidden units say
    by the movie's own `decoder` row and by the `implicit` part of it, its raters; of the study's network what it says
    with its last `units` at 0 (`silent`) and what these add; of any other its whole say (`network`); the `neighbours`' correction; what `features` pull; and
    what is cut off at the ends of the scale (`range`).
    """

    part: StarsPart
    stars: float
    before: float
    """The same before the viewer's last rating."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The hidden units of one layer, as one viewer's ratings move them."""

    name: str
    """As the field calls it: `hidden`, or `encoder 256`."""
    now: tuple[float, ...]
    before: tuple[float, ...]
    """Before the viewer's last rating."""


@dataclass(frozen=True, slots=True)
class LastRating:
    """The newest change of a viewer's ratings."""

    movie_id: int
    half_stars: int | None
    """None: taken back."""
    before: int | None
    """Half stars before it; None where the movie was not rated."""


@dataclass(frozen=True, slots=True)
class NetworkView:
    """The network for one viewer, and what it makes of one movie."""

    user_id: int
    movie_id: int
    network: str
    trained: bool
    n_ratings: int
    """Ratings of the viewer that the model knows."""
    stars: float
    """Predicted stars: the very figure of the lists."""
    before: float
    """The same before the last rating."""
    shares: tuple[StarsShare, ...]
    layers: tuple[Layer, ...]
    unit_stars: tuple[float, ...]
    """What each unit of the last layer gives to the movie's stars."""
    last: LastRating | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """A movie and a number that belongs to it."""

    movie_id: int
    amount: float


@dataclass(frozen=True, slots=True)
class UnitView:
    """One hidden unit: what moves it, and what it says."""

    user_id: int
    layer: int
    unit: int
    value: float
    movers: tuple[Amount, ...]
    """The viewer's ratings that move it most, each with its part of the value before any ReLU."""
    raises: tuple[Amount, ...]
    """Movies whose predicted stars would fall most without the unit, with the stars that it gives."""
    lowers: tuple[Amount, ...]
    """Movies whose predicted stars would rise most without it."""


# ---------------------------------------------------------------------------------------------------------- by hand

Function = Literal["", "relu", "sigmoid", "root", "log", "utility", "max"]
"""What is done to a sum: nothing, max(x, 0), 1 / (1 + exp(-x)), √x, log x, log softplus(x - 2.5), the largest term."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a sum."""

    name: str
    value: float
    movie_id: int | None = None
    factors: tuple[float, ...] = ()
    """Where the value is their product."""


@dataclass(frozen=True, slots=True)
class Sum:
    """One piece of arithmetic: `value = function((Σ terms + rest) / over)`."""

    name: str
    value: float
    terms: tuple[Term, ...]
    rest: float = 0.0
    """Sum of the terms that are not named."""
    n_rest: int = 0
    over: float = 1.0
    function: Function = ""
    movie_id: int | None = None
    """The movie that it is about."""
    index: int | None = None
    """The unit, the viewer or the place that it is about, from 0."""


@dataclass(frozen=True, slots=True)
class Page:
    """One stage of the way."""

    name: str
    sums: tuple[Sum, ...]


@dataclass(frozen=True, slots=True)
class StepView:
    """One training step of this very model on a batch of three viewers, the first of them the one who looks."""

    user_id: int
    network: str
    yours: bool
    """Whether the first viewer of the batch is the one who looks: not before their ratings are in the model."""
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class ListView:
    """One recommendation, from the history to the list."""

    user_id: int
    pages: tuple[Page, ...]


# ------------------------------------------------------------------------------------------------- what is asked for


@dataclass(frozen=True, slots=True)
class NetworkOf:
    """The network, and what it makes of a movie."""

    movie_id: int


@dataclass(frozen=True, slots=True)
class UnitOf:
    """One hidden unit."""

    layer: int
    unit: int


@dataclass(frozen=True, slots=True)
class StepOf:
    """One training step by hand."""


@dataclass(frozen=True, slots=True)
class ListOf:
    """One recommendation by hand."""

    diversity: Diversity = field(default_factory=Diversity)
    n: int = 5


Subject = NetworkOf | UnitOf | StepOf | ListOf
"""What the lab asks for."""
View = NetworkView | UnitView | StepView | ListView
"""What the lab is shown."""
