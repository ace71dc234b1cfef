"""``evenfold bisect``: between which versions or revisions a change came."""

from __future__ import annotations

from pathlib import Path

import click

from evenfold.bisect.options import BisectOptions
from evenfold.cli.help import GroupedCommand, OneOf
from evenfold.cli.options import (
    SEED,
    clock_option,
    dataset_options,
    duration,
    fail_on_any_option,
    format_option,
    models_option,
    options_class,
    refuse_table_formats,
    rope_option,
    share,
)
from evenfold.cli.output import print_messages, print_result
from evenfold.race.options import DEFAULT_ROWS, DEFAULT_THREADS, RaceOptions
from evenfold.race.settings import MEASURES
from evenfold.score.options import DEFAULT_FOLDS, DEFAULT_REPEATS
from evenfold.stats.metric_names import METRIC_NAMES
from evenfold.stats.race_ratios import MARGIN

FELL_SHORT = 1
EXAMPLES = """
# Which version of TensorFlow made training slower?
evenfold bisect tf2.3 tf2.21 conv1d
# Which commit made a prediction of your model slower?
evenfold bisect main~40..main two_layers --models mine --rows 1
# Which version changed the log loss?
evenfold bisect tf2.8 tf2.21 conv1d --metric log_loss
# What would run, and for how long?
evenfold bisect tf2.3 tf2.21 conv1d --plan
"""


@click.command("bisect", cls=GroupedCommand, epilog=EXAMPLES)
@click.argument("path", nargs=-1, required=True, metavar="FIRST LAST MODEL | FIRST..LAST MODEL")
@click.option(
    "--measure",
    type=OneOf(MEASURES),
    help="What one sample of a race times.  [default: epoch; predict with --rows]",
)
@click.option(
    "--rows",
    type=click.IntRange(1),
    metavar="N",
    help=f"Rows of a prediction.  [default: {DEFAULT_ROWS}]",
)
@click.option(
    "--metric",
    type=OneOf(METRIC_NAMES),
    metavar="NAME",
    help=f"Compare scores in place of times, by {', '.join(METRIC_NAMES)}.  [default: times]",
)
@click.option(
    "--budget",
    type=duration,
    metavar="TIME",
    help="Wall time of each race, up to four times as long while it is undecided.  "
    "[default: 120s; 300s for fits]",
)
@clock_option
@click.option(
    "--margin",
    type=share,
    metavar="SHARE",
    help=f"Practical threshold of a ratio of times, as 2% or 0.02.  [default: {MARGIN:.0%}]",
)
@click.option(
    "--threads",
    type=click.IntRange(1),
    metavar="N",
    help=f"Threads of each contender of a race.  [default: {DEFAULT_THREADS}]",
)
@rope_option
@click.option(
    "--folds",
    type=click.IntRange(2),
    metavar="N",
    help=f"Folds of each repeat of a score study.  [default: {DEFAULT_FOLDS}]",
)
@click.option(
    "--repeats",
    type=click.IntRange(1),
    metavar="N",
    help=f"Repeats of the folds.  [default: {DEFAULT_REPEATS}]",
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help="Processes that fit.  [default: one for each core]",
)
@click.option(
    "--error",
    type=share,
    metavar="SHARE",
    default=f"{BisectOptions.error:.0%}",
    show_default=True,
    help="Probability that the answer may err with, over all comparisons.",
)
@click.option(
    "--thorough",
    is_flag=True,
    help="Compare every step, so that changes that cancel each other are found too.",
)
@click.option(
    "--via",
    metavar="NAME",
    multiple=True,
    help="An environment between both ends, in order. Repeatable.  "
    "[default: all minor versions of TensorFlow between them]",
)
@click.option(
    "--install/--no-install",
    default=BisectOptions.install,
    show_default=True,
    help="Install versions that have no environment, with uv; or go without them.",
)
@click.option(
    "--env",
    "environments",
    metavar="NAME=PATH[,FLAG=VALUE]",
    multiple=True,
    help="An environment of the path. Repeatable.",
)
@dataset_options
@models_option
@click.option(
    "--seed",
    type=SEED,
    metavar="N",
    default=BisectOptions.seed,
    show_default=True,
    help="Random seed of splits, fits and races.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Seconds that a fit, or an answer in a race, may take.  [default: no limit; "
    f"{RaceOptions.timeout:g} in a race]",
)
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder to save the bisect and its races in.  [default: .evenfold/bisects]",
)
@click.option(
    "--name",
    metavar="NAME",
    help="Name that it is saved as.  [default: from path, model and measure]",
)
@fail_on_any_option("slower", "worse")
@click.option("--plan", "plan_only", is_flag=True, help="Print what would run, and run nothing.")
@format_option
@options_class(BisectOptions)
def bisect_command(
    options: BisectOptions,
    path: tuple[str, ...],
    fail_on: tuple[str, ...] | None,
    plan_only: bool,
    style: str,
) -> int:
    """Find between which versions a model became slower, faster, better or worse.

    FIRST LAST MODEL is a path of environments, such as tf2.3 tf2.21 conv1d; FIRST..LAST MODEL is
    one of git revisions, such as main~40..main conv1d, with the model's file and the files that it
    imports taken from each. The ends are compared, and every stretch that is not shown to be
    equivalent is halved, so that all changes are found. Each comparison is saved when it is made:
    the same command goes on with an interrupted bisect, and prints a complete one again.

    Exit code 1: a named change is one of --fail-on; 3: a worker failed, what is compared is saved.
    """
    from evenfold.bisect.plan import bisect_plan_lines
    from evenfold.bisect.request import open_bisect

    request = open_bisect(path, options, Path.cwd(), print_messages)
    if plan_only:
        refuse_table_formats(click.get_current_context(), "--plan prints lines of text")
        for line in bisect_plan_lines(request):
            print_result(line)
        return 0
    from evenfold.bisect.conclusions import next_bisect_command, verdict_word
    from evenfold.bisect.run import run_bisect
    from evenfold.bisect.tables import bisect_text

    bisect = run_bisect(request, print_messages)
    print_result(bisect_text(bisect, style), style)
    if style in ("table", "markdown"):
        print_result(f"\nSaved in {request.file}")
        print_result(f"Next: {next_bisect_command(bisect, request.file)}")
    verdicts = {verdict_word(bisect, change) for change in bisect.search.changes}
    return FELL_SHORT if verdicts & set(fail_on or ()) else 0
