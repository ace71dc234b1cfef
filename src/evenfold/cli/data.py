"""``evenfold data``: what is understood of a dataset, before anything is trained."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from evenfold.cli.options import dataset_options, format_option
from evenfold.cli.output import print_messages
from evenfold.errors import UsageError
from evenfold.plugins.datasets import DatasetOptions

if TYPE_CHECKING:
    from evenfold.data.description import Description


@click.command("data")
@click.argument("file", required=False)
@dataset_options
@format_option
@click.pass_context
def data_command(context: click.Context, file: str | None, data: DatasetOptions, style: str) -> int:
    """Show what is understood of FILE: columns and roles, classes, groups, duplicates, warnings.

    FILE is a table, series or the name of a dataset. Nothing is trained.
    """
    from evenfold.data.description import describe
    from evenfold.plugins.datasets import open_dataset
    from evenfold.render.tables import write

    if file is not None:
        if context.get_parameter_source("dataset") is ParameterSource.COMMANDLINE:
            raise UsageError(f"{file} and --dataset name two datasets: leave one out")
        data = replace(data, dataset=file)
    dataset = open_dataset(data, Path.cwd())
    found = describe(dataset)
    if style in ("csv", "json"):
        print_messages(dataset.notes)
        click.echo(write(found.table(), style))
        return 0
    _print(found, dataset.notes, style)
    click.echo(f"\nNext: evenfold score majority logistic_regression {_arguments(data)}")
    return 0


def _print(found: Description, notes: tuple[str, ...], style: str) -> None:
    from evenfold.render.tables import write

    table = found.table()
    table["missing"] = [f"{100 * share:.1f} %" if share > 0 else "" for share in table["missing"]]
    table["values"] = table["values"].astype("string").fillna("")
    click.echo(f"{_printable(found.conclusion)}\n")
    click.echo(write(table, style, numbers=False))
    for fact in found.facts:
        click.echo(f"\n{_printable(fact)}")
    if notes:
        click.echo("\nWarnings:")
    for note in notes:
        click.echo(f"- {_printable(note)}")


def _printable(text: str) -> str:
    # Names come out of a file, and must not move the cursor.
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


def _arguments(data: DatasetOptions) -> str:
    """Return the options that name the data, as the user writes them."""
    return shlex.join(_words(data))


def _words(data: DatasetOptions) -> Iterator[str]:
    for field in fields(DatasetOptions):
        value = getattr(data, field.name)
        values = value if isinstance(value, tuple) else () if value is None else (value,)
        for each in values:
            yield from (f"--{field.name}", str(each))
