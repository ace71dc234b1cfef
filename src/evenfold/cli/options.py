"""Options that several commands share, and parsers of their values: ``120s``, ``2%``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from pathlib import Path
from typing import Any

import click

from evenfold.cli.completion import completes, datasets, metrics
from evenfold.cli.help import OneOf
from evenfold.errors import UsageError, did_you_mean
from evenfold.option_checks import SEED_LIMIT, parse_duration, parse_share
from evenfold.plugins.dataset_options import MISSING_CHOICES, PREPROCESS_CHOICES, DatasetOptions
from evenfold.stats.comparisons import INTERVAL_METHODS
from evenfold.stats.metric_names import DEFAULT_METRIC, METRIC_NAMES

NAMES_OF_DATA = (
    "dataset", "target", "positive", "group", "sample_weight", "sheet", "data", "missing",
    "preprocess",
)  # fmt: skip
LISTS_OF_DATA = ("datasets", "drop", "categorical", "ordinal")
SEED = click.IntRange(0, SEED_LIMIT - 1)

models_option = click.option(
    "--models",
    "folders",
    metavar="DIR",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Additional folder of models. Its files are code, and evenfold runs them. Repeatable.",
)


def _style(context: click.Context, option: click.Parameter, style: str | None) -> str:
    return style or ("table" if sys.stdout.isatty() else "markdown")


format_option = click.option(
    "--format",
    "style",
    type=OneOf(["table", "markdown", "csv", "json"]),
    callback=_style,
    help="Format of the output.  [default: table in a terminal, markdown in a pipe]",
)

metric_option = click.option(
    "--metric",
    type=OneOf(METRIC_NAMES),
    metavar="NAME",
    default=DEFAULT_METRIC,
    show_default=True,
    help=f"Metric of the verdicts: {', '.join(METRIC_NAMES)}.",
)


def any_metric_option(command: Any) -> Any:
    """Add the options that name a built-in metric or a plug-in."""
    named = click.option(
        "--metric",
        metavar="NAME",
        shell_complete=completes(metrics),
        default=DEFAULT_METRIC,
        show_default=True,
        help=f"Metric of the verdicts: {', '.join(METRIC_NAMES)}, or your own.",
    )
    folders = click.option(
        "--metrics",
        metavar="DIR",
        multiple=True,
        type=click.Path(path_type=Path),
        help="Folder of metrics. evenfold runs the file of the metric it uses. Repeatable.",
    )
    return named(folders(command))


rope_option = click.option(
    "--rope",
    type=click.FloatRange(0),
    metavar="NUMBER",
    help="Practical threshold of a score difference; smaller ones do not matter.  "
    "[default: the metric's own, such as 0.01 for accuracy]",
)

interval_option = click.option(
    "--interval",
    type=OneOf(INTERVAL_METHODS),
    default=INTERVAL_METHODS[0],
    show_default=True,
    help="Method of intervals: from all test rows, or from the scores of overlapping folds.",
)

require_option = click.option(
    "--require",
    type=OneOf(["not-worse"]),
    help="Exit with code 1 unless every verdict is better, equivalent or not worse.  "
    "[default: off]",
)


silence_option = click.option(
    "--silence",
    metavar="CODE",
    multiple=True,
    help="Code of a diagnostic to leave out, such as EF003. Repeatable.",
)


clock_option = click.option(
    "--clock",
    type=OneOf(["wall", "cpu"]),
    help="wall: wall time, in turns. cpu: CPU time, at once on one core.  [default: wall]",
)

results_option = click.option(
    "--results",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder to save results in.  [default: a new folder in .evenfold/runs]",
)


def refuse_table_formats(context: click.Context, reason: str) -> None:
    """Refuse a format of numbers where the command prints lines of text. Raises UsageError."""
    if (style := context.params.get("style")) in ("csv", "json"):
        raise UsageError(f"--format {style} cannot apply: {reason}; leave it out")


def fail_option(*words: str) -> Callable[[Any], Any]:
    """Add the option that makes one of these verdicts end the command with exit code 1."""
    return click.option(
        "--fail-on",
        type=OneOf(words),
        help="Exit with code 1 if a verdict is this.  [default: off]",
    )


def fail_on_any_option(*known: str) -> Callable[[Any], Any]:
    """Add the option that makes any of several verdicts end the command with exit code 1."""

    def parse(text: str) -> tuple[str, ...]:
        words = tuple(word.strip() for word in text.split(","))
        if unknown := [word for word in words if word not in known]:
            raise click.BadParameter(
                f"{unknown[0]!r} is not one of {', '.join(known)}: write {','.join(known)} or one"
                f"{did_you_mean(unknown[0], known)}"
            )
        return words

    return click.option(
        "--fail-on",
        type=parse,
        metavar=",".join(known),
        help="Exit with code 1 if a verdict is one of these. Separate several with commas.  "
        "[default: off]",
    )


# In the reverse order of --help.
DATA_OPTIONS = (
    click.option(
        "--datasets",
        metavar="DIR",
        multiple=True,
        type=click.Path(path_type=Path),
        help="Folder of datasets. evenfold runs the file of the dataset it uses. Repeatable.",
    ),
    click.option(
        "--preprocess",
        type=OneOf(PREPROCESS_CHOICES),
        help="Preparation of a table's features: in each fold, or none.  [default: standard]",
    ),
    click.option(
        "--missing",
        type=OneOf(MISSING_CHOICES),
        help="Missing cells of a table: fill them in each fold, or refuse.  [default: impute]",
    ),
    click.option(
        "--ordinal",
        metavar="COLUMN[=LOW,...,HIGH]",
        multiple=True,
        help="Column of ordered values, from the lowest to the highest. Repeatable.",
    ),
    click.option(
        "--categorical",
        metavar="COLUMN",
        multiple=True,
        help="Column of a table to read as categories. Repeatable.",
    ),
    click.option(
        "--drop",
        metavar="COLUMN",
        multiple=True,
        help="Column of a table to leave out. Repeatable.",
    ),
    click.option(
        "--sheet", metavar="NAME", help="Sheet of an Excel file.  [default: the first one]"
    ),
    click.option(
        "--data",
        metavar="PATH",
        type=click.Path(path_type=Path),
        help="File that a named dataset is read from, such as that of wisdm.  [default: none]",
    ),
    click.option(
        "--sample-weight",
        metavar="COLUMN",
        help="Column of the weights that rows have in training. Scores are unweighted.  "
        "[default: none]",
    ),
    click.option(
        "--group",
        metavar="COLUMN",
        help="Column of groups. Rows of one group stay together in every split.  [default: none]",
    ),
    click.option(
        "--positive",
        metavar="LABEL",
        help="Label of the positive class, to which sensitivity refers.  "
        "[default: that of the dataset, or the last of two labels]",
    ),
    click.option(
        "--target",
        metavar="COLUMN",
        help="Column of labels of a table.  [default: none; a table needs it]",
    ),
)
DATASET_OPTION = click.option(
    "--dataset",
    default=DatasetOptions.dataset,
    show_default=True,
    metavar="NAME|FILE",
    shell_complete=completes(datasets, files=True),
    help="Name of a dataset, or a file: .csv, .tsv, .parquet, .xlsx, .npz, .ts.",
)
DATASETS_OPTION = click.option(
    "--dataset",
    multiple=True,
    metavar="NAME|FILE",
    shell_complete=completes(datasets, files=True),
    help="Name of a dataset, or a file: .csv, .tsv, .parquet, .xlsx, .npz, .ts. Repeatable: models "
    "are compared over all of them.  [default: breast_cancer, or all datasets of --datasets]",
)


def dataset_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that name the data; the command gets them as ``data``, a DatasetOptions."""

    @wraps(command)
    def with_data(*args: Any, **options: Any) -> Any:
        values = {name: options.pop(name) for name in (*NAMES_OF_DATA, *LISTS_OF_DATA)}
        return command(*args, data=DatasetOptions(**values), **options)

    for option in (*DATA_OPTIONS, DATASET_OPTION):
        with_data = option(with_data)
    return with_data


def several_datasets_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that name the data, of which there may be several sets.

    The command gets the first as ``data``, a DatasetOptions, and all as ``datasets``, a list.
    """

    @wraps(command)
    def with_data(*args: Any, **options: Any) -> Any:
        values = {name: options.pop(name) for name in (*NAMES_OF_DATA, *LISTS_OF_DATA)}
        from evenfold.plugins.dataset_lists import expand_datasets  # which imports numpy

        sources = values.pop("dataset")
        shared = DatasetOptions(**values)
        datasets = expand_datasets(sources, shared, Path.cwd())
        return command(*args, data=datasets[0], every_dataset=datasets, **options)

    for option in (*DATA_OPTIONS, DATASETS_OPTION):
        with_data = option(with_data)
    return with_data


def _parsed_by(parse: Callable[[str], float]) -> Callable[[str], float]:
    """Return a parser of an option, whose errors name the option."""

    @wraps(parse)
    def parsed(text: str) -> float:
        try:
            return parse(text)
        except UsageError as error:
            raise click.BadParameter(str(error)) from error

    return parsed


duration = _parsed_by(parse_duration)
share = _parsed_by(parse_share)


def options_class(options: type[Any]) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Make a command receive its values as an options dataclass, its first argument.

    A value goes to the field of its name; values that are no field are passed as they are.
    """
    names = {field.name for field in fields(options)}

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        @wraps(command)
        def run(**values: Any) -> int:
            own = {name: values.pop(name) for name in names & set(values)}
            return command(options(**own), **values)

        return run

    return decorate
