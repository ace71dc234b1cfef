"""The command line: arguments only."""

from __future__ import annotations

import signal
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

from evenfold import __version__
from evenfold.cli.compare import compare_command
from evenfold.cli.options import (
    clock_option,
    data_options,
    duration,
    fail_option,
    format_option,
    models_option,
    results_option,
    share,
)
from evenfold.cli.output import print_messages
from evenfold.cli.score import score_command
from evenfold.cli.upgrade import upgrade_command
from evenfold.errors import EvenfoldError

INTERRUPTED, TERMINATED = 130, 143


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="evenfold")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """The same rows, the same split, the same scaling, the same clock."""


@cli.command("list")
@models_option
@click.option("--probe", is_flag=True, help="Ask the framework itself which devices it sees.")
@format_option
def list_command(folders: tuple[Path, ...], probe: bool, style: str) -> None:
    """Models, datasets and the environment here. Imports no framework and no model."""
    from evenfold.cli.listing import listing
    from evenfold.render.tables import write

    table, notes = listing(folders, Path.cwd(), probe)
    print_messages(notes)
    click.echo(write(table, style, numbers=False))


@cli.command("init")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def init_command(folder: Path) -> int:
    """Writes a benchmark of your own into DIR: a model, bench/, tests/, tox.ini, README.

    Its tests and its benchmark run as they are. What is in DIR already is left alone.
    """
    from evenfold.cli.init import show_start

    return show_start(click.echo, folder)


@cli.command("check")
@click.argument("models", nargs=-1, metavar="[MODEL]...")
@models_option
@click.option("--study", is_flag=True, help="Check score studies themselves, with these models.")
@format_option
def check_command(
    models: tuple[str, ...], folders: tuple[Path, ...], study: bool, style: str
) -> int:
    """The contract suite on MODEL, or on every model that is found. Runs their code.

    With --study, instead: permuted labels give chance, a feature of the test rows alone gives
    nothing, a model is not better than itself, and estimators score as in cross_validate.

    Exit code 1: a check failed; 2: no model could be loaded and built; 3: some could not.
    """
    from evenfold.check.run import check_models, check_studies, exit_code, table
    from evenfold.plugins.models import find_models
    from evenfold.render.tables import write
    from evenfold.worker import plugins

    found = find_models(folders, Path.cwd())
    print_messages(found.notes)
    names = [plugins.canonical(spec) for spec in models] or sorted(found.files)
    outcomes = []
    files = {name: plugins.locate(name, found.files) for name in names}
    for outcome in (check_studies if study else check_models)(files):
        outcomes.append(outcome)
        print_messages([f"{outcome.model}: {outcome.check}: {outcome.result}"])
    click.echo(write(table(outcomes), style, numbers=False))
    return exit_code(outcomes)


@cli.command("race")
@click.argument("contenders", nargs=-1, metavar="[CONTENDER]...")
@click.option("--measure", type=click.Choice(["epoch", "fit", "predict"]), help="[default: epoch]")
@click.option("--rows", type=click.IntRange(1), help="Of a prediction.  [default: 1]")
@click.option(
    "--budget",
    type=duration,
    help="Wall time, as 120s or 2m; by default 60s a contender, of fits 150s.",
)
@clock_option
@click.option("--margin", type=share, help="A difference of no interest.  [default: 2%]")
@click.option("--threads", type=click.IntRange(1), help="Of each contender.  [default: 1]")
@click.option("--seed", type=click.IntRange(0), help="Of order and fits; by default drawn.")
@data_options
@models_option
@click.option(
    "--env",
    metavar="NAME[=PATH[,FLAG=VALUE]]",
    multiple=True,
    help="An environment to be named after @. Repeatable.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=600.0,
    show_default=True,
    help="Seconds for an answer of a worker.",
)
@results_option
@click.option("--name", help="What the race is saved as.")
@click.option(
    "--continue",
    "continued",
    metavar="NAME",
    help="Add launches to a saved race; its --models, data and --env are given again.",
)
@fail_option("slower")
@click.option("--plan", "plan_only", is_flag=True, help="Print what would run, and run nothing.")
@format_option
def race_command(folders: tuple[Path, ...], plan_only: bool, **asked: Any) -> int:
    """Which is faster: contenders side by side in random order, with intervals and verdicts.

    A CONTENDER is model[settings]#revision@environment/path, all but the model optional; the first
    is the reference. By default a race measures a training epoch, and predictions where a path
    or --rows is given. Exit code 3: a worker failed, its whole launches are saved.
    """
    from evenfold.cli.race import show_plan, show_race

    return (show_plan if plan_only else show_race)(
        click.echo, print_messages, models=folders, **asked
    )


@cli.command("selfcheck")
@click.argument("contender", required=False)
@click.option("--minutes", type=click.FloatRange(0, min_open=True), default=40.0, show_default=True)
@click.option("--budget", type=duration, help="Of each race, as races have it by default.")
@click.option(
    "--delay", "delays", type=share, multiple=True, help="To inject.  [default: 0 1% 2% 5%]"
)
@clock_option
@click.option("--rows", type=click.IntRange(1), help="Race predictions of so many rows.")
@click.option("--seed", type=click.IntRange(0), help="Of order and fits; by default drawn.")
@models_option
@results_option
@format_option
def selfcheck_command(**asked: Any) -> int:
    """How good races are on this machine: how often they err, and what they find.

    CONTENDER, by default the first built-in network, is raced against itself, as it is and with
    known delays inside the clock, each at a margin of half the delay. Exit code 1: races without a
    delay find one too often.
    """
    from evenfold.cli.selfcheck import show_selfcheck

    return show_selfcheck(click.echo, print_messages, **asked)


@cli.command("report")
@click.option(
    "--results",
    "base",
    type=click.Path(path_type=Path),
    default=Path("results"),
    show_default=True,
    help="The folder of results.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 if something would change.")
@format_option
def report_command(base: Path, check: bool, style: str) -> int:
    """Makes pages of results: README.md beside them, figures, report.html, README.md's tables."""
    from evenfold.cli.report import write_report

    return write_report(click.echo, print_messages, base, check, style)


def _terminated(*_: Any) -> None:
    # As an exception it ends workers and removes what was for the run alone.
    sys.exit(TERMINATED)


for command in (score_command, upgrade_command, compare_command):
    cli.add_command(command)


def main() -> None:
    """Runs the command line; an error of the user's is one message and its exit code."""
    signal.signal(signal.SIGTERM, _terminated)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = cli.main(standalone_mode=False)
    except EvenfoldError as error:
        if "--debug" in sys.argv:
            raise
        click.echo(f"evenfold: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        raise
    except OSError as error:
        if "--debug" in sys.argv:
            raise
        where = f"{error.filename}: " if error.filename else ""
        click.echo(
            f"evenfold: {where}{error.strerror or error}: what was finished is kept; run it again "
            "when that is mended",
            err=True,
        )
        sys.exit(EvenfoldError.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("evenfold: interrupted", err=True)
        sys.exit(INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)
