from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import TooManyBadLines, UnknownFormat
from engine.importing import read_folds
from tests.importing import shapes


def test_pairs_by_name(tmp_path: Path) -> None:
    files = {"u2_base": "1\t1\t5\t9\n", "u2_test": "2\t1\t4\t8\n3\t3\t1\t7\n", "u1_base": "", "u1_test": ""}
    first, second = read_folds(shapes.ml_100k(tmp_path, **files, ua_base="left out"))
    assert (first.name, second.name) == ("u1", "u2")
    assert (len(first.train), len(first.test)) == (0, 0)
    assert second.train.to_dict("records") == [{"user": 1, "movie": 1, "stars": 5.0, "at": 9}]
    assert second.test["stars"].tolist() == [4.0, 1.0]


def test_what_is_missing_or_bad(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormat, match="holds no folds"):
        read_folds(shapes.ml_100k(tmp_path / "a"))
    with pytest.raises(UnknownFormat, match=r"u1\.test is missing"):
        read_folds(shapes.ml_100k(tmp_path / "b", u1_base="1\t1\t5\t9\n"))
    with pytest.raises(TooManyBadLines, match=r"u1\.base, line 1: the rating 6 is off the scale"):
        read_folds(shapes.ml_100k(tmp_path / "c", u1_base="1\t1\t6\t9\n", u1_test=""))
