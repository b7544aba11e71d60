"""The networks, by the names that presets give: the one place that knows which there are."""

from __future__ import annotations

from flax import nnx

from engine.config import Config
from engine.errors import UnknownPreset
from engine.models.autoencoder import Autoencoder, Graphs, NetworkSpec, Tree, UserPart
from engine.models.implicit import IMPLICIT
from engine.models.study import STUDY
from engine.text import suggest

NETWORKS: dict[str, NetworkSpec] = {"study": STUDY, "implicit": IMPLICIT}


def spec_of(config: Config) -> NetworkSpec:
    """The preset's network. Raises UnknownPreset where the preset names none."""
    if config.network not in NETWORKS:
        raise UnknownPreset(f"there is no network {config.network!r}; {suggest(config.network, NETWORKS, 0.4)}")
    return NETWORKS[config.network]


def build(config: Config, n_movies: int, n_users: int, seed: int) -> tuple[Autoencoder, UserPart | None]:
    """The preset's network, freshly initialised, and its user factors where it has them."""
    spec, rngs = spec_of(config), nnx.Rngs(seed)
    network = spec.network(n_movies, config, rngs=rngs)
    return network, None if spec.factors is None else spec.factors(n_users, config, rngs=rngs)


def fresh(config: Config, n_movies: int, n_users: int, seed: int) -> tuple[Graphs, Tree, Tree | None]:
    """The structure of the preset's network, its first weights, and its first factors where it has them."""
    network, factors = build(config, n_movies, n_users, seed)
    graph, weights = nnx.split(network)
    if factors is None:
        return Graphs(spec_of(config), graph, None), weights, None
    factors_graph, factor_weights = nnx.split(factors)
    return Graphs(spec_of(config), graph, factors_graph), weights, factor_weights
