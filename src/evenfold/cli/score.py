"""``evenfold score``: repeated, stratified folds of each model, with intervals and verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenfold.cli.completion import completes, environments, models
from evenfold.cli.help import GroupedCommand, OneOf
from evenfold.cli.options import (
    SEED,
    any_metric_option,
    fail_option,
    format_option,
    interval_option,
    models_option,
    options_class,
    refuse_table_formats,
    require_option,
    rope_option,
    several_datasets_options,
    silence_option,
)
from evenfold.cli.output import print_messages, print_missing_evidence, print_result
from evenfold.cli.run_options import (
    jobs_option,
    plan_option,
    store_option,
    time_option,
)
from evenfold.errors import UsageError
from evenfold.option_checks import refuse_given
from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.score.announcement import announcement
from evenfold.score.options import (
    DEFAULT_FOLDS,
    DEFAULT_REPEATS,
    DEFAULT_SEEDS,
    ENGINES,
    SPLIT_PROTOCOLS,
    ScoreOptions,
)
from evenfold.stats.verdicts import NOT_WORSE_VERDICTS
from evenfold.worker.plugin import canonical_spec

if TYPE_CHECKING:
    from evenfold.score.comparison import ScoreComparison

FELL_SHORT, SOME_FAILED = 1, 3
EXAMPLES = r"""
# Is the network better than logistic regression?
evenfold score logistic_regression conv1d
# Your own table and your own model, from a folder of model files
evenfold score logistic_regression two_layers --models mine \
    --dataset patients.csv --target sick
# What would run, for how long, and which difference would it detect?
evenfold score logistic_regression conv1d --plan
# One split, thirty seeds: how much does luck matter?
evenfold score conv1d --protocol holdout --seeds 30
# How many epochs and seconds until an accuracy of 95 %?
evenfold score conv1d dense_ann --protocol holdout --engine keras \
    --time-to accuracy=0.95
# A gate: exit with code 1 if a model is worse than the first one
evenfold score logistic_regression svm_rbf --fail-on worse
"""


@click.command("score", cls=GroupedCommand, epilog=EXAMPLES)
@click.argument("models", nargs=-1, metavar="[MODEL]...", shell_complete=completes(models))
@models_option
@several_datasets_options
@click.option(
    "--protocol",
    type=OneOf(SPLIT_PROTOCOLS),
    default=ScoreOptions.protocol,
    show_default=True,
    help="Repeated stratified folds, or one split with many seeds.",
)
@click.option(
    "--folds",
    type=click.IntRange(2),
    metavar="N",
    help=f"Folds of each repeat, with kfold.  [default: {DEFAULT_FOLDS}]",
)
@click.option(
    "--repeats",
    type=click.IntRange(1),
    metavar="N",
    help=f"Repeats of the folds, with kfold.  [default: {DEFAULT_REPEATS}]",
)
@click.option(
    "--seeds",
    type=click.IntRange(1),
    metavar="N",
    help=f"Seeds of each model, with holdout.  [default: {DEFAULT_SEEDS}]",
)
@click.option(
    "--engine",
    type=OneOf(ENGINES),
    default=ScoreOptions.engine,
    show_default=True,
    help="How networks are trained: in a compiled loop where possible, or by Keras.",
)
@any_metric_option
@rope_option
@interval_option
@fail_option("worse")
@require_option
@click.option(
    "--seed",
    type=SEED,
    metavar="N",
    default=ScoreOptions.seed,
    show_default=True,
    help="Random seed of the splits and fits.",
)
@click.option(
    "--env",
    shell_complete=completes(environments),
    metavar="NAME[=PATH[,FLAG=VALUE]]",
    help="Environment to fit in, such as one of tox's.  [default: this Python]",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Dask scheduler to fit on: tcp://host:8786.  [default: this machine]",
)
@jobs_option
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Seconds that a fit may take.  [default: no limit]",
)
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder to save results below.  [default: results for a default study of all built-in "
    "models, else a folder by time in .evenfold/runs]",
)
@store_option
@time_option
@click.option(
    "--energy",
    is_flag=True,
    help="Measure the energy of each fit by RAPL or NVML, with --jobs 1 and --engine keras.",
)
@silence_option
@click.option(
    "--ungrouped/--no-ungrouped",
    default=ScoreOptions.ungrouped,
    show_default=True,
    help="With groups, fit all models a second time as if there were none: shows how much too good "
    "a score looks that splits groups, and takes as many fits again.",
)
@plan_option
@click.option(
    "--detect",
    type=click.FloatRange(0, min_open=True),
    metavar="NUMBER",
    help="Difference to detect, with --plan: prints how many rows it needs.  "
    "[default: twice the margin]",
)
@format_option
@options_class(ScoreOptions)
def score_command(
    options: ScoreOptions,
    every_dataset: Sequence[DatasetOptions],
    plan_only: bool,
    detect: float | None,
    fail_on: str | None,
    require: str | None,
    style: str,
) -> int:
    """Score models: repeated stratified folds, with intervals and verdicts.

    Every MODEL, or every built-in one, is fitted on the same splits, and the first is the
    reference. Finished fits are saved and do not run again. With several datasets, the first table
    compares the models over all of them, and each dataset has its own below.

    Exit code 1: a verdict is the one of --fail-on, or --require is not met; 3: a fit failed, the
    metric is not defined in a fit, or the reference or every model was skipped; what finished is
    saved. If both 1 and 3 apply, it is 1.
    """
    if plan_only:
        refuse_table_formats(click.get_current_context(), "--plan prints lines of text")
        costs = {"time-to": options.time_to, "energy": options.energy or None}
        refuse_given(costs, "--plan runs nothing: leave one of them out")
        _print_plans(options, every_dataset, detect)
        return 0
    refuse_given({"detect": detect}, "it is about --plan, which runs nothing: add --plan")
    _require_reference(options, {"--fail-on": fail_on, "--require": require})
    if len(every_dataset) > 1:
        _require_enough(every_dataset, {"--fail-on": fail_on, "--require": require})
        return _run_several(options, every_dataset, fail_on, require, style)
    return _run(options, fail_on, require, style)


def _print_plans(
    options: ScoreOptions, datasets: Sequence[DatasetOptions], detect: float | None
) -> None:
    for data in datasets:
        print_messages([announcement(replace(options, data=data), Path.cwd())])
    # The first lines are there before this is imported.
    from evenfold.score.plan_lines import describe_plan

    for data in datasets:
        if len(datasets) > 1:
            print_result(f"{data.dataset}:")
        for line in describe_plan(replace(options, data=data), Path.cwd(), print_messages, detect):
            print_result(line)


def _require_reference(options: ScoreOptions, given: Mapping[str, str | None]) -> None:
    """Refuse to look for a verdict on one model alone. Raises UsageError."""
    for option in (name for name, value in given.items() if value is not None):
        if len({canonical_spec(model) for model in options.models}) == 1:
            raise UsageError(
                f"{option} compares models with the first one, and there is one model: name another"
            )


def _require_enough(datasets: Sequence[DatasetOptions], given: Mapping[str, str | None]) -> None:
    """Refuse to look for a verdict over two data sets, which have none. Raises UsageError."""
    from evenfold.stats.next_dataset import FEWEST_DATASETS

    option = next((name for name, value in given.items() if value is not None), None)
    if option is not None and len(datasets) < FEWEST_DATASETS:
        raise UsageError(
            f"{option} is about the next data set, of which {len(datasets)} say nothing: give "
            f"{FEWEST_DATASETS} or more, or score one at a time"
        )


def _run(options: ScoreOptions, fail_on: str | None, require: str | None, style: str) -> int:
    print_messages([announcement(options, Path.cwd())])
    # The first line is there before these are imported.
    from evenfold.diagnostics.finding import finding_lines
    from evenfold.render.progress import Line
    from evenfold.render.tables import write
    from evenfold.score.captions import positive_warning
    from evenfold.score.compare_models import score_models
    from evenfold.score.progress import StudyProgress

    line = Line(print_messages)
    try:
        result = score_models(
            options,
            Path.cwd(),
            print_messages,
            lambda prefix: StudyProgress(print_messages, prefix, line),
        )
    finally:
        line.close()
    print_messages(f"{model} skipped: {reason}" for model, reason in result.skipped.items())
    print_messages(result.failed)
    if result.positive is not None and result.positive_is_default and result.depends_on_positive:
        print_messages([f"{result.metric}: {positive_warning(result.positive)}"])
    if style in ("csv", "json"):
        print_messages([*result.notes, *finding_lines(result.findings)])
        print_result(write(result.fits if style == "csv" else result.numbers, style), style)
    else:
        _print_result(result, style)
    missing = result.without_evidence(NOT_WORSE_VERDICTS) if require else {}
    print_missing_evidence(missing)
    if missing or (fail_on and result.is_any_worse):
        return FELL_SHORT
    return 0 if result.is_complete else SOME_FAILED


def _run_several(
    options: ScoreOptions,
    datasets: Sequence[DatasetOptions],
    fail_on: str | None,
    require: str | None,
    style: str,
) -> int:
    for data in datasets:
        print_messages([announcement(replace(options, data=data), Path.cwd())])
    # The first lines are there before these are imported.
    from evenfold.render.progress import Line
    from evenfold.render.tables import write
    from evenfold.score.progress import StudyProgress
    from evenfold.score.score_datasets import score_datasets

    line = Line(print_messages)
    try:
        result = score_datasets(
            options,
            datasets,
            Path.cwd(),
            print_messages,
            lambda prefix: StudyProgress(print_messages, prefix, line),
        )
    finally:
        line.close()
    print_messages(result.failed)
    if style in ("csv", "json"):
        print_messages(result.notes)
    if style == "json":
        print_result(result.json, style)
    elif style == "csv":
        print_result(write(result.fits, style), style)
    else:
        for part in result.texts(style):
            print_result(f"{part}\n")
        print_result(result.next_step)
    missing = result.without_evidence(NOT_WORSE_VERDICTS) if require else {}
    print_missing_evidence(missing)
    if missing or (fail_on and result.is_any_worse):
        return FELL_SHORT
    lacks_verdict = fail_on is not None and None in result.verdicts.values()
    return 0 if result.is_complete and not lacks_verdict else SOME_FAILED


def _print_result(result: ScoreComparison, style: str) -> None:
    """Print the conclusion, the table, its caption and the next command."""
    from evenfold.render.media import sentence
    from evenfold.render.tables import write
    from evenfold.score.result_texts import cost_texts

    if result.conclusion:
        print_result(f"{sentence(result.conclusion, style)}\n")
    print_result(write(result.text_table, style), style)
    print_result(f"\n{sentence(result.caption, style)}")
    if result.settling:
        print_result(f"\n{sentence(result.settling_text, style)}")
    for text in cost_texts(result, style):
        print_result(f"\n{text}")
    if result.findings:
        print_result(f"\n{sentence(result.finding_text, style)}\n")
    if len(result.scores):
        print_result(sentence(f"Saved in {result.file.parent}", style))
    print_result(sentence(result.next_step, style))
