"""`matinee evaluate --diversity`: what variety costs, by method and strength."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from engine.cli.evaluate_protocols import progress
from engine.cli.evaluate_tables import diversity_tables
from engine.cli.output import console, say_json
from engine.config import preset
from engine.evaluation.diversity import PRICE, Point, best, curve, mean_curve, read_viewers
from engine.evaluation.models import PresetModel, PresetTrainer
from engine.evaluation.random_split import random_splits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.evaluation.data import RatingData
    from engine.evaluation.protocol import On, Split


@dataclass(frozen=True, slots=True)
class StrengthCurve:
    """All points of one split."""

    seed: int
    viewers: int
    points: tuple[Point, ...]


def evaluate(
    data: RatingData, presets: Sequence[str], seeds: Sequence[int], on: On, device: str, most: int, *, as_json: bool
) -> None:
    """Train each preset once a seed, and print its mean curve over at most so many viewers of each."""
    made: dict[str, list[StrengthCurve]] = {}
    with progress(quiet=as_json) as show:
        for split in random_splits(data.ratings, data.movie_ids, seeds, on):
            for named in presets:
                name = preset(named).name
                made.setdefault(name, []).append(_curve(data, split, name, device, most, show))
    if as_json:
        say_json({"data": data.name, "on": on, "presets": [_facts(*each) for each in made.items()]})
        return
    for name, curves in made.items():
        _print_tables(f"{name}, {data.name}, {on}", curves)


def _curve(
    data: RatingData, split: Split, name: str, device: str, most: int, show: Callable[[str], None]
) -> StrengthCurve:
    show(f"{split.name}: training {name}")
    model = PresetModel(PresetTrainer(name, data.movies, device), split.seed)
    model.fit(split.train)
    viewers = read_viewers(model, split, data.movies, most)
    show(f"{split.name}: lists of {len(viewers):,} viewers")
    return StrengthCurve(split.seed, len(viewers), curve(viewers))


def _facts(name: str, curves: Sequence[StrengthCurve]) -> dict[str, object]:
    points = mean_curve([each.points for each in curves])
    chosen = best(points)
    return {
        "preset": name,
        "points": [asdict(point) for point in points],
        "price": PRICE,
        "best": {"method": chosen.method, "strength": chosen.strength},
        "splits": [asdict(each) for each in curves],
    }


def _print_tables(title: str, curves: Sequence[StrengthCurve]) -> None:
    out = console()
    points = mean_curve([each.points for each in curves])
    for table in diversity_tables(points):
        out.print(table)
    chosen = best(points)
    seeds = ", ".join(str(each.seed) for each in curves)
    viewers = ", ".join(f"{each.viewers:,}" for each in curves)
    out.print(
        f"{title}, seed {seeds}: five movies for each of {viewers} viewers.\n"
        f"Highest ILD for at most {PRICE:.0%} of NDCG@5: {chosen.method}, strength {chosen.strength:g}."
    )
