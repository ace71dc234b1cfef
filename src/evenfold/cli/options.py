"""Options that several commands share, and values as people write them: ``120s``, ``2%``."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from pathlib import Path
from typing import Any

import click

from evenfold.plugins.datasets import DatasetOptions
from evenfold.stats.metric_names import DEFAULT_METRIC, METRIC_NAMES

SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
NAMES_OF_DATA = ("dataset", "target", "positive", "group", "data")
NUMBER = r"(\d{1,9}(?:\.\d*)?|\.\d+)"

models_option = click.option(
    "--models",
    "folders",
    metavar="DIR",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A further folder of models; its files are code and are run. Repeatable.",
)


def _style(context: click.Context, option: click.Parameter, style: str | None) -> str:
    return style or ("table" if sys.stdout.isatty() else "markdown")


format_option = click.option(
    "--format",
    "style",
    type=click.Choice(["table", "markdown", "csv", "json"]),
    callback=_style,
    help="How the table is written.  [default: table, drawn for a terminal; in a pipe, markdown]",
)

metric_option = click.option(
    "--metric",
    type=click.Choice(METRIC_NAMES),
    default=DEFAULT_METRIC,
    show_default=True,
    help="What verdicts are on.",
)


def any_metric_option(command: Any) -> Any:
    """A metric, or a plug-in's."""
    named = click.option(
        "--metric",
        metavar="NAME",
        default=DEFAULT_METRIC,
        show_default=True,
        help=f"What verdicts are on: one of {', '.join(METRIC_NAMES)}, or one of your own.",
    )
    folders = click.option(
        "--metrics",
        metavar="DIR",
        multiple=True,
        type=click.Path(path_type=Path),
        help="A folder of metrics; the file of the one that is named is run. Repeatable.",
    )
    return named(folders(command))


rope_option = click.option(
    "--rope", type=click.FloatRange(0), help="A difference of no practical interest."
)


clock_option = click.option(
    "--clock",
    type=click.Choice(["wall", "cpu"]),
    help="Wall time, in turns; or CPU time, at once on one core.  [default: wall]",
)

results_option = click.option(
    "--results",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Saved below it.  [default: a folder by time in .evenfold/runs]",
)


def fail_option(*words: str) -> Callable[[Any], Any]:
    """What verdicts a command can be told to fail on."""
    return click.option(
        "--fail-on", type=click.Choice(words), help="Exit code 1 when something is."
    )


def fail_on_any_option(*known: str) -> Callable[[Any], Any]:
    """What verdicts a command can be told to fail on, several of them at once."""

    def words(text: str) -> tuple[str, ...]:
        given = tuple(word.strip() for word in text.split(","))
        if unknown := [word for word in given if word not in known]:
            raise click.BadParameter(
                f"{unknown[0]!r} is not one of {', '.join(known)}: write {','.join(known)} or one"
            )
        return given

    return click.option(
        "--fail-on",
        type=words,
        metavar=",".join(known),
        help="Exit code 1 when something is. One or several, with commas.",
    )


def dataset_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that name the data; the command gets them as ``data``, a DatasetOptions."""

    @wraps(command)
    def with_data(*args: Any, datasets: tuple[Path, ...], **options: Any) -> Any:
        given = {name: options.pop(name) for name in NAMES_OF_DATA}
        return command(*args, data=DatasetOptions(**given, datasets=datasets), **options)

    return data_options(with_data)


def data_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What to measure on."""
    for option in (
        click.option(
            "--datasets",
            metavar="DIR",
            multiple=True,
            type=click.Path(path_type=Path),
            help="A folder of datasets; the file of the one that is named is run. Repeatable.",
        ),
        click.option(
            "--data",
            metavar="PATH",
            type=click.Path(path_type=Path),
            help="The file that a named dataset is made from, as wisdm's.",
        ),
        click.option("--group", metavar="COLUMN", help="Rows that share a value are never split."),
        click.option("--positive", metavar="LABEL", help="The label that sensitivity is about."),
        click.option("--target", metavar="COLUMN", help="The table's column of labels."),
        click.option(
            "--dataset",
            default=DatasetOptions.dataset,
            show_default=True,
            help="Or another name, or a file: .csv, .tsv, .npz, .ts.",
        ),
    ):
        command = option(command)
    return command


def duration(text: str) -> float:
    """Seconds above 0, from ``120``, ``120s``, ``2m`` or ``1.5h``."""
    match = re.fullmatch(NUMBER + r"\s*(s|m|min|h|)", text.strip())
    seconds = float(match[1]) * SECONDS[match[2]] if match else 0.0
    if not seconds > 0:
        raise click.BadParameter(f"{text!r} is no duration: write 120s, 2m or 1.5h")
    return seconds


def share(text: str) -> float:
    """A share as a number: 0.02 from ``2%`` or ``0.02``."""
    match = re.fullmatch(NUMBER + r"\s*(%?)", text.strip())
    if match is None:
        raise click.BadParameter(f"{text!r} is no share: write 2% or 0.02")
    value = float(match[1])
    if not match[2] and value >= 1:
        raise click.BadParameter(f"{text!r} is {100 * value:g} %: write {text}% or {value / 100:g}")
    return value / 100 if match[2] else value


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
