"""Which columns of a table the options name for what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evenfold.data.columns import Columns
from evenfold.data.table_options import TableOptions


@dataclass(frozen=True)
class Roles:
    """Which columns a user has named for what.

    Parameters
    ----------
    drop, categorical
        The columns to leave out and to read as categories.
    ordinal
        The values of the ordinal columns in their order, by name; empty where it is known.
    """

    drop: frozenset[str]
    categorical: frozenset[str]
    ordinal: Mapping[str, tuple[str, ...]]


def read_roles(columns: Columns, options: TableOptions, problems: list[str]) -> Roles:
    """Return the columns that the options name, each of which has to be a feature.

    Parameters
    ----------
    columns
        The table.
    options
        How to read it.
    problems
        The problems of the table so far, to which those of the names are added.
    """
    ordinal = dict(_ordinal(columns, text) for text in options.ordinal)
    roles = Roles(
        frozenset(_split_names(columns, options.drop)),
        frozenset(_split_names(columns, options.categorical)),
        ordinal,
    )
    used: dict[str, str] = {options.target: "target"}
    if options.group is not None:
        used[options.group] = "group"
    if (weight := options.sample_weight) is not None:
        if weight not in columns.names:
            problems.append(columns.absent(weight, "weight"))
        elif weight in used:
            problems.append(f"column {weight!r} cannot be both sample weight and {used[weight]}")
        used.setdefault(weight, "sample weight")
    named = {"drop": roles.drop, "categorical": roles.categorical, "ordinal": roles.ordinal}
    for name, those in named.items():
        option = columns.option_name(name)
        for column in sorted(those):
            if column in columns.left_out and name == "drop":
                continue
            if column not in columns.names:
                problems.append(columns.absent(column, option))
            elif column in used:
                problems.append(f"column {column!r} cannot be both {option} and {used[column]}")
            used.setdefault(column, option)
    return roles


def _split_names(columns: Columns, names: Iterable[str]) -> list[str]:
    """Return names of columns, of which several may be in one text with commas."""
    found = []
    for name in names:
        parts = [part.strip() for part in name.split(",")]
        found += parts if name not in columns.names and len(parts) > 1 else [name]
    return found


def _ordinal(columns: Columns, text: str) -> tuple[str, tuple[str, ...]]:
    if text in columns.names or "=" not in text:
        return text, ()
    name, _, levels = text.partition("=")
    return name.strip(), tuple(level.strip() for level in levels.split(","))
