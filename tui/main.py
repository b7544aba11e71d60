"""The command `matinee`: the app itself, and the headless commands, each loaded only when it is called.

Every `--help` and every headless command imports this module too: nothing heavy up here.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.errors import MatineeError
from engine.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFECT = 70
"""Exit code of a defect (EX_SOFTWARE)."""

COMMANDS = {
    "import": ("engine.cli.import_:command", "Import a data set (MovieLens and files of its shape)."),
    "export": ("engine.cli.export:command", "Write the ratings as CSV."),
    "train": ("engine.cli.train:command", "Train a model and show how well it does."),
    "recommend": ("engine.cli.recommend:command", "Recommend movies to a viewer."),
    "runs": ("engine.cli.runs:command", "Show the training runs that were kept, and compare them."),
    "replay": ("engine.cli.replay:command", "Play session scripts: record, replay, verify."),
    "evaluate": ("engine.cli.evaluate:command", "Measure models on held-out ratings, by the protocols of the papers."),
    "bench": ("engine.cli.bench:command", "Measure speed and cost, beside what people use today."),
    "doctor": ("engine.cli.doctor:command", "Show versions, device, database and schema."),
}
"""Name: where the command lies, and its line in the help."""


@contextlib.contextmanager
def _said_plainly() -> Iterator[None]:
    """What click has against the arguments repeats them: with nothing in it that a terminal obeys."""
    try:
        yield
    except click.UsageError as error:
        raise click.UsageError(plain(error.format_message(), keep="\n"), error.ctx) from error


class LazyGroup(click.Group):
    """A group whose commands are named here and imported when they are called."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the options before the command's name."""
        with _said_plainly():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, which reads its own options first."""
        with _said_plainly():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command, now that it is called."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help needs no import."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_where, words) in COMMANDS.items()])


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--db",
    metavar="URL",
    help="Database: sqlite:///file or mysql://user@host/name. [env MATINEE_DB, MATINEE_DB_PASSWORD]",
)
@click.option("--user", metavar="NAME", help="Log in as this viewer.")
@click.option("--device", type=click.Choice(["auto", "cpu", "gpu"]), default="auto", show_default=True)
@click.option("--preset", default="default", show_default=True, help="The model.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--record", type=click.Path(path_type=Path), metavar="FILE", help="Write the session down as a script.")
@click.option("--debug", is_flag=True, help="Log more, show the log, and the whole traceback of an error.")
@click.version_option(package_name="matinee", prog_name="matinee")
@click.pass_context
def group(
    ctx: click.Context,
    db: str | None,
    user: str | None,
    device: str,
    preset: str,
    seed: int,
    record: Path | None,
    *,
    debug: bool,
) -> None:
    """A streaming service in a terminal, with the lid off: watch, rate, and see your list move.

    Without a command it starts the app.
    """
    ctx.ensure_object(dict)
    given = {"db": db, "user": user, "device": device, "preset": preset, "seed": seed}
    said = {
        name: value
        for name, value in given.items()
        if ctx.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT
    }
    ctx.obj.update(said)
    ctx.default_map = dict.fromkeys(COMMANDS, said)
    if record and ctx.invoked_subcommand:
        raise click.UsageError("--record writes down what is done in the app; it goes with no command")
    _log(debug=debug, echo=debug and ctx.invoked_subcommand is not None)
    if ctx.invoked_subcommand is None:
        _start(db, user, device, preset, seed, record, debug=debug)


def _log(*, debug: bool, echo: bool) -> None:
    """Log to the file of the engine, and with `echo` to standard error, which the app needs for its screen."""
    from engine.service import logs
    from engine.service.settings import Settings

    handlers = [logs.LogFile(Settings().log_path), *([logs.StandardError()] if echo else [])]
    logs.set_up(*handlers, debug=debug)


def _start(
    db: str | None, user: str | None, device: str, preset: str, seed: int, record: Path | None, *, debug: bool
) -> None:
    from engine.service.settings import Settings
    from tui.launch import run

    # Textual reads from the first, and draws on the last.
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise click.UsageError(
            "the app needs a terminal as its input, output and error output; "
            "see `matinee --help` for the commands that do not"
        )
    sys.exit(run(Settings(database=db, preset=preset, device=device, seed=seed), user, debug=debug, record=record))


def main(arguments: list[str] | None = None) -> None:
    """The console entry: an error is one line and an exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        group.main(args=given, prog_name="matinee", standalone_mode=True)
    except MatineeError as error:
        if "--debug" in given:
            raise
        click.echo(f"matinee: {plain(str(error))}", err=True)
        sys.exit(error.exit_code)
    except Exception as error:  # a defect of Matinée's own
        if "--debug" in given:
            raise
        words = plain(" ".join(f"{type(error).__name__}: {error}".split()))
        click.echo(f"matinee: a defect, please report it ({words}); --debug shows where it is", err=True)
        sys.exit(DEFECT)
