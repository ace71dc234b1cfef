"""Two-way variance of a score: rows and fits both vary, and every row has a value in several fits.

The variance has three parts. Rows: other rows could have been drawn from the population. Fits: the
rows of one fit share its seed and training rows. Training: a learner whose predictions jump when a
few training rows change varies more over training sets than rows and fits show.

Of a learner that does not jump, the variance over training sets is taken to be small. It is not
where features have heavy tails: there intervals are too narrow, those of sensitivity and of F1 by
half (docs/decisions/061-intervals-come-from-rows-and-fits.md).

References
----------
Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2011). Robust inference with multiway clustering.
Journal of Business & Economic Statistics 29, 238-249.
Bayle, P., Bayle, A., Janson, L. and Mackey, L. (2020). Cross-validation confidence intervals for
test error. NeurIPS 33, 16339-16350.
Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components.
Biometrics Bulletin 2, 110-114.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Indices = NDArray[np.int64]

# Calibrated in the battery with known truth. Training rows also matter to smooth learners: with
# two folds, half of the rows are left out, and the variance of the rows is a fifth too small.
TRAINING_SHARE = 0.15
# A learner that jumps varies over training sets once to twice as much again as over rows (trees and
# stumps, which choose among features), but no more than its variance over repeats explains: they
# share training rows, and show one part in the number of folds (1-nearest neighbour).
JUMP_SHARE = 2.0
REPEATS_SHARE = 0.6
# One repeat shows no variance over repeats.
SINGLE_REPEAT_SHARE = 1.3
ROUNDING = 1e-12


@dataclass(frozen=True)
class RowValues:
    """A score as a weighted mean of one value for each test row of each fit.

    Parameters
    ----------
    row
        The number of the row in the data, or of its group where rows of a group belong together,
        shape ``(cells,)``.
    fit
        The number of the fit in the design, the same for every model, shape ``(cells,)``.
    value
        The values, shape ``(cells,)``.
    weight
        The weight of each value, shape ``(cells,)``; they sum to 1.
    observations
        The number of independent rows, or groups, that the score rests on: of the class that the
        metric is about, or of the smallest class.
    jumps
        How far the learner's predictions jump when training rows change: 0 for a smooth learner, 1
        for one such as the nearest neighbour.
    digest
        Equal for models whose predictions are equal.
    rows
        The number of rows that ``observations`` counts, or that its groups consist of; 0 if it
        counts rows.
    has_variance
        Whether the values show how the score varies over rows; no interval follows if not.
    folds
        The number of folds, 1 for a holdout; None if rows and fits show it, as they do unless rows
        of one number are tested in several fits of a repeat.
    """

    row: Indices
    fit: Indices
    value: Values
    weight: Values
    observations: int
    jumps: float = 0.0
    digest: int = 0
    rows: int = 0
    has_variance: bool = True
    folds: float | None = None

    @property
    def estimate(self) -> float:
        """The score."""
        return float(self.weight @ self.value)

    def minus(self, other: RowValues) -> RowValues:
        """Return the values of a difference of two scores, of the fits that both have.

        Raises
        ------
        ValueError
            A fit has other test rows than the fit of the same number of the other model.
        """
        mine, theirs = self, other
        if not self._has_cells_of(other):
            mine, theirs = self.of_fits(other.fit), other.of_fits(self.fit)
        if not mine._has_cells_of(theirs):
            raise ValueError("fits of the same number have different test rows")
        return replace(mine, value=mine.value - theirs.value, jumps=0.0, digest=0)

    def _has_cells_of(self, other: RowValues) -> bool:
        return np.array_equal(self.fit, other.fit) and np.array_equal(self.row, other.row)

    def of_fits(self, fits: Indices) -> RowValues:
        """Return the values of these fits, in the order of fits and rows."""
        cells = np.lexsort((self.row, self.fit))
        cells = cells[np.isin(self.fit[cells], fits)]
        weight = self.weight[cells]
        return replace(
            self,
            row=self.row[cells],
            fit=self.fit[cells],
            value=self.value[cells],
            weight=weight / weight.sum() if len(weight) else weight,
        )


@dataclass(frozen=True)
class RowVariance:
    """The variance of a score and its parts.

    Parameters
    ----------
    rows, fits, training
        The parts of the variance; see the head of this file.
    row_freedom, fit_freedom
        Degrees of freedom of the estimates of ``rows`` and of ``fits``.
    fits_gross
        The sum whose excess over independent rows is ``fits``.
    unseen
        One row more than was seen, of the usual size, as Agresti and Min (2005) add pairs.
    effects
        The effect of each row on the score, shape ``(rows,)``; they sum to 0.
    units
        The number of the row, or of the group, of each effect.
    """

    rows: float
    fits: float
    training: float
    unseen: float
    row_freedom: float
    fit_freedom: float
    fits_gross: float
    effects: Values
    units: Indices

    @property
    def total(self) -> float:
        """The variance of the score."""
        return self.rows + self.fits + self.training + self.unseen

    @property
    def skewness(self) -> float:
        """The skewness of the sum of the effects of rows."""
        squares = float(self.effects @ self.effects)
        return float((self.effects**3).sum()) / squares**1.5 if squares else 0.0

    @property
    def rows_that_count(self) -> float:
        """The number of rows of equal effect that would give this variance and kurtosis."""
        return float(self.effects @ self.effects) / self.unseen if self.unseen else 0.0

    @property
    def freedom(self) -> float:
        """Satterthwaite's degrees of freedom of the variance, at least 1."""
        noise = self.rows**2 / self.row_freedom
        if self.fits > 0:
            noise += self.fits_gross**2 / self.fit_freedom
        return max(1.0, self.total**2 / noise) if noise else self.row_freedom


def row_variance(values: RowValues) -> RowVariance:
    """Estimate the variance of one score."""
    variance, disturbance = _variance(values)
    return _with_training(variance, values.jumps * disturbance)


def difference_variance(values: RowValues, reference: RowValues) -> RowVariance:
    """Estimate the variance of a difference of two scores on the same fits and rows."""
    variance, disturbance = _variance(values.minus(reference))
    training = sum(one.jumps * _variance(one)[1] for one in (values, reference) if one.jumps)
    # Learners that jump together, as one does with itself, do not vary apart.
    return _with_training(variance, min(training, disturbance))


def _variance(values: RowValues) -> tuple[RowVariance, float]:
    """Return the variance without training sets, and what a learner that jumps adds to it."""
    deviations = values.weight * (values.value - values.estimate)
    # The values of a constant prediction differ by rounding errors.
    deviations[np.abs(deviations) < ROUNDING / len(deviations)] = 0.0
    row, fit, deviations = _sums_of_cells(values, deviations)
    effects = np.bincount(row, deviations).astype(np.float64)
    fit_count, repeats = int(fit.max()) + 1, len(row) / len(effects)
    apart = fit_count / repeats
    folds = values.folds or apart
    rows_part, unseen, row_freedom = _rows_part(effects)
    if len(row) == len(effects):
        # One repeat: the only deviations are those of the rows themselves.
        residuals, factor = deviations, fit_count / max(fit_count - 1, 1)
        disturbance = SINGLE_REPEAT_SHARE * rows_part
    else:
        residuals = deviations - (effects / np.bincount(row))[row]
        # A row's mean holds a part of the effect of its own fits.
        factor = 1 / ((1 - 1 / repeats) ** 2 + (repeats - 1) / (repeats**2 * apart))
        spread = float(residuals @ residuals) * repeats**2 / (repeats - 1)
        disturbance = min(JUMP_SHARE * rows_part, REPEATS_SHARE * folds * spread)
    gross = factor * float((np.bincount(fit, residuals) ** 2).sum())
    fits_part = max(0.0, gross - factor * float(residuals @ residuals))
    if folds > 1:
        rows_part *= 1 + TRAINING_SHARE / (folds - 1)
    variance = RowVariance(
        rows_part, fits_part if fit_count > 1 else 0.0, 0.0, unseen,
        row_freedom, max(1.0, fit_count - 1.0), gross, effects, np.unique(values.row),
    )  # fmt: skip
    return variance, disturbance if folds > 1 else 0.0


def _sums_of_cells(values: RowValues, deviations: Values) -> tuple[Indices, Indices, Values]:
    """Sum over the cells of one row, or group of rows, in one fit, and number both from 0."""
    row = np.unique(values.row, return_inverse=True)[1].astype(np.int64)
    fit = np.unique(values.fit, return_inverse=True)[1].astype(np.int64)
    keys = fit * (int(row.max()) + 1) + row
    cells, first, place = np.unique(keys, return_index=True, return_inverse=True)
    if len(cells) == len(keys):
        return row, fit, deviations
    return row[first], fit[first], np.bincount(place, deviations).astype(np.float64)


def _rows_part(effects: Values) -> tuple[float, float, float]:
    """Return the variance of the sum of effects, that of one unseen row, and the freedom.

    The freedom comes from the fourth moment: few rows that count give few degrees.
    """
    count = len(effects)
    squares = float(effects @ effects)
    if not squares or count < 2:
        return 0.0, 0.0, max(1.0, count - 1.0)
    fourth = float((effects**2) @ (effects**2))
    noise = max(fourth - squares**2 / count, 2 * squares**2 / count**2)
    freedom = max(1.0, min(count - 1.0, 2 * squares**2 / noise))
    return squares * count / (count - 1), fourth / squares, freedom


def _with_training(variance: RowVariance, training: float) -> RowVariance:
    return replace(variance, training=training)
