from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.importing.movies import canonical_genres, exported_genres, parse_title


@pytest.mark.parametrize(
    ("raw", "display", "year"),
    [
        ("Toy Story (1995)", "Toy Story", 1995),
        ("  Padded (1999)  ", "Padded", 1999),
        ("Land of Time III (1995) (V)", "Land of Time III (V)", 1995),
        ("2001: A Space Odyssey (1968)", "2001: A Space Odyssey", 1968),
        ("1984 (1956) (1984)", "1984 (1956)", 1984),
        ("unknown", "unknown", None),
        ("Desu nôto (2006–2007)", "Desu nôto (2006–2007)", None),
        ("Series (2007-)", "Series (2007-)", None),
        ("Number (0007)", "Number (0007)", None),
        ("(1984)", "(1984)", None),
        ("Postman, The (1997)", "The Postman", 1997),
        ("Femme, Une (1961)", "Femme, Une", 1961),
        ("Avventura, L' (1960)", "L'Avventura", 1960),
        ("Postman, the (1997)", "Postman, the", 1997),
        ("Cry, the Beloved Country (1995)", "Cry, the Beloved Country", 1995),
        ("Good, the Bad and the Ugly, The (Buono, il brutto, il cattivo, Il) (1966)",
         "The Good, the Bad and the Ugly (Il Buono, il brutto, il cattivo)", 1966),
        ("City of Lost Children, The (Cité des enfants perdus, La) (1995)",
         "The City of Lost Children (La Cité des enfants perdus)", 1995),
        ("Shot (a.k.a. Bullet, The) (1999)", "Shot (a.k.a. The Bullet)", 1999),
        ("(Girl)friend, The (2003)", "The (Girl)friend", 2003),
        (", The (1990)", ", The", 1990),
        ("Das Boot (1981)", "Das Boot", 1981),
    ],
)  # fmt: skip
def test_a_title_is_read_into_its_parts(raw: str, display: str, year: int | None) -> None:
    assert parse_title(raw) == (display, year, raw)


@pytest.mark.parametrize("article", "The A An Le La Les Il El Los Das Der Die".split())
def test_every_article_moves_to_the_front(article: str) -> None:
    assert parse_title(f"Film, {article} (1980)").display == f"{article} Film"


@given(st.text(min_size=1).filter(str.strip), st.integers(1870, 2200))
def test_a_year_put_behind_any_title_is_read_back(title: str, year: int) -> None:
    assert parse_title(f"{title} ({year})").year == year


@given(st.text())
def test_a_title_never_becomes_empty(raw: str) -> None:
    assert bool(parse_title(raw).display) == bool(raw.split())


def test_one_spelling_of_each_genre() -> None:
    assert canonical_genres(["War", "Children", " Action ", "", "War"]) == ("Action", "Children's", "War")
    assert canonical_genres(["(no genres listed)"]) == ()


def test_exported_genres_are_those_of_the_csv_sets() -> None:
    assert exported_genres(["War", "Children's"]) == "Children|War"
    assert exported_genres([]) == "(no genres listed)"
