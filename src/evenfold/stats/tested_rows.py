"""The predictions of every test row of every fit, and the row-wise values that come from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evenfold.stats.jumps import jump_measure
from evenfold.stats.row_variance import RowValues

Values = NDArray[np.float64]
Indices = NDArray[np.int64]
Chosen = NDArray[np.bool_]


@dataclass(frozen=True)
class Counted:
    """How many independent units there are, and how many rows they consist of."""

    units: int
    rows: int


@dataclass(frozen=True)
class TestedRows:
    """The predictions of every test row of every fit of a model, flat.

    Parameters
    ----------
    row
        The number of the row in the data, shape ``(cells,)``.
    fit
        The number of the fit in the design, the same for every model, shape ``(cells,)``; a fit's
        cells follow each other.
    y
        The label of the row, shape ``(cells,)``.
    probabilities
        The predicted probabilities, shape ``(cells, classes)``.
    positive
        The code of the positive class, or None.
    group
        The group of the row, such as its patient, shape ``(cells,)``; None without groups. Rows of
        a group are not independent: groups take the place of rows.
    """

    row: Indices
    fit: Indices
    y: Indices
    probabilities: Values
    positive: int | None
    group: Indices | None = None

    @property
    def unit(self) -> Indices:
        """What was drawn independently: the group or, without groups, the row of each cell."""
        return self.row if self.group is None else self.group

    @cached_property
    def folds(self) -> float:
        """The number of folds; 1 for a holdout."""
        return len(np.unique(self.row)) * len(np.unique(self.fit)) / len(self.row)

    @cached_property
    def jumps(self) -> float:
        """How far the predictions jump when training rows change, from 0 to 1."""
        return jump_measure(self.row, self.fit, self.y, self.probabilities, self.unit)

    @cached_property
    def digest(self) -> int:
        """A number that is equal for equal predictions."""
        return hash(np.ascontiguousarray(self.probabilities).tobytes())

    def of_fits(self) -> Iterator[slice]:
        """Yield the cells of each fit."""
        ends = [*(np.flatnonzero(np.diff(self.fit)) + 1), len(self.fit)]
        yield from (slice(a, b) for a, b in zip([0, *ends[:-1]], ends, strict=True))

    def only_fits(self, fits: Indices) -> TestedRows:
        """Return the predictions of these fits."""
        cells = np.isin(self.fit, fits)
        group = None if self.group is None else self.group[cells]
        return TestedRows(
            self.row[cells], self.fit[cells], self.y[cells], self.probabilities[cells],
            self.positive, group,
        )  # fmt: skip


def joined(parts: Sequence[TestedRows]) -> TestedRows:
    """Return the predictions of several studies of one dataset, whose fits have other numbers."""
    groups = [part.group for part in parts if part.group is not None]
    return TestedRows(
        row=np.concatenate([part.row for part in parts]),
        fit=np.concatenate([part.fit for part in parts]),
        y=np.concatenate([part.y for part in parts]),
        probabilities=np.concatenate([part.probabilities for part in parts]),
        positive=parts[0].positive,
        group=np.concatenate(groups) if groups else None,
    )


def mean_over_fits(tested: TestedRows, values: Values, counted: Counted) -> RowValues:
    """Give each fit the same weight, and each row of it."""
    defined = np.isfinite(values)
    unit, fit, values = tested.unit[defined], tested.fit[defined], values[defined]
    _, place, counts = np.unique(fit, return_inverse=True, return_counts=True)
    weight = 1 / (len(counts) * counts[place])
    return values_of(tested, unit, fit, values, weight, counted)


def values_of(
    tested: TestedRows,
    unit: Indices,
    fit: Indices,
    values: Values,
    weight: Values,
    counted: Counted,
) -> RowValues:
    """Return row-wise values with what is known of the learner and the design."""
    return RowValues(
        unit, fit, values, weight, counted.units, tested.jumps, tested.digest, counted.rows,
        folds=tested.folds,
    )  # fmt: skip


def count_rows(tested: TestedRows, chosen: Chosen | None = None) -> Counted:
    """Count the rows for which ``chosen`` is true, or all."""
    cells = slice(None) if chosen is None else chosen
    return Counted(len(np.unique(tested.unit[cells])), len(np.unique(tested.row[cells])))


def smallest_class(tested: TestedRows) -> Counted:
    """Count the rows of the class that has fewest groups, or rows without groups."""
    labels = np.unique(tested.y)
    counts = [count_rows(tested, tested.y == label) for label in labels]
    return min(counts, key=lambda counted: (counted.units, counted.rows))
