"""One step of the implicit network by hand: numpy and the chain rule, no automatic differentiation.

Everything is over the K movies that the three viewers rated: no other cell counts in the loss, and no other row of the
tables has a gradient. With x the residuals, m what is rated, s what dropout shows, n the ratings of a viewer, N those
of all three:

    h = (s x A + s m B) / √n      e = (h V' - x) m, V = W + implicit part      loss = Σ e² / N
    dL/dW = 2/N e' h              dL/dA = 2/N (s x / √n)' (e V)                dL/dB = 2/N (s m / √n)' (e V)
    Adam: μ = .9 μ + .1 g, ν = .999 ν + .001 g²; w - rate (μ̂ / (√ν̂ + 1e-8) + decay w)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from engine.data.arrays import Array
from engine.lab.batch import HandBatch
from engine.lab.sums import largest, product, worked
from engine.models.biases import centre
from engine.snapshots import Page, Sum, Term

if TYPE_CHECKING:
    from engine.recommender import Recommender

B1, B2, EPS = 0.9, 0.999, 1e-8
"""Adam's, as optax has them."""
TABLES = ("stars_MxD", "rated_MxD", "decode_MxD")
_SHOWN = 3
"""Movies of the first viewer that are followed."""


class Tables(NamedTuple):
    """The rows of the three tables, or of anything of their shape, for the K movies."""

    stars_KxD: Array
    rated_KxD: Array
    decode_KxD: Array


class ImplicitStep(NamedTuple):
    """All numbers of one step, in double precision."""

    movie_K: Array
    residual_BxK: Array
    rated_BxK: Array
    shown_BxK: Array
    count_B: Array
    above_BxK: Array
    user_B: Array
    weights: Tables
    implicit_KxD: Array
    hidden_BxD: Array
    error_BxK: Array
    loss: float
    slope_BxD: Array
    """e V: how each hidden unit should move."""
    gradient: Tables
    momentum: Tables
    variance: Tables
    """μ and ν before the step."""
    count: int
    """Steps that Adam has taken, with this one."""
    direction: Tables
    """μ̂ / (√ν̂ + ε)."""
    new: Tables
    new_loss: float


def implicit_step(model: Recommender, batch: HandBatch) -> ImplicitStep:
    """Work the step out."""
    state = model.state
    train_state = state.continuation.train_state
    assert train_state is not None  # the batch asked
    movie_K = np.flatnonzero(batch.half_BxM.any(0))
    centred = centre(batch.half_BxM.astype(np.float64), state.serving.network.host_biases)
    x_BxK, m_BxK = (np.asarray(each, np.float64)[:, movie_K] for each in (centred.residual, centred.rated))
    s_BxK, count_B = batch.shown_BxM[:, movie_K], np.asarray(centred.count_B, np.float64)
    weights = _rows(train_state.weights, movie_K)
    implicit_KxD = np.asarray(train_state.implicit_MxD)[movie_K].astype(np.float64)
    root_Bx1, n = np.sqrt(np.maximum(count_B, 1))[:, None], max(m_BxK.sum(), 1.0)

    def forward(tables: Tables) -> tuple[Array, Array, float]:
        hidden_BxD = (x_BxK * s_BxK @ tables.stars_KxD + m_BxK * s_BxK @ tables.rated_KxD) / root_Bx1
        error_BxK = (hidden_BxD @ (tables.decode_KxD + implicit_KxD).T - x_BxK) * m_BxK
        return hidden_BxD, error_BxK, float((error_BxK**2).sum() / n)

    hidden_BxD, error_BxK, loss = forward(weights)
    slope_BxD = error_BxK @ (weights.decode_KxD + implicit_KxD)
    gradient = Tables(
        2 / n * (x_BxK * s_BxK / root_Bx1).T @ slope_BxD, 2 / n * (m_BxK * s_BxK / root_Bx1).T @ slope_BxD,
        2 / n * error_BxK.T @ hidden_BxD,
    )  # fmt: skip
    adam = train_state.opt_state[0]
    momentum, variance, count = _rows(adam.mu, movie_K), _rows(adam.nu, movie_K), int(adam.count) + 1
    direction = Tables(*(_direction(*each, count) for each in zip(momentum, variance, gradient, strict=True)))
    decay = state.config.weight_decay
    new = Tables(*(w - batch.rate * (d + decay * w) for w, d in zip(weights, direction, strict=True)))
    above_BxK, user_B = np.asarray(centred.above)[:, movie_K], np.asarray(centred.user_B, np.float64)
    return ImplicitStep(
        movie_K, x_BxK, m_BxK, s_BxK, count_B, above_BxK, user_B, weights, implicit_KxD, hidden_BxD, error_BxK, loss,
        slope_BxD, gradient, momentum, variance, count, direction, new, forward(new)[2],
    )  # fmt: skip


def _rows(tree: Any, movie_K: Array) -> Tables:
    return Tables(*(np.asarray(tree[name][...])[movie_K].astype(np.float64) for name in TABLES))


def _direction(momentum_X: Array, variance_X: Array, gradient_X: Array, count: int) -> Array:
    first_X = (B1 * momentum_X + (1 - B1) * gradient_X) / (1 - B1**count)
    second_X = (B2 * variance_X + (1 - B2) * gradient_X**2) / (1 - B2**count)
    direction_X: Array = first_X / (np.sqrt(second_X) + EPS)
    return direction_X


# ---------------------------------------------------------------------------------------------------------- for people


def implicit_pages(model: Recommender, batch: HandBatch, made: ImplicitStep) -> tuple[Page, ...]:
    """The step as pages: the first viewer's ratings are followed through one unit, one movie and one weight."""
    return _Pages(model, batch, made).pages()


class _Pages:
    def __init__(self, model: Recommender, batch: HandBatch, made: ImplicitStep) -> None:
        self.model, self.batch, self.made = model, batch, made
        self.ids: list[Any] = [model.movie_ids[column] for column in made.movie_K.tolist()]
        own = np.flatnonzero(made.rated_BxK[0])
        self.own = own
        shown = own[np.argsort(-np.abs(made.residual_BxK[0, own]), kind="stable")]
        self.followed = shown[:_SHOWN].tolist()
        self.movie = self.followed[0]
        self.unit = int(np.argmax(np.abs(made.hidden_BxD[0])))

    def pages(self) -> tuple[Page, ...]:
        return (
            Page("batch", self._batch()),
            Page("centred", self._centred()),
            Page("hidden", self._hidden()),
            Page("prediction", self._prediction()),
            Page("error", self._errors()),
            Page("loss", (self._loss(self.made.error_BxK),)),
            Page("gradient", self._gradient()),
            Page("step", self._step()),
            Page("after", self._after()),
        )

    def _movie(self, at: int) -> tuple[str, int | None]:
        return "", self.ids[at]

    def _batch(self) -> tuple[Sum, ...]:
        rows = []
        for viewer, half_M in enumerate(self.batch.half_BxM):
            rated = np.flatnonzero(half_M)
            columns = np.searchsorted(self.made.movie_K, rated)
            stars_L = half_M[rated] * 0.5
            label = _labels(self.ids, columns)
            rows.append(largest("mean_stars", (stars_L,), label, over=len(rated), index=viewer))
        return tuple(rows)

    def _centred(self) -> tuple[Sum, ...]:
        made, biases = self.made, self.model.state.serving.network.host_biases
        over = len(self.own) + float(biases.user_shrink)
        user = largest("viewer_bias", (made.above_BxK[0, self.own],), _labels(self.ids, self.own), over=over)
        rows = [user]
        for at in self.followed:
            stars = float(self.batch.half_BxM[0, made.movie_K[at]]) * 0.5
            bias = float(biases.movie_M[made.movie_K[at]])
            terms = [
                Term("stars", stars),
                Term("mean", -float(biases.mean)),
                Term("movie", -bias),
                Term("viewer", -user.value),
            ]
            rows.append(worked("residual", terms, movie_id=self.ids[at]))
        return tuple(rows)

    def _hidden(self) -> tuple[Sum, ...]:
        made, unit, own = self.made, self.unit, self.own
        keep_L = made.shown_BxK[0, own]
        value_X = np.concatenate([made.residual_BxK[0, own], np.ones(len(own))])
        weight_X = np.concatenate([made.weights.stars_KxD[own, unit], made.weights.rated_KxD[own, unit]])
        names = ("residual_weight", "rated_weight")

        def label(at: int) -> tuple[str, int | None]:
            return names[at // len(own)], self.ids[own[at % len(own)]]

        over = float(np.sqrt(len(own)))
        hidden = largest("unit", (np.tile(keep_L, 2), value_X, weight_X), label, over=over, index=unit)
        counted = worked(
            "hidden_by_dropout", [Term("hidden_ratings", float((keep_L == 0).sum()))], over=float(len(own))
        )
        return counted, hidden

    def _prediction(self) -> tuple[Sum, ...]:
        made, at = self.made, self.movie
        decoder = worked(
            "decoder_weight",
            [Term("own", float(made.weights.decode_KxD[at, self.unit])),
             Term("implicit", float(made.implicit_KxD[at, self.unit]))],
            movie_id=self.ids[at], index=self.unit,
        )  # fmt: skip
        decode_D = made.weights.decode_KxD[at] + made.implicit_KxD[at]
        rows = [decoder, largest("prediction", (made.hidden_BxD[0], decode_D), _units, movie_id=self.ids[at])]
        return tuple(rows)

    def _errors(self) -> tuple[Sum, ...]:
        made = self.made
        return tuple(
            worked(
                "error",
                [Term("predicted", float(made.error_BxK[0, at] + made.residual_BxK[0, at])),
                 Term("residual", -float(made.residual_BxK[0, at]))],
                movie_id=self.ids[at],
            )
            for at in self.followed
        )  # fmt: skip

    def _loss(self, error_BxK: Array, name: str = "loss") -> Sum:
        row_N, at_N = np.nonzero(self.made.rated_BxK)
        error_N = error_BxK[row_N, at_N]
        return largest(name, (error_N, error_N), _labels(self.ids, at_N), over=float(len(row_N)))

    def _gradient(self) -> tuple[Sum, ...]:
        made, at, unit = self.made, self.movie, self.unit
        share = 2 / float(made.rated_BxK.sum())
        raters = np.flatnonzero(made.rated_BxK[:, at])
        decoder = [product(_viewer(b), share, made.error_BxK[b, at], made.hidden_BxD[b, unit]) for b in raters]
        slope = largest(
            "unit_slope",
            (made.error_BxK[0, self.own], (made.weights.decode_KxD + made.implicit_KxD)[self.own, unit]),
            _labels(self.ids, self.own), index=unit,
        )  # fmt: skip
        encoder = [
            product(_viewer(b), share, made.shown_BxK[b, at] * made.residual_BxK[b, at] / made.count_B[b] ** 0.5,
                    made.slope_BxD[b, unit])
            for b in raters
        ]  # fmt: skip
        return (
            worked("decoder_gradient", decoder, movie_id=self.ids[at], index=unit),
            slope,
            worked("encoder_gradient", encoder, movie_id=self.ids[at], index=unit),
        )

    def _step(self) -> tuple[Sum, ...]:
        """Adam on the decoder's weight of the followed movie and unit."""
        made, place = self.made, (self.movie, self.unit)
        gradient, weight = made.gradient.decode_KxD[place], made.weights.decode_KxD[place]
        first = worked("momentum", [product("old", B1, made.momentum.decode_KxD[place]),
                                    product("new", 1 - B1, gradient)], over=1 - B1**made.count)  # fmt: skip
        second = worked("variance", [product("old", B2, made.variance.decode_KxD[place]),
                                     product("new", 1 - B2, gradient, gradient)], over=1 - B2**made.count)  # fmt: skip
        root = worked("root", [Term("variance", second.value)], function="root")
        direction = worked("direction", [Term("momentum", first.value)], over=root.value + EPS)
        rate, decay = self.batch.rate, self.model.state.config.weight_decay
        new = worked("new_weight", [Term("weight", weight), product("moved", -rate, direction.value),
                                    product("decay", -rate, decay, weight)], movie_id=self.ids[self.movie],
                     index=self.unit)  # fmt: skip
        return first, second, root, direction, new

    def _after(self) -> tuple[Sum, ...]:
        made = self.made
        before, after = Term("loss_before", made.loss), Term("loss_after", made.new_loss)
        return (worked("change", [after, Term("loss_before", -before.value)]),)


def _labels(ids: list[Any], columns: Array) -> Any:
    def label(at: int) -> tuple[str, int | None]:
        return "", ids[int(columns[at])]

    return label


def _units(at: int) -> tuple[str, int | None]:
    return f"unit {at}", None


def _viewer(number: int) -> str:
    return f"viewer {number}"
