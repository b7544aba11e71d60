"""What a training run is made of: frozen presets, each number with its reason.

Nothing here imports jax, so that the command line can name and check a preset at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.errors import UnknownPreset
from engine.text import suggest


@dataclass(frozen=True, slots=True)
class Config:
    """One preset: the network, its training and its ranking score."""

    name: str
    network: str
    """A name of `engine.models.networks`. `study`: encoder to 256-128-64 and back; `implicit`: linear encoder, decoder
    with user factors."""
    epochs: int
    """Planned passes over the viewers, the last ones of `finish_share` included; early stopping may end before."""
    learning_rate: float
    """At the first step; falls along a cosine to zero unless `constant_rate`."""
    batch: int | None = None
    """Viewers a step; None: about a twenty-fourth of them, as a power of two from 32 to 8192."""
    constant_rate: bool = False
    """Keep the learning rate as it is, as plain gradient descent does."""
    weight_decay: float = 0.0
    """Decoupled (AdamW, Loshchilov & Hutter 2019): each step also shrinks the weights by rate x decay."""
    dropout: float = 0.0
    """Share of a viewer's ratings hidden from the encoder in each step."""
    width: int = 96
    """Hidden units of the `implicit` network."""
    members: int = 1
    """Networks of that width whose predictions are averaged; they differ in first weights and in what dropout hides."""
    layers: tuple[int, ...] = (256, 128, 64)
    """Hidden layers of the `study` network's encoder; the decoder mirrors them."""
    init_scale: float = 0.01
    """Standard deviation of the `implicit` network's first weights."""
    mixed_precision: bool = False
    """Operands of the dense products of training in bfloat16, sums and weights in float32: for GPUs. A CPU's steps over
    packed cells have no such products."""
    factors_every: int = 4
    """Steps between two updates of the user factors, whose product with the matrix costs more than a step."""
    factors_rate: float = 2.5
    """Learning rate of the user factors, as a multiple: it makes up for their fewer updates."""
    user_shrink: float = 10.0
    """Ratings at the mean that a viewer's bias is shrunk by."""
    movie_shrink: float = 10.0
    """Ratings at the mean that a movie's bias is shrunk by."""
    neighbours: int = 64
    """Most alike movies whose errors correct a movie's predicted stars (`engine.models.residual_knn`); 0 for none."""
    neighbour_weight: float = 1.1
    """Weight of that correction."""
    neighbour_prior: float = 40.0
    """Squared residuals (stars²) that a movie's own are shrunk by in a correlation: few ratings make no likeness."""
    neighbour_shrink: float = 0.02
    """Likeness to movies without an error that is added to that to the rated ones."""
    temporal_weight: float = 1.4
    """Weight of a viewer's errors near in time, where a prediction's time is known (`engine.models.temporal_bias`)."""
    temporal_seconds: float = 60.0
    """Time between two ratings at which one has half the weight for the other."""
    temporal_shrink: float = 5.0
    """Errors of 0 at the same time that are added to the viewer's own."""
    held_out: float = 0.2
    """Share of the ratings that validate and never train."""
    early_stopping: bool = True
    """Serve the weights of the epoch with the best validation RMSE; else those of the last epoch."""
    finish_share: float = 0.0
    """After the best epoch: so many more, as a share, over all ratings, held-out ones included."""
    patience: int = 8
    """With early stopping: epochs without a better validation RMSE before training ends."""
    edlae: bool = True
    """Whether the closed-form item-item model (`engine.models.edlae`) makes the ranking score."""
    edlae_ridge: float = 200.0
    """Constant ridge λ."""
    edlae_dropout: float = 0.5
    """Dropout p that the other ridge stands for: adds p / (1 - p) x the diagonal."""
    edlae_max_movies: int = 6000
    """It covers at most so many movies, the most rated ones; its cost grows with their cube."""
    edlae_user_power: float = 0.25
    """A viewer with n ratings that count weighs (100 / n) to this power: who rates a lot says less with each rating."""
    preference: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.1, 1.2)
    """How much of a preference 0.5, 1, ..., 5 stars show: for EDLAE and for popularity."""
    learn_chunk: int = 1
    """Steps of one dispatch of an incremental run; there are as many dispatches as the changed viewers ask for."""
    learn_rate: float = 5e-5
    """Learning rate of incremental steps: from half to four times as much a stream goes as well."""
    learn_batch: int = 32
    """Viewers in an incremental step: the changed ones and a replay sample."""
    learn_tolerance: float = 0.002
    """An incremental run whose held-out RMSE is worse by more than this is dropped."""
    drift_limit: float = 0.0015
    """Held-out RMSE above that of the last full training at which another one starts: before runs are dropped."""

    @property
    def hidden(self) -> int:
        """Hidden units of all members side by side."""
        return self.width * self.members


STUDY = Config(
    name="study", network="study", epochs=40, learning_rate=20.0, batch=32, constant_rate=True, edlae=False,
    early_stopping=False, learn_rate=5.0, neighbours=0, temporal_weight=0.0,
)  # fmt: skip
"""The study's model as it was: zeros where there is no rating, squared error over all cells, gradient descent."""

DEFAULT = Config(
    name="default", network="implicit", epochs=56, learning_rate=1e-3, weight_decay=5.0, dropout=0.4, finish_share=0.4,
)  # fmt: skip
"""One network for the stars, one closed-form item-item model for the order of the list."""

BEST = Config(
    name="best", network="implicit", epochs=56, learning_rate=1e-3, weight_decay=5.0, dropout=0.4, members=5,
    held_out=0.02, early_stopping=False,
)  # fmt: skip
"""Five networks averaged, trained on nearly all ratings for a number of epochs that is known to do: for figures, and
for those who can wait."""

BFLOAT16 = replace(DEFAULT, name="default-bf16", mixed_precision=True)
"""`default` with the products of training in bfloat16, for tensor cores; on a CPU the same as `default`."""

PRESETS: dict[str, Config] = {config.name: config for config in (DEFAULT, BEST, STUDY, BFLOAT16)}


def preset(name: str) -> Config:
    """The preset of that name.

    Raises UnknownPreset, naming the nearest one.
    """
    if name in PRESETS:
        return PRESETS[name]
    raise UnknownPreset(f"there is no preset {name!r}; {suggest(name, PRESETS, 0.4)}")
