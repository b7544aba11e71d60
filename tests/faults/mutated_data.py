"""Data sets damaged by a seed: every one is imported or refused with one clear line, never with a fault of our own.

`run(seed, count)` makes small sound sets of every format, damages one file or the zip of each, and reads it in this
process, into a new database. The same seed gives the same files.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from engine.errors import MatineeError
from engine.importing import rows
from engine.importing.load import import_dataset
from engine.store import open_store
from tests.faults.outcomes import Outcomes
from tests.importing import shapes

NETFLIX = {
    "movie_titles.csv": "1,2003,Dinosaur Planet\n2,NULL,Señor, the Film, The\n".encode("latin-1"),
    "combined_data_1.txt": "1:\n1488844,3,2005-09-06\n822109,5,2005-05-13\n2:\n822109,1,2005-05-13\n",
}
MATINEE = {
    "ratings.csv": "userId,movieId,rating,timestamp\n1,1,4.0,5\nann,2,,6\n",
    "movies.csv": 'movieId,title,genres\n1,"A ""Film"", The (1995)",Drama|War\n2,Café,(no genres listed)\n',
    "viewers.csv": "userId,name,created_at\n1,Ann Lee,5\nann,Žofie,6\n",
    "details.csv": "movieId,title,year,genres,runtime,director,country,original_title,synopsis\n"
    '1,"The A ""Film""",1995,Drama|War,90,Someone,France,,"Two\nlines"\n',
}
SETS: dict[str, Callable[[Path], Path]] = {
    "ml-100k": shapes.ml_100k,
    "ml-1m": shapes.ml_1m,
    "ml-10m": shapes.ml_10m,
    "dat": shapes.others,
    "csv": shapes.ml_csv,
    "netflix": lambda folder: shapes.write(folder, NETFLIX),
    "matinee": lambda folder: shapes.write(folder, MATINEE),
}
PIECES = (
    b"\0", b"\x1b]0;owned\x07", b"\x1b[2J", b"\r", b"\n", b"\r\n", b"\x0b", b"\x85", b"\xe2\x80\xa8", b"\xe2\x80\xae",
    b'"', b'""', b"'", b",", b"::", b"|", b"\t", b":", b" " * 30, b"\xef\xbb\xbf", b"\xef\xbf\xbd", b"\xff\xfe",
    b"\xe9", b"\xc3\xa9", b"9" * 5_000, b"0" * 5_000, b"-1", b"1e400", b"nan", b"inf", b"9223372036854775808", b"0.1",
    b"(1994)", "٣".encode(), "²".encode(), b"T" * 200_000, "🎬".encode() * 100, b"|g" * 60, b"N" * 100, b"NULL",
    b"\n\n\n",
)  # fmt: skip
"""What is put into a file: controls, line ends, quotes, separators, marks, numbers, long texts."""


def run(seed: int, count: int) -> Outcomes:
    """Damage and import `count` data sets."""
    outcomes = Outcomes(tries=count)
    for number in range(count):
        with tempfile.TemporaryDirectory() as folder:
            _one(random.Random(f"{seed} {number}"), Path(folder), f"seed {seed}, file {number}", outcomes)
    return outcomes


def _one(chance: random.Random, folder: Path, label: str, outcomes: Outcomes) -> None:
    name = chance.choice(list(SETS))
    path = _damaged(chance, SETS[name](folder / "set"), folder)
    label = f"{label} ({name})"
    large = mock.patch.object(rows, "IN_MEMORY", chance.choice((1, rows.IN_MEMORY)))  # whose ratings lie in a file
    with large, outcomes.no_other_error(label), outcomes.within_time(label):
        outcomes.counts[_outcome(chance, path, folder / "store.db", label, outcomes)] += 1


def _outcome(chance: random.Random, path: Path, database: Path, label: str, outcomes: Outcomes) -> str:
    try:
        result = import_dataset(path, None, f"sqlite:///{database}", keep_going=chance.random() < 0.5)
    except MatineeError as error:
        outcomes.message(str(error), label)
        outcomes.expect(not _holds_anything(database), label, f"{type(error).__name__}, and yet something was written")
        outcomes.expect(error.exit_code == 4, label, f"exit {error.exit_code}: {error}")
        return type(error).__name__
    for line in result.reading.skipped_lines:
        outcomes.message(str(line), label)
    return "imported"


def _holds_anything(database: Path) -> bool:
    if not database.exists():
        return False
    with open_store(f"sqlite:///{database}", create=False) as store:
        counts = store.counts()
        return bool(counts.users or counts.movies or store.imports())


def _damaged(chance: random.Random, folder: Path, room: Path) -> Path:
    """A folder with a damaged file, that folder's zip, or a sound folder's damaged zip."""
    kind = chance.choice(["folder", "zip", "damaged zip", "damaged zip"])
    if kind != "damaged zip":
        file = chance.choice(sorted(folder.iterdir()))
        file.write_bytes(mutated(chance, file.read_bytes()))
        return folder if kind == "folder" else shapes.pack(folder, room / "set.zip")
    packed = shapes.pack(folder, room / "set.zip", chance.choice(["", "in"]))
    packed.write_bytes(_zip_mutated(chance, packed.read_bytes()))
    return packed


def mutated(chance: random.Random, data: bytes) -> bytes:
    """A text file with one to three damages."""
    for _ in range(chance.randint(1, 3)):
        data = chance.choice([_flipped, _truncated, _inserted, _inserted, _inserted, _doubled, _marked])(chance, data)
    return data


def _zip_mutated(chance: random.Random, data: bytes) -> bytes:
    changes = [_flipped, _flipped, _flipped_at_the_end, _flipped_at_the_end, _truncated, _doubled]
    for _ in range(chance.randint(1, 3)):
        data = chance.choice(changes)(chance, data)
    return data


def _flipped(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8) if data else 0):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _flipped_at_the_end(chance: random.Random, data: bytes) -> bytes:
    """Where a zip has its list of files."""
    return data[:-400] + _flipped(chance, data[-400:])


def _truncated(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _inserted(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(PIECES) + data[at:]


def _doubled(chance: random.Random, data: bytes) -> bytes:
    first, last = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:last] + data[first:]


def _marked(chance: random.Random, data: bytes) -> bytes:
    return chance.choice([b"\xef\xbb\xbf", b"\xff\xfe", b"\xef\xbb\xbf\xef\xbb\xbf"]) + data
