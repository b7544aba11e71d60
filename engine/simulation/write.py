"""The generator's thin shell: reads `movies.csv` and `traits.csv`, writes `viewers.csv` and `ratings.csv.xz`."""

from __future__ import annotations

import csv
import io
import lzma
from collections.abc import Iterable
from pathlib import Path

from engine.simulation.config import SimulationConfig
from engine.simulation.films import read_films
from engine.simulation.names import viewer_names
from engine.simulation.ratings import SimulatedRatings, simulate


def write_fixtures(folder: Path, config: SimulationConfig) -> SimulatedRatings:
    """Write both files into `folder`; the same config and films give the same bytes."""
    ratings = simulate(read_films(folder), config)
    (folder / "viewers.csv").write_text(viewers_csv(config), encoding="utf-8", newline="")
    (folder / "ratings.csv.xz").write_bytes(
        lzma.compress(ratings_csv(ratings).encode(), preset=9 | lzma.PRESET_EXTREME)
    )
    return ratings


def viewers_csv(config: SimulationConfig) -> str:
    """The viewers as CSV: `user_id,name`."""
    rows = enumerate(viewer_names(config.n_users, config.seed), start=1)
    return _csv(("user_id", "name"), rows)


def ratings_csv(ratings: SimulatedRatings) -> str:
    """The ratings as CSV: `user_id,movie_id,half_stars,rated_at`, by viewer and time."""
    return _csv(ratings._fields, zip(*(column.tolist() for column in ratings), strict=True))


def _csv(header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
