"""``evenfold bisect``: between which versions or revisions a change came."""

from __future__ import annotations

from pathlib import Path

import click

from evenfold.bisect.announcement import bisect_announcement, bisect_start_line
from evenfold.bisect.options import BisectOptions
from evenfold.cli.help import GroupedCommand, OneOf
from evenfold.cli.options import (
    clock_option,
    dataset_options,
    fail_on_any_option,
    format_option,
    models_option,
    options_class,
    refuse_table_formats,
    rope_option,
    share,
)
from evenfold.cli.output import print_messages, print_result
from evenfold.cli.run_options import (
    budget_option,
    folds_option,
    jobs_option,
    margin_option,
    measure_option,
    plan_option,
    repeats_option,
    rows_option,
    run_timeout_option,
    seed_option,
    threads_option,
)
from evenfold.stats.metric_names import METRIC_NAMES

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
@measure_option
@rows_option
@click.option(
    "--metric",
    type=OneOf(METRIC_NAMES),
    metavar="NAME",
    help=f"Compare scores in place of times, by {', '.join(METRIC_NAMES)}.  [default: times]",
)
@budget_option(
    "Wall time of each race, up to four times as long while it is undecided.  "
    "[default: 120s; 300s for fits]"
)
@clock_option
@margin_option
@threads_option
@rope_option
@folds_option
@repeats_option
@jobs_option
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
@seed_option(BisectOptions.seed)
@run_timeout_option
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
@plan_option
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
    print_messages([bisect_announcement(path, options)])
    # The first line is there before these are imported.
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

    print_messages([bisect_start_line(request)])
    bisect = run_bisect(request, print_messages)
    print_result(bisect_text(bisect, style), style)
    if style in ("table", "markdown"):
        print_result(f"\nSaved in {request.file}")
        print_result(f"Next: {next_bisect_command(bisect, request.file)}")
    verdicts = {verdict_word(bisect, change) for change in bisect.search.changes}
    return FELL_SHORT if verdicts & set(fail_on or ()) else 0
