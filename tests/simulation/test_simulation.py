"""The generator: the same bits for the same config, the promised totals, and tastes that a model can find."""

from __future__ import annotations

import lzma
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.simulation.config import SimulationConfig
from engine.simulation.films import GENRES, Films, read_films
from engine.simulation.names import viewer_names
from engine.simulation.ratings import simulate
from engine.simulation.write import ratings_csv, viewers_csv, write_fixtures

SMALL = SimulationConfig(n_users=60, n_ratings=1_500, min_ratings=10)

HEADER = "movie_id,title,original_title,year,genres,runtime,director,country,synopsis\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    movies, traits = [HEADER], ["movie_id,fame,tone,acclaim\n"]
    for movie_id in range(1, 101):
        genres = "|".join(sorted(set(rng.choice(GENRES, size=2).tolist())))
        movies.append(f"{movie_id},Film {movie_id},,{1920 + movie_id},{genres},100,A B,USA,A film.\n")
        traits.append(f"{movie_id},{rng.integers(1, 6)},{rng.integers(-2, 3)},{rng.integers(1, 6)}\n")
    (tmp_path / "movies.csv").write_text("".join(movies))
    (tmp_path / "traits.csv").write_text("".join(traits))
    return tmp_path


@pytest.fixture
def films(folder: Path) -> Films:
    return read_films(folder)


def test_same_config_same_bytes(folder: Path) -> None:
    write_fixtures(folder, SMALL)
    first = [(folder / name).read_bytes() for name in ("viewers.csv", "ratings.csv.xz")]
    write_fixtures(folder, SMALL)
    assert [(folder / name).read_bytes() for name in ("viewers.csv", "ratings.csv.xz")] == first


def test_another_seed_gives_other_ratings(films: Films) -> None:
    other = simulate(films, replace(SMALL, seed=2))
    assert ratings_csv(simulate(films, SMALL)) != ratings_csv(other)


def test_totals_are_met_and_values_are_in_range(films: Films) -> None:
    ratings = simulate(films, SMALL)
    assert len(ratings.user_id) == SMALL.n_ratings
    counts = np.bincount(ratings.user_id)[1:]
    assert len(counts) == SMALL.n_users
    assert counts.min() >= SMALL.min_ratings
    assert set(np.unique(ratings.half_stars)) <= set(range(1, 11))
    assert set(ratings.movie_id) <= set(films.movie_id_M)


def test_a_viewer_rates_a_film_once_and_in_order_of_time(films: Films) -> None:
    ratings = simulate(films, SMALL)
    pairs = set(zip(ratings.user_id.tolist(), ratings.movie_id.tolist(), strict=True))
    assert len(pairs) == len(ratings.user_id)
    same_user = ratings.user_id[1:] == ratings.user_id[:-1]
    assert (np.diff(ratings.rated_at)[same_user] >= 0).all()
    assert ratings.rated_at.max() <= SMALL.last_day


def test_some_viewers_never_give_half_stars(films: Films) -> None:
    ratings = simulate(films, SMALL)
    odd = np.bincount(ratings.user_id, weights=ratings.half_stars % 2)[1:]
    whole = (odd == 0).mean()
    assert 0.2 < whole < 0.7


def test_fame_draws_ratings(films: Films) -> None:
    ratings = simulate(films, SMALL)
    counts = np.bincount(ratings.movie_id, minlength=101)[1:]
    assert counts[films.fame_M >= 4].mean() > 2 * counts[films.fame_M <= 2].mean()


def test_more_taste_than_noise_can_be_told_from_neighbours(films: Films) -> None:
    """Without noise, stars differ between viewers of one film; without taste and noise they agree up to the viewer."""
    quiet = replace(SMALL, noise_stars=0.0, taste_stars=0.0, user_sigma=0.0, whole_star_share=0.0)
    ratings = simulate(films, quiet)
    spread = [np.std(ratings.half_stars[ratings.movie_id == movie]) for movie in np.unique(ratings.movie_id)]
    tasty = simulate(films, replace(quiet, taste_stars=0.8))
    tasty_spread = [np.std(tasty.half_stars[tasty.movie_id == movie]) for movie in np.unique(tasty.movie_id)]
    assert np.mean(spread) < 0.5 * np.mean(tasty_spread)


def test_names_are_different_and_of_the_seed() -> None:
    names = viewer_names(1_500, seed=1)
    assert len({name.casefold() for name in names}) == 1_500
    assert viewer_names(1_500, seed=1) == names
    assert viewers_csv(SMALL).splitlines()[0] == "user_id,name"


def test_too_many_names_are_refused() -> None:
    with pytest.raises(ValueError, match="names were asked for"):
        viewer_names(10**6, seed=1)


def test_the_shipped_ratings_are_what_the_generator_makes(tmp_path: Path) -> None:
    """The files in the repository are the generator's own output, so nobody edits them by hand."""
    from engine.paths import fixtures

    made = simulate(read_films(fixtures()), SimulationConfig())
    shipped = lzma.decompress((fixtures() / "ratings.csv.xz").read_bytes()).decode()
    assert ratings_csv(made) == shipped
    assert viewers_csv(SimulationConfig()) == (fixtures() / "viewers.csv").read_text(encoding="utf-8")


def test_no_film_is_rated_before_it_is_out(folder: Path) -> None:
    late = replace(SMALL, first_day=1_400_000_000)  # 2014; the films of the small catalogue go on to 2020
    films = read_films(folder)
    ratings = simulate(films, late)
    released = dict(zip(films.movie_id_M.tolist(), films.released_at_M.tolist(), strict=True))
    rated = zip(ratings.movie_id.tolist(), ratings.rated_at.tolist(), strict=True)
    assert all(at > released[movie] for movie, at in rated)
    assert ratings.rated_at.max() <= late.last_day
