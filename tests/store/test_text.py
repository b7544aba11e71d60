from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.store.text import fold, like_pattern, name_key, tidy


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Amélie", "amelie"),
        ("  La  Strada ", "la strada"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("Ⅷ½", "viii1⁄2"),
        ("Сталкер", "сталкер"),
        ("\udcff", "?"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_names_that_look_the_same_are_the_same() -> None:
    assert name_key("Zoë") == name_key("ZOE\N{COMBINING DIAERESIS}") == name_key(" zoë\t")
    assert name_key("Zoë") != name_key("Zoe")


def test_tidy_drops_what_would_disturb_a_terminal() -> None:
    assert tidy(" a\x1b[31m\tb\u202e\x00 ") == "a b"
    assert tidy("a \x00 b\n \u202e") == "a b"
    assert tidy("نمی‌خواهم") == "نمی‌خواهم"


def test_like_pattern_takes_the_text_literally() -> None:
    assert like_pattern("100%_!") == "%100!%!_!!%"


@given(st.text())
def test_keys_are_stable_and_can_be_stored(text: str) -> None:
    for key in (fold(text), name_key(text)):
        assert key.encode() is not None
        assert key == key.strip()
    assert fold(fold(text)) == fold(text)
    assert name_key(name_key(text)) == name_key(text)


@given(st.text(min_size=1, max_size=80))
def test_the_key_of_the_longest_name_fits_its_column(name: str) -> None:
    assert len(name_key(name)) <= 240
