"""What a column of a table was read as, for the user."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evenfold.data.columns import Columns
from evenfold.data.feature_columns import FeatureColumn
from evenfold.data.preprocessing import Role
from evenfold.data.table_options import TableOptions

MOST_LEVELS_SHOWN = 5
LARGEST_WHOLE = 2**53

ColumnRole = Role | Literal["target", "group", "weight", "dropped"]


@dataclass(frozen=True)
class ColumnInfo:
    """What a column was read as.

    Parameters
    ----------
    name
        The column.
    role
        What it is used as.
    missing
        The share of its cells that are missing; None of a column that was not looked at.
    distinct
        The number of different values; None of a column that was not looked at.
    detail
        Its range or first levels, or the reason why it is dropped.
    """

    name: str
    role: ColumnRole
    missing: float | None = None
    distinct: int | None = None
    detail: str = ""


def column_infos(
    columns: Columns,
    options: TableOptions,
    features: Iterable[FeatureColumn],
    dropped: Mapping[str, ColumnInfo],
    weights: NDArray[np.float64] | None = None,
) -> tuple[ColumnInfo, ...]:
    """Return what each column of a table was read as, in the order of the table.

    Parameters
    ----------
    columns
        The table.
    options
        How it was read.
    features
        The columns that are features.
    dropped
        The others, by name.
    weights
        The weight of each row, ``(rows,)``; None without a column of weights.
    """
    infos = {**{column.name: _feature_info(column) for column in features}, **dropped}
    infos[options.target] = _named(columns, options.target, "target")
    if options.group is not None:
        infos[options.group] = _named(columns, options.group, "group")
    if options.sample_weight is not None and weights is not None:
        values = np.unique(weights)
        detail = _detail("number", (), float(values[0]), float(values[-1]))
        name = options.sample_weight
        infos[name] = ColumnInfo(name, "weight", 0.0, len(values), detail)
    return tuple(infos[name] for name in columns.names)


def _named(columns: Columns, name: str, role: Literal["target", "group"]) -> ColumnInfo:
    return ColumnInfo(name, role, 0.0, len(set(columns.by_name[name].text())))


def left_out(column: FeatureColumn, reason: str) -> ColumnInfo:
    """Return what a column was read as that is left out for a reason."""
    if not len(column.values):
        return ColumnInfo(column.name, "dropped", detail=reason)
    missing = np.isnan(column.values)
    distinct = len(np.unique(column.values[~missing]))
    return ColumnInfo(column.name, "dropped", float(missing.mean()), distinct, reason)


def _feature_info(column: FeatureColumn) -> ColumnInfo:
    assert column.feature is not None
    missing = np.isnan(column.values)
    values = np.unique(column.values[~missing])
    return ColumnInfo(
        column.name,
        column.feature.role,
        float(missing.mean()),
        len(values),
        _detail(column.feature.role, column.feature.levels, float(values[0]), float(values[-1])),
    )


def _detail(role: Role, levels: tuple[str, ...], low: float, high: float) -> str:
    if levels:
        first = ", ".join(levels[:MOST_LEVELS_SHOWN])
        return f"{first}, ..." if len(levels) > MOST_LEVELS_SHOWN else first
    if role == "date":
        days = [
            np.datetime64("1970-01-01") + np.timedelta64(int(day // 1), "D") for day in (low, high)
        ]
        return f"{days[0]} to {days[1]}"
    return f"{_number(low)} to {_number(high)}"


def _number(value: float) -> str:
    is_whole = value.is_integer() and abs(value) < LARGEST_WHOLE
    return str(int(value)) if is_whole else f"{value:g}"
