"""Files made to break an importer: each is refused, soon and in little memory, with one clear line."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from engine.errors import ImportFailed, MatineeError, TooManyBadLines, UnknownFormat
from engine.importing import read_dataset
from engine.importing.archive import Archive, folders, open_archive
from engine.importing.limits import MAX_CATALOGUE_FILE, MAX_LINE, refuse_beyond
from engine.importing.load import import_dataset
from engine.store import open_store
from tests.importing import shapes

MEBIBYTE = 1 << 20
LONG = "9" * 5_000
"""More digits than Python turns into a number."""


def _refusal(path: Path, kind: type[MatineeError] = ImportFailed) -> str:
    """The message, which is always short and clean."""
    with pytest.raises(kind) as caught:
        read_dataset(path)
    message = str(caught.value)
    assert caught.value.exit_code == 4
    assert len(message) <= 300
    assert message.isprintable()
    return message


def _sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


# ------------------------------------------------------------------------------------------------------- damaged zips


def _zip(tmp_path: Path) -> tuple[Path, bytearray]:
    path = shapes.pack(shapes.ml_1m(tmp_path / "set"), tmp_path / "set.zip")
    return path, bytearray(path.read_bytes())


def _directory(data: bytearray) -> int:
    """Where the first entry of the list of files begins."""
    return data.index(b"PK\x01\x02")


def _wrong_magic(data: bytearray) -> None:
    data[_directory(data)] ^= 1


def _newer_version(data: bytearray) -> None:
    data[_directory(data) + 6] = 255


def _another_name_inside(data: bytearray) -> None:
    data[data.index(b"ratings.dat")] ^= 1


def _a_name_that_is_no_text(data: bytearray) -> None:
    place = data.rindex(b"ratings.dat")
    data[place - 46 + 9] |= 8  # the flag of UTF-8
    data[place] = 255


def _unknown_packing(data: bytearray) -> None:
    struct.pack_into("<H", data, data.rindex(b"ratings.dat") - 46 + 10, 9)


def _a_password(data: bytearray) -> None:
    data[data.rindex(b"ratings.dat") - 46 + 8] |= 1


@pytest.mark.parametrize(
    "damage",
    [_wrong_magic, _newer_version, _another_name_inside, _a_name_that_is_no_text, _unknown_packing, _a_password],
)
def test_a_damaged_zip_is_refused_with_its_name_and_a_remedy(
    tmp_path: Path, damage: Callable[[bytearray], None]
) -> None:
    path, data = _zip(tmp_path)
    damage(data)
    path.write_bytes(data)
    message = _refusal(path)
    assert "set.zip" in message
    assert message.endswith(("get the file again", "unpack it, and import the folder"))


def test_a_file_without_a_name_in_a_zip_is_passed_by(tmp_path: Path) -> None:
    path, data = _zip(tmp_path)
    data[data.rindex(b"users.dat")] = 0  # a name ends at a zero byte
    path.write_bytes(data)
    assert read_dataset(path).report.ratings == 3


def test_a_name_in_a_zip_can_not_fill_the_message(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as file:
        for folder in ("\x1b]0;owned\x07", "b" * 5_000):
            file.writestr(f"{folder}/ratings.dat", "1::1::5::1\n")
            file.writestr(f"{folder}/movies.dat", "1::A::War\n")
    assert "holds several data sets" in _refusal(tmp_path / "set.zip", UnknownFormat)


# ------------------------------------------------------------------------------------------------ what lines can hold


def test_numbers_of_many_digits_are_bad_lines(tmp_path: Path) -> None:
    sets = [
        shapes.ml_1m(tmp_path / "a", ratings=f"1::1::5::{LONG}\n"),
        shapes.ml_100k(tmp_path / "b", u_genre=f"Drama|{LONG}\n"),
        shapes.ml_csv(tmp_path / "c", ratings=f"userId,movieId,rating,timestamp\n1,1,4.0,{LONG}\n"),
        shapes.write(
            tmp_path / "d", {"movie_titles.csv": f"1,{LONG},A\n", "combined_data_1.txt": "1:\n1,5,2005-09-06\n"}
        ),
    ]
    for path in sets:
        assert "line 1: " in _refusal(path).replace("line 2: ", "line 1: ")


def test_a_return_within_a_header_is_refused(tmp_path: Path) -> None:
    path = shapes.ml_csv(tmp_path, ratings="userId,mov\rieId,rating,timestamp\n1,1,4.0,1\n")
    assert "ratings.csv, line 1: the header has no column movieId" in _refusal(path)


def test_a_byte_order_mark_is_no_part_of_an_id(tmp_path: Path, target: str) -> None:
    folder = shapes.ml_1m(tmp_path, ratings=b"\xef\xbb\xbf1::1::5::978300760\n1::2::3::978302109\n")
    result = import_dataset(folder, None, target)
    assert (result.reading.users, result.reading.ratings, result.reading.skipped) == (1, 2, 0)


def test_one_id_in_two_encodings_is_one_viewer(tmp_path: Path, target: str) -> None:
    ratings = "é::42::5::1\n".encode() + "é::42::6::2\n".encode("latin-1")
    assert import_dataset(shapes.others(tmp_path, ratings=ratings), None, target).reading.users == 1


def test_more_blanks_than_are_taken_off_make_no_id(tmp_path: Path, target: str) -> None:
    ratings = f"ann::42::5::1\nann{' ' * 25}::42::6::2\n"
    result = import_dataset(shapes.others(tmp_path, ratings=ratings), None, target, keep_going=True)
    [line] = result.reading.skipped_lines
    assert str(line) == f"ratings.dat, line 2: the user id {'ann' + ' ' * 5!r} has blanks at an edge"


def test_a_zero_byte_within_an_id_makes_a_bad_line(tmp_path: Path) -> None:
    report = read_dataset(shapes.others(tmp_path, ratings="a\0::42::5::1\na::42::6::2\n"), keep_going=True).report
    assert [line.reason for line in report.skipped_lines] == [r"the user id 'a\x00' holds a control character"]


@pytest.mark.parametrize("text", ["T" * 200_000, "\x1b]0;owned\x07" * 9, "🎬" * 100_000, "\u202e" * 50])
def test_messages_quote_files_shortly_and_cleanly(tmp_path: Path, text: str) -> None:
    details = "movieId,title,year,genres,runtime,director,country,original_title,synopsis\n"
    viewers = "userId,name,created_at\n"
    ours = {
        "ratings.csv": "userId,movieId,rating,timestamp\n1,1,4.0,5\n",
        "movies.csv": "movieId,title,genres\n1,A,War\n",
        "viewers.csv": viewers + "1,Ann,5\n",
        "details.csv": details,
    }
    changes = [
        {"details.csv": f"{details}{text[:100_000]},A,1995,War,,,,,\n"},
        {"details.csv": f"{details}1,A,{text[:100_000]},War,,,,,\n"},
        {"details.csv": f"{details}1,A,1995,{'g' * 61}{text[:100_000]},,,,,\n"},
        {"viewers.csv": f"{viewers}1,Ann,{text[:100_000]}\n"},
        {"viewers.csv": f"{viewers}{text[:100_000]},Ann,5\n"},
    ]
    for number, change in enumerate(changes):
        _refusal(shapes.write(tmp_path / str(number), ours | change), TooManyBadLines)
    _refusal(shapes.ml_1m(tmp_path / "x", movies=f"{text}::A::War\n".encode()), ImportFailed)
    _refusal(shapes.ml_1m(tmp_path / "y", ratings=f"{text}::1::{text}::1\n".encode()), ImportFailed)


# ---------------------------------------------------------------------------------------------------- bombs and pipes


@pytest.mark.parametrize(
    ("maker", "file"),
    [
        (shapes.ml_csv, "movies.csv"),
        (shapes.ml_1m, "movies.dat"),
        (shapes.ml_100k, "u.item"),
        (shapes.ml_100k, "u.genre"),
    ],
)
def test_a_file_too_large_for_its_name_is_not_read(tmp_path: Path, maker: Callable[[Path], Path], file: str) -> None:
    folder = maker(tmp_path)
    _sparse(folder / file, MAX_CATALOGUE_FILE + 1)
    assert f"{file} holds {MAX_CATALOGUE_FILE + 1:,} bytes" in _refusal(folder)


@pytest.mark.parametrize("file", ["movies.dat", "ratings.dat"])
def test_a_line_without_an_end_is_refused(tmp_path: Path, file: str) -> None:
    folder = shapes.ml_1m(tmp_path)
    with (folder / file).open("ab") as stream:
        stream.truncate(64 * MEBIBYTE)
    assert f"{file}, line 4: longer than {MAX_LINE:,} bytes" in _refusal(folder)


def test_a_file_that_unpacks_to_far_more_than_its_size_is_not_unpacked(tmp_path: Path) -> None:
    folder = shapes.ml_csv(tmp_path / "set", movies=b"\0" * 20 * MEBIBYTE)
    assert "unpacks to more than 100 times its size" in _refusal(shapes.pack(folder, tmp_path / "set.zip"))


def test_too_many_lines_are_refused_before_one_is_parsed(tmp_path: Path) -> None:
    assert "movies.dat has more than 1,500,000 lines" in _refusal(shapes.ml_1m(tmp_path, movies="x\n" * 6_000_000))


def test_a_file_of_line_ends_is_refused(tmp_path: Path) -> None:
    assert "ratings.dat, from line 1 on: too many lines without text" in _refusal(
        shapes.ml_1m(tmp_path, ratings="\n" * 2_100_000)
    )


def test_reading_stops_as_soon_as_too_many_lines_are_bad(tmp_path: Path) -> None:
    """The rest of the file, were every line of it good, could not make up for the first block."""
    folder = shapes.ml_1m(tmp_path, ratings="1::1::5::1\n" * 1_000 + "x\n" * 8_000_000)
    with pytest.raises(TooManyBadLines, match=r"ratings\.dat, line 1001: "):
        read_dataset(folder)
    message = _refusal(folder, TooManyBadLines)
    assert int(message.partition(" of ")[2].partition(" ")[0].replace(",", "")) < 4_000_000


def test_ratings_beyond_the_free_disk_are_refused_before_they_fill_it() -> None:
    refuse_beyond("ratings.csv", 1_000_000, 80_000_000, 80, "disk")
    with pytest.raises(ImportFailed, match=r"about 2,000,000 ratings need 0\.2 GB of disk, and 0\.1 GB are free"):
        refuse_beyond("ratings.csv", 2_000_000, 80_000_000, 80, "disk")
    with pytest.raises(ImportFailed, match=r"ratings\.csv: more than 150,000,000 ratings"):
        refuse_beyond("ratings.csv", 200_000_000, 1 << 50, 80, "disk")


def test_more_genres_than_a_movie_has(tmp_path: Path) -> None:
    movies = "1::A::" + "|".join(map(str, range(31))) + "\n"
    assert "movies.dat, line 1: more than 30 genres" in _refusal(shapes.ml_1m(tmp_path, movies=movies))


def test_folders_are_found_in_one_pass_over_the_names(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as file:
        for number in range(3_000):
            file.writestr(f"{number}/x", "")
    with open_archive(tmp_path / "set.zip") as archive:
        asked = 0

        class Counted(dict[str, dict[str, str]]):
            def get(self, *key: object) -> dict[str, str]:  # type: ignore[override]
                nonlocal asked
                asked += 1
                return super().get(*key)  # type: ignore[call-overload,no-any-return]

        archive.folders = Counted(archive.folders)  # type: ignore[assignment]
        assert len(folders(archive)) == 3_000
        assert asked == 0


class Names(Archive):
    """An archive of names alone."""

    def size(self, name: str) -> int:
        return 0

    def open(self, name: str) -> IO[bytes]:
        return io.BytesIO()


def test_an_archive_of_too_many_files() -> None:
    with pytest.raises(ImportFailed, match=r"set\.zip holds more than 100,000 files: name the data set's own folder"):
        Names(Path("set.zip"), map(str, range(100_001)))


def test_a_list_of_files_that_fills_the_memory_is_not_read(tmp_path: Path) -> None:
    path, data = _zip(tmp_path)
    directory = _directory(data)
    padded = bytearray(9 * MEBIBYTE) + data[directory:]
    struct.pack_into("<L", padded, len(padded) - 22 + 12, len(padded) - 22)
    path.write_bytes(data[:directory] + padded)
    assert "set.zip lists more than 100,000 files" in _refusal(path)


def test_a_pipe_or_a_device_is_no_data_set(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "neither a zip nor a folder" in _refusal(tmp_path / "pipe", UnknownFormat)
    assert "neither a zip nor a folder" in _refusal(Path("/dev/zero"), UnknownFormat)
    folder = shapes.ml_1m(tmp_path / "set")
    (folder / "ratings.dat").unlink()
    os.mkfifo(folder / "ratings.dat")
    assert "holds no data set" in _refusal(folder, UnknownFormat)


# ----------------------------------------------------------------------------------------------------- closed folders


def _closed(_path: str) -> os.PathLike[str]:
    raise PermissionError(13, "Permission denied")


def test_a_closed_folder_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match=r"may not be read \(permission denied\): make it readable"):
        open_archive(tmp_path, _closed).__enter__()  # type: ignore[arg-type]


@contextmanager
def _without_privileges() -> Iterator[None]:
    """As a user from whom a mode of 000 keeps something; root reads everything."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("name", ["set", "set.zip", "closed/set"])
def test_what_the_user_may_not_read(tmp_path: Path, name: str) -> None:
    shapes.ml_1m(tmp_path / "closed" / "set")
    shapes.pack(shapes.ml_1m(tmp_path / "set"), tmp_path / "set.zip")
    closed = tmp_path / name.partition("/")[0]
    closed.chmod(0)
    try:
        with _without_privileges():
            assert "may not be read (permission denied)" in _refusal(tmp_path / name)
    finally:
        closed.chmod(0o700)


def test_a_closed_folder_within_is_passed_by(tmp_path: Path) -> None:
    shapes.ml_1m(tmp_path / "set")
    (tmp_path / "closed").mkdir()

    def scan(path: str) -> object:
        return _closed(path) if path.rstrip("/").endswith("closed") else os.scandir(path)

    with open_archive(tmp_path, scan) as archive:  # type: ignore[arg-type]
        assert folders(archive) == ["set"]


def test_a_path_that_is_too_long(tmp_path: Path) -> None:
    assert "File name too long" in _refusal(tmp_path / ("x" * 5_000))


# ------------------------------------------------------------------------------------------------- nothing is written


def _ours(folder: Path, **changes: str) -> Path:
    files: dict[str, str | bytes] = {
        "ratings.csv": "userId,movieId,rating,timestamp\n1,1,4.0,5\n2,2,5.0,6\n",
        "movies.csv": "movieId,title,genres\n1,A,War\n2,B,Drama\n",
        "viewers.csv": "userId,name,created_at\n1,Ann,5\n2,Ben,6\n",
        "details.csv": "movieId,title,year,genres,runtime,director,country,original_title,synopsis\n",
    }
    return shapes.write(folder, files | {f"{name}.csv": text for name, text in changes.items()})


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        (
            {"viewers": f"userId,name,created_at\n1,Ann,5\n2,{'N' * 100},6\n"},
            r"viewers\.csv, line 3: the name has more",
        ),
        (
            {"viewers": "userId,name,created_at\n1,Ann,5\n2,\x1b,6\n1 ,Eve,7\n"},
            r"viewers\.csv, line 4: user 1 is ",
        ),
        (
            {"movies": f"movieId,title,genres\n1,A,War\n2,{'T' * 301},War\n"},
            r"movies\.csv, line 3: the title is longer",
        ),
        (
            {"movies": f"movieId,title,genres\n1,A,War\n2,B,{'g' * 61}\n"},
            r"movies\.csv, line 3: .* genre of more than 60",
        ),
    ],
)
def test_what_a_server_would_refuse_is_found_before_the_first_write(
    tmp_path: Path, target: str, changes: dict[str, str], place: str
) -> None:
    with pytest.raises(TooManyBadLines, match=place):
        import_dataset(_ours(tmp_path / "set", **changes), None, target)
    with open_store(target) as store:
        assert (store.counts().users, store.counts().movies, store.imports()) == (0, 0, [])


def test_the_longest_of_everything_fits_on_both_engines(tmp_path: Path, target: str) -> None:
    movies = f"movieId,title,genres\n1,{'ß' * 300},{'ж' * 60}\n2,B,Drama\n"
    viewers = f"userId,name,created_at\n{'1' * 40},{'ΐ' * 80},5\n2,Ben,6\n"
    ratings = f"userId,movieId,rating,timestamp\n{'1' * 40},1,4.0,253402300799\n"
    result = import_dataset(_ours(tmp_path, movies=movies, viewers=viewers, ratings=ratings), None, target)
    assert (result.written, result.reading.skipped) == (1, 0)
