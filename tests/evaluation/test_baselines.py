"""Each baseline against figures that can be worked out by hand, or against a slower way to the same thing."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.interactions import Array
from engine.errors import UsageError
from engine.evaluation.baselines import infinite_ae, interactions
from engine.evaluation.baselines.biases import BiasesConfig, ShrunkBiases
from engine.evaluation.baselines.ease import Ease
from engine.evaluation.baselines.edlae import EdlaeBaseline, EdlaeConfig
from engine.evaluation.baselines.infinite_ae import InfiniteAE, tangent_kernel
from engine.evaluation.baselines.interactions import Interactions, liked, product
from engine.evaluation.baselines.item_knn import ItemKNN, ItemKNNConfig, cosine, nearest_only, pearson
from engine.evaluation.baselines.item_weights import zero_diagonal_regression
from engine.evaluation.baselines.popularity import Popularity


def frame(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["user", "movie", "stars"])


LIKES = frame(("a", "x", 5), ("a", "y", 4), ("b", "x", 4), ("b", "z", 2), ("c", "y", 5), ("c", "x", 3), ("c", "z", 5))
"""Positives: a x, a y, b x, c y, c z."""


def test_popularity_counts_positives() -> None:
    model = Popularity()
    model.fit(LIKES)
    scores = model.score(frame(("n", "x", 1.0)))
    assert scores.loc["n"].to_dict() == {"x": 2, "y": 2, "z": 1}


def test_biases_by_hand() -> None:
    """One sweep without a prior of users: μ = 3; x: (5 + 3 - 6) / (2 + 2) = .5, y: (1 - 3) / (1 + 2) = -2/3."""
    model = ShrunkBiases(BiasesConfig(movie_shrink=2, user_shrink=1, sweeps=1))
    model.fit(frame(("a", "x", 5), ("b", "x", 3), ("b", "y", 1)))
    assert model.movie.to_dict() == pytest.approx({"x": 0.5, "y": -2 / 3})
    # a: (5 - 3.5) / (1 + 1); b: ((3 - 3.5) + (1 - 7/3)) / (2 + 1)
    assert model.user.to_dict() == pytest.approx({"a": 0.75, "b": (-0.5 - 4 / 3) / 3})
    asked = pd.DataFrame({"user": ["a", "new", "new"], "movie": ["y", "x", "new"]})
    assert model.predict(asked) == pytest.approx([3 - 2 / 3 + 0.75, 3.5, 3.0])


def test_biases_stay_within_the_stars_of_the_training() -> None:
    """A kind viewer of a bad movie meets a good one: 3.4 + 1.6 + 2.67."""
    model = ShrunkBiases(BiasesConfig(movie_shrink=0, user_shrink=0, sweeps=1))
    model.fit(frame(("a", "y", 5), ("b", "y", 1), ("c", "y", 1), ("b", "x", 5), ("c", "x", 5)))
    asked = pd.DataFrame({"user": ["a"], "movie": ["x"]})
    assert model.unclipped(asked) == pytest.approx([23 / 3])
    assert model.predict(asked) == pytest.approx([5.0])


def random_x(seed: int, users: int = 12, movies: int = 5) -> Array:
    x: Array = (np.random.default_rng(seed).random((users, movies)) < 0.5).astype(np.float32)
    return np.maximum(x, np.eye(users, movies, dtype=np.float32))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.floats(0.5, 50))
def test_zero_diagonal_regression_is_the_best_of_its_kind(seed: int, ridge: float) -> None:
    """Each column is the ridge regression of a movie on all the others, solved here one by one."""
    x = random_x(seed).astype(np.float64)
    gram = (x.T @ x).astype(np.float32)
    weights = zero_diagonal_regression(gram, np.full(len(gram), ridge))
    for movie in range(len(gram)):
        others = np.delete(np.arange(len(gram)), movie)
        left = x[:, others].T @ x[:, others] + ridge * np.eye(len(others))
        np.testing.assert_allclose(
            weights[others, movie], np.linalg.solve(left, x[:, others].T @ x[:, movie]), atol=1e-5
        )
    assert (np.diag(weights) == 0).all()


def as_ratings(x_UxM: Array) -> pd.DataFrame:
    users, movies = np.nonzero(x_UxM)
    return pd.DataFrame({"user": users, "movie": movies, "stars": 5.0})


def weights_of(model: Ease | EdlaeBaseline, movies: int) -> Array:
    """A viewer who liked movie i alone is scored by row i."""
    one_each = pd.DataFrame({"user": range(movies), "movie": range(movies), "stars": 5.0})
    return model.score(one_each)[list(range(movies))].to_numpy()


def test_edlae_without_dropout_is_ease() -> None:
    ratings = as_ratings(random_x(3))
    ease, edlae = Ease(ridge=7.0), EdlaeBaseline(EdlaeConfig(dropout=0.0, ridge=7.0))
    ease.fit(ratings)
    edlae.fit(ratings)
    np.testing.assert_array_equal(weights_of(ease, 5), weights_of(edlae, 5))


def test_edlae_is_what_dropout_leads_to() -> None:
    """Least squares over all masks of the input at once, the target movie never in its own input."""
    x, p = random_x(5, users=8, movies=4).astype(np.float64), 0.4
    model = EdlaeBaseline(EdlaeConfig(dropout=p, ridge=0.0))
    model.fit(as_ratings(x))
    for movie in range(4):
        others = [m for m in range(4) if m != movie]
        left, right = np.zeros((3, 3)), np.zeros(3)
        for mask in np.ndindex(2, 2, 2):
            kept = np.array(mask)
            weight = math.prod(1 - p if one else p for one in mask)
            seen = x[:, others] * kept / (1 - p)
            left += weight * seen.T @ seen
            right += weight * seen.T @ x[:, movie]
        np.testing.assert_allclose(weights_of(model, 4)[others, movie], np.linalg.solve(left, right), atol=1e-5)


def test_cosines_by_hand() -> None:
    """Movie x is liked by a and b, y by a and c, z by c: cos(x, y) = 1 / 2, cos(y, z) = 1 / √2, cos(x, z) = 0."""
    model = ItemKNN()
    model.fit(LIKES)
    scores = model.score(frame(("n", "y", 5.0), ("n", "z", 1.0)))
    assert scores.loc["n"].to_dict() == pytest.approx({"x": 0.5, "y": 0.0, "z": 1 / math.sqrt(2)})


def test_nearest_only_keeps_k_of_each_column() -> None:
    alike = np.array([[0.1, 0.9], [0.5, 0.2], [0.3, 0.9]])
    np.testing.assert_array_equal(nearest_only(alike, 2), [[0, 0.9], [0.5, 0], [0.3, 0.9]])
    np.testing.assert_array_equal(nearest_only(alike, 3), alike)


def test_pearson_is_over_common_raters_and_shrunk() -> None:
    above = np.array([[1.0, 2.0], [-1.0, -2.0], [3.0, 0.0]])
    seen = np.array([[1.0, 1.0], [1.0, 1.0], [1.0, 0.0]])
    both = [_sparse(above), _sparse(seen)]
    assert pearson(both[0], both[1], shrink=1.0)[0, 1] == pytest.approx(1 / 2)
    assert pearson(both[0], both[1], shrink=3.0)[0, 1] == pytest.approx(1 / 4)


def _sparse(x_UxM: Array) -> interactions.sparse.csr_array:
    return interactions.sparse.csr_array(x_UxM.astype(np.float32))


def test_item_knn_predicts_from_the_nearest_rated_movies() -> None:
    """Movies x and y are rated alike by all, z the other way: whoever rated y above its mean is predicted above x's."""
    rows = [(user, movie, 5.0 if (user % 2) == (movie != "z") else 1.0) for user in range(8) for movie in "xyz"]
    train = frame(
        *((str(user), movie, stars) for user, movie, stars in rows if (user, movie) not in ((0, "x"), (1, "x")))
    )
    model = ItemKNN(ItemKNNConfig(neighbours=1))
    model.fit(train)
    kind, unkind = model.predict(pd.DataFrame({"user": ["1", "0"], "movie": ["x", "x"]}))
    assert kind > 4
    assert unkind < 2


def test_a_cosine_with_a_movie_of_its_own_is_none() -> None:
    np.testing.assert_allclose(cosine(np.array([[4.0, 2.0], [2.0, 1.0]])), [[0, 1], [1, 0]])


def test_tangent_kernel_by_hand() -> None:
    """Two users with one liked movie of two each, a different one: Σ = σ_b², Σ_own = 2 · 1/2 + .01."""
    own, cross = 1.01, 0.01
    cosine_, angle = cross / own, math.acos(cross / own)
    value = own * (math.sin(angle) + (math.pi - angle) * cosine_) / (2 * math.pi)
    slope = (math.pi - angle) / (2 * math.pi)
    expected = 2 * value + 0.01 + 2 * cross * slope
    kernel = tangent_kernel(jnp.eye(2), jnp.eye(2))
    assert float(kernel[0, 1]) == pytest.approx(expected, rel=1e-5)
    # a user with oneself: θ = 0, so κ1 = Σ / 2 and κ0 = 1 / 2
    assert float(kernel[0, 0]) == pytest.approx(own + 0.01 + own, rel=1e-3)


def test_tangent_kernel_is_that_of_a_very_wide_network() -> None:
    """The gradients of one random network of 20,000 hidden units have about these inner products."""
    x, width = jnp.asarray(random_x(1, users=4, movies=6)), 20_000
    keys = jax.random.split(jax.random.key(0), 3)
    weights = [jax.random.normal(keys[0], (6, width)), jax.random.normal(keys[1], (width,))]
    biases = [jax.random.normal(keys[2], (width,)), jnp.zeros(())]

    def output(parameters: list[list[jax.Array]], x_M: jax.Array) -> jax.Array:
        (first, last), (first_bias, last_bias) = parameters
        hidden = jax.nn.relu(jnp.sqrt(2 / 6) * x_M @ first + 0.1 * first_bias)
        return jnp.sqrt(2 / width) * hidden @ last + 0.1 * last_bias

    gradients = [jax.tree.leaves(jax.grad(output)([weights, biases], x_M)) for x_M in x]
    empirical = [
        [sum(float((a * b).sum()) for a, b in zip(one, other, strict=True)) for other in gradients] for one in gradients
    ]
    np.testing.assert_allclose(tangent_kernel(x, x), empirical, rtol=0.05)


def test_infinite_ae_solves_its_regression() -> None:
    x = random_x(2, users=7, movies=4)
    model = InfiniteAE(ridge=0.5)
    model.fit(as_ratings(x))
    kernel = np.asarray(tangent_kernel(jnp.asarray(x), jnp.asarray(x)), np.float64)
    dual = np.linalg.solve(kernel + 0.5 * np.trace(kernel) / len(x) * np.eye(len(x)), x)
    scores = model.score(as_ratings(x))[list(range(4))].to_numpy()
    np.testing.assert_allclose(scores, kernel @ dual, atol=1e-4)


def test_too_large_matrices_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interactions, "MAX_MOVIES", 2)
    with pytest.raises(UsageError, match="3 movies"):
        Ease().fit(LIKES)
    monkeypatch.setattr(infinite_ae, "MAX_USERS", 2)
    with pytest.raises(UsageError, match="3 users"):
        InfiniteAE().fit(LIKES)


def test_interactions_keep_users_without_a_known_movie() -> None:
    asked = liked(frame(("n", "new", 5), ("m", "x", 5), ("m", "y", 3)), pd.Index(["y", "x"]))
    assert list(asked.users) == ["n", "m"]
    np.testing.assert_array_equal(asked.x_UxM.toarray(), [[0, 0], [0, 1]])


def test_product_is_the_same_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    x = Interactions.of(as_ratings(random_x(4))).x_UxM
    whole = product(x, x)
    monkeypatch.setattr(interactions, "_BLOCK", 5)
    np.testing.assert_array_equal(product(x, x), whole)
    np.testing.assert_array_equal(whole, x.toarray().T @ x.toarray())
