"""What the lab shows of a model: frozen pictures of numbers, taken by the engine and sent in small messages.

Plain data, like `engine.types`: the screens draw it, the scripts expect things of it, and neither needs the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StarsPart = Literal["mean", "movie", "viewer", "decoder", "implicit", "silent", "units", "neighbours", "features",
                    "range"]  # fmt: skip
"""What predicted stars are made of; see `StarsShare`."""


@dataclass(frozen=True, slots=True)
class StarsShare:
    """One part of a movie's predicted stars; all parts add up to them.

    `mean` of all ratings, the biases of the `movie` and the `viewer`; of the implicit network what the hidden units say
    by the movie's own `decoder` row and by the `implicit` part of it, its raters; of the study's network what it says
    with its last `units` at 0 (`silent`) and what these add; the `neighbours`' correction; what `features` pull; and
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
    network: Literal["study", "implicit"]
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


Subject = NetworkOf | UnitOf
"""What the lab asks for."""
View = NetworkView | UnitView
"""What the lab is shown."""
