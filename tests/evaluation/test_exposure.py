"""The exposure protocol: what is read, and lists of what chance showed, by hand."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine.data.arrays import Array
from engine.errors import ImportFailed, UnknownFormat
from engine.evaluation.exposure import ExposureData, ShownMetrics, exposure_splits, read_exposure
from engine.evaluation.measure import measure

CHOSEN = "user,item,stars\n1,10,5\n1,11,3\n2,12,4\n"
RANDOM = "user,item,stars\n1,12,2\n1,13,4.5\n2,10,1\n"


class Fixed:
    """Scores items by their number, item 14 not at all, and predicts three stars."""

    dated = False

    def fit(self, train: pd.DataFrame) -> None:
        pass

    def predict(self, pairs: pd.DataFrame) -> Array | None:
        return np.full(len(pairs), 3.0)

    def score(self, histories: pd.DataFrame) -> pd.DataFrame:
        users, items = pd.Index(histories["user"].unique()), [10, 11, 12, 13]
        return pd.DataFrame([[-float(item) for item in items]] * len(users), index=users, columns=items)


def ratings(*rows: tuple[int, int, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["user", "movie", "stars"])


def folder(tmp_path: Path, chosen: str = CHOSEN, random: str = RANDOM) -> Path:
    (tmp_path / "chosen.csv").write_text(chosen)
    (tmp_path / "random.csv").write_text(random)
    return tmp_path


def test_both_files_are_read(tmp_path: Path) -> None:
    data = read_exposure(folder(tmp_path))
    assert data.name == tmp_path.name
    assert data.chosen.to_numpy().tolist() == [[1, 10, 5], [1, 11, 3], [2, 12, 4]]
    assert data.random["stars"].tolist() == [2, 4.5, 1]
    assert set(data.movie_ids) == {10, 11, 12, 13}


def test_a_zip_with_a_folder_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as made:
        made.writestr("inner/chosen.csv", CHOSEN)
        made.writestr("inner/random.csv", RANDOM)
    data = read_exposure(tmp_path / "set.zip")
    assert (data.name, len(data.chosen), len(data.random)) == ("set", 3, 3)


@pytest.mark.parametrize(
    ("random", "words"),
    [
        ("user,item\n1,2\n", "random.csv has no column 'stars'"),
        ("user,item,stars\n1,12,2\n1,13,6\n", "random.csv, line 3: a line needs a user, an item and 0.5 to 5 stars"),
        ("user,item,stars\n1,12,2.3\n", "line 2"),
        ("user,item,stars\n1,12,x\n", "line 2"),
        ("user,item,stars\n,12,3\n", "line 2"),
        ("user,item,stars\n7,12,3\n", "nobody of random.csv is in chosen.csv"),
        ("user,item,stars\n", "nobody of random.csv is in chosen.csv"),
        ("", "random.csv is no CSV file"),
        ('user,item,stars\n1,"2,3\n', "random.csv is no CSV file"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, random: str, words: str) -> None:
    with pytest.raises(ImportFailed, match=words):
        read_exposure(folder(tmp_path, random=random))


def test_other_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormat, match=r"has no chosen\.csv beside a random\.csv"):
        read_exposure(tmp_path)


def test_a_split_trains_on_what_was_chosen_and_measures_what_was_shown() -> None:
    data = ExposureData("made", ratings((1, 10, 5)), ratings((1, 13, 2)))
    first, second = exposure_splits(data, (3, 4))
    assert (first.seed, second.seed) == (3, 4)
    assert first.train is first.histories is data.chosen
    assert first.targets is data.random
    assert set(first.movies) == {10, 13}


def test_lists_of_what_was_shown_by_hand() -> None:
    """User 1 was shown 12 (2 stars), 13 (4), 14 (5, never scored) and 10, chosen as well (3): listed 10, 12, 13, 14."""
    chosen = ratings((1, 10, 5), (2, 11, 1), (3, 11, 4))
    random = ratings((1, 12, 2), (1, 13, 4), (1, 14, 5), (1, 10, 3), (2, 11, 3), (9, 10, 5))
    (split,) = exposure_splits(ExposureData("made", chosen, random))
    found = measure(Fixed(), split, ShownMetrics())
    gained = 1 / math.log2(4) + 1 / math.log2(5)
    assert found["ndcg@5"] == pytest.approx(gained / (1 + 1 / math.log2(3)))  # user 2 likes nothing shown
    graded = 7 + 3 / math.log2(3) + 15 / math.log2(4) + 31 / math.log2(5)
    best = 31 + 15 / math.log2(3) + 7 / math.log2(4) + 3 / math.log2(5)
    assert found["graded_ndcg@5"] == pytest.approx((graded / best + 1) / 2)
    assert found["stars@3"] == pytest.approx((3 + 2 + 4 + 3) / 4)
    assert found["rmse"] == pytest.approx(math.sqrt((1 + 1 + 4 + 0 + 0) / 5))  # user 9 chose nothing
    assert found["error"] == pytest.approx((1 - 1 - 2 + 0 + 0) / 5)
