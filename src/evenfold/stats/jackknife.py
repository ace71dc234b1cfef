"""The jackknife: row-wise values of a metric of which only the function is known.

It suits smooth functions of the rows, as most metrics are, and not medians or best thresholds.

References
----------
Efron, B. (1982). The jackknife, the bootstrap and other resampling plans. SIAM.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evenfold.stats.metrics import Metric
from evenfold.stats.row_variance import RowValues
from evenfold.stats.tested_rows import TestedRows, count_rows, values_of

Values = NDArray[np.float64]
Indices = NDArray[np.int64]
# Groups of rows are left out together where there are more rows than this.
MOST_ROWS, ROW_GROUPS = 1000, 300
HASH = 2654435761  # Knuth's multiplicative hash


def jackknife_values(metric: Metric, tested: TestedRows) -> RowValues:
    """Return the values of a user's metric: with every row of each fit left out in turn.

    With more than ``MOST_ROWS`` rows, ``ROW_GROUPS`` random groups of rows take the place of rows.
    No interval follows where the metric is not defined without some row.
    """
    unit, counted = _jackknife_units(tested.unit), count_rows(tested)
    is_defined = True
    parts: list[tuple[Indices, Indices, Values, Values]] = []
    for cells in tested.of_fits():
        y, probabilities, units = tested.y[cells], tested.probabilities[cells], unit[cells]
        whole, *without = metric.leave_out(y, probabilities, tested.positive, units)
        if not np.isfinite(whole):
            continue
        present, sizes = np.unique(units, return_counts=True)
        values = np.full(len(present), whole)
        if len(present) > 1:
            changes = (len(y) - sizes) / sizes * (whole - np.array(without))
            values += np.where(np.isfinite(changes), changes, 0.0)
            is_defined = is_defined and bool(np.isfinite(changes).all())
        weight = sizes / len(y)
        # The mean of jackknife values differs from the score by its bias.
        values += whole - float(weight @ values)
        fit = np.full(len(present), tested.fit[cells.start])
        parts.append((present, fit, values, weight))
    if not parts:
        return values_of(tested, tested.unit[:0], tested.fit[:0], np.zeros(0), np.zeros(0), counted)
    row, fits, value, weights = (np.concatenate(part) for part in zip(*parts, strict=True))
    of_rows = values_of(tested, row, fits, value, weights / len(parts), counted)
    return replace(of_rows, has_variance=is_defined)


def _jackknife_units(unit: Indices) -> Indices:
    """Return for each cell the number of what is left out with it.

    The group of a row depends on its number alone, so that it is the same for every model.
    """
    if len(np.unique(unit)) <= MOST_ROWS:
        return unit
    groups: Indices = (unit * HASH % 2**32) * ROW_GROUPS // 2**32
    return groups
