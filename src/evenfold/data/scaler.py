"""Scaling of columns to mean 0 and standard deviation 1, by training rows, at full precision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scaler:
    """Scale columns to mean 0 and standard deviation 1 over the training rows.

    A constant column becomes 0. The statistics are those of ``StandardScaler``, after each column
    is shifted by its first training row and divided by a power of two. Both steps are exact or
    nearly so, and keep the precision that a large offset or an extreme unit would cost.
    """

    shift: Array
    exponent: NDArray[np.int64]
    mean: Array
    scale: Array

    @classmethod
    def fit(cls, x: Array) -> Scaler:
        """Fit to ``x``, float64 of shape ``(rows, features)`` with at least one row.

        For series, ``(rows, steps, channels)``, statistics are per channel, over rows and steps.
        """
        from sklearn.preprocessing import StandardScaler

        x = x.reshape(-1, x.shape[-1])
        shift = x[0].copy()
        with np.errstate(over="ignore"):
            shifted = x - shift
        _, exponent = np.frexp(np.abs(shifted).max(axis=0))
        statistics = StandardScaler().fit(np.ldexp(shifted, -exponent))
        return cls(shift, exponent.astype(np.int64), statistics.mean_, statistics.scale_)

    def apply(self, x: Array) -> Array:
        """Return ``x`` scaled, in the same shape; overflow gives infinities."""
        with np.errstate(over="ignore", invalid="ignore"):
            scaled: Array = (np.ldexp(x - self.shift, -self.exponent) - self.mean) / self.scale
        return scaled
