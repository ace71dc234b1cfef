"""One pass over the columns of a table: a dataset, or a message that has all of its problems."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evenfold.data.column_info import ColumnInfo, column_infos, left_out
from evenfold.data.column_roles import Roles, read_roles
from evenfold.data.column_warnings import looks_like_text, warnings_on
from evenfold.data.columns import Columns
from evenfold.data.datasets import Dataset
from evenfold.data.feature_columns import (
    FeatureColumn,
    missing_problem,
    read_category,
    read_feature,
    read_ordinal,
)
from evenfold.data.labels import encode, positive_index
from evenfold.data.number_columns import in_one_style
from evenfold.data.preprocessing import Preprocessing
from evenfold.data.table_options import TableOptions
from evenfold.data.target_column import (
    notes_on_groups,
    notes_on_labels,
    read_groups,
    read_labels,
)
from evenfold.data.weight_column import Labels, read_weights, weight_notes
from evenfold.errors import DataError

MOST_PROBLEMS_SHOWN = 20
MOST_WARNINGS_SHOWN = 20


@dataclass
class Findings:
    """What the pass over a table has found so far."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    dropped: dict[str, ColumnInfo] = field(default_factory=dict)


def make_dataset(columns: Columns, name: str, options: TableOptions) -> Dataset:
    """Make a dataset of columns.

    Every column but those of the target, the groups, the weights and the dropped ones is a feature.
    Each text in the target is a class. The classes are sorted, as numbers where every label is one.

    Parameters
    ----------
    columns
        The columns.
    name
        The dataset's name.
    options
        How to read them.

    Raises
    ------
    DataError
        Columns cannot be used. The message has all problems.
    """
    found = Findings(problems=columns.faults, notes=list(columns.notes))
    y, names = _labels(columns, options, found)
    groups = _groups(columns, options, found)
    roles = read_roles(columns, options, found.problems)
    read = _read_columns(columns, options, roles, found)
    weights = _weights(columns, options, read, None if y is None else (y, names), found)
    features = _features(columns, options, roles, y, read, found)
    positive = _positive(columns, names, options.positive, found.problems)
    if not features and not found.problems:
        beside = "".join(f"; {info.name!r} {info.detail}" for info in found.dropped.values())
        found.problems.append(
            f"no column is left to be a feature beside {options.target!r}{beside}"
        )
    _refuse(columns.source, found.problems)
    assert y is not None
    x = np.column_stack([feature.values for feature in features])
    # NaN has many bit patterns, 0 / 0 another one than an empty cell: a digest needs one of them.
    x[np.isnan(x)] = np.nan
    return Dataset(
        name=name,
        x=x,
        y=y,
        feature_names=tuple(feature.name for feature in features),
        class_names=names,
        positive=positive,
        groups=None if groups is None else np.array(groups),
        notes=_shortened(columns.source, found.notes),
        plan=_plan(features, options),
        columns=column_infos(columns, options, features, found.dropped, weights),
        sample_weight=weights,
    )


def _labels(
    columns: Columns, options: TableOptions, found: Findings
) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    labels = read_labels(columns, options.target, found.problems)
    if labels is None:
        return None, ()
    found.notes += notes_on_labels(columns, options.target, labels)
    return encode(labels)


def _groups(columns: Columns, options: TableOptions, found: Findings) -> list[str] | None:
    group = options.group
    if group is None:
        return None
    if group == options.target:
        found.problems.append(f"column {group!r} cannot be both target and group")
        return None
    groups = read_groups(columns, group, found.problems)
    if groups is not None:
        found.notes += notes_on_groups(columns, group, groups)
    return groups


def _positive(
    columns: Columns, names: tuple[str, ...], positive: str | None, problems: list[str]
) -> int | None:
    if not names:
        return None
    try:
        return positive_index(columns.source, names, positive)
    except DataError as error:
        problems.append(str(error).removeprefix(f"{columns.source}: "))
        return None


def _read_columns(
    columns: Columns, options: TableOptions, roles: Roles, found: Findings
) -> list[FeatureColumn]:
    """Read the features and the weights, and note what is dropped."""
    names = [name for name in columns.by_name if name not in (options.target, options.group)]
    read = [_read(columns, name, roles) for name in names if name not in roles.drop]
    dropped = [name for name in names if name in roles.drop]
    found.dropped = {name: ColumnInfo(name, "dropped", detail="is dropped") for name in dropped}
    return in_one_style(columns, read)


def _weights(
    columns: Columns,
    options: TableOptions,
    read: Sequence[FeatureColumn],
    labels: Labels | None,
    found: Findings,
) -> NDArray[np.float64] | None:
    column = next((each for each in read if each.name == options.sample_weight), None)
    if column is None:
        return None
    _note_style(columns, column, found)
    weights = read_weights(columns, column, labels, found.problems)
    if weights is not None:
        found.notes += weight_notes(columns, column.name, weights)
    return weights


def _features(
    columns: Columns,
    options: TableOptions,
    roles: Roles,
    y: NDArray[np.int64] | None,
    read: Sequence[FeatureColumn],
    found: Findings,
) -> list[FeatureColumn]:
    features = []
    for column in read:
        if column.name == options.sample_weight:
            continue
        _note_style(columns, column, found)
        if column.problem:
            found.problems.append(column.problem)
        elif column.feature is None or _is_text(column, roles):
            _leave_out(columns, column, found)
        else:
            features.append(column)
            found.notes += warnings_on(columns, column, y)
    if options.missing == "refuse":
        incomplete = [column for column in features if np.isnan(column.values).any()]
        found.problems += [missing_problem(columns, column) for column in incomplete]
    return features


def _read(columns: Columns, name: str, roles: Roles) -> FeatureColumn:
    if name in roles.categorical:
        return read_category(columns, name)
    if name in roles.ordinal:
        return read_ordinal(columns, name, roles.ordinal[name])
    return read_feature(columns, name)


def _note_style(columns: Columns, column: FeatureColumn, found: Findings) -> None:
    if column.reason and column.feature is not None:
        found.notes.append(f"{columns.where(column.name)}: {column.reason}")


def _is_text(column: FeatureColumn, roles: Roles) -> bool:
    is_category = column.feature is not None and column.feature.role == "category"
    return is_category and column.name not in roles.categorical and looks_like_text(column)


def _leave_out(columns: Columns, column: FeatureColumn, found: Findings) -> None:
    """Leave a column out with a note that has the options for it."""
    drop = columns.option("drop", column.name)
    if column.feature is None:
        reason, keep = column.reason, ""
    else:
        rows = len(column.feature.levels)
        reason = f"looks like an id or free text, {rows:,} different texts in {rows:,} rows"
        keep = f", and {columns.option('categorical', column.name)} reads it all the same"
    found.dropped[column.name] = left_out(column, reason)
    found.notes.append(
        f"{columns.where(column.name)}: {reason}. It is left out; {drop} confirms that{keep}"
    )


def _plan(features: Sequence[FeatureColumn], options: TableOptions) -> Preprocessing | None:
    """Return the roles of features, or None where every one is a number and none is missing."""
    roles = tuple(feature.feature for feature in features if feature.feature is not None)
    is_plain = not any(feature.role == "category" for feature in roles)
    if options.preprocess == "standard" and is_plain and not _any_missing(features):
        return None
    return Preprocessing(roles, options.preprocess)


def _any_missing(features: Iterable[FeatureColumn]) -> bool:
    return any(bool(np.isnan(feature.values).any()) for feature in features)


def _refuse(source: str, problems: Sequence[str]) -> None:
    if not problems:
        return
    if len(problems) == 1:
        raise DataError(f"{source}: {problems[0]}")
    lines = [f"  {problem}" for problem in problems[:MOST_PROBLEMS_SHOWN]]
    if len(problems) > MOST_PROBLEMS_SHOWN:
        lines.append(f"  and {len(problems) - MOST_PROBLEMS_SHOWN:,} more")
    raise DataError("\n".join([f"{source}: {len(problems):,} problems", *lines]))


def _shortened(source: str, notes: Sequence[str]) -> tuple[str, ...]:
    if len(notes) > MOST_WARNINGS_SHOWN:
        more = len(notes) - MOST_WARNINGS_SHOWN
        return (*notes[:MOST_WARNINGS_SHOWN], f"{source}: {more:,} more notes")
    return tuple(notes)
