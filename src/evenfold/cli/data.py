"""``evenfold data``: what is understood of a dataset, before anything is trained."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from evenfold.cli.completion import completes, datasets
from evenfold.cli.help import GroupedCommand
from evenfold.cli.options import dataset_options, format_option
from evenfold.cli.output import print_messages, print_result
from evenfold.errors import UsageError
from evenfold.plugins.dataset_options import DatasetOptions

MOST_COLUMNS_SHOWN = 60
EXAMPLES = r"""
# How does evenfold read your table?
evenfold data patients.csv --target sick
# Rows of one patient stay together; columns that are no features are left out
evenfold data patients.csv --target sick --group patient --drop id
# The sheet of an Excel file, and a column whose values have an order
evenfold data patients.xlsx --sheet Data --target sick \
    --ordinal grade=low,mid,high
"""

if TYPE_CHECKING:
    from evenfold.data.column_info import ColumnInfo
    from evenfold.data.description import Description


@click.command("data", cls=GroupedCommand, epilog=EXAMPLES)
@click.argument("file", required=False, shell_complete=completes(datasets, files=True))
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
        print_result(write(found.table(), style), style)
        return 0
    _print(found, dataset.notes, style)
    advised = any(" --" in note for note in dataset.notes)
    chosen = " (add the options of the warnings that apply)" if advised else ""
    print_result(f"\nNext{chosen}: evenfold score majority logistic_regression {_arguments(data)}")
    return 0


def _print(found: Description, notes: tuple[str, ...], style: str) -> None:
    from evenfold.render.media import sentence
    from evenfold.render.tables import write

    table = found.table()
    table["missing"] = [f"{100 * share:.1f} %" if share > 0 else "" for share in table["missing"]]
    table["values"] = table["values"].astype("string").fillna("")
    print_result(f"{sentence(found.conclusion, style)}\n")
    shown = _shown_rows(found.columns)
    print_result(write(table.iloc[shown].reset_index(drop=True), style, numbers=False), style)
    if len(shown) < len(table):
        more = len(table) - len(shown)
        print_result(f"\nand {more:,} more features: --format csv shows all columns")
    for fact in found.facts:
        print_result(f"\n{sentence(fact, style)}")
    if notes:
        print_result("\nWarnings:")
    for note in notes:
        print_result(f"- {sentence(note, style)}")


def _shown_rows(columns: Sequence[ColumnInfo]) -> list[int]:
    """Return the places of the first features and of all other columns, as many as fit a page."""
    roles = [column.role for column in columns]
    named = [n for n, role in enumerate(roles) if role in ("target", "group", "weight")]
    others = [n for n in range(len(roles)) if n not in set(named)]
    return sorted([*named, *others[: MOST_COLUMNS_SHOWN - len(named)]])


def _arguments(data: DatasetOptions) -> str:
    """Return the options that name the data, as the user writes them."""
    return shlex.join(_words(data))


def _words(data: DatasetOptions) -> Iterator[str]:
    for field in fields(DatasetOptions):
        value = getattr(data, field.name)
        values = value if isinstance(value, tuple) else () if value is None else (value,)
        for each in values:
            yield from (f"--{field.name.replace('_', '-')}", str(each))
