"""What counts as safe to show and what stays as it is; pieces of messages; what a mistyped word meant."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.text import (
    HOSTILE,
    PlainStream,
    brief,
    dotted,
    json_line,
    named,
    nearest,
    placed,
    plain,
    quoted,
    shown,
    suggest,
    tidy,
)
from tests.hostile import SEEN, dangers, hostile_texts


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("\x1b]0;mine\x07Alien", "Alien"),
        ("\x1b]0;mine\x1b\\Alien", "Alien"),
        ("\x1b]0;never ends", "0;never ends"),
        ("\x9d0;mine\x9cAlien", "Alien"),
        ("\x1bPq#0\x1b\\Alien", "Alien"),
        ("\x1b[1;31mAlien\x1b[0m", "Alien"),
        ("\x9b31mAlien", "Alien"),
        ("\x1b(0Alien\x1bc", "Alien"),
        ("Al\u202eien\u2066 \u200b3\ufeff\u00ad", "Alien 3"),
        ("Alien\r\n3\t\u20284", "Alien 3  4"),
        ("A\x00B\x7fC\x85D", "ABC D"),
        ("caf\udce9.csv", "caf\N{REPLACEMENT CHARACTER}.csv"),
        ("\x1b\x1b[31m[31m", "[31m"),
    ],
)
def test_what_steers_or_hides_is_taken_out(text: str, left: str) -> None:
    assert plain(text) == left


@pytest.mark.parametrize(
    "text",
    ["Amélie", "Zoe\N{COMBINING DIAERESIS}", "七人の侍", "👨\u200d👩\u200d👧 ❤️", "نمی\u200cخواهم", "Ⅷ½ ★★",
     "葛\U000e0100城", "", "Film [/] (1999)", "[@click=app.quit]x", "٣\u0600"],
)  # fmt: skip
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert plain(text) == text


def test_a_joiner_stays_where_it_joins_and_goes_where_it_hides() -> None:
    assert plain("A\u200dlien") == plain("A\u200clien\u200d") == "Alien"


def test_a_dot_stands_for_what_can_not_be_shown() -> None:
    assert dotted("a\x85\u200db") == "a··b"
    assert dotted("نمی\u200cخواهم") == "نمی\u200cخواهم"


def test_lines_stay_where_they_are_asked_for() -> None:
    assert plain("a\r\nb\n\x1b[2Jc", keep="\n") == "a\nb\nc"


@given(st.text())
def test_what_comes_back_is_clean_and_stays_so(text: str) -> None:
    assert not dangers(plain(text).replace("\n", "!").translate(dict.fromkeys(_SIGNS)))
    assert plain(plain(text)) == plain(text)


_SIGNS = [*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, *range(0x13430, 0x13440)]
"""Marks under numbers and signs between hieroglyphs: formats by name, but seen."""


def test_two_hundred_hostile_texts_keep_their_words() -> None:
    for text in hostile_texts(200):
        assert not dangers(plain(text))
        assert SEEN in plain(text)
        assert HOSTILE.search(text)


@pytest.mark.parametrize("piece", ["\x1b]", "\x1b[0", "\x9d a", "\x1b ", "\u200d"])
def test_a_long_text_takes_no_more_than_its_length(piece: str) -> None:
    assert not HOSTILE.search(plain(piece * 100_000))


def test_a_line_that_is_laid_out_keeps_its_cells() -> None:
    assert shown("a\x1b]0;x\x07b", lambda _: 0) == "a]0;xb"
    assert shown("a\u00adb", lambda _: 1) == "a b"


def test_json_says_all_and_shows_nothing_hostile() -> None:
    data = {"title": "a\x1b\x9b\u202e\u200b\U000e0041é\udce9"}
    line = json_line(data)
    assert json.loads(line) == data
    assert not dangers(line)
    assert "é" in line


def test_a_log_can_be_shown() -> None:
    log = io.BytesIO()
    stream = PlainStream(log, encoding="utf-8", write_through=True)
    assert stream.write("a\x1b[2J\nb\n") == 8
    assert log.getvalue() == b"a\nb\n"


def test_tidy_drops_what_would_disturb_a_terminal() -> None:
    assert tidy(" a\x1b[31m\tb\u202e\x00 ") == "a b"
    assert tidy("a \x00 b\n \u202e") == "a b"
    assert tidy("نمی‌خواهم") == "نمی‌خواهم"


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("Alien", "'Alien'"),
        ("\x1b[31m", r"'\x1b[31m'"),
        (b"caf\xe9", r"'caf\\xe9'"),
        ("x" * 41, "'" + "x" * 38 + "…'"),
    ],
)
def test_a_quoted_piece_is_short_and_shows_what_can_not_be_shown(text: str | bytes, piece: str) -> None:
    assert quoted(text) == piece


def test_a_name_is_quoted_only_where_it_must_be() -> None:
    assert named("ratings.dat") == "ratings.dat"
    assert named("a\nb") == r"'a\nb'"


def test_a_message_of_somebody_else_becomes_one_short_line() -> None:
    assert brief("Bad\nmagic \x1b number") == "Bad magic number"
    assert len(brief("x" * 200)) == 80


def test_the_end_of_a_long_path_is_shown() -> None:
    assert placed(Path("/a\x07/b")) == "/a?/b"
    assert placed(Path("/" + "x" * 200 + "/set.zip")).endswith("x/set.zip")
    assert len(placed(Path("/" + "x" * 200))) == 90


def test_the_nearest_word_is_found_whatever_its_case() -> None:
    assert nearest("LGIN", ("login", "Rate")) == "login"
    assert nearest("rat", ("login", "Rate")) == "Rate"
    assert nearest("xyz", ("login", "Rate")) is None


def test_a_remedy_names_the_nearest_word_or_all() -> None:
    assert suggest("lgin", ("login", "rate")) == "did you mean 'login'?"
    assert suggest("xyz", ("login", "rate")) == "choose one of login, rate"
