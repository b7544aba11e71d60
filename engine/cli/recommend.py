"""`matinee recommend`: a viewer's list, from the checkpoint when it is good, else after training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import click
from rich.table import Table

from engine.cli.headless import draw_run, running
from engine.cli.options import as_json, service_options
from engine.cli.output import console, say_json
from engine.errors import EngineError
from engine.inference.ranking import Ranking
from engine.service.messages import ListReady, RequestFailed
from engine.stars import half_stars_in, in_words
from engine.types import DEFAULT_METHOD, LENSES, MIDDLE, Diversity, DiversityMethod, Order

if TYPE_CHECKING:
    from engine.service.service import Service
    from engine.service.settings import Settings

_ANSWER_S = 60.0


@click.command("recommend")
@service_options
@click.option("--user", required=True, metavar="NAME", help="The viewer.")
@click.option("-n", "n", type=click.IntRange(1, 1000), default=5, show_default=True, help="Length of the list.")
@click.option("--diversity", type=click.FloatRange(0, 1), default=0.0, help="Strength of the genre re-ranking.")
@click.option(
    "--method",
    type=click.Choice(get_args(DiversityMethod)),
    default=DEFAULT_METHOD,
    show_default=True,
    help="How the list is re-ranked.",
)
@click.option(
    "--order",
    type=click.Choice(get_args(Order)),
    default="relevance",
    show_default=True,
    help="By relevance, or by the choice score or predicted stars alone.",
)
@click.option(
    "--lens",
    default=LENSES[MIDDLE],
    show_default=True,
    metavar="|".join(LENSES),
    help="Of relevance: from what viewers choose to what they'd love, by name or 0 to 4.",
)
@as_json
def command(
    settings: Settings, user: str, n: int, diversity: float, method: DiversityMethod, order: Order, lens: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Recommend movies to a viewer."""
    ranking = Ranking.of(order, lens)
    with running(settings, auto_train=True) as (service, feed):
        viewer = service.viewer(user)
        draw_run(feed.until_idle(), quiet=as_json)
        wanted = Diversity(on=diversity > 0, strength=diversity, method=method)
        rows = recommend(service, viewer.user_id, n, wanted, ranking)
    if as_json:
        say_json(rows)
    else:
        _print_list(viewer.name, rows)


def recommend(
    service: Service, user_id: int, n: int, diversity: Diversity, ranking: Ranking
) -> list[dict[str, Any]]:  # fmt: skip
    """The list as rows of movie_id, title, score, stars, interval; EngineError when there is none."""
    request = service.engine.request_list(
        user_id, n, diversity, with_predictions=False, order=ranking.order, lens=ranking.lens
    )
    reply = service.engine.wait_reply(request, _ANSWER_S)
    if isinstance(reply, RequestFailed):
        raise EngineError(reply.text)
    if not isinstance(reply, ListReady):
        raise EngineError(f"the engine answered with {type(reply).__name__} in place of a list")
    return [
        {
            "movie_id": item.movie_id,
            "title": service.catalogue.by_id[item.movie_id].label,
            "score": round(item.score, 6),
            "stars": round(item.stars, 3),
            "interval": None if item.interval is None else [round(end, 3) for end in item.interval],
        }
        for item in reply.recommendations.items
    ]


def _print_list(name: str, rows: list[dict[str, Any]]) -> None:
    table = Table("", "movie", "stars", "most likely", title=f"For {name}", title_justify="left")
    for place, row in enumerate(rows, start=1):
        likely = in_words(*half_stars_in(*row["interval"])) if row["interval"] else ""
        table.add_row(str(place), row["title"], f"{row['stars']:.1f}", likely)
    console().print(table)
