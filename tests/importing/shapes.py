"""Small data sets in the shape of the real ones, written by hand: not a line of them comes from a real file."""

from __future__ import annotations

import zipfile
from pathlib import Path

GENRES_100K = (
    "unknown|Action|Adventure|Animation|Children's|Comedy|Crime|Documentary|Drama|Fantasy|Film-Noir|Horror|Musical|"
    "Mystery|Romance|Sci-Fi|Thriller|War|Western"
).split("|")


def write(folder: Path, files: dict[str, str | bytes], encoding: str = "utf-8") -> Path:
    """Write the files of a data set; texts in an encoding, bytes as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return folder


def pack(folder: Path, to: Path, inside: str = "") -> Path:
    """Zip a folder's files, into a sub-folder of the zip where `inside` names one."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(folder.iterdir()):
            file.write(path, f"{inside}/{path.name}" if inside else path.name)
    return to


def item_100k(movie_id: int | str, title: str, *genres: str) -> str:
    flags = "|".join("1" if genre in genres else "0" for genre in GENRES_100K)
    return f"{movie_id}|{title}|01-Jan-1995||http://example.org/{movie_id}|{flags}\n"


def ml_100k(folder: Path, **changes: str | bytes) -> Path:
    files: dict[str, str | bytes] = {
        "u.genre": "".join(f"{genre}|{i}\n" for i, genre in enumerate(GENRES_100K)) + "\n",
        "u.item": item_100k(1, "Postman, The (1994)", "Drama", "Children's")
        + item_100k(2, "Café Noir (1995) (V)", "Film-Noir")
        + item_100k(3, "unknown", "unknown"),
        "u.data": "10\t1\t5\t880000002\n10\t2\t3\t880000001\n2\t1\t1\t880000000\n2\t3\t4\t880000009\n",
        "u.info": "2 users\n3 items\n4 ratings\n",
    }
    return write(folder, files | {name.replace("_", "."): text for name, text in changes.items()}, "latin-1")


def ml_1m(folder: Path, **changes: str | bytes) -> Path:
    files: dict[str, str | bytes] = {
        "movies.dat": "1::Señor: A Story (1995)::Animation|Children's|Comedy\n"
        "2::Avventura, L' (1960)::Drama\n"
        "7::Nobody's Film (2000)::Western\n",
        "ratings.dat": "1::1::5::978300760\n1::2::3::978302109\n2::2::4::978301968\n",
        "users.dat": "1::F::1::10::48067\n2::M::56::16::70072\n",
    }
    return write(folder, files | {f"{name}.dat": text for name, text in changes.items()}, "latin-1")


def ml_10m(folder: Path, **changes: str | bytes) -> Path:
    files: dict[str, str | bytes] = {
        "movies.dat": "1::Señor: A Story (1995)::Animation|Children|Comedy|IMAX\n2::Quiet (1960)::(no genres listed)\n",
        "ratings.dat": "1::1::4.5::978300760\n1::2::3::978302109\n2::2::0.5::978301968\n",
        "tags.dat": "1::1::fun::978300761\n",
    }
    return write(folder, files | {f"{name}.dat": text for name, text in changes.items()})


def others(folder: Path, **changes: str | bytes) -> Path:
    """Tweets about movies: 0 to 10, padded ids, a users file as 1M has one."""
    files: dict[str, str | bytes] = {
        "movies.dat": "0000042::Wall, The (2012)::Drama|Short\n"
        "0110912::Zażółć (1994)::\n42::Another One (2001)::Sport\n",
        "ratings.dat": "007::0000042::0::1381006850\n007::0110912::7::1381006851\n12::0110912::10::1381006852\n",
        "users.dat": "007::139564917\n12::522540374\n",
    }
    return write(folder, files | {f"{name}.dat": text for name, text in changes.items()})


def ml_csv(folder: Path, **changes: str | bytes) -> Path:
    files: dict[str, str | bytes] = {
        "movies.csv": "movieId,title,genres\r\n"
        '1,"American Hour, The (1995)",Adventure|Children\r\n'
        '2," 7 ""Days"", Maybe ",(no genres listed)\r\n'
        "30,Serial: Café (2006–2007),Drama\r\n",
        "ratings.csv": "userId,movieId,rating,timestamp\n1,1,4.0,964982703\n1,30,0.5,964981247\n20,2,5.0,964982224\n",
        "links.csv": "movieId,imdbId,tmdbId\n1,0114709,862\n2,0113497,\n",
    }
    return write(folder, files | {f"{name}.csv": text for name, text in changes.items()})


def ratings_1m(n: int, bad: dict[int, str] | None = None) -> str:
    """Lines of 1M ratings by different users for movie 1, with some lines replaced (counted from 1)."""
    lines = [f"{user}::1::{1 + user % 5}::{978300000 + user}" for user in range(1, n + 1)]
    for line, text in (bad or {}).items():
        lines[line - 1] = text
    return "\n".join(lines) + "\n"
