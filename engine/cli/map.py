"""`matinee map`: the lab's map as a picture (SVG) or as a table (CSV)."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import click
import numpy as np

from engine import files
from engine.cli.headless import draw_run, running
from engine.cli.options import service_options
from engine.cli.output import say
from engine.errors import EngineError, UsageError
from engine.service.messages import Looked, RequestFailed
from engine.snapshots import MAP_UNIT, MapOf, MapView
from engine.text import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.data.arrays import Array
    from engine.service.service import Service
    from engine.service.settings import Settings
    from engine.types import Movie

_ANSWER_S = 120.0
_COLOURS = ("#2b5f8f", "#a66300", "#2f7d32", "#b3261e", "#7b3fa8", "#00767a")
_OTHER = "#8a8594"
_SIZE, _HALF, _LEGEND = 900, 2.5, 150


@click.command("map")
@service_options
@click.option("--user", metavar="NAME", help="The viewer whose way is drawn.")
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Draw it here.")
@click.option("--csv", "csv_", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write movie, title, genres, x and y here.")  # fmt: skip
def command(settings: Settings, user: str | None, svg: Path | None, csv_: Path | None) -> None:
    """Draw the map of the movies: near each other are those that the network has learned to be alike."""
    if svg is None and csv_ is None:
        raise UsageError("say where the map goes: --svg FILE, --csv FILE, or both")
    with running(settings, auto_train=True) as (service, feed):
        viewer = service.viewer(user) if user else None
        draw_run(feed.until_idle(), quiet=False)
        view = look(service, viewer.user_id if viewer else 0)
        movies = service.catalogue.by_id
    for path, made in ((svg, as_svg), (csv_, as_csv)):
        if path is not None:
            _write(path, made(view, movies))
            say(f"Wrote {path}")


def _write(path: Path, text: str) -> None:
    try:
        with files.replacing(path) as file:
            file.write(text.encode())
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror or error}; choose another file") from error


def look(service: Service, user_id: int) -> MapView:
    """The map with a viewer's way; EngineError when there is none."""
    reply = service.engine.wait_reply(service.engine.look(user_id, MapOf()), _ANSWER_S)
    if isinstance(reply, Looked) and isinstance(reply.view, MapView):
        return reply.view
    raise EngineError(reply.text if isinstance(reply, RequestFailed) else "the engine showed no map")


def rows(view: MapView) -> tuple[list[int], Array]:
    """The movies' ids and their places (M × 2)."""
    ids: list[int] = np.frombuffer(view.movie_ids, "<i4").tolist()
    return ids, np.frombuffer(view.places, "<i2").reshape(-1, 2) / MAP_UNIT


def as_csv(view: MapView, movies: Mapping[int, Movie]) -> str:
    """A line a movie."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("movie", "title", "year", "genres", "x", "y"))
    ids, place_Mx2 = rows(view)
    for movie_id, (x, y) in zip(ids, place_Mx2.tolist(), strict=True):
        movie = movies.get(movie_id)
        about = (plain(movie.title), movie.year or "", "|".join(movie.genres)) if movie else ("", "", "")
        writer.writerow((movie_id, *about, f"{x:.4f}", f"{y:.4f}"))
    return out.getvalue()


def as_svg(view: MapView, movies: Mapping[int, Movie]) -> str:
    """The picture: a dot a movie with its title as a tooltip, the genres' legend, the viewer's way as a line."""
    counts: dict[str, int] = {}
    for each in movies.values():
        for genre in each.genres:
            counts[genre] = counts.get(genre, 0) + 1
    frequent = sorted(counts, key=lambda genre: (-counts[genre], genre))[: len(_COLOURS)]
    colour = dict(zip(frequent, _COLOURS, strict=False))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE + _LEGEND} {_SIZE}" font-family="sans-serif">',
        f'<rect width="{_SIZE + _LEGEND}" height="{_SIZE}" fill="#fdfaf3"/>',
    ]
    ids, place_Mx2 = rows(view)
    for movie_id, place in zip(ids, place_Mx2.tolist(), strict=True):
        movie = movies.get(movie_id)
        own = [genre for genre in frequent if movie and genre in movie.genres]
        x, y = _at(*place)
        title = escape(plain(movie.label)) if movie else str(movie_id)
        fill = colour[own[0]] if own else _OTHER
        parts.append(
            f'<circle cx="{x}" cy="{y}" r="2.2" fill="{fill}" fill-opacity=".7"><title>{title}</title></circle>'
        )
    parts += _way(view)
    for row, genre in enumerate([*frequent, "others"]):
        y = 30 + 22 * row
        parts.append(f'<circle cx="{_SIZE + 14}" cy="{y - 5}" r="5" fill="{colour.get(genre, _OTHER)}"/>')
        parts.append(f'<text x="{_SIZE + 26}" y="{y}" font-size="14" fill="#26222e">{escape(plain(genre))}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _at(x: float, y: float) -> tuple[float, float]:
    half = _SIZE / 2
    return round(half + x / _HALF * half, 1), round(half - y / _HALF * half, 1)


def _way(view: MapView) -> list[str]:
    if not view.path:
        return []
    points = [_at(*place) for place in view.path]
    line = " ".join(f"{x},{y}" for x, y in points)
    x, y = points[-1]
    return [
        f'<polyline points="{line}" fill="none" stroke="#000000" stroke-width="1.5"/>',
        f'<circle cx="{x}" cy="{y}" r="7" fill="none" stroke="#000000" stroke-width="2.5"/>',
        f'<text x="{x + 10}" y="{y + 4}" font-size="14" font-weight="bold" fill="#000000">you</text>',
    ]
