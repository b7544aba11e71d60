"""The options that headless commands share. They may stand before or after the command's name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from engine import config
from engine.service.settings import Settings

_SHARED = (
    click.option("--db", metavar="URL", help="sqlite:///file or mysql://user@host:port/name."),
    click.option("--preset", metavar="NAME", help=f"The model: {', '.join(config.PRESETS)}."),
    click.option("--device", type=click.Choice(["auto", "cpu", "gpu"]), help="Where to train."),
    click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Seeds the split, the weights and the batches."),
)
as_json = click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")


def service_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command --db, --preset, --device and --seed, and call it with the `settings` that they make."""

    @functools.wraps(command)
    def wrapped(db: str | None, preset: str | None, device: str | None, seed: int | None, **others: Any) -> None:
        given = {"db": db, "preset": preset, "device": device, "seed": seed}
        command(settings=settings_of(click.get_current_context(), given), **others)

    for option in reversed(_SHARED):
        wrapped = option(wrapped)
    return wrapped


def settings_of(context: click.Context, given: dict[str, Any]) -> Settings:
    """The options of a command, then those given before its name, then the defaults."""
    before = context.find_root().params
    asked = {name: before.get(name) if value is None else value for name, value in given.items()}
    known = Settings()
    return Settings(
        database=asked["db"],
        preset=asked["preset"] or known.preset,
        device=asked["device"] or known.device,
        seed=known.seed if asked["seed"] is None else asked["seed"],
    )
