"""What differs between two trainings, or between two samples of trainings.

Two samples are compared in log loss, accuracy, last loss and norm of the weights, each with Welch's
test of means and the two-sample Kolmogorov-Smirnov test. The smallest p-value times the number of
tests is that of equal distributions (Bonferroni).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from evenfold.worker import optimizers

SEEDS = 60
QUANTITIES = ("log loss", "accuracy", "last loss", "norm of the weights")
TESTS = 2


@dataclass(frozen=True)
class Trained:
    """What a training left behind, as arrays by quantity."""

    arrays: dict[str, np.ndarray]

    def difference(self, other: Trained) -> tuple[float, str]:
        """The largest difference, absolute and relative at once, and what it is of."""
        if set(self.arrays) != set(other.arrays):
            return np.inf, "quantities " + ", ".join(sorted(set(self.arrays) ^ set(other.arrays)))
        differences = [
            (_difference(a, other.arrays[name]), name) for name, a in self.arrays.items()
        ]
        return max(differences)


def trained(model: Any, history: Any, outputs: Any) -> Trained:
    """What a training left behind."""
    arrays = {f"history of {name}": np.asarray(values) for name, values in history.items()}
    arrays["predictions"] = np.asarray(outputs)
    for i, weights in enumerate(model.get_weights()):
        arrays[f"weight {i}"] = np.asarray(weights)
    for i, variable in enumerate(optimizers.variables(model.optimizer)):
        arrays[f"optimizer variable {i}"] = np.asarray(variable)
    return Trained(arrays)


def _difference(a: np.ndarray, b: np.ndarray) -> float:
    if a.shape != b.shape:
        return np.inf
    if not a.size:
        return 0.0
    a, b = a.astype(np.float64), b.astype(np.float64)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore"):
        differences = np.where(same, 0.0, np.abs(a - b) / (1 + np.abs(b)))
    return float(np.nan_to_num(differences, nan=np.inf).max())


def distribution_test(ours: np.ndarray, theirs: np.ndarray) -> tuple[float, str]:
    """The p-value of equal distributions, corrected for its tests, and the quantity it is of."""
    values = []
    for i, name in enumerate(QUANTITIES):
        a, b = ours[:, i], theirs[:, i]
        spread = max(a.std(), b.std())
        if spread < 1e-7 * (1 + abs(a.mean())):
            values.append((float(abs(a.mean() - b.mean()) <= 1e-4), name))
            continue
        values.append((float(stats.ttest_ind(a, b, equal_var=False).pvalue), name))
        values.append((float(stats.ks_2samp(a, b).pvalue), name))
    p, name = min(values)
    return min(1.0, p * TESTS * len(QUANTITIES)), name


def detectable_shift(level: float, power: float = 0.9) -> float:
    """Shift of a mean, in standard deviations, that Welch's test finds with that probability."""
    single = level / (TESTS * len(QUANTITIES))
    freedom = 2 * SEEDS - 2
    critical = stats.t.isf(single / 2, freedom)

    def missed(shift: float) -> float:
        return float(stats.nct.cdf(critical, freedom, shift * np.sqrt(SEEDS / 2)))

    shifts = np.arange(0.01, 3, 0.01)
    return float(next(shift for shift in shifts if missed(shift) <= 1 - power))
