"""The recommender as a library: data frames in, data frames out.

    >>> from engine import Recommender                                     # doctest: +SKIP
    >>> rec = Recommender.fit(ratings, movies)                             # doctest: +SKIP
    >>> rec.recommend(pd.DataFrame({"movie": [1, 50], "stars": [5, 4]}))   # doctest: +SKIP

The worker drives the lower level: `prepare`, `train_steps`, `learn_steps`, `answer`, `reasons`.

Longer than most modules: it is the whole public face of the library, one class whose methods pass on to the rooms.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Hashable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from engine.checkpoint.contents import pack, unpack
from engine.config import Config, preset
from engine.data import interactions as read
from engine.data.arrays import Array
from engine.data.csr import CsrRatings
from engine.data.features import ItemFeatures, read_movies
from engine.data.interactions import Vocabulary
from engine.data.matrix import RatingMatrix
from engine.data.split import MONITOR_SHARE, held_out
from engine.errors import BadStrength, UnknownMovie
from engine.inference import model_state
from engine.inference.answer import Answer, answered, reasons_by_id
from engine.inference.batch import best_of_many, scores_of_many
from engine.inference.model_state import ModelState
from engine.inference.predict import intervals, predict
from engine.inference.questions import VIEWERS, questions
from engine.inference.recommend import Listing
from engine.inference.relevance import Ranking
from engine.inference.user import UserInference
from engine.training import device as devices
from engine.training.full import full_run
from engine.training.growth import grown
from engine.training.incremental import incremental_run
from engine.training.recorder import Progress
from engine.types import (
    DEFAULT_METHOD,
    MIDDLE,
    DiversityMethod,
    Order,
    Reason,
    TrainingRecord,
)

History = Mapping[Hashable, float]
"""A viewer's ratings: movie id to stars."""


class Recommender:
    """An autoencoder that predicts stars and makes lists, for viewers known and unknown.

    Ratings are frames with the columns user, movie, stars (0.5 to 5) and, optionally, at; movies are frames with
    movie, title, year, genres (`Drama|War`). Ids may be of any hashable type; those of a saved recommender are int or
    str.
    """

    def __init__(self, users: Vocabulary, movies: Vocabulary, features: ItemFeatures, state: ModelState) -> None:
        self.users = users
        self.movies = movies
        self.features = features
        self.state = state
        """All that is learned; a run puts another one in its place after each piece of work."""
        self.tags: dict[str, Any] = {}
        """What `save` was given: the store's uuid, the sequence, whatever ties the checkpoint to its data."""

    # ------------------------------------------------------------------------------------------------ making

    @classmethod
    def prepare(
        cls,
        ratings: pd.DataFrame,
        movies: pd.DataFrame | None = None,
        *,
        preset: str | Config = "default",
        seed: int = 0,
        device: str = "auto",
        cache_dir: str | Path | None = None,
    ) -> Self:
        """Read and split, train nothing: biases and popularity answer until `train_steps` has been driven.

        `cache_dir` is where compiled programs are kept (default: in Matinée's cache folder).
        """
        config = preset_config(preset)
        devices.use_compilation_cache(cache_dir)
        users, movie_ids, features = Vocabulary(), Vocabulary(), ItemFeatures()
        if movies is not None:
            movie_ids.add(read.plain_ids(movies["movie"]))
        triples = read.read_ratings(ratings, users, movie_ids)
        features.put(movie_ids, [] if movies is None else read_movies(movies))
        held_N = held_out(triples, users, movie_ids, config.held_out, seed)
        matrix = RatingMatrix.build(triples, held_N, len(users), len(movie_ids))
        state = model_state.prepare(matrix, config, seed, devices.pick(device))
        return cls(users, movie_ids, features, state.with_features(features.matrix(len(movie_ids))))

    @classmethod
    def fit(
        cls,
        ratings: pd.DataFrame,
        movies: pd.DataFrame | None = None,
        preset: str | Config = "default",
        seed: int = 0,
        device: str = "auto",
        on_metrics: Callable[[TrainingRecord], None] | None = None,
        epochs: int | None = None,
    ) -> Self:
        """Read, split, train and validate. `on_metrics` is called with every record of the run."""
        rec = cls.prepare(ratings, movies, preset=preset, seed=seed, device=device)
        _exhaust(rec.train_steps(epochs), on_metrics)
        return rec

    def train_steps(self, epochs: int | None = None) -> Iterator[TrainingRecord]:
        """A full training from scratch in small pieces; between two of them the best weights so far answer.

        The last record is `done`. Ending early (closing the iterator) keeps what answers at that moment.
        """
        held_N = self._held_out(self.state.config.held_out)
        monitor_N = self._held_out(MONITOR_SHARE * self.state.config.held_out)
        state = replace(self.state, matrix=replace(self.state.matrix, held_N=held_N))
        return self._follow(full_run(state, monitor_N, self.features.matrix(len(self.movies)), epochs))

    def _held_out(self, share: float) -> Array:
        """The side of the split of every rating in the matrix."""
        matrix = self.state.matrix
        triples = read.Triples(matrix.user_N, matrix.movie_N, matrix.half_N, matrix.at_N)
        return held_out(triples, self.users, self.movies, share, self.state.seed)

    def _follow(self, run: Generator[Progress]) -> Iterator[TrainingRecord]:
        """A run's records; between two of them its best state so far answers."""
        with closing(run):
            for progress in run:
                self.state = progress.state
                yield progress.record

    def learn_steps(self, new_ratings: pd.DataFrame) -> Iterator[TrainingRecord]:
        """Incremental retraining in small pieces: columns user, movie, stars[, at]; stars 0 or NaN take a rating back.

        New users and movies are added. Answers know the new ratings from the first piece on.
        """
        triples = read.read_ratings(new_ratings, self.users, self.movies)
        if len(self.features.genres) < len(self.movies):
            self.features.put(self.movies, [])
        return self._follow(incremental_run(self.state, triples, len(self.users), len(self.movies)))

    def learn(
        self, new_ratings: pd.DataFrame, on_metrics: Callable[[TrainingRecord], None] | None = None
    ) -> TrainingRecord:
        """Incremental retraining; the last record of the run."""
        return _exhaust(self.learn_steps(new_ratings), on_metrics)

    def add_movies(self, movies: pd.DataFrame) -> None:
        """Add movies (or set the genres of known ones): columns movie[, title, year, genres]."""
        self.movies.add(read.plain_ids(movies["movie"]))
        self.features.put(self.movies, read_movies(movies))
        n_movies = len(self.movies)
        state = grown(self.state, self.state.matrix.n_users, n_movies).with_movies(n_movies)
        self.state = state.with_features(self.features.matrix(n_movies))

    def fork(self) -> Self:
        """A recommender that learns while this one goes on answering with what it knew; both begin with one state."""
        fork = type(self)(Vocabulary(self.users), Vocabulary(self.movies), self.features.copy(), self.state)
        fork.tags = dict(self.tags)
        return fork

    # ------------------------------------------------------------------------------------------------ asking

    @property
    def movie_ids(self) -> list[Hashable]:
        """Movies in the order of `rank` and of `score`'s columns."""
        return self.movies.list

    @property
    def trained(self) -> bool:
        """Whether weights answer, not biases alone."""
        return self.state.serving.network.trained

    def predict(self, pairs: pd.DataFrame, *, shown: bool = False) -> pd.Series[float]:
        """Predicted stars of pairs (columns user, movie[, at]) in their order, of movies that the viewers choose.

        With `shown` as lists show them: what a viewer would give a movie that they did not choose. With `at`, the
        stars that the viewer gives at that time: ratings of the same minutes say how high. Unknown movies get the
        viewer's bias alone, unknown viewers the movie's, both unknown the mean; never NaN.
        """
        at_N = read.seconds(pairs["at"]) if "at" in pairs.columns else None
        stars_N = predict(self.state, *self._columns_of(pairs), at_N, shown=shown)
        return pd.Series(stars_N, index=pairs.index, name="stars", dtype=np.float64)

    def interval(self, pairs: pd.DataFrame, *, shown: bool = False) -> pd.DataFrame:
        """Intervals (columns low, high) that hold four of five ratings, around what `predict` gives without `at`."""
        low_N, high_N = intervals(self.state, *self._columns_of(pairs), shown=shown)
        return pd.DataFrame({"low": low_N, "high": high_N}, index=pairs.index)

    def _columns_of(self, pairs: pd.DataFrame) -> tuple[Array, Array]:
        """Numbers of the users and movies of pairs, -1 for unknown ones."""
        users = self.users.indices(read.plain_ids(pairs["user"]))
        return users, self.movies.indices(read.plain_ids(pairs["movie"]))

    def score(self, histories: pd.DataFrame, order: Order = "relevance", lens: int | str = MIDDLE) -> pd.DataFrame:
        """Ranking scores, viewers × `movie_ids`, of viewers (columns user, movie, stars) who need not be known.

        `order` is what orders lists: `relevance`, or the `choice` score or predicted `stars` alone. The `lens` of
        relevance goes from `familiar` (0), what viewers choose, to `loved` (4), what they'd love. Raises BadOrder.
        """
        users, ratings = self._viewers(histories)
        score_BxM = scores_of_many(self.state.serving, ratings, Ranking.of(order, lens))
        names = pd.Index(users.list, name="user", tupleize_cols=False)
        columns = pd.Index(self.movies.list, tupleize_cols=False)
        return pd.DataFrame(score_BxM, index=names, columns=columns, copy=False)

    def _viewers(self, histories: pd.DataFrame) -> tuple[Vocabulary, CsrRatings]:
        """Viewers by themselves, known or not, with their ratings of the movies that are known."""
        users = Vocabulary(read.plain_ids(pd.Series(histories["user"].unique())))
        known = histories["movie"].isin(self.movies.list)
        triples = read.read_ratings(histories if known.all() else histories[known], users, self.movies)
        none_N = np.zeros(len(triples.user_N), bool)
        return users, RatingMatrix.build(triples, none_N, len(users), len(self.movies)).ratings()

    def recommend_many(
        self, histories: pd.DataFrame | None = None, n: int = 5, order: Order = "relevance", lens: int | str = MIDDLE
    ) -> pd.DataFrame:
        """The n best movies (columns user, movie, score) of each of many viewers; nothing already rated.

        `histories` (columns user, movie, stars) may be of anybody; None stands for all viewers that the recommender
        knows, with all their ratings. Viewers come in the order in which they are known or appear. See `score` for
        `order` and `lens`.
        """
        users, ratings = (self.users, self.state.matrix.ratings()) if histories is None else self._viewers(histories)
        movie_BxL, score_BxL = best_of_many(self.state.serving, ratings, n, Ranking.of(order, lens))
        row, rank = np.nonzero(movie_BxL >= 0)
        ids, names = (pd.Index(each.list, tupleize_cols=False) for each in (self.movies, users))
        movies = ids.take(movie_BxL[row, rank])
        return pd.DataFrame({"user": names.take(row), "movie": movies, "score": score_BxL[row, rank]})

    def recommend(
        self,
        history: pd.DataFrame | History,
        n: int = 5,
        diversity: float = 0.0,
        method: DiversityMethod = DEFAULT_METHOD,
        exclude: Collection[Hashable] = (),
        order: Order = "relevance",
        lens: int | str = MIDDLE,
    ) -> pd.DataFrame:
        """The n best movies (columns movie, score, stars, low, high) for a history (columns movie, stars).

        Nothing already rated. `stars` are corrected for selection (see `predict`), four of five ratings are from `low`
        to `high`. `diversity` from 0 to 1 lets movies of other genres in. See `score` for `order` and `lens`.
        """
        made = self.list_for(self.fold_in(history, order, lens), n, diversity, method, exclude)
        ids = [self.movies.list[m] for m in made.movies]
        return pd.DataFrame(
            {
                "movie": pd.Series(ids, dtype=None if ids else object), "score": made.scores, "stars": made.stars,
                "low": made.low, "high": made.high,
            }
        )  # fmt: skip

    def explain(
        self,
        history: pd.DataFrame | History,
        movie: Hashable,
        n: int | None = None,
        order: Order = "relevance",
        lens: int | str = MIDDLE,
    ) -> pd.DataFrame:
        """The rated movies (columns movie, share) by what they contribute to this movie's score, most first.

        Shares are parts of the sum of all sizes, so movies that speak against it are below zero. See `score` for
        `order` and `lens`. Raises UnknownMovie.
        """
        target = self.movies.index(movie)
        if target < 0:
            raise UnknownMovie(f"the model knows no movie {movie!r}; add it with add_movies")
        viewer = self.fold_in(history, order, lens)
        share_L = viewer.contributions(np.array([target])).shares().total_LxC[:, 0]
        most = np.argsort(-share_L, kind="stable")[:n]
        movies = viewer.ratings.movie_N[most]
        return pd.DataFrame({"movie": [self.movies.list[m] for m in movies], "share": share_L[most]})

    def questions(self, n: int = 12) -> list[Hashable]:
        """Movies to ask a new viewer about, at most n: those whose stars tell most, most telling first."""
        matrix = self.state.matrix
        able = np.flatnonzero(np.diff(matrix.start_U))
        drawn = np.random.default_rng(self.state.seed).permutation(able)[:VIEWERS]
        noise = self.state.serving.uncertainty.variance
        found = questions(self.state.serving, matrix.ratings().take(drawn), len(able), noise, n)
        return [self.movies.list[column] for column in found]

    # ------------------------------------------------------------------------------------------- lower level

    def columns(self, history: pd.DataFrame | History) -> tuple[Array, Array]:
        """A history as column numbers and half stars, in column order; unknown movies are left out."""
        if isinstance(history, pd.DataFrame):
            history = dict(zip(read.plain_ids(history["movie"]), history["stars"].tolist(), strict=True))
        movies = self.movies.indices(history)
        half = read.half_stars(np.fromiter(history.values(), np.float64, len(history)))
        use = np.flatnonzero((movies >= 0) & (half > 0))
        use = use[np.argsort(movies[use])]
        return movies[use], half[use]

    def rank(self, history: pd.DataFrame | History) -> tuple[Array, Array]:
        """Ranking scores and predicted stars of every movie, in the order of `movie_ids`: one forward pass.

        The stars are those of viewers who choose the movie, as `predict` gives them.
        """
        viewer = self.fold_in(history)
        return viewer.score_M, viewer.stars_M

    def fold_in(
        self, history: pd.DataFrame | History, order: Order = "relevance", lens: int | str = MIDDLE
    ) -> UserInference:
        """A viewer with this history: what `list_for` makes a list of, and more without another pass."""
        state = self.state  # one of them, while a run puts others in its place
        ratings = CsrRatings.of_one(*self.columns(history), state.matrix.n_movies)
        return UserInference(ratings, state.serving, Ranking.of(order, lens))

    def answer(
        self,
        history: History,
        n: int = 5,
        diversity: float = 0.0,
        method: DiversityMethod = DEFAULT_METHOD,
        order: Order = "relevance",
        lens: int | str = MIDDLE,
    ) -> Answer:
        """The list as a viewer is shown it, each movie with its reasons. Movie ids must be int."""
        viewer = self.fold_in(history, order, lens)
        return answered(viewer, self.movies.list, self._genre_flags(), n, _checked(diversity), method)

    def list_for(
        self,
        history: pd.DataFrame | History | UserInference,
        n: int = 5,
        diversity: float = 0.0,
        method: DiversityMethod = DEFAULT_METHOD,
        exclude: Collection[Hashable] = (),
    ) -> Listing:
        """The list by column numbers with its figures, of a history or of a viewer who is folded in already."""
        viewer = history if isinstance(history, UserInference) else self.fold_in(history)
        left_out = [index for index in self.movies.indices(exclude).tolist() if index >= 0]
        return viewer.make_list(self._genre_flags(), n, _checked(diversity), method, left_out)

    def _genre_flags(self) -> Array:
        return self.features.flags(len(self.movies))

    def reasons(
        self,
        history: pd.DataFrame | History | UserInference,
        movies: Collection[Hashable],
        n: int = 3,
        *,
        in_a_sentence: bool = False,
    ) -> list[tuple[Reason, ...]]:
        """For each of some movies the liked ones that speak for it most, at most n. Movie ids must be int.

        With `in_a_sentence` the first is followed by those of the kind, watching alike or rating alike, of the larger
        part, so that a sentence that names two of them tells of both.
        """
        viewer = history if isinstance(history, UserInference) else self.fold_in(history)
        return reasons_by_id(viewer, self.movies.list, self.movies.indices(movies), n, in_a_sentence=in_a_sentence)

    # ------------------------------------------------------------------------------------------------- files

    def save(self, path: str | Path, tags: Mapping[str, Any] | None = None) -> None:
        """Write everything to one file, atomically; `tags` (JSON-like) come back with `load`.

        Raises TypeError when an id is neither int nor str.
        """
        self.tags = dict(self.tags if tags is None else tags)
        pack(self.users, self.movies, self.features, self.state, self.tags, path)

    @classmethod
    def load(cls, path: str | Path, device: str = "auto", cache_dir: str | Path | None = None) -> Self:
        """Read what `save` wrote. Raises CheckpointDamaged."""
        devices.use_compilation_cache(cache_dir)
        users, movies, features, state, tags = unpack(path, devices.pick(device))
        rec = cls(users, movies, features, state)
        rec.tags = tags
        return rec


def _checked(diversity: float) -> float:
    if not 0 <= diversity <= 1:
        raise BadStrength(f"a diversity of {diversity} makes no list; choose a strength from 0 to 1")
    return diversity


def preset_config(named: str | Config) -> Config:
    """A preset by name, or one's own."""
    return preset(named) if isinstance(named, str) else named


def _exhaust(records: Iterator[TrainingRecord], on_metrics: Callable[[TrainingRecord], None] | None) -> TrainingRecord:
    last = None
    for last in records:
        if on_metrics is not None:
            on_metrics(last)
    if last is None:
        raise RuntimeError("a run ended without a record")
    return last
