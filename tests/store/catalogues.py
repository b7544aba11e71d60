"""Tiny catalogues in the layout of the one that ships."""

from __future__ import annotations

import csv
import io
import lzma
from pathlib import Path

MOVIES = """\
movie_id,title,original_title,year,genres,runtime,director,country,synopsis
7,The Seventh Seal,Det sjunde inseglet,1957,Drama|Fantasy,96,Ingmar Bergman,Sweden,"A knight, and Death."
8,M,,1931,,,,,
"""
VIEWERS = "user_id,name\n21,Ana\n22,Ben\n"
RATINGS = """\
user_id,movie_id,half_stars,rated_at
22,7,3,5000
21,8,10,2000
21,7,9,1000
21,8,4,3000
"""


def write(folder: Path, ratings: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "movies.csv").write_text(MOVIES, encoding="utf-8")
    (folder / "viewers.csv").write_text(VIEWERS, encoding="utf-8")
    (folder / "ratings.csv.xz").write_bytes(lzma.compress(ratings.encode()))
    return folder


def many_ratings(n: int) -> str:
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["user_id", "movie_id", "half_stars", "rated_at"])
    rows.writerows((21 + i % 2, 7 + i // 2 % 2, 1 + i % 10, i) for i in range(n))
    return text.getvalue()
