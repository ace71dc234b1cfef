"""What differs between two trainings, or between two samples of trainings.

Two samples of the same seeds, so of the same initial weights, are compared in log loss, accuracy,
last loss and norm of the weights, each with the paired t-test of means and the two-sample
Kolmogorov-Smirnov test. The smallest p-value times the number of tests is that of equal
distributions (Bonferroni).
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
    """What a training left behind: arrays by quantity, and the optimizer's variables."""

    arrays: dict[str, np.ndarray]
    optimizer: tuple[np.ndarray, ...] = ()

    def difference(self, other: Trained) -> tuple[float, str]:
        """The largest difference, absolute and relative at once, and what it is of."""
        only_one = set(self.arrays) ^ set(other.arrays)
        if only_one:
            return np.inf, "quantities " + ", ".join(sorted(only_one))
        pairs = {name: (a, other.arrays[name]) for name, a in self.arrays.items()}
        # Engines may keep slots for weights that are not trained: then only the rest is compared.
        ours, theirs = (set(map(np.shape, side.optimizer)) for side in (self, other))
        if len(self.optimizer) == len(other.optimizer) and ours == theirs:
            for i, pair in enumerate(zip(self.optimizer, other.optimizer, strict=True)):
                pairs[f"optimizer variable {i}"] = pair
        return max((_difference(*pair), name) for name, pair in pairs.items())


def trained(model: Any, history: Any, outputs: Any) -> Trained:
    """What a training left behind."""
    arrays = {f"history of {name}": np.asarray(values) for name, values in history.items()}
    arrays["predictions"] = np.asarray(outputs)
    for i, weights in enumerate(model.get_weights()):
        arrays[f"weight {i}"] = np.asarray(weights)
    slots = (np.asarray(variable) for variable in optimizers.variables(model.optimizer))
    return Trained(arrays, tuple(slots))


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
        if np.abs(a - b).max() <= 1e-5 * (1 + np.abs(a).max()):
            continue
        values.append((float(stats.ttest_rel(a, b).pvalue), name))
        values.append((float(stats.ks_2samp(a, b).pvalue), name))
    p, name = min(values, default=(1.0, ""))
    return min(1.0, p * TESTS * len(QUANTITIES)), name


def detectable_shift(level: float, power: float = 0.9) -> float:
    """Mean difference, in standard deviations of differences, that the t-test finds so often."""
    single = level / (TESTS * len(QUANTITIES))
    freedom = SEEDS - 1
    critical = stats.t.isf(single / 2, freedom)

    def missed(shift: float) -> float:
        return float(stats.nct.cdf(critical, freedom, shift * np.sqrt(SEEDS)))

    shifts = np.arange(0.01, 3, 0.01)
    return float(next(shift for shift in shifts if missed(shift) <= 1 - power))
