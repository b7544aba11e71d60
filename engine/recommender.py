"""The recommender as a library: data frames in, data frames out.

    >>> from engine import Recommender                                     # doctest: +SKIP
    >>> rec = Recommender.fit(ratings, movies)                             # doctest: +SKIP
    >>> rec.recommend(pd.DataFrame({"movie": [1, 50], "stars": [5, 4]}))   # doctest: +SKIP

The worker drives the lower level: `prepare`, `train_steps`, `learn_steps`, `fold_in`, `list_for`, `reasons`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from engine import device as devices
from engine.checkpoint.contents import pack, unpack
from engine.config import Config, preset
from engine.data import interactions as read
from engine.data.csr import Rows
from engine.data.features import Genres, read_movies
from engine.data.interactions import Array, Ids, RatingMatrix
from engine.data.split import WATCHED, held_out
from engine.errors import BadStrength, UnknownMovie
from engine.inference import explain as explaining
from engine.inference import model_state as learning
from engine.inference.batch import best_of_many, scores_of_many
from engine.inference.recommend import Listing, make_list, reasons
from engine.inference.user import FoldIn
from engine.training.full import full_run
from engine.training.growth import grow
from engine.training.incremental import learn_run
from engine.types import DEFAULT_METHOD, DiversityMethod, Reason, TrainingRecord

History = Mapping[Hashable, float]
"""A viewer's ratings: movie id to stars."""


class Recommender:
    """An autoencoder that predicts stars and makes lists, for viewers known and unknown.

    Ratings are frames with the columns user, movie, stars (0.5 to 5) and, optionally, at; movies are frames with
    movie, title, year, genres (`Drama|War`). Ids may be of any hashable type; those of a saved recommender are int or
    str.
    """

    def __init__(self, users: Ids, movies: Ids, genres: Genres, learned: learning.Learned) -> None:
        self.users = users
        self.movies = movies
        self.genres = genres
        self.learned = learned
        self.tags: dict[str, Any] = {}
        """What `save` was told: the store's uuid, the sequence, whatever ties the checkpoint to its data."""

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
        """Read and split, train nothing: offsets and popularity answer until `train_steps` has been driven.

        `cache_dir` is where compiled programs are kept (default: in Matinée's cache folder).
        """
        config = preset_config(preset)
        devices.use_compilation_cache(cache_dir)
        users, movie_ids, genres = Ids(), Ids(), Genres()
        if movies is not None:
            movie_ids.add(read.plain_ids(movies["movie"]))
        triples = read.read_ratings(ratings, users, movie_ids)
        genres.put(movie_ids, [] if movies is None else read_movies(movies))
        held_N = held_out(triples, users, movie_ids, config.held_out, seed)
        matrix = RatingMatrix.build(triples, held_N, len(users), len(movie_ids))
        learned = learning.prepare(matrix, config, seed, devices.pick(device))
        learned.refresh_content(genres.features(len(movie_ids)))
        return cls(users, movie_ids, genres, learned)

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
        learned = self.learned
        learned.matrix = replace(learned.matrix, held_N=self._held_out(learned.config.held_out))
        watched_N = self._held_out(WATCHED * learned.config.held_out)
        return full_run(learned, watched_N, self.genres.features(len(self.movies)), epochs)

    def _held_out(self, share: float) -> Array:
        """The side of the split of every rating in the matrix."""
        matrix = self.learned.matrix
        triples = read.Triples(matrix.user_N, matrix.movie_N, matrix.half_N, matrix.at_N)
        return held_out(triples, self.users, self.movies, share, self.learned.seed)

    def learn_steps(self, new_ratings: pd.DataFrame) -> Iterator[TrainingRecord]:
        """Incremental retraining in small pieces: columns user, movie, stars[, at]; stars 0 or NaN take a rating back.

        New users and movies are added. Fold-in sees the news from the first piece on.
        """
        triples = read.read_ratings(new_ratings, self.users, self.movies)
        if len(self.genres.of_movie) < len(self.movies):
            self.genres.put(self.movies, [])
        return learn_run(self.learned, triples, len(self.users), len(self.movies))

    def learn(
        self, new_ratings: pd.DataFrame, on_metrics: Callable[[TrainingRecord], None] | None = None
    ) -> TrainingRecord:
        """Incremental retraining; the last record of the run."""
        return _exhaust(self.learn_steps(new_ratings), on_metrics)

    def add_movies(self, movies: pd.DataFrame) -> None:
        """Add movies (or set the genres of known ones): columns movie[, title, year, genres]."""
        self.movies.add(read.plain_ids(movies["movie"]))
        self.genres.put(self.movies, read_movies(movies))
        learned = self.learned
        grow(learned, learned.matrix.n_users, len(self.movies))
        learned.take_movies(len(self.movies))
        learned.refresh_content(self.genres.features(len(self.movies)))

    def fork(self) -> Self:
        """A recommender that learns while this one goes on answering with what it knew.

        Nothing that learning changes is shared; what it replaces (matrices, weights, the linear path) is shared until
        then. An update of the linear path makes a new path, which shares the large matrix with the old one.
        """
        fork = type(self)(Ids(self.users), Ids(self.movies), self.genres.copy(), copy.copy(self.learned))
        fork.tags = dict(self.tags)
        return fork

    # ------------------------------------------------------------------------------------------------ asking

    @property
    def movie_ids(self) -> list[Hashable]:
        """Movies in the order of `rank` and of `score`'s columns."""
        return self.movies.list

    @property
    def trained(self) -> bool:
        """Whether weights answer, not offsets alone."""
        return self.learned.serving.trained

    def predict(self, pairs: pd.DataFrame) -> pd.Series[float]:
        """Predicted stars of pairs (columns user, movie[, at]) in their order.

        With `at`, the stars that the viewer gives at that moment: ratings of the same minutes say how high.
        Unknown movies get the viewer's offset alone, unknown viewers the movie's, both unknown the mean; never NaN.
        """
        users = self.users.indices(read.plain_ids(pairs["user"]))
        movies = self.movies.indices(read.plain_ids(pairs["movie"]))
        at_N = read.seconds(pairs["at"]) if "at" in pairs.columns else None
        return pd.Series(self.learned.predict(users, movies, at_N), index=pairs.index, name="stars", dtype=np.float64)

    def score(self, histories: pd.DataFrame) -> pd.DataFrame:
        """Ranking scores, viewers × `movie_ids`, of viewers (columns user, movie, stars) who need not be known."""
        users, rows = self._viewers(histories)
        score_BxM = scores_of_many(self.learned, rows)
        names = pd.Index(users.list, name="user", tupleize_cols=False)
        columns = pd.Index(self.movies.list, tupleize_cols=False)
        return pd.DataFrame(score_BxM, index=names, columns=columns, copy=False)

    def _viewers(self, histories: pd.DataFrame) -> tuple[Ids, Rows]:
        """Viewers by themselves, known or not, with their ratings of the movies that are known."""
        users = Ids(read.plain_ids(pd.Series(histories["user"].unique())))
        known = histories["movie"].isin(self.movies.list)
        triples = read.read_ratings(histories if known.all() else histories[known], users, self.movies)
        none_N = np.zeros(len(triples.user_N), bool)
        return users, Rows.of_matrix(RatingMatrix.build(triples, none_N, len(users), len(self.movies)))

    def recommend_many(self, histories: pd.DataFrame | None = None, n: int = 5) -> pd.DataFrame:
        """The n best movies (columns user, movie, score) of each of many viewers; nothing already rated.

        `histories` (columns user, movie, stars) may be of anybody; None stands for all viewers that the recommender
        knows, with all their ratings. Viewers come in the order in which they are known or appear.
        """
        users, rows = (
            (self.users, Rows.of_matrix(self.learned.matrix)) if histories is None else self._viewers(histories)
        )
        movie_UxN, score_UxN = best_of_many(self.learned, rows, n)
        user_N, place_N = np.nonzero(movie_UxN >= 0)
        ids, names = (pd.Index(each.list, tupleize_cols=False) for each in (self.movies, users))
        movie_N, score_N = movie_UxN[user_N, place_N], score_UxN[user_N, place_N]
        return pd.DataFrame({"user": names.take(user_N), "movie": ids.take(movie_N), "score": score_N})

    def recommend(
        self,
        history: pd.DataFrame | History,
        n: int = 5,
        diversity: float = 0.0,
        method: DiversityMethod = DEFAULT_METHOD,
        exclude: Collection[Hashable] = (),
    ) -> pd.DataFrame:
        """The n best movies (columns movie, score, stars) for a history (columns movie, stars); nothing already rated.

        `diversity` from 0 to 1 lets movies of other genres in.
        """
        made = self.list_for(history, n, diversity, method, exclude)
        ids = [self.movies.list[m] for m in made.movies]
        return pd.DataFrame(
            {"movie": pd.Series(ids, dtype=None if ids else object), "score": made.scores, "stars": made.stars}
        )

    def explain(self, history: pd.DataFrame | History, movie: Hashable, n: int | None = None) -> pd.DataFrame:
        """The rated movies (columns movie, share) by what they gave to this movie's score, most first.

        Shares are parts of the sum of all sizes, so movies that speak against it are below zero. Raises UnknownMovie.
        """
        target = self.movies.index(movie)
        if target < 0:
            raise UnknownMovie(f"the model knows no movie {movie!r}; add it with add_movies")
        movies, half = self.columns(history)
        given_N = explaining.given(self.learned, movies, half, np.array([target]))
        share_N = explaining.shares(given_N)[:, 0]
        order = np.argsort(-share_N, kind="stable")[:n]
        return pd.DataFrame({"movie": [self.movies.list[m] for m in movies[order]], "share": share_N[order]})

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
        """Ranking scores and predicted stars of every movie, in the order of `movie_ids`: one forward pass."""
        viewer = self.fold_in(history)
        return viewer.score_M, viewer.stars_M

    def fold_in(self, history: pd.DataFrame | History) -> FoldIn:
        """A viewer with this history, ranked: what `list_for` makes a list of, and more without another pass."""
        return self.learned.fold_in(*self.columns(history))

    def list_for(
        self,
        history: pd.DataFrame | History | FoldIn,
        n: int = 5,
        diversity: float = 0.0,
        method: DiversityMethod = DEFAULT_METHOD,
        exclude: Collection[Hashable] = (),
    ) -> Listing:
        """The list by column numbers with its figures, of a history or of a viewer who is folded in already."""
        if not 0 <= diversity <= 1:
            raise BadStrength(f"a diversity of {diversity} makes no list; choose a strength from 0 to 1")
        viewer = history if isinstance(history, FoldIn) else self.fold_in(history)
        left_out = [index for index in self.movies.indices(exclude).tolist() if index >= 0]
        flags_MxG = self.genres.flags(len(self.movies))
        return make_list(viewer, flags_MxG, n, diversity, method, left_out)

    def reasons(
        self, history: pd.DataFrame | History | FoldIn, movies: Collection[Hashable], n: int = 3
    ) -> list[tuple[Reason, ...]]:
        """For each of some movies the rated ones that speak for it most, at most n. Movie ids must be int."""
        known = (history.movies, history.half) if isinstance(history, FoldIn) else self.columns(history)
        stars = dict(zip(known[0].tolist(), (known[1] / 2).tolist(), strict=True))
        found = reasons(self.learned, known, self.movies.indices(movies), n)
        ids: list[Any] = self.movies.list
        return [tuple(Reason(ids[m], stars[m], share) for m, share in some) for some in found]

    # ------------------------------------------------------------------------------------------------- files

    def save(self, path: str | Path, tags: Mapping[str, Any] | None = None) -> None:
        """Write everything to one file, atomically; `tags` (JSON-like) come back with `load`.

        Raises TypeError when an id is neither int nor str.
        """
        self.tags = dict(self.tags if tags is None else tags)
        pack(self.users, self.movies, self.genres, self.learned, self.tags, path)

    @classmethod
    def load(cls, path: str | Path, device: str = "auto", cache_dir: str | Path | None = None) -> Self:
        """Read what `save` wrote. Raises CheckpointDamaged."""
        devices.use_compilation_cache(cache_dir)
        users, movies, genres, learned, tags = unpack(path, devices.pick(device))
        rec = cls(users, movies, genres, learned)
        rec.tags = tags
        return rec


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
