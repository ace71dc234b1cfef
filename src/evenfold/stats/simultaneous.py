"""Levels at which several intervals hold at once: those of a table's contenders.

References
----------
Hothorn, T., Bretz, F. and Westfall, P. (2008). Simultaneous inference in general parametric models.
Biometrical Journal 50, 346-363.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

DRAWS = 40_000
# Bonferroni's level is so near for more contenders that drawing them is not worth the time.
MOST_CONTENDERS = 60


def simultaneous_level(effects: NDArray[np.float64], error: float = 0.05) -> float:
    """Return the error of each interval, such that any of them fails with the given probability.

    Comparisons with one reference share its rows, so that their errors go together, and each
    interval may be a little narrower than Bonferroni's.

    Parameters
    ----------
    effects
        The effect of each row on each difference, shape ``(contenders, rows)``.
    error
        The probability that any interval misses.

    Returns
    -------
    float
        Between ``error / contenders`` and ``error``.
    """
    from scipy.special import ndtr

    contenders = len(effects)
    if contenders <= 1:
        return error
    bonferroni = error / contenders
    if contenders > MOST_CONTENDERS:
        return bonferroni
    sizes = np.sqrt((effects**2).sum(axis=1))
    safe = np.where(sizes > 0, sizes, 1)
    correlations = (effects / safe[:, None]) @ (effects / safe[:, None]).T
    np.fill_diagonal(correlations, 1.0)
    values, vectors = np.linalg.eigh(correlations)
    root = vectors * np.sqrt(np.maximum(values, 0))
    draws = _normal_draws(contenders) @ root.T
    critical = np.quantile(np.abs(draws).max(axis=1), 1 - error)
    return float(np.clip(2 * ndtr(-critical), bonferroni, error))


@lru_cache(maxsize=4)
def _normal_draws(contenders: int) -> NDArray[np.float64]:
    """Return independent normal numbers, shape ``(DRAWS, contenders)``."""
    return np.random.default_rng(0).standard_normal((DRAWS, contenders))
