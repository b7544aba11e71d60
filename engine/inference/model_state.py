"""Everything that is learned and what it is learned from, by row and column numbers: no ids, no frames.

`Learned` is what a training run changes and a checkpoint holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import jax
import numpy as np

from engine.config import Config
from engine.data.csr import Rows
from engine.data.interactions import Array, RatingMatrix
from engine.inference.network import Serving
from engine.inference.user import FoldIn
from engine.models.autoencoder import Offsets
from engine.models.cold_start import SCORE_KAPPA, STARS_KAPPA, Content
from engine.models.edlae import LinearPath, solve
from engine.models.item_statistics import Tallies
from engine.models.rater_index import RatedBy, rated_by
from engine.models.residual_knn import Neighbours, fit
from engine.models.sparse_ops import Room
from engine.models.temporal_bias import local_bias
from engine.training import steps as train

BLOCK = 256
"""Viewers of a block where many are answered at once."""
GATE_VIEWERS = 64
"""Viewers whose held-out ratings gate an incremental run."""
POPULAR = 50.0
"""Positive ratings that make a movie half as popular as can be."""
PRIOR_WEIGHT = np.float32(1e-3)
"""Of popularity (0 to 1) in a ranking score: far below what one rating gives, so it orders only what is about equal."""
USER_BLOCK = 512
MOVIE_BLOCK = 256


def padded(n: int, block: int) -> int:
    """The next multiple of `block` that leaves room for at least a sixteenth of it."""
    return -(-(n + block // 16) // block) * block


def fit_offsets(matrix: RatingMatrix, config: Config, n_padded: int) -> tuple[Offsets, Array]:
    """Mean, shrunk movie offsets (alternating with the users', also returned) and the range of the training ratings."""
    train_N = ~matrix.held_N
    movie_N, user_N = matrix.movie_N[train_N], matrix.user_N[train_N]
    stars_N = matrix.half_N[train_N] * 0.5
    mean = float(stars_N.mean()) if len(stars_N) else 3.0
    count_M = np.bincount(movie_N, minlength=n_padded) + config.movie_shrink
    count_U = np.bincount(user_N, minlength=matrix.n_users) + config.user_shrink
    movie_M, user_U = np.zeros(n_padded), np.zeros(matrix.n_users)
    for _ in range(4):
        movie_M = np.bincount(movie_N, stars_N - mean - user_U[user_N], n_padded) / count_M
        user_U = np.bincount(user_N, stars_N - mean - movie_M[movie_N], matrix.n_users) / count_U
    known_M = (np.arange(n_padded) < matrix.n_movies).astype(np.float32)
    low, high = (float(stars_N.min()), float(stars_N.max())) if len(stars_N) else (0.5, 5.0)
    scalars = [np.float32(value) for value in (mean, config.user_shrink, low, high)]
    offsets = Offsets(scalars[0], movie_M.astype(np.float32), known_M, *scalars[1:])  # type: ignore[arg-type]
    return offsets, user_U


@dataclass(slots=True)
class Learned:
    """The state of a recommender below its ids."""

    config: Config
    seed: int
    device: jax.Device
    matrix: RatingMatrix
    n_padded: int
    """Movies with padding: the width of every row on the device."""
    rater_rows: int
    """Users with padding, whose vectors make the decoder."""
    serving: Serving
    graphs: train.Graphs
    state: train.State | None = None
    """Weights and moments as the last run left them; None before the first."""
    linear: LinearPath | None = None
    neighbours: Neighbours | None = None
    """What corrects predicted stars by a viewer's errors on like movies; None before the first training."""
    prior_M: Array = field(default_factory=lambda: np.zeros(0, np.float32))
    """Popularity, 0 to 1: orders movies where the ranking score knows nothing."""
    best_rmse: float = float("nan")
    """Held-out RMSE of the best epoch of the last full training, neighbours' corrections included, before the finish.

    An epoch's record tells that of the network alone.
    """
    learned_steps: int = 0
    """Incremental steps so far; numbers their random choices."""
    raters_pending: int = 0
    """Incremental steps since the raters' vectors moved."""
    content: Content | None = None
    """What genres and years say of thinly rated movies; None when nothing is known of any movie."""
    user_U: Array = field(default_factory=lambda: np.zeros(0))
    """Users' offsets as of the last fit or their last change."""
    tallies: Tallies | None = None
    """Sums over each movie's ratings, as of the last news."""
    gate_viewers: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    """A block of viewers whose held-out ratings gate every incremental run."""
    gate_rmse: float = float("nan")
    """RMSE on those after the last full training."""
    drift: float = float("nan")
    """How much it is higher with the weights that serve now."""
    learn_room: Room | None = None
    """Room for the cells of an incremental step."""
    warm: bool = False
    """Whether the programs of incremental retraining are compiled."""
    rollbacks: int = 0
    """Updates undone since the start because a loss was not finite."""

    @property
    def batch(self) -> int:
        """Viewers a step: as configured, else about a twenty-fourth of the viewers, 32 to 8192.

        So an epoch has about 24 steps whatever the number of viewers: what a step costs beside its ratings (the
        optimiser goes through all weights) is paid no more often for more of them.
        """
        if self.config.batch is not None:
            return self.config.batch
        return int(np.clip(2 ** round(np.log2(max(self.matrix.n_users / 24, 1))), 32, 8192))

    @property
    def on_cells(self) -> bool:
        """Whether steps run over lists of rated cells: where the loss allows it and the device is a CPU."""
        return self.config.network == "raters" and self.device.platform == "cpu"

    def put(self, tree: train.Tree) -> train.Tree:
        """A tree of arrays on this recommender's device."""
        return jax.device_put(tree, self.device)

    def rated(self) -> RatedBy:
        """Who rated what in training, on the device."""
        placed: RatedBy = self.put(rated_by(self.matrix, self.rater_rows, self.n_padded))
        return placed

    def fold_in(self, movies: Array, half: Array) -> FoldIn:
        """A viewer with these ratings, ranked; stars when they are asked for."""
        score_M = None if self.by_stars else self._scores_of_one(movies, half)[: self.matrix.n_movies]
        return FoldIn(movies, half, self.matrix.n_movies, self.serving, self.neighbours, self.content, score_M)

    def _scores_of_one(self, movies: Array, half: Array) -> Array:
        if self.linear is None:
            score_M = np.zeros(self.n_padded, np.float32)
        else:
            score_M = self.linear.scores_of_one(movies, half)
        score_M += PRIOR_WEIGHT * self.prior_M
        if self.content is not None:
            self.content.smooth_one(score_M, SCORE_KAPPA)
        return score_M

    def stars(self, half_BxM: Array) -> Array:
        """Predicted stars (B × M, padded) of rows of half stars, corrected by neighbours; thin movies by content."""
        return self._corrected(np.array(self.serving.stars(half_BxM)), half_BxM)

    def _corrected(self, stars_BxM: Array, half_BxM: Array) -> Array:
        """The network's stars become the recommender's, in place."""
        if self.neighbours is not None:
            self.neighbours.correct(stars_BxM, Rows.of_dense(half_BxM))
        self._finish(stars_BxM)
        return stars_BxM

    def _finish(self, stars_BxM: Array) -> None:
        """Thin movies by their content, and nothing out of the range of stars."""
        self._smooth(stars_BxM, STARS_KAPPA)
        self.serving.clip(stars_BxM)

    def scores(self, half_BxM: Array, stars_BxM: Array | None) -> Array:
        """Ranking scores (B × M, padded) of viewers with these rows of half stars.

        The predicted stars matter only where they are the score (`by_stars`), and may be None elsewhere.
        """
        if self.by_stars and stars_BxM is not None:
            return stars_BxM
        if self.linear is None:
            score_BxM = np.zeros((len(half_BxM), self.n_padded), np.float32)
        else:
            score_BxM = self.linear.scores_of(Rows.of_dense(half_BxM))
        self.finish_scores(score_BxM)
        return score_BxM

    @property
    def by_stars(self) -> bool:
        """Whether predicted stars are the ranking score, as in the study."""
        return not self.config.linear and self.serving.trained

    def finish_scores(self, score_BxM: Array) -> None:
        """The linear path's scores become ranking scores, in place: popularity parts equals, content thin movies."""
        score_BxM += PRIOR_WEIGHT * self.prior_M
        self._smooth(score_BxM, SCORE_KAPPA)

    def _smooth(self, value_BxM: Array, kappa: float) -> None:
        if self.content is not None:
            self.content.smooth(value_BxM, kappa)

    def predict(self, users: Array, movies: Array, at_N: Array | None = None) -> Array:
        """Predicted stars of pairs of rows and columns; -1 stands for an unknown viewer or movie.

        With `at_N` (seconds) as the viewer gives them at that moment.
        """
        order = np.argsort(users, kind="stable")
        distinct, start = np.unique(users[order], return_index=True)
        start = np.append(start, len(users))
        stars = np.zeros(len(users))
        for first in range(0, len(distinct), BLOCK):
            users_B = distinct[first : first + BLOCK]
            pairs = order[start[first] : start[first + len(users_B)]]
            half_BxM = self._full_rows(users_B)
            at = np.searchsorted(users_B, users[pairs])
            stars_BxM = np.array(self.serving.stars(half_BxM))
            bias = 0.0 if at_N is None else self._local_biases(users_B, stars_BxM, at, at_N[pairs])
            known = self._corrected(stars_BxM, half_BxM)[at, movies[pairs]]
            stars[pairs] = np.where(movies[pairs] >= 0, known, self.serving.means(half_BxM)[at]) + bias
        return stars if at_N is None else self.serving.clip(stars)

    def _local_biases(self, users_B: Array, stars_BxM: Array, row_P: Array, at_P: Array) -> Array:
        """The viewers' biases at the moments of some pairs, whose rows in the block are in rising order.

        From the network's stars, whose errors the neighbours have not explained away.
        """
        bias_P = np.zeros(len(at_P))
        ends = np.searchsorted(row_P, np.arange(len(users_B) + 1))
        for row, user in enumerate(users_B.tolist()):
            cells = slice(*self.matrix.start_U[[user, user + 1]]) if user >= 0 else slice(0, 0)
            error_N = self.matrix.half_N[cells] * 0.5 - stars_BxM[row, self.matrix.movie_N[cells]]
            pairs = slice(ends[row], ends[row + 1])
            bias_P[pairs] = local_bias(at_P[pairs], self.matrix.at_N[cells], error_N, self.config)
        return bias_P

    def _full_rows(self, users_B: Array) -> Array:
        """All ratings of a block of users (-1: unknown, an empty row), held-out ones included."""
        half_BxM = np.zeros((BLOCK, self.n_padded), np.uint8)
        known = np.flatnonzero(users_B >= 0)
        rows, cells = self.matrix.cells(users_B[known])
        half_BxM[known[rows], self.matrix.movie_N[cells]] = self.matrix.half_N[cells]
        return half_BxM

    def take_movies(self, n_movies: int) -> None:
        """The catalogue has so many movies now; there is room for them already."""
        self.matrix = replace(self.matrix, n_movies=n_movies)
        known_M = self.put((np.arange(self.n_padded) < n_movies).astype(np.float32))
        self.serving = replace(self.serving, offsets=self.serving.offsets._replace(known_M=known_M))

    def refresh_content(self, feature_MxF: Array) -> None:
        """Content from features (M × F) and the training ratings as they are."""
        count_M = np.bincount(self.matrix.movie_N, ~self.matrix.held_N, self.matrix.n_movies)
        self.content = Content.fit(feature_MxF, count_M) if feature_MxF.shape[1] > 1 and count_M.any() else None

    def refresh_prior(self) -> None:
        """Popularity from the matrix: a movie's share of positive ratings, shrunk, most popular near 1."""
        sum_M = np.bincount(self.matrix.movie_N, self.popularity(slice(None)), self.n_padded)
        self.prior_M = (sum_M / (sum_M + POPULAR)).astype(np.float32)

    def popularity(self, cells: slice | Array) -> Array:
        """What some cells count for in popularity: their grade, 0 for held-out ones."""
        graded_N: Array = self.grade_of_half[self.matrix.half_N[cells]] * ~self.matrix.held_N[cells]
        return graded_N

    @property
    def grade_of_half(self) -> Array:
        """What each number of half stars (0 to 10) counts for."""
        return np.array((0.0, *self.config.grades))


def prepare(matrix: RatingMatrix, config: Config, seed: int, device: jax.Device) -> Learned:
    """Nothing trained yet: offsets and popularity answer."""
    n_padded = padded(matrix.n_movies, MOVIE_BLOCK)
    rater_rows = padded(matrix.n_users, USER_BLOCK)
    graphs, state = train.init(config, n_padded, rater_rows, seed)
    offsets, user_U = fit_offsets(matrix, config, n_padded)
    weights, offsets = jax.device_put((state.weights, offsets), device)
    serving = Serving(graphs, weights, offsets, trained=False)
    learned = Learned(config, seed, device, matrix, n_padded, rater_rows, serving, graphs, user_U=user_U)
    learned.refresh_prior()
    return learned


def fit_neighbours(learned: Learned) -> Neighbours | None:
    """The neighbours from the training ratings as they are, or None for a preset without them."""
    if not learned.config.neighbours:
        return None
    offsets, user_U = fit_offsets(learned.matrix, learned.config, learned.n_padded)
    return fit(learned.matrix, offsets, user_U, learned.config, learned.n_padded)


def solve_linear(learned: Learned) -> LinearPath | None:
    """The linear path from scratch, or None for a preset without it."""
    return solve(learned.matrix, learned.config, learned.n_padded) if learned.config.linear else None
