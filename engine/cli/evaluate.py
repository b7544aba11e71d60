"""`matinee evaluate`: models measured on ratings that they never saw, by the protocols of the papers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine import config
from engine.cli.options import as_json, settings_of
from engine.errors import UsageError
from engine.service.settings import Settings
from engine.store import ensure_store

if TYPE_CHECKING:
    from engine.evaluation.data import RatingData
    from engine.evaluation.protocol import On

PROTOCOLS = ("holdout", "folds", "random", "strong", "stream", "exposure", "truth", "taste")


_HELP = """Measure models on ratings that they never saw.

\b
holdout   a fifth of the ratings, the same ones as the database grows (the default)
folds     the train and test files that a data set brings (ML-100K's u1-u5)
random    a tenth of the ratings, for each seed
strong    lists for viewers whom no training saw (Liang et al. 2018)
stream    ratings in their order in time, each predicted, then learned
exposure  train on what people chose, rank what chance showed them (Coat)
truth     simulated viewers of two kinds, whose true stars are known
taste     what to ask a new viewer: the true stars of lists after some answers

With --diversity: lists re-ranked by each method at each strength, on a tenth of the ratings.

exposure needs --data with chosen.csv and random.csv (user,item,stars); truth and
taste bring their own ratings. All three show intervals over persons, paired by person.

Models are chosen with --on validation; the test is for the figures that are told.
"""
# click takes a lone \b line as "leave the next lines as they are".


def _listed(context: click.Context, option: click.Parameter, text: str | None) -> tuple[str, ...] | None:
    """A list with commas; `none` is the empty one. None where nothing was given."""
    del context, option
    if text is None:
        return None
    return () if text == "none" else tuple(part.strip() for part in text.split(",") if part.strip())


def _numbers(context: click.Context, option: click.Parameter, text: str | None) -> tuple[int, ...] | None:
    parts = _listed(context, option, text)
    if parts is None:
        return None
    if not parts or not all(part.isdecimal() for part in parts):
        raise click.BadParameter(f"{text!r} is no list of whole numbers such as 0,1,2", context, option)
    return tuple(int(part) for part in parts)


@click.command("evaluate", help=_HELP)
@click.option("--protocol", type=click.Choice(PROTOCOLS), show_default="holdout")
@click.option("--diversity", is_flag=True, help="In place of a protocol: what variety costs.")
@click.option("--data", metavar="PATH", help="A data set's zip or folder, in place of the database.")
@click.option("--db", metavar="URL", help="The database, where there is no --data.")
@click.option("--preset", metavar="P[,P]", callback=_listed, help=f"Models: {', '.join(config.PRESETS)}, or none.")
@click.option(
    "--baselines",
    metavar="B[,B]",
    callback=_listed,
    help="Baselines, or none; all by default, but popularity and biases for holdout, exposure and truth.",
)
@click.option(
    "--orders",
    metavar="O[,O]",
    callback=_listed,
    help="Each preset's list in these orders as well: choice, stars (exposure and truth have both), or a lens.",
)
@click.option("--seeds", metavar="N[,N]", callback=_numbers, help="Of splits and models; the protocol's by default.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="One seed.")
@click.option("--on", type=click.Choice(["test", "validation"]), show_default="test; validation with --diversity")
@click.option("--against", metavar="MODEL", help="What the others are compared with; the first model by default.")
@click.option("--device", type=click.Choice(["auto", "cpu", "gpu"]), help="Where to train.")
@click.option("--viewers", type=click.IntRange(1), default=1000, show_default=True,
              help="Diversity: at most so many of a split, drawn by its seed.")  # fmt: skip
@click.option("--batch", type=click.IntRange(1), help="Stream: ratings that come together.")
@click.option("--learn-every", type=click.IntRange(1), help="Stream: ratings between two incremental runs.")
@click.option("--retrain-every", type=click.IntRange(1), help="Stream: ratings between two full trainings.")
@click.option("--earliest", type=click.FloatRange(0, 1, min_open=True),
              help="Stream: this share of the ratings alone, the earliest.")  # fmt: skip
@as_json
def command(protocol: str | None, db: str | None, data: str | None, **given: Any) -> None:
    """One protocol over the models asked for, as a table or as JSON."""
    presets: tuple[str, ...] = (Settings().preset,) if given["preset"] is None else given["preset"]
    for name in presets:
        config.preset(name)
    asked = {"db": db, "preset": presets[0] if presets else None, "device": given["device"], "seed": given["seed"]}
    settings = settings_of(click.get_current_context(), asked)
    if given["diversity"]:
        _diversity(settings, data, presets, given | {"protocol": protocol})
    else:
        _protocol(protocol or "holdout", settings, data, presets, given | {"db": db})


def _diversity(settings: Settings, data: str | None, presets: tuple[str, ...], given: dict[str, Any]) -> None:
    from engine.cli.evaluate_diversity import evaluate  # brings jax

    for name in ("protocol", "baselines", "orders", "against", "batch", "learn_every", "retrain_every", "earliest"):
        if given[name]:
            raise UsageError(f"--diversity measures the lists of presets: it takes no --{name.replace('_', '-')}")
    if not presets:
        raise UsageError("--diversity measures the lists of presets: name one with --preset")
    seeds = given["seeds"] or (settings.seed,)
    on: On = given["on"] or "validation"
    evaluate(_data(settings, data), presets, seeds, on, settings.device, given["viewers"], as_json=given["as_json"])


def _protocol(
    protocol: Any, settings: Settings, data: str | None, presets: tuple[str, ...], given: dict[str, Any]
) -> None:
    from engine.cli.evaluate_lists import exposure, taste, truth  # brings jax
    from engine.cli.evaluate_protocols import Asked, evaluate
    from engine.evaluation.stream import StreamConfig

    known = StreamConfig()
    asked = Asked(
        protocol=protocol,
        presets=presets,
        baselines=given["baselines"],
        orders=given["orders"],
        seeds=given["seeds"] or (None if given["seed"] is None else (given["seed"],)),
        on=given["on"] or "test",
        against=given["against"],
        device=settings.device,
        stream=StreamConfig(
            earliest=given["earliest"] or known.earliest,
            batch=given["batch"] or known.batch,
            learn_every=given["learn_every"] or known.learn_every,
            retrain_every=given["retrain_every"] or known.retrain_every,
        ),
        as_json=given["as_json"],
    )
    if protocol == "exposure":
        exposure(data, asked)
    elif protocol == "truth":
        truth(data or given["db"], asked)
    elif protocol == "taste":
        taste(data or given["db"], asked)
    else:
        evaluate(_data(settings, data), asked)


def _data(settings: Settings, path: str | None) -> RatingData:
    """The data set at the path, or the ratings of the store as they stand."""
    from engine.evaluation.data import RatingData, read_data  # brings pandas
    from engine.worker.checkpoints import folder_of
    from engine.worker.data import RatingsLog, current, frame, movie_frame

    if path is not None:
        return read_data(path)
    with ensure_store(settings.database) as store:
        log = RatingsLog(store, folder_of(settings.cache_path, store.uuid))
        return RatingData("database", frame(current(log.columns)), movie_frame(store.movies()))
