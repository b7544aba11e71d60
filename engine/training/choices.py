"""The held-out choices and errors that the choice model, the selection and the uncertainty are fitted to.

Each is seen from histories of several lengths.

Lists are for viewers with two ratings and with two hundred, so each viewer's training ratings are given whole and cut
to random lengths. The choice scores and stars are those of models that never saw what is held out.
"""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from engine.data.arrays import Array
from engine.data.csr import CsrRatings
from engine.data.matrix import RatingMatrix
from engine.inference.serving import BLOCK, ServingModel
from engine.models.choice import Choices, noise, shrunk_means
from engine.models.uncertainty import Errors, spreads

CUTS = 2
"""Histories of a random length of each viewer, beside the whole one."""
CELLS = 400_000
"""Movies that were not chosen, of all viewers and histories together, about."""
SHORTEST = 2
CUT_VIEWERS = 500
"""Viewers whose held-out ratings are predicted from cut histories too."""


def held_out_choices(
    matrix: RatingMatrix, serving: ServingModel, viewers: Array, seed: int
) -> Generator[None, None, tuple[Choices, float]]:
    """What these viewers chose and did not choose, and the noise of the choice score. Pauses after each block."""
    rng, parts, eps = np.random.default_rng((seed, 2)), [], noise(np.zeros(0, np.float32))
    share = min(CELLS / max(len(viewers) * (CUTS + 1) * matrix.n_movies, 1), 1.0)
    for copy in range(CUTS + 1):
        made = []
        for start in range(0, len(viewers), BLOCK):
            users_B = viewers[start : start + BLOCK]
            whole = matrix.training_rows(users_B, matrix.n_movies)
            given = cut(whole, rng) if copy else whole
            made.append(_block(matrix, serving, users_B, whole, given, share, rng))
            yield
        if not copy and made:
            eps = noise(np.concatenate([part.score_N[part.chosen_N == 0] for part in made]))
        parts += made
    return (Choices.joined(parts) if parts else _NOTHING), eps


_NOTHING = Choices(*(np.zeros(0) for _ in Choices._fields))


def cut(ratings: CsrRatings, rng: np.random.Generator) -> CsrRatings:
    """Each row cut to a random length from `SHORTEST` to all of it, log-uniform."""
    low, high_B = np.log(SHORTEST), np.log(np.maximum(ratings.lengths + 1, SHORTEST))
    size_B = np.exp(rng.uniform(low, high_B)).astype(np.int64)
    row_N = ratings.row_N
    order = np.lexsort((rng.random(len(row_N)), row_N))
    rank_N = np.arange(len(row_N)) - ratings.start_B[row_N]  # among its row's cells in random order
    kept = np.sort(order[rank_N < size_B[row_N]])
    start_B = np.searchsorted(row_N[kept], np.arange(ratings.n_rows + 1))
    return ratings._replace(start_B=start_B, movie_N=ratings.movie_N[kept], half_N=ratings.half_N[kept])


def _block(
    matrix: RatingMatrix, serving: ServingModel, users_B: Array, whole: CsrRatings, given: CsrRatings, share: float,
    rng: np.random.Generator,
) -> Choices:  # fmt: skip
    """The choices of a block of viewers by what the models make of these histories."""
    shape = len(users_B), matrix.n_movies
    chosen_BxM = np.zeros(shape, bool)
    rows, movies, _ = matrix.held_cells(users_B)
    chosen_BxM[rows, movies] = True
    picked_BxM = chosen_BxM | (rng.random(shape, np.float32) < share)
    picked_BxM[whole.row_N, whole.movie_N] = False
    row_N, movie_N = np.nonzero(picked_BxM)
    half_BxM = given.dense(BLOCK, serving.network.n_padded)
    stars_BxM, score_BxM = serving.stars_of_rows(half_BxM, given), serving.choice_scores(given)
    chosen_N, movie_M = chosen_BxM[row_N, movie_N], serving.network.movie_biases
    weight_N = np.where(chosen_N, 1, 1 / share) / (CUTS + 1)
    return Choices(
        score_BxM[row_N, movie_N], stars_BxM[row_N, movie_N], serving.log_count_M[movie_N], given.lengths[row_N],
        whole.lengths[row_N], shrunk_means(half_BxM[: len(users_B)])[row_N],
        serving.network.levels(given)[row_N], movie_M[movie_N], chosen_N.astype(np.float64), weight_N,
    )  # fmt: skip


def held_out_errors(
    matrix: RatingMatrix, serving: ServingModel, viewers: Array, usual: float, seed: int
) -> Generator[None, None, Errors]:
    """What these viewers' held-out ratings are above their predictions; `usual` is the usual spread of stars.

    From whole histories, and of the first `CUT_VIEWERS` from cut ones as well. Pauses after each block.
    """
    rng, count_M = np.random.default_rng((seed, 3)), np.bincount(matrix.movie_N, ~matrix.held_N, matrix.n_movies)
    blocks = [(viewers[start : start + BLOCK], True) for start in range(0, len(viewers), BLOCK)]
    short = viewers[:CUT_VIEWERS]
    blocks += [(short[start : start + BLOCK], False) for start in range(0, len(short), BLOCK)] * CUTS
    parts = [_NO_ERRORS]
    for users_B, whole in blocks:
        given = matrix.training_rows(users_B, matrix.n_movies)
        given = given if whole else cut(given, rng)
        stars_BxM = serving.stars_of_rows(given.dense(BLOCK, serving.network.n_padded), given)
        row_N, movie_N, half_N = matrix.held_cells(users_B)
        stars_N = stars_BxM[row_N, movie_N].astype(np.float64)
        parts.append(Errors(
            half_N * 0.5 - stars_N, stars_N, count_M[movie_N], given.lengths[row_N], spreads(given, usual)[row_N],
            np.full(len(row_N), whole),
        ))  # fmt: skip
        yield
    return Errors(*(np.concatenate(column) for column in zip(*parts, strict=True)))


_NO_ERRORS = Errors(*(np.zeros(0) for _ in Errors._fields))
