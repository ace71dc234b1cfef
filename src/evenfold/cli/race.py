"""``evenfold race``: run or continue a race, and print its table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenfold.cli.completion import completes, environments, models, saved_races
from evenfold.cli.help import GroupedCommand, OneOf
from evenfold.cli.options import (
    clock_option,
    dataset_options,
    fail_option,
    format_option,
    models_option,
    options_class,
    refuse_table_formats,
    results_option,
)
from evenfold.cli.output import print_messages, print_missing_evidence, print_result
from evenfold.cli.run_options import (
    budget_option,
    drawn_seed_option,
    margin_option,
    measure_option,
    plan_option,
    rows_option,
    threads_option,
)
from evenfold.errors import UsageError
from evenfold.race.announcement import race_announcement
from evenfold.race.budget import MOST_EXTENSION, SECONDS_PER_CONTENDER
from evenfold.race.options import RaceOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

FELL_SHORT, SOME_FAILED = 1, 3
NOT_SLOWER = "not-slower"
EXAMPLES = """
# Which trains faster?
evenfold race conv1d dense_ann
# Which way to predict 1,024 rows is the fastest?
evenfold race conv1d/predict conv1d/function conv1d/tflite --rows 1024
# Is the working copy of a model slower than its version on the branch main?
evenfold race conv1d#main conv1d --fail-on slower
# Is it slower in another environment?
evenfold race conv1d@tf2.15 conv1d@tf2.21 --rows 1
# How long would it take, and what would it detect?
evenfold race conv1d dense_ann --plan
"""


@click.command("race", cls=GroupedCommand, epilog=EXAMPLES)
@click.argument("contenders", nargs=-1, metavar="[CONTENDER]...", shell_complete=completes(models))
@click.option(
    "--suite",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Race the pytest benchmarks of a file or folder, in place of models.  [default: models]",
)
@measure_option
@rows_option
@budget_option(
    "Wall time, as 120s or 2m. A race that the machine slows down takes up to half as long again "
    "for the launches of a verdict.  "
    f"[default: {SECONDS_PER_CONTENDER['epoch']:g}s for each contender, "
    f"{SECONDS_PER_CONTENDER['fit']:g}s for fits; up to {MOST_EXTENSION:g} times that where the "
    "launches of a verdict need it]"
)
@clock_option
@margin_option
@threads_option
@drawn_seed_option
@dataset_options
@models_option
@click.option(
    "--env",
    "environments",
    shell_complete=completes(environments),
    metavar="NAME[=PATH[,FLAG=VALUE]]",
    multiple=True,
    help="An environment that contenders name after @. Repeatable.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    default=RaceOptions.timeout,
    show_default=True,
    help="Seconds that a worker may take for an answer.",
)
@results_option
@click.option(
    "--name",
    metavar="NAME",
    help="Name that the race is saved as.  [default: from the contenders]",
)
@click.option(
    "--continue",
    "continued",
    metavar="NAME|FILE",
    shell_complete=completes(saved_races, files=True),
    help="Add launches to a saved race; give its --models, data and --env again.  "
    "[default: a new race]",
)
@fail_option("slower")
@click.option(
    "--require",
    type=OneOf([NOT_SLOWER]),
    help="Exit with code 1 unless every verdict is faster, equivalent or not slower.  "
    "[default: off]",
)
@plan_option
@format_option
@options_class(RaceOptions)
def race_command(
    options: RaceOptions,
    contenders: tuple[str, ...],
    suite: Path | None,
    fail_on: str | None,
    require: str | None,
    plan_only: bool,
    style: str,
) -> int:
    """Compare speed: time contenders side by side, with intervals and verdicts.

    A CONTENDER is model[settings]#revision@environment/path, all but the model optional. The first
    is the reference. By default a race measures a training epoch, and predictions if a path or
    --rows is given. With --suite a CONTENDER is name#revision@environment, with a name of your
    choice, and every benchmark of the suite has its own verdict. Exit code 1: a verdict is the one
    of --fail-on, or --require is not met; 3: a worker failed, its whole launches are saved, or a
    benchmark of the suite failed and the others are printed.
    """
    if suite is not None:
        if plan_only:
            raise UsageError(
                "--plan cannot apply: --suite collects its benchmarks in the first launch"
            )
        return _print_suite(contenders, suite, options, style, fail_on, require)
    if plan_only:
        refuse_table_formats(click.get_current_context(), "--plan prints lines of text")
        return _print_plan(contenders, options)
    return _print_race(contenders, options, style, fail_on, require)


def _print_race(
    contenders: Sequence[str],
    options: RaceOptions,
    style: str,
    fail_on: str | None,
    require: str | None,
) -> int:
    """Run a race, print it, and return the exit code."""
    if options.continued is not None or len(contenders) > 1:
        print_messages([race_announcement(contenders, options)])
    # The first line is there before these are imported.
    from evenfold.race.conclusions import next_command
    from evenfold.race.progress import line_monitor
    from evenfold.race.run import run_contenders
    from evenfold.race.tables import race_text
    from evenfold.render.progress import Line

    line = Line(print_messages)
    try:
        finished = run_contenders(contenders, options, print_messages, line_monitor(line))
    finally:
        line.close()
    print_result(race_text(finished.race, style), style)
    if style in ("table", "markdown"):
        print_result(f"\nSaved in {finished.file}")
        print_result(f"Next: {next_command(finished.race, finished.file)}")
    missing = finished.race.without_evidence if require else {}
    print_missing_evidence(missing, NOT_SLOWER)
    return FELL_SHORT if missing or (fail_on and finished.race.is_slower) else 0


def _print_suite(
    contenders: Sequence[str],
    suite: Path,
    options: RaceOptions,
    style: str,
    fail_on: str | None,
    require: str | None,
) -> int:
    """Race a suite, print its table, and return the exit code."""
    from evenfold.suite.announcement import suite_announcement

    print_messages([suite_announcement(contenders, suite, options)])
    # The first line is there before these are imported.
    from evenfold.render.progress import Line
    from evenfold.suite.run import run_suite
    from evenfold.suite.runner import SuiteMonitor
    from evenfold.suite.tables import suite_next_command, suite_text

    line = Line(print_messages)
    monitor = SuiteMonitor(line.say, lambda text, share: line.show(text, share=share))
    try:
        finished = run_suite(contenders, suite, options, monitor)
    finally:
        line.close()
    print_result(suite_text(finished.race, style), style)
    if style in ("table", "markdown"):
        print_result(f"\nSaved in {finished.file}")
        following = suite_next_command(finished.race, finished.file, options.environments)
        print_result(f"Next: {following}")
    missing = finished.race.without_evidence if require else {}
    print_missing_evidence(missing, NOT_SLOWER)
    if missing or (fail_on and finished.race.is_slower):
        return FELL_SHORT
    return SOME_FAILED if finished.race.failed else 0


def _print_plan(contenders: Sequence[str], options: RaceOptions) -> int:
    """Print what would be raced, and return the exit code."""
    if options.continued is not None or len(contenders) > 1:
        print_messages([race_announcement(contenders, options)])
    # The first line is there before these are imported.
    from evenfold.race.plan import plan_lines
    from evenfold.race.request import race_request

    request, _ = race_request(contenders, options, Path.cwd(), print_messages)
    for line in plan_lines(request):
        print_result(line)
    return 0
