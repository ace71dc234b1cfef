"""``evenfold gate``: whether a change makes a model worse or slower."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from evenfold.cli.completion import completes, models
from evenfold.cli.help import GroupedCommand, OneOf
from evenfold.cli.options import (
    any_metric_option,
    dataset_options,
    format_option,
    interval_option,
    models_option,
    options_class,
    refuse_table_formats,
    require_option,
    rope_option,
    silence_option,
)
from evenfold.cli.output import print_messages, print_missing_evidence, print_result
from evenfold.cli.run_options import (
    budget_option,
    jobs_option,
    margin_option,
    run_timeout_option,
    seed_option,
    store_option,
    threads_option,
)
from evenfold.gate.compare import GateMonitor, compare_with_base
from evenfold.gate.options import (
    DEFAULT_BASE,
    DEFAULT_BASELINE,
    DEFAULT_REPEATS,
    DEFAULT_ROWS,
    DEFAULT_SECONDS,
    GateOptions,
)
from evenfold.race.budget import MOST_EXTENSION
from evenfold.race.settings import CLOCKS, MEASURES
from evenfold.score.options import DEFAULT_FOLDS

EXAMPLES = r"""
# Is mine/net.py worse or slower than in origin/main?
evenfold gate net --models mine
# The same for your own table, with fewer fits
evenfold gate net --models mine --dataset patients.csv --target sick \
    --folds 5 --repeats 2
# Against the last commit, with the training raced
evenfold gate net --models mine --base HEAD --measure epoch --budget 5m
# Stricter: fail unless the scores show that it is not worse
evenfold gate net --models mine --require not-worse
"""


@click.command("gate", cls=GroupedCommand, epilog=EXAMPLES)
@click.argument("model", shell_complete=completes(models))
@click.option(
    "--base",
    "revision",
    metavar="REVISION",
    default=DEFAULT_BASE,
    show_default=True,
    help="Git revision to compare with, at the last commit that it shares with HEAD.",
)
@click.option(
    "--baseline",
    metavar="MODEL",
    default=DEFAULT_BASELINE,
    show_default=True,
    shell_complete=completes(models),
    help="Model to compare a new model with, which the base lacks.",
)
@click.option(
    "--always",
    is_flag=True,
    help="Measure a model that has not changed too, without saved fits.",
)
@models_option
@dataset_options
@click.option(
    "--folds",
    type=click.IntRange(2),
    metavar="N",
    help=f"Folds of each repeat of the score study.  [default: {DEFAULT_FOLDS}]",
)
@click.option(
    "--repeats",
    type=click.IntRange(1),
    metavar="N",
    help=f"Repeats of the folds.  [default: {DEFAULT_REPEATS}]",
)
@any_metric_option
@rope_option
@interval_option
@click.option(
    "--measure",
    type=OneOf(MEASURES),
    help="What one sample of the race times.  [default: predict]",
)
@click.option(
    "--rows",
    type=click.IntRange(1),
    metavar="N",
    help=f"Rows of a prediction.  [default: {DEFAULT_ROWS}]",
)
@budget_option(
    f"Wall time of the race.  [default: {DEFAULT_SECONDS:g}s; up to {MOST_EXTENSION:g} times that "
    "where the launches of a verdict need it]"
)
@click.option(
    "--clock",
    type=OneOf(CLOCKS),
    help="wall: wall time, in turns. cpu: CPU time, at once on one core.  [default: cpu; wall "
    "with several threads, or where the system keeps no process on a core]",
)
@margin_option
@threads_option
@require_option
@silence_option
@seed_option(GateOptions.seed)
@jobs_option
@run_timeout_option
@store_option
@format_option
@options_class(GateOptions)
def gate_command(options: GateOptions, style: str) -> int:
    """Compare a model with that of another commit: is it worse or slower?

    MODEL is a model of a git repository. It is scored beside the model of the base, fit by fit on
    the same folds, and races it. A model that the base lacks is scored beside the baseline. If the
    model, the modules that it imports, the files in its folder and those of the environment are as
    in the base, nothing is measured. The result is printed, and written to
    .evenfold/gate/comment.md as the comment of a pull request.

    Exit code 1: the model is worse or slower, or its scores do not meet --require; 2: nothing could
    be measured; 3: some fits, or one of the two measurements, failed, and the rest is printed. If
    both 1 and 3 apply, it is 1.
    """
    refuse_table_formats(
        click.get_current_context(),
        "a gate prints a comment, and evenfold score and evenfold race print numbers",
    )
    root = Path.cwd()
    result, comment = compare_with_base(options, root, print_messages, _open_monitor)
    from evenfold.gate.texts import gate_text

    print_result(gate_text(result, style), style)
    print_missing_evidence(result.missing_evidence)
    print_messages([f"the comment is in {comment.relative_to(root)}"])
    return result.exit_code


@contextmanager
def _open_monitor() -> Iterator[GateMonitor]:
    """Open the line of progress, which all studies and the race share."""
    from evenfold.race.progress import line_monitor
    from evenfold.render.progress import Line
    from evenfold.score.progress import StudyProgress

    line = Line(print_messages)
    try:
        yield GateMonitor(
            print_messages,
            lambda prefix: StudyProgress(print_messages, prefix, line),
            line_monitor(line),
        )
    finally:
        line.close()
