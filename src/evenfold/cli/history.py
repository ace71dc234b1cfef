"""``evenfold history``: saved results as series, with their changes."""

from __future__ import annotations

from pathlib import Path

import click

from evenfold.cli.help import GroupedCommand, OneOf
from evenfold.cli.options import format_option, metric_option, options_class, rope_option, share
from evenfold.cli.output import print_messages, print_result
from evenfold.history.options import HistoryOptions
from evenfold.history.series import ORDERS

SOME_UNREADABLE = 3
EXAMPLES = """
# Did any result of this project change over time?
evenfold history
# Scores by the version of the environment, as numbers
evenfold history results --by version --format csv
"""


@click.command("history", cls=GroupedCommand, epilog=EXAMPLES)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option(
    "--by",
    type=OneOf(ORDERS),
    default=HistoryOptions.by,
    show_default=True,
    help="Order of the results.",
)
@metric_option
@rope_option
@click.option(
    "--margin",
    type=share,
    metavar="SHARE",
    default=f"{HistoryOptions.margin:.0%}",
    show_default=True,
    help="Practical threshold of a ratio of times.",
)
@click.option(
    "--rate",
    type=share,
    metavar="SHARE",
    default=f"{HistoryOptions.rate:.1%}",
    show_default=True,
    help="Rate of false alarms: the probability that the examination at a new result marks a "
    "change where there is none.",
)
@format_option
@options_class(HistoryOptions)
def history_command(options: HistoryOptions, style: str) -> int:
    """Show saved results over time, and mark the changes beyond the margin.

    PATHs are folders of results, and files of pytest-benchmark or asv; without any, they are
    results, .evenfold/runs, .evenfold/bisects, .benchmarks and .asv/results of this folder. Races,
    races of suites and score studies with the same settings are series by date, by the revision of
    a model or suite, or by the version of an environment; a bisect is one by what it searched.
    Results of other tools are marked as sequential measurements.

    Exit code 3: some files could not be read, and the others are shown.
    """
    from evenfold.history.collect import read_history_of
    from evenfold.history.tables import history_text

    history = read_history_of(options, Path.cwd())
    print_messages(history.problems)
    print_result(history_text(history.series, options, style), style)
    return SOME_UNREADABLE if history.problems else 0
