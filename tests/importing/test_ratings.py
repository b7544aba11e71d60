"""The parser that works on whole blocks must say what a loop over lines would say."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.importing.archive import DataFiles, open_archive
from engine.importing.ratings import RatingColumns, RatingLayout, read_ratings
from engine.importing.report import LineTally

DAT = RatingLayout(separator=b"::")
TEXT_IDS = RatingLayout(separator=b"::", plain_ids=False)
CSV = RatingLayout(separator=b",", header=True, quotes=True)


def _read(data: bytes, layout: RatingLayout, piece: int = 1 << 20) -> tuple[RatingColumns, LineTally]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "ratings").write_bytes(data)
        tally = LineTally()
        with open_archive(Path(folder)) as archive:
            return read_ratings(DataFiles(archive, "", piece), "ratings", layout, tally), tally


def _rows(columns: RatingColumns) -> list[tuple[object, ...]]:
    arrays = (columns.user, columns.movie, columns.value, columns.at, columns.line)
    return list(zip(*(array.tolist() for array in arrays), strict=True))


def test_plain_lines_become_columns() -> None:
    columns, tally = _read(b"1::20::5::978300760\n2::3::0.5::0", DAT)
    assert _rows(columns) == [(1, 20, 5.0, 978300760, 1), (2, 3, 0.5, 0, 2)]
    assert (tally.read, tally.bad) == (2, 0)


def test_dos_lines_blank_lines_and_blanks_around_fields() -> None:
    columns, tally = _read(b"1::20::5::978300760\r\n\r\n\n 2 :: 3::4 ::0\r\n\n", DAT)
    assert _rows(columns) == [(1, 20, 5.0, 978300760, 1), (2, 3, 4.0, 0, 4)]
    assert (tally.read, tally.bad) == (2, 0)


def test_columns_stand_where_the_layout_says() -> None:
    layout = RatingLayout(separator=b",", fields=5, user=4, movie=0, rating=1, time=3)
    assert _rows(_read(b"9,2.5,x,77,8\n", layout)[0]) == [(8, 9, 2.5, 77, 1)]


def test_quotes_of_csv_are_taken_off() -> None:
    columns, tally = _read(b'"userId","movieId","rating","timestamp"\n"1","2","3.5","4"\n5,6,1,7\n"a,b",1,1,1\n', CSV)
    assert _rows(columns) == [(1, 2, 3.5, 4, 2), (5, 6, 1.0, 7, 3)]
    assert [str(line) for line in tally.first] == ["ratings, line 4: 5 fields where 4 belong"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1::2::3", "3 fields where 4 belong"),
        ("1::2::3::4::5", "5 fields where 4 belong"),
        ("garbage", "1 fields where 4 belong"),
        ("1::::3::4", "the movie id is empty"),
        ("::2::3::4", "the user id is empty"),
        ("abc::2::3::4", "the user id 'abc' is not a whole number"),
        ("1::007::3::4", "the movie id '007' is not a whole number"),
        ("1::2::five::4", "the rating 'five' is not a number"),
        ("1::2::::4", "the rating '' is not a number"),
        ("1::2::nan::4", "the rating 'nan' is not a number"),
        ("1::2::-1::4", "the rating '-1' is not a number"),
        ("1::2::1e1::4", "the rating '1e1' is not a number"),
        ("1::2::4.000000000::4", "the rating '4.000000000' is not a number"),
        ("1::2::3::soon", "the time 'soon' is not in epoch seconds"),
        ("1::2::3::-5", "the time '-5' is not in epoch seconds"),
        ("1::2::3::978300760000", "the time '978300760000' is not in epoch seconds"),
        ("1::2::3::99999999999999999999999", "the time '99999999999999999999999' is not in epoch seconds"),
    ],
)
def test_bad_lines_with_their_reasons(line: str, reason: str) -> None:
    columns, tally = _read(f"1::2::3::4\n{line}\n5::6::1::7\n".encode(), DAT)
    assert [row[0] for row in _rows(columns)] == [1, 5]
    assert [str(bad) for bad in tally.first] == [f"ratings, line 2: {reason}"]
    assert (tally.read, tally.bad) == (3, 1)


def test_ids_may_be_texts_of_a_bounded_length() -> None:
    columns, tally = _read(
        "0042::tt01::3::4\n42::ż::3::4\n".encode() + b"1" * 41 + b"::2::3::4\n1::a\x01::3::4\n", TEXT_IDS
    )
    assert columns.user.tolist() == [b"0042", b"42"]
    assert columns.movie.tolist() == [b"tt01", "ż".encode()]
    assert [bad.reason for bad in tally.first] == [
        "the user id is longer than 40 bytes",
        "the movie id 'a\\x01' holds a control character",
    ]


def test_only_the_first_bad_lines_are_kept() -> None:
    tally = _read(b"bad\n" * 50, DAT)[1]
    assert tally.bad == 50
    assert [line.line for line in tally.first] == list(range(1, 11))


def test_blocks_join_at_line_ends() -> None:
    data = b"".join(b"%d::%d::%d::%d\n" % (i, i * 7, 1 + i % 5, i) for i in range(1, 400))
    whole, _ = _read(data, DAT)
    parts, tally = _read(data[:-1], DAT, piece=37)
    assert _rows(parts) == _rows(whole)
    assert tally.read == 399


_FIELD = st.one_of(
    st.integers(0, 10**20).map(str), st.sampled_from(["", "4.5", "007", "x", ":", " 3 ", "3.", ".5", ".", "1" * 50])
)
_LINE = st.lists(_FIELD, min_size=0, max_size=6).map("::".join)


@given(st.lists(_LINE), st.booleans(), st.booleans())
def test_agrees_with_a_loop_over_lines(lines: list[str], dos: bool, plain: bool) -> None:
    end = "\r\n" if dos else "\n"
    layout = DAT if plain else TEXT_IDS
    columns, tally = _read(end.join(lines).encode(), layout)
    expected = [(number, row) for number, line in enumerate(lines, 1) if (row := _slow(line, plain)) is not None]
    assert columns.line.tolist() == [number for number, _ in expected]
    assert [str(int(x)) if isinstance(x, int) else x.decode() for x in columns.user.tolist()] == [
        r[0] for _, r in expected
    ]
    assert [str(int(x)) if isinstance(x, int) else x.decode() for x in columns.movie.tolist()] == [
        r[1] for _, r in expected
    ]
    assert columns.value.tolist() == [row[2] for _, row in expected]
    assert columns.at.tolist() == [row[3] for _, row in expected]
    assert tally.read == sum(bool(line) for line in lines)
    assert tally.bad == tally.read - len(expected)


def _slow(line: str, plain: bool) -> tuple[str, str, float, int] | None:
    fields = [field.strip(" ") for field in line.split("::")]
    # "a:::b" can be cut in two ways; the parser finds more separators than str.split, and calls the line bad
    if len(fields) != 4 or line.count("::") != 3 or ":::" in line:
        return None
    user, movie, rating, at = fields
    if not all(_is_id(text, plain) for text in (user, movie)) or len(rating) > 8:
        return None
    if not rating.replace(".", "", 1).isdigit() or not at.isdigit() or len(at) > 18 or int(at) > 253402300799:
        return None
    return user, movie, float(np.float32(rating)), int(at)


def _is_id(text: str, plain: bool) -> bool:
    if plain:
        return text.isdigit() and len(text) <= 18 and text == str(int(text))
    return 0 < len(text) <= 40


def test_times_beyond_int64_do_not_wrap_around() -> None:
    columns, tally = _read(b"1::2::3::18446744073709551617\n", DAT)
    assert len(columns.at) == 0
    assert tally.bad == 1
    assert columns.at.dtype == np.int64
