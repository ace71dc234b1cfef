"""The command line: arguments only."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

from evenfold import __version__
from evenfold.cli.options import (
    any_metric_option,
    clock_option,
    data_options,
    duration,
    fail_on_any_option,
    fail_option,
    format_option,
    metric_option,
    models_option,
    results_option,
    rope_option,
    share,
)
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
    _tell(notes)
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
    from evenfold.cli.listing import find_models
    from evenfold.render.tables import write
    from evenfold.worker import plugins

    found = find_models(folders, Path.cwd())
    _tell(found.notes)
    names = [plugins.canonical(spec) for spec in models] or sorted(found.files)
    outcomes = []
    files = {name: plugins.locate(name, found.files) for name in names}
    for outcome in (check_studies if study else check_models)(files):
        outcomes.append(outcome)
        _tell([f"{outcome.model}: {outcome.check}: {outcome.result}"])
    click.echo(write(table(outcomes), style, numbers=False))
    return exit_code(outcomes)


@cli.command("score")
@click.argument("models", nargs=-1, metavar="[MODEL]...")
@models_option
@data_options
@click.option("--protocol", type=click.Choice(["kfold", "holdout"]), default="kfold")
@click.option("--folds", type=click.IntRange(2), default=10, show_default=True)
@click.option("--repeats", type=click.IntRange(1), default=10, show_default=True)
@click.option("--seeds", type=click.IntRange(1), default=30, help="Of a holdout.  [default: 30]")
@click.option("--engine", type=click.Choice(["compiled", "keras"]), default="compiled")
@any_metric_option
@rope_option
@fail_option("worse")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the run.")
@click.option("--env", metavar="NAME[=PYTHON]", help="Fit in another environment: one of tox's.")
@click.option("--scheduler", metavar="ADDRESS", help="Fit on a Dask cluster, tcp://host:8786.")
@click.option("--jobs", type=click.IntRange(1), help="Worker processes; by default one a core.")
@click.option("--timeout", type=click.FloatRange(0, min_open=True), help="Seconds a fit may take.")
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Saved below it.  [default: results for all defaults, else by time in .evenfold/runs]",
)
@click.option("--store", type=click.Path(path_type=Path), metavar="FILE", help="Finished fits.")
@click.option("--plan", "plan_only", is_flag=True, help="Print what would run, and run nothing.")
@format_option
def score_command(**asked: Any) -> int:
    """How good is each model: repeated stratified folds, with intervals and verdicts.

    Every MODEL, or every built-in one, on the same splits; finished fits are kept and not run
    again. The first model is the reference. Exit code 3: some fits failed, the rest is kept.
    """
    from evenfold.cli.score import show_plan, show_scores

    return (show_plan if asked.pop("plan_only") else show_scores)(click.echo, _tell, **asked)


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

    return (show_plan if plan_only else show_race)(click.echo, _tell, models=folders, **asked)


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

    return show_selfcheck(click.echo, _tell, **asked)


@cli.command("upgrade")
@click.argument("before")
@click.argument("after")
@click.argument("models", nargs=-1, metavar="[MODEL]...")
@models_option
@data_options
@click.option("--folds", type=click.IntRange(2), default=10, show_default=True)
@click.option("--repeats", type=click.IntRange(1), default=10, show_default=True)
@metric_option
@rope_option
@click.option("--budget", type=duration, help="Wall time of each race.  [default: 120s; fits 300s]")
@clock_option
@click.option("--margin", type=share, help="A ratio's difference of no interest.  [default: 2%]")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="Of races.")
@fail_on_any_option("worse", "slower")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the run.")
@click.option("--jobs", type=click.IntRange(1), help="Processes that fit; by default one a core.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    help="Seconds for a fit, by default any, or for an answer in a race, by default 600.",
)
@results_option
@click.option("--store", type=click.Path(path_type=Path), metavar="FILE", help="Finished fits.")
@click.option("--plan", "plan_only", is_flag=True, help="Print what would run, and run nothing.")
@format_option
def upgrade_command(plan_only: bool, **asked: Any) -> int:
    """What an upgrade does to each model: is it better or worse, is it faster or slower?

    BEFORE and AFTER are environments: a name of tox's or of [tool.evenfold.environments], or
    NAME=PATH[,FLAG=VALUE]. Every MODEL, or every built-in one, is fitted on the same folds in both
    (finished fits are kept and not run again), and races itself in the other: a training epoch (a
    fit of an estimator) and a prediction of one row. The same environment twice is a test of this.

    Exit code 1: a verdict is what --fail-on names; 3: some fits or races failed, or nothing could
    be compared, and the rest is shown and saved. A model that is skipped is no failure.
    """
    from evenfold.upgrade.run import show_plan, show_upgrade

    return (show_plan if plan_only else show_upgrade)(click.echo, _tell, **asked)


@cli.command("compare")
@click.argument("results", nargs=-1, type=click.Path(path_type=Path), metavar="[RESULTS]...")
@click.option(
    "--only", type=click.Choice(["bench", "scores", "races"]), help="Leave the others out."
)
@any_metric_option
@rope_option
@fail_option("worse", "slower")
@format_option
def compare_command(results: tuple[Path, ...], **asked: Any) -> int:
    """What several environments came to, side by side: bench tables, score studies and races.

    RESULTS are bench.json files, scores' CSV files, stores of fits, races, or folders that hold
    some; by default this machine's, below results. Times of bench runs have ratios to the first
    and no verdicts; scores have verdicts between models and between environments, and races have
    their own. Exit code 3: some could not be read, and the others are shown.
    """
    from evenfold.bench.results import here
    from evenfold.cli.compare import show

    return show(click.echo, _tell, results or (here(Path.cwd()),), **asked)


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

    return write_report(click.echo, _tell, base, check, style)


def _tell(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(f"evenfold: {line}", err=True)


def _terminated(*_: Any) -> None:
    # As an exception it ends workers and removes what was for the run alone.
    sys.exit(TERMINATED)


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
