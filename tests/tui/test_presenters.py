"""From the state of a session to what stands on the screen, exactly."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.types import (
    Diversity,
    EngineStatus,
    ListItem,
    ListStats,
    Movie,
    Reason,
    Recommendations,
)
from tests.service.made_up import films, training_record
from tui.presenters import browse, foryou, lab, now, statusline, topbar, training
from tui.state.playback import Playback
from tui.state.predictions import PredictionTable
from tui.state.training_log import Curve, TrainingLog

FILMS = {movie.movie_id: movie for movie in films()}
READY = EngineStatus(state="ready", device="cpu", preset="default", n_users=3, n_movies=12, n_ratings=40, drift=0.0012)


def made(items: tuple[ListItem, ...], **changes: object) -> Recommendations:
    stats = ListStats(ild=0.41, genres=4, mean_stars=4.3)
    values = {
        "request_id": 1, "user_id": 1, "items": items, "seen_seq": 1, "trained_seq": 1, "diversity": Diversity(),
        "plain": stats, "shown": stats,
    }  # fmt: skip
    return Recommendations(**(values | changes))  # type: ignore[arg-type]


# ---------------------------------------------------------------------------------------------------------------- top


def test_tastes_are_the_best_rated_genres() -> None:
    half_stars = {1: 10, 2: 9, 3: 10, 4: 2, 9: 6}
    assert topbar.tastes(half_stars, FILMS) == [
        topbar.Taste("Sci-Fi", pytest.approx(0.68)),
        topbar.Taste("Horror", pytest.approx(1.3 / 3)),
        topbar.Taste("Thriller", pytest.approx(0.8 / 3)),
    ]
    assert topbar.tastes({}, FILMS) == []
    assert topbar.tastes({99: 10}, FILMS) == []


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (EngineStatus(), "engine starts"),
        (EngineStatus("loading"), "model loads"),
        (EngineStatus("ready"), "model up to date"),
        (EngineStatus("ready", ratings_behind=1), "model 1 rating behind"),
        (EngineStatus("learning", ratings_behind=3), "model 3 ratings behind"),
        (EngineStatus("training", trained_seq=9), "model trains"),
        (EngineStatus("training", ratings_behind=120_000), "first training"),
        (EngineStatus("failed", ratings_behind=3), "engine down"),
        (EngineStatus("stopped"), "engine stopped"),
    ],
)
def test_staleness(status: EngineStatus, words: str) -> None:
    assert topbar.staleness(status)[0] == words


def test_a_training_says_how_far_it_is() -> None:
    assert topbar.staleness(EngineStatus("training", ratings_behind=120_000), 0.34)[0] == "first training 34 %"
    assert topbar.staleness(EngineStatus("training", trained_seq=9), 0.34)[0] == "model trains 34 %"


@pytest.mark.parametrize(
    ("next_try_s", "words"),
    [
        (None, "✗ It broke. It tries again by itself."),
        (0.4, "✗ It broke. It is tried again in 0 s; ^r starts it at once."),
        (39.6, "✗ It broke. It is tried again in 40 s; ^r starts it at once."),
        (300.0, "✗ It broke. It is tried again in 5 min; ^r starts it at once."),
    ],
)
def test_the_words_of_the_banner(next_try_s: float | None, words: str) -> None:
    assert topbar.down_words("It broke.", next_try_s) == words


def test_top_line() -> None:
    liked = [topbar.Taste("Sci-Fi", 1.5), topbar.Taste("Drama", 0.2)]
    wide = topbar.top_line(100, "Ana", 37, liked, READY, 3.1).plain
    assert wide == (
        " Matinée  Ana ▾  37 ratings · likes Sci-Fi █, Drama ▂         cpu · model up to date · list in 3 ms "
    )
    narrow = topbar.top_line(60, "Ana", 0, liked, READY, None).plain
    assert narrow == " Matinée  Ana ▾  no ratings yet            model up to date "


# --------------------------------------------------------------------------------------------------------------- list


def rows_of(*, variety: bool = False) -> list[foryou.Row]:
    items = (
        ListItem(1, 9.0, 4.6, (Reason(2, 5.0, 0.6, 0.4), Reason(3, 4.5, 0.4))),
        ListItem(7, 8.0, 4.2, for_variety=variety),
    )
    return foryou.rows(items, (2, None), FILMS)


def test_the_reason_is_what_says_more() -> None:
    """Watching alike is named without the stars, since it isn't they that speak for the movie."""
    reasons = (Reason(2, 5.0, 0.6, 0.2), Reason(3, 4.5, 0.4))
    assert foryou.because(ListItem(1, 9.0, 4.6, reasons), FILMS) == "because you watched Blade Runner and Alien"


def test_rows_say_what_moved_and_why() -> None:
    first, second = rows_of(variety=True)
    assert (first.rank, first.move, first.moved) == (1, 2, True)
    assert first.why == "because you gave Blade Runner 5 and Alien 4.5"
    assert second.why == "for variety: brings in Animation"
    assert rows_of()[1].why == "well liked by many viewers"


def test_variety_compares_with_the_plain_list() -> None:
    # The plain list was 5 (Action, Drama), 9 (Drama) and 11 (Drama, Romance); all shown are for variety.
    items = tuple(ListItem(movie_id, 9.0, 4.0, for_variety=True) for movie_id in (7, 4, 1, 9))
    assert [row.why for row in foryou.rows(items, (), FILMS, (5, 9, 11))] == [
        "for variety: brings in Animation",
        "for variety: brings in Comedy",
        "for variety: brings in Sci-Fi",
        "for variety: unlike the others",
    ]
    assert foryou.rows(items[1:2], (), FILMS, (4, 4, 11))[0].why == "for variety: unlike the others"
    assert foryou.rows(items[1:2], (), FILMS, (4, 9))[0].why == "for variety: more Comedy, Romance"


def test_a_movie_that_left_the_catalogue_leaves_the_list() -> None:
    assert foryou.rows((ListItem(99, 1.0, 3.0),), (), FILMS) == []


def test_title_line() -> None:
    first, second = rows_of(variety=True)
    genres = foryou.genres_width([first, second], 72)
    line = foryou.title_line(first, 72, genres=genres, cursor=True).plain
    assert line == "▸1 ▲2  Stalker (1979)                     Drama · Sci-Fi     ★★★★½ 4.6  "
    line = foryou.title_line(second, 72, genres=genres, cursor=False).plain
    assert line == " 2 new Persepolis (2007)                  Animation · Drama  ★★★★  4.2 ◆"
    assert foryou.genres_width([first], 60) == 0


def test_nothing_is_compared_before_there_is_a_list_to_compare_with() -> None:
    row = foryou.rows((ListItem(1, 9.0, 4.6),), (), FILMS)[0]
    assert foryou.title_line(row, 40, genres=0, cursor=False).plain == " 1     Stalker (1979)        ★★★★½ 4.6  "


def test_why_line_and_list_in_one_line() -> None:
    first, second = rows_of(variety=True)
    assert foryou.why_line(second, 44, cursor=False).plain == "       ◆ for variety: brings in Animation   "
    assert foryou.one_line([first, second], 44).plain == " for you ▲2  Stalker  new Persepolis        "


# ---------------------------------------------------------------------------------------------------------------- now


def test_card_by_height() -> None:
    movie = FILMS[2]
    low = [line.plain.rstrip() for line in now.card(movie, 4.2, 44, 3)]
    assert low == ["Blade Runner (1982)", "Sci-Fi · Thriller · 117 min · USA", "you would give ★★★★ 4.2"]
    high = [line.plain.rstrip() for line in now.card(movie, None, 44, 8)]
    assert high == [
        "Blade Runner (1982)", "Sci-Fi · Thriller", "117 min · USA · Ridley Scott", "no prediction yet", "",
        "What happens in Blade Runner, told in one", "sentence.",
    ]  # fmt: skip


def test_nothing_is_predicted_beside_given_stars() -> None:
    assert [line.plain.rstrip() for line in now.card(FILMS[2], 4.2, 44, 3, rated=True)][2] == "you rated it"


def test_facts_of_a_movie_of_which_little_is_known() -> None:
    assert now.facts(Movie(1, "Fragment")) == ""
    assert now.making(Movie(1, "Fragment", country="Ghana")) == "Ghana"


@pytest.mark.parametrize(
    ("half", "pending", "fresh", "text"),
    [
        (None, False, False, "your stars  ☆ ☆ ☆ ☆ ☆  not rated"),
        (8, True, False, "your stars  ☆ ☆ ☆ ☆ ·  saving…"),
        (8, False, True, "your stars  ★ ★ ★ ★ ☆  4  ✓ saved"),
        (9, False, False, "your stars  ★ ★ ★ ★ ½  4.5"),
        (None, False, True, "your stars  ☆ ☆ ☆ ☆ ☆  ✓ taken back"),
        (None, True, False, "your stars  · · · · ·  taking back…"),
    ],
)
def test_your_stars(half: int | None, pending: bool, fresh: bool, text: str) -> None:
    assert now.your_stars(half, pending=pending, just_saved=fresh).plain.rstrip() == text


def test_watch_line() -> None:
    movie = FILMS[2]
    half_way = Playback(movie, position=58.5 * 60, speed=60)
    assert now.watch_line(None, movie, 20).plain == "w watch it          "
    assert now.watch_line(half_way, movie, 60).plain == (
        "▶ watching  ━━━━━━━━━━━━╸────────────  58 min of 1 h 57  ×60"
    ).ljust(60)
    assert now.watch_line(half_way.stopped(), FILMS[1], 40).plain == "■ Blade Runn…  ━━━━━━━━╸────────  58 min"


# ---------------------------------------------------------------------------------------------------------- catalogue


def test_orders() -> None:
    table = PredictionTable(1, 1, {3: 0, 1: 1}, bytes([45, 30]))
    movies = [FILMS[1], FILMS[3], FILMS[8], FILMS[12]]
    by = {sort: [m.movie_id for m in browse.ordered(movies, sort, table, {8: 9})] for sort in browse.SORTS}
    assert by == {
        "for you": [3, 1, 12, 8],
        "title": [3, 8, 12, 1],
        "year": [12, 3, 1, 8],
        "your stars": [8, 3, 12, 1],
    }
    assert [m.movie_id for m in browse.ordered(movies, "for you", PredictionTable(), {})] == [3, 8, 12, 1]


def test_movie_line() -> None:
    line = browse.movie_line(FILMS[3], 90, stars=4.4, half_stars=9, cursor=True).plain
    assert line == "▸ Alien (1979)                              Horror · Sci-Fi       117 min  4.4 ★★★★½ yours"
    bare = browse.movie_line(Movie(1, "Fragment"), 40, stars=None, half_stars=7, cursor=False).plain
    assert bare == "  Fragment                       – 3.5  "


def test_the_query_is_lit_in_the_title() -> None:
    content = browse.movie_line(FILMS[5], 60, stars=3.0, half_stars=None, cursor=False, query="sam")
    assert [content.plain[span.start : span.end] for span in content.spans if "$accent" in str(span.style)] == [
        "  ",
        "Sam",
    ]


def test_browse_heading() -> None:
    assert browse.heading(1, None, "title", searched=False) == "1 movie · genre: all · sort: title"
    assert browse.heading(1315, "War", "year", searched=True) == "1,315 movies · genre: War · sort: best match"


# ----------------------------------------------------------------------------------------------------------- training


def log_of(epochs: int) -> TrainingLog:
    log = TrainingLog()
    log.extend([training_record(epoch, epochs) for epoch in range(1, epochs + 1)])
    return log


def test_training_in_one_line() -> None:
    assert training.one_line(log_of(4), READY, 78).plain.rstrip() == (
        " t training ⠉⠒⠤⠤⢄⣀⣀⣀ loss .250 val .950 epoch 4/4 800k/s 3.2 ms cpu"
    )
    assert training.one_line(TrainingLog(), READY, 60).plain.rstrip() == " t training ready · 40 ratings learned · cpu"


def learning_log() -> TrainingLog:
    """An incremental run after a full one: its error is on other ratings."""
    log = log_of(4)
    log.extend([*log.records, replace(training_record(1, 1, run="incremental"), val_rmse=0.5, step=3, steps=24)])
    return log


def test_an_incremental_run_has_steps_and_a_safety_check_and_no_place_in_the_curve() -> None:
    log = learning_log()
    assert (log.validation, log.check_rmse, log.ndcg) == (pytest.approx(0.95), 0.5, pytest.approx(0.35))
    assert len(log.validations.points) == 4
    assert " val .950 incremental, step 3/24 " in training.one_line(log, READY, 78).plain
    assert "safety check .500 on a few ratings (acceptance check)" in "\n".join(
        line.plain for line in lab.engine_lines(READY, None, 1.0, 90, log.check_rmse)
    )
    done = replace(training_record(1, 1, run="incremental"), event="done", val_rmse=0.5)
    assert lab.run_lines([done], 60, 5)[1].plain.rstrip() == "incremental       1 check .500        –      1.0"


def test_status_line_shortens_instead_of_cutting() -> None:
    on = Diversity(on=True)
    after = made((), diversity=on, shown=ListStats(ild=0.63, genres=7, mean_stars=4.24))
    behind = replace(READY, ratings_behind=3)
    lines = (statusline.status_line(after, on, 3, learning_log(), behind, width) for width in (140, 90, 80, 64))
    assert [text.plain.rstrip() for text in lines] == [
        " lens < ───●─ >  d diversity ● on .30 ILD .41→.63 │ loss 1.000 val .950 incremental, step 3/24 3.2 ms cpu"
        " · 3 ratings behind",
        " < ───●─ >  d ● on .30 ILD .41→.63 │ loss 1.000 val .950 incremental 3/24 · 3 behind",
        " d ● on .30 ILD .41→.63 │ loss 1.000 val .950 incremental 3/24 cpu · 3 behind",
        " d ● on .30 ILD .41→.63 │ loss 1.000 val .950",
    ]
    early = statusline.status_line(None, Diversity(), 2, TrainingLog(), EngineStatus("loading"), 80).plain.rstrip()
    assert early == " lens < ──●── >  d diversity ○ off .30 │ loss – val – loading –"


def test_training_panel_lines_have_their_places() -> None:
    lines = training.panel(log_of(4), READY, 80, 7).plain.split("\n")
    assert len(lines) == 7
    assert [line[46:].rstrip() for line in lines] == [
        "run      ━━━━━━━━━━━━━━━━━━━━ 100%",
        "epoch    4/4",
        "step     40/40 · 3.2 ms",
        "speed    800k ratings/s",
        "NDCG@10  .350   drift +.001",
        "device   cpu · 512 MB",
        "",
    ]
    assert lines[0].startswith("loss ")
    assert [line[35:46].strip() for line in lines] == [
        "max .974", "now .250", "min .250", "max 1.095", "now .950", "min .950", "",
    ]  # fmt: skip


def test_the_drift_is_whole_in_a_narrow_column() -> None:
    assert training.figures(log_of(4), READY, 25)[4].plain == "NDCG@10  .350 drift +.001"


def test_training_without_records_says_so() -> None:
    text = training.panel(TrainingLog(), READY, 60, 5).plain
    assert "The model is the one of last time (default, cpu)." in text
    assert "It has learned 40 ratings of 3 viewers." in text
    loading = EngineStatus("loading", detail="reading 120,000 ratings")
    assert "reading 120,000 ratings" in training.panel(TrainingLog(), loading, 60, 5).plain


def test_metrics_log_takes_up_what_is_new_and_forgets_the_oldest() -> None:
    log = TrainingLog()
    records = [training_record(epoch, 9) for epoch in range(1, 6)]
    assert log.extend(records[:3])
    assert not log.extend(records[:3])
    log.mark_rating()
    assert log.extend(records[1:5])
    assert [record.epoch for record in log.records] == [1, 2, 3, 4, 5]
    assert log.ratings == [3]
    assert log.losses.points[-1] == (4, 0.2)
    assert log.newest_with("val_ndcg10") == pytest.approx(0.3 + 0.05 * 5 / 9)
    log.extend([training_record(1, 9) for _ in range(4096)])
    assert (len(log.records), log.first, log.ratings) == (4096, 5, [])


def test_curves_stay_small_and_keep_the_newest_point() -> None:
    curve = Curve()
    for at in range(10_000):
        curve.add(at, float(at))
    assert len(curve.points) <= 800
    assert curve.points[-1] == (9999, 9999.0)
    assert [at for at, _value in curve.points] == sorted(at for at, _value in curve.points)
    assert all(at == value for at, value in curve.points)
