"""``evenfold compare``: the results of several environments, side by side."""

from __future__ import annotations

from pathlib import Path

import click

from evenfold.cli.help import GroupedCommand, OneOf
from evenfold.cli.options import (
    any_metric_option,
    fail_option,
    format_option,
    interval_option,
    options_class,
    require_option,
    rope_option,
)
from evenfold.cli.output import print_messages, print_missing_evidence, print_result
from evenfold.cli.run_options import time_option
from evenfold.report.compare import comparison_text, read_saved_results
from evenfold.report.compare_gates import (
    contenders_without_evidence,
    has_verdict,
    require_comparison,
    why_incomplete,
)
from evenfold.report.compare_options import RESULT_KINDS, CompareOptions
from evenfold.score.same_rows import table_findings
from evenfold.stats.verdicts import WORSE

FELL_SHORT, SOME_FAILED = 1, 3
EXAMPLES = r"""
# All results of this machine
evenfold compare
# The scores of two environments, as numbers
evenfold compare results/epyc-2c/tf2.15 results/epyc-2c/tf2.21 \
    --only scores --format csv
# How many epochs until an accuracy of 95 %?
evenfold compare results --only scores --time-to accuracy=0.95
# A gate: exit with code 1 if a score is worse
evenfold compare results --only scores --fail-on worse
"""


@click.command("compare", cls=GroupedCommand, epilog=EXAMPLES)
@click.argument("results", nargs=-1, type=click.Path(path_type=Path), metavar="[RESULTS]...")
@click.option(
    "--only",
    type=OneOf(RESULT_KINDS),
    help="Compare one kind of results.  [default: all]",
)
@any_metric_option
@rope_option
@interval_option
@time_option
@fail_option("worse", "slower")
@require_option
@format_option
@options_class(CompareOptions)
def compare_command(
    options: CompareOptions, fail_on: str | None, require: str | None, style: str
) -> int:
    """Compare the results of several environments: bench runs, score studies and races.

    RESULTS are bench.json files, CSV files of scores, stores of fits, races, or folders that hold
    some; the default is this machine's folder below results. Times of bench runs have ratios to the
    first environment and no verdicts. Scores have verdicts between models, against the first model
    of the study, and between environments; races have their own. Three data sets or more with the
    same models have one verdict over all of them: --only datasets prints it alone.

    Exit code 1: a verdict is the one of --fail-on, or --require is not met; 2: nothing can be read;
    3: some files cannot be read, a study lacks fits or values of the metric, studies of one dataset
    and protocol have other data or splits, or --fail-on worse is given and no model of a study has
    a comparison, and the rest is compared. If both 1 and 3 apply, it is 1.
    """
    saved = read_saved_results(options, Path.cwd())
    print_messages([*saved.problems, *saved.notes])
    if style in ("csv", "json"):
        print_messages(table_findings(saved.studies, saved.silenced))
    require_comparison(fail_on, require, saved)
    saved = saved.with_metric()
    print_result(comparison_text(saved, options, style), style)
    missing = contenders_without_evidence(saved, options) if require else {}
    print_missing_evidence(missing)
    if missing or (fail_on is not None and has_verdict(fail_on, saved, options)):
        return FELL_SHORT
    reason = why_incomplete(saved, options, fail_on == WORSE)
    if reason and not saved.problems:
        print_messages([f"{reason}: what is there is compared"])
    return SOME_FAILED if reason else 0
