"""One epoch of the study's network with a masked loss, against PyTorch eager doing the same.

All start from the same weights and see the same viewers in the same order, so that they take the same steps to
rounding: the held-out RMSE after the last round says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax  # type: ignore[import-untyped]

from engine.bench import masked_autoencoder as masked
from engine.bench.data import BenchData, Options, load
from engine.bench.peers.torch import Layers, TorchStudy
from engine.bench.result import BenchResult, Goal, ResultLine, Skipped
from engine.bench.timing import Times, alternate, ratio
from engine.config import preset
from engine.data.arrays import Array
from engine.data.csr import CsrRatings
from engine.data.interactions import Vocabulary, read_ratings
from engine.data.matrix import RatingMatrix
from engine.data.split import held_out
from engine.training import device

BATCH = 256
ROUNDS = 7
CELLS, DENSE = "Matinée, rated cells", "Matinée, dense rows"
Predict = Callable[[Array], Array]


def run(options: Options) -> BenchResult:
    """Alternate epochs of each program, then compare what they learned."""
    began = time.perf_counter()
    data = load(options)
    matrix = _matrix(data, options.seed)
    where = device.pick(options.device)
    with jax.default_device(where):
        contest = Contest(matrix, options.seed, options.find_peer("torch"), on_cells=where.platform == "cpu")
        times = alternate(contest.epochs, options.rounds or ROUNDS)
        lines = [_line(name, times, contest, matrix) for name in times]
    return BenchResult(
        "epoch", f"256-128-64 network, masked loss, batches of {BATCH} viewers, Adam; rivals in turns, medians",
        data.name, tuple(lines), _goals(times, lines, contest.ours), contest.skipped, time.perf_counter() - began,
    )  # fmt: skip


class Contest:
    """The programs, each at the same point of the same training.

    The engine's way on a CPU is over the rated cells (`on_cells`); the dense rows are shown beside it.
    """

    def __init__(self, matrix: RatingMatrix, seed: int, torch: ModuleType | Skipped, *, on_cells: bool) -> None:
        self._matrix, self._seed = matrix, seed
        self.epochs: dict[str, Callable[[], object]] = {}
        self.predict: dict[str, Predict] = {}
        half_UxM = matrix.dense(np.arange(matrix.n_users), matrix.n_movies)
        self.ours = CELLS if on_cells else DENSE
        if on_cells:
            self._enter_cells()
        self._enter_dense(half_UxM)
        self.skipped: tuple[Skipped, ...] = (torch,) if isinstance(torch, Skipped) else ()
        if not isinstance(torch, Skipped):
            layers = first_layers(matrix.n_movies, seed)
            self._enter("PyTorch eager", TorchStudy(torch, layers, half_UxM, fused=False))
            self._enter("PyTorch eager, fused Adam", TorchStudy(torch, layers, half_UxM, fused=True))

    def order(self, number: int) -> Array:
        """Viewers of each step of an epoch; some twice, to fill the last step."""
        shuffled = np.random.default_rng((self._seed, number)).permutation(self._matrix.n_users)
        steps = -(-len(shuffled) // BATCH)
        return np.resize(shuffled, (steps, min(BATCH, len(shuffled))))

    def _enter_cells(self) -> None:
        graph, state = masked.init(preset("study"), self._matrix.n_movies, self._seed)
        cells = training_cells(self._matrix)
        box = [state]

        def epoch(number: int) -> None:
            box[0], loss_T = masked.run_epoch(graph, box[0], cells, self.order(number))
            loss_T.block_until_ready()

        self.epochs[CELLS] = counted(epoch)
        self.predict[CELLS] = lambda half_BxM: np.asarray(masked.predict(graph, box[0].weights, half_BxM))

    def _enter_dense(self, half_UxM: Array) -> None:
        graph, state = masked.init(preset("study"), self._matrix.n_movies, self._seed)
        box, on_device_UxM = [state], jnp.asarray(half_UxM)

        def epoch(number: int) -> None:
            box[0], loss_T = _dense_epoch(graph, box[0], on_device_UxM, self.order(number))
            loss_T.block_until_ready()

        self.epochs[DENSE] = counted(epoch)
        self.predict[DENSE] = lambda half_BxM: np.asarray(masked.predict(graph, box[0].weights, half_BxM))

    def _enter(self, name: str, rival: TorchStudy) -> None:
        self.epochs[name] = counted(lambda number: rival.epoch(self.order(number)))
        self.predict[name] = rival.predict


def counted(epoch: Callable[[int], object]) -> Callable[[], None]:
    """Call with 0, 1, 2, ..."""
    numbers = iter(range(10**9))

    def run() -> None:
        epoch(next(numbers))

    return run


@partial(jax.jit, static_argnums=0, donate_argnums=1)
def _dense_epoch(
    graph: masked.Graph, state: masked.State, half_UxM: jax.Array, users_TxB: Array
) -> tuple[masked.State, jax.Array]:
    def step(state: masked.State, users_B: jax.Array) -> tuple[masked.State, jax.Array]:
        half_BxM = half_UxM[users_B]
        stars_BxM, rated_BxM = half_BxM * jnp.float32(0.1), half_BxM > 0

        def loss(weights: masked.Tree) -> jax.Array:
            error_BxM = jnp.where(rated_BxM, masked.merge(graph, weights)(stars_BxM) - stars_BxM, 0.0)
            return jnp.sum(error_BxM**2) / jnp.sum(rated_BxM)

        value, gradient = jax.value_and_grad(loss)(state.weights)
        update, opt_state = optax.adam(masked.LEARNING_RATE).update(gradient, state.opt_state, state.weights)
        return masked.State(optax.apply_updates(state.weights, update), opt_state), value

    return jax.lax.scan(step, state, jnp.asarray(users_TxB))


def first_layers(n_movies: int, seed: int) -> Layers:
    """The engine's first weights, as another program takes them."""
    graph, state = masked.init(preset("study"), n_movies, seed)
    network = masked.merge(graph, state.weights)
    inner: list[tuple[Any, Any]] = [(layer.kernel, layer.bias) for layer in network.inner]
    first, last = (network.encode_MxD, network.encode_D), (network.decode_MxD[...].T, network.decode_M)
    return [(np.asarray(weights[...]), np.asarray(bias[...])) for weights, bias in (first, *inner, last)]


def training_cells(matrix: RatingMatrix) -> CsrRatings:
    """The cells that train."""
    kept = ~matrix.held_N
    start_B = np.concatenate(([0], np.cumsum(matrix.train_counts())))
    return CsrRatings(start_B, matrix.movie_N[kept], matrix.half_N[kept], matrix.n_movies)


def _matrix(data: BenchData, seed: int) -> RatingMatrix:
    users, movies = Vocabulary(), Vocabulary()
    triples = read_ratings(data.ratings, users, movies)
    held_N = held_out(triples, users, movies, preset("study").held_out, seed)
    return RatingMatrix.build(triples, held_N, len(users), len(movies))


def held_out_rmse(matrix: RatingMatrix, predict: Predict) -> float:
    """Over all held-out ratings, in stars."""
    squares, count = 0.0, 0
    for start in range(0, matrix.n_users, BATCH):
        users_B = np.arange(start, min(start + BATCH, matrix.n_users))
        rows, movies, half = matrix.held_cells(users_B)
        error_N = predict(matrix.dense(users_B, matrix.n_movies))[rows, movies].astype(np.float64) - half * 0.5
        squares, count = squares + float(error_N @ error_N), count + len(error_N)
    return float(np.sqrt(squares / count)) if count else float("nan")


def _line(name: str, times: dict[str, Times], contest: Contest, matrix: RatingMatrix) -> ResultLine:
    taken = times[name]
    return ResultLine(name, {
        "seconds": taken.median,
        "p99 seconds": taken.p99,
        "ratings/s": int((~matrix.held_N).sum()) / taken.median,
        "times as long": ratio(taken, times[contest.ours]),
        "RMSE": held_out_rmse(matrix, contest.predict[name]),
    })  # fmt: skip


def _goals(times: dict[str, Times], lines: list[ResultLine], ours: str) -> tuple[Goal, ...]:
    rivals = [taken for name, taken in times.items() if name.startswith("PyTorch")]
    if not rivals:
        return ()
    fastest = min(rivals, key=lambda taken: taken.median)
    rmse = {line.name: float(line.figures["RMSE"]) for line in lines}
    worst = max(abs(value - rmse[ours]) for value in rmse.values())
    gain = ratio(fastest, times[ours])
    return (
        Goal("times faster than the faster PyTorch (must)", gain, 1.5, "least"),
        Goal("times faster than the faster PyTorch (aim)", gain, 4.0, "least"),
        Goal("largest difference of held-out RMSE", worst, 0.01, "most"),
    )
