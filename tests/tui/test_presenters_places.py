"""The presenters of the smaller places: log-in, taste start, history, a movie's page, posters, playback."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.types import (
    EngineStatus,
    Movie,
    RatingEvent,
    Reason,
    StoreCounts,
    User,
    WatchEvent,
    WatchKind,
)
from tests.service.made_up import films
from tui.presenters import history, login, moviepage, taste
from tui.presenters.poster import leading_genre, pixels, poster
from tui.presenters.tabs import tab_line
from tui.state.playback import Playback
from tui.state.predictions import PredictionTable

FILMS = {movie.movie_id: movie for movie in films()}
READY = EngineStatus(state="ready", device="cpu", preset="default", n_users=3, n_movies=12, n_ratings=40, drift=0.0012)


def test_viewer_rows() -> None:
    ana, bruno = User(1, "Ana", "matinee", 0, 37), User(2, "Bruno", "matinee", 0)
    assert [row.name for row in login.viewer_rows([ana, bruno], "", bruno)] == ["Bruno", "Ana"]
    rows = login.viewer_rows([ana], "an", bruno)
    assert [(row.name, row.user) for row in rows] == [("Ana", ana), ("an", None)]
    assert [row.name for row in login.viewer_rows([ana], "ANA ", None)] == ["Ana"]
    assert login.viewer_line(rows[0], 30, cursor=True).plain == "▸ Ana              37 ratings "
    assert login.viewer_line(rows[1], 30, cursor=False).plain == "  + new viewer an             "


def test_login_says_how_far_it_is() -> None:
    assert login.opening(0.5, "ratings", 50).plain.rstrip() == "██████████░░░░░░░░░░  50% ratings"
    counts = StoreCounts(1500, 1315, 120_000, 120_000, 0)
    assert login.ready(counts, READY, 80).plain.rstrip() == (
        "1,315 movies · 1,500 viewers · 120,000 ratings   ● the model is ready"
    )
    assert login.ready(counts, READY, 60).plain.splitlines()[1] == "● the model is ready"


def test_taste_line_and_heading() -> None:
    line = taste.taste_line(FILMS[3], 60, half_stars=9, pending=False, just_saved=True, cursor=True).plain
    assert line == "▸ Alien (1979)           Horror · Sci-Fi     ★ ★ ★ ★ ½ 4.5 ✓"
    assert line[60 - taste.STARS_FROM_RIGHT] == "★"
    assert taste.heading("Ana", 3, 12, 70)[1].plain.startswith("3 of 12 rated")


def test_history_is_one_story() -> None:
    ratings = [RatingEvent(3, 1, 3, None, 300), RatingEvent(2, 1, 3, 9, 200), RatingEvent(1, 1, 3, 8, 100)]
    watched = [
        WatchEvent(3, 1, 2, WatchKind.FINISHED, 7020, 250),
        WatchEvent(2, 1, 2, WatchKind.PROGRESS, 3000, 240),
        WatchEvent(1, 1, 1, WatchKind.ABANDONED, 3500, 150),
    ]
    story = history.entries(ratings, watched, FILMS)
    texts = [history.entry_line(entry, 80, now=400, cursor=False).plain.rstrip() for entry in story]
    assert texts == [
        "  1 min ago   Alien (1979)                          ✗ taken back",
        "  2 min ago   Blade Runner (1982)                   ▶ watched to the end",
        "  3 min ago   Alien (1979)                          ★★★★½ 4.5 was 4",
        "  4 min ago   Stalker (1979)                        ▶ left at 58 min",
        "  5 min ago   Alien (1979)                          ★★★★  4",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"), [(3, "just now"), (61, "1 min ago"), (7300, "2 h ago"), (400_000, "1970-01-01")]
)
def test_ago(seconds: int, words: str) -> None:
    assert history.ago(1000, 1000 + seconds) == words


def test_movie_page() -> None:
    movie = replace(FILMS[4], original_title="Le Fabuleux Destin d'Amélie Poulain")
    texts = [line.plain.rstrip() for line in moviepage.about(movie, 4.2, 12, 60)]
    assert texts == [
        "Amélie (2001)",
        "Le Fabuleux Destin d'Amélie Poulain",
        "Comedy · Romance · 122 min · France",
        "directed by Jean-Pierre Jeunet",
        "",
        "What happens in Amélie, told in one sentence.",
        "",
        "you would give ★★★★ 4.2  · no. 12 for you",
    ]

    def last(**known: Any) -> str:
        return moviepage.about(movie, 4.2, 12, 60, **known)[-1].plain.rstrip()

    assert last(likely=(7, 9)) == "most likely 3½ to 4½"
    assert last(likely=(7, 9), history=4) == "most likely 3½ to 4½ · little is known of you yet"
    assert last(history=0) == "little is known of you yet"
    assert last(likely=(7, 9), history=0, rated=True) == "you rated it"
    assert moviepage.about(movie, 4.2, 12, 60, rated=True)[-1].plain.rstrip() == "you rated it"
    reasons = (Reason(1, 5.0, 0.6), Reason(3, 4.5, 0.3))
    assert [line.plain.rstrip() for line in moviepage.why(reasons, FILMS, 2, 60)] == [
        "Why  your ratings that speak for it",
        "Stalker                          5★  ━━━━━━━━━━━━  60%",
        "Alien                          4.5★  ━━━━━━──────  30%",
    ]
    assert moviepage.why(None, FILMS, 2, 60)[1].plain.rstrip() == "asking the model…"
    assert moviepage.why((), FILMS, 0, 60)[1].plain.rstrip() == "you have rated nothing yet"


def test_tabs() -> None:
    assert tab_line(browsing=False, width=40).plain.rstrip() == " [For you]  Browse   Lab"
    assert tab_line(browsing=True, width=40).plain.rstrip() == "  For you  [Browse]  Lab"


@pytest.mark.parametrize("movie", films(), ids=lambda movie: movie.title)
def test_posters_are_the_movies_own_and_have_their_size(movie: Movie) -> None:
    lines = poster(movie, 14, 7).plain.split("\n")
    assert lines == ["▀" * 14] * 7
    assert pixels(movie, 14, 14) == pixels(replace(movie, movie_id=99), 14, 14)
    assert {len(line) for line in poster(movie, 14, 7, shaded=True).plain.split("\n")} == {14}


def test_posters_of_two_movies_of_one_genre_differ() -> None:
    one, other = Movie(1, "Paris, Texas", 1984, ("Drama",)), Movie(2, "Ikiru", 1952, ("Drama",))
    assert leading_genre(one) == leading_genre(other) == "Drama"
    assert pixels(one, 14, 14) != pixels(other, 14, 14)
    assert leading_genre(Movie(3, "?")) == "Drama"


def test_playback() -> None:
    movie = FILMS[2]
    playing = Playback(movie, speed=60)
    assert playing.tick(1.0).position == 60
    assert playing.toggled().tick(1.0).position == 0
    assert playing.tick(117.0).state == "finished"
    assert playing.tick(1000.0).position == playing.length == 117 * 60
    assert [playing.faster(steps).speed for steps in (-9, -1, 1, 9)] == [1, 10, 300, 3600]
    assert playing.stopped().toggled().state == "stopped"
    assert Playback(Movie(1, "Fragment")).length == 6000


def test_rank_counts_what_is_not_rated() -> None:
    table = PredictionTable(1, 1, {7: 0, 3: 1, 9: 2, 1: 3}, bytes([48, 45, 40, 30]))
    assert [table.rank(movie_id, {7: 10, 9: 8}) for movie_id in (3, 1, 7, 99)] == [1, 2, None, None]
