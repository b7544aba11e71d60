from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from engine.errors import ImportFailed, UnknownFormat
from engine.importing import FORMATS, read_dataset
from engine.importing.dataset import open_dataset
from engine.importing.detect import fingerprint
from engine.importing.formats import FILES, RATINGS, Family
from tests.importing import shapes


@pytest.mark.parametrize("name", ["ml-20m", "ml-25m", "ml-32m", "ml-latest", "ml-latest-small"])
def test_csv_sets_are_known_by_their_folder_or_zip(tmp_path: Path, name: str) -> None:
    folder = shapes.ml_csv(tmp_path / name)
    assert read_dataset(folder).report.format == name
    assert read_dataset(shapes.pack(folder, tmp_path / "download.zip", name)).report.format == name
    assert read_dataset(shapes.pack(folder, tmp_path / f"{name} (1).zip")).report.format == name


def test_csv_of_no_known_name_is_like_the_latest(tmp_path: Path) -> None:
    assert read_dataset(shapes.ml_csv(tmp_path / "mine")).report.format == "ml-latest"


def test_a_named_format_overrides(tmp_path: Path) -> None:
    folder = shapes.ml_1m(tmp_path)
    assert read_dataset(folder, "dat").report.format == "dat"
    assert read_dataset(folder, "ml-1m").report.format == "ml-1m"
    with pytest.raises(UnknownFormat, match=r"ml-100k needs u\.data and u\.item"):
        read_dataset(folder, "ml-100k")
    with pytest.raises(UnknownFormat, match=r"no format is called 'ml1m': did you mean 'ml-1m'\?"):
        read_dataset(folder, "ml1m")


def test_what_is_no_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="no such file or folder"):
        read_dataset(tmp_path / "absent.zip")
    with pytest.raises(UnknownFormat, match=r"holds no data set: looked for ratings\.csv and movies\.csv, or "):
        read_dataset(tmp_path)
    (tmp_path / "ratings.csv").write_text("userId\n")
    with pytest.raises(UnknownFormat, match="neither a zip nor a folder"):
        read_dataset(tmp_path / "ratings.csv")


def test_the_copies_that_macos_hides_are_no_data_set(tmp_path: Path) -> None:
    shapes.ml_csv(tmp_path / "in" / "ml-25m")
    shapes.ml_csv(tmp_path / "in" / "__MACOSX")
    shapes.ml_csv(tmp_path / "in" / ".Trash")
    assert read_dataset(tmp_path / "in").report.format == "ml-25m"


def test_several_side_by_side_are_refused_and_the_nearest_to_the_top_wins(tmp_path: Path) -> None:
    shapes.ml_csv(tmp_path / "one")
    shapes.ml_1m(tmp_path / "two")
    with pytest.raises(UnknownFormat, match=r"several data sets \(one, two\)"):
        read_dataset(tmp_path)
    shapes.ml_100k(tmp_path)
    assert read_dataset(tmp_path).report.format == "ml-100k"


def test_every_format_can_be_named() -> None:
    assert list(FORMATS) == [
        "ml-100k", "ml-1m", "ml-10m", "ml-20m", "ml-25m", "ml-32m", "ml-latest", "ml-latest-small", "dat", "netflix",
        "matinee",
    ]  # fmt: skip


def test_copies_have_one_fingerfingerprintand_changes_another(tmp_path: Path) -> None:
    folder = shapes.ml_csv(tmp_path / "ml-latest-small")
    copies = [folder, shapes.ml_csv(tmp_path / "renamed"), shapes.pack(folder, tmp_path / "x.zip", "deep")]
    (folder / "tags.csv").write_text("not read\n")
    prints = set()
    for path in copies:
        with open_dataset(path) as found:
            prints.add(fingerprint(found))
    assert len(prints) == 1
    with open_dataset(shapes.ml_csv(tmp_path / "c", movies="movieId,title,genres\n")) as found:
        assert fingerprint(found) not in prints


def test_every_family_names_its_files_and_its_ratings() -> None:
    assert set(FILES) == set(RATINGS) == set(get_args(Family))
