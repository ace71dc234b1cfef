"""Folds: the arrays of a split, scaled by its training rows alone, in a model's layout."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenfold.contract import LAYOUTS, Fold, Layout, Task
from evenfold.data.datasets import Dataset
from evenfold.data.splits import Indices, Split
from evenfold.errors import DataError, UsageError

Array = NDArray[np.float64]

# Above this the difference of two values overflows float64.
LARGEST_INPUT = 1e300
# Keras models get float32: larger values are refused for every model alike.
LARGEST_SCALED = float(np.finfo(np.float32).max)


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


def to_layout(x: Array, layout: Layout) -> Array:
    """Return rows in a layout; values and their order stay the same.

    Tables become ``(rows, features)`` if flat and ``(rows, features, 1)`` as a sequence. Series
    become ``(rows, steps x channels)`` if flat, and stay ``(rows, steps, channels)`` as a sequence.
    """
    if layout not in LAYOUTS:
        raise UsageError(f"no layout {layout!r}: one of {', '.join(LAYOUTS)}")
    if layout == "flat":
        return x.reshape(len(x), int(np.prod(x.shape[1:])))
    return x if x.ndim == 3 else x[:, :, np.newaxis]


def make_fold(dataset: Dataset, split: Split, layout: Layout) -> Fold:
    """Return the split's rows, scaled and in the layout.

    Raises
    ------
    DataError
        If a value, or a scaled value, is too large; the message names its row and column.
    """
    too_large = np.abs(dataset.x) > LARGEST_INPUT
    _refuse(too_large, dataset, np.arange(len(dataset.x)), "is too large: use another unit")
    scaler = Scaler.fit(dataset.x[split.train])
    parts = []
    for rows in (split.train, split.test):
        scaled = scaler.apply(dataset.x[rows])
        too_far = ~(np.abs(scaled) <= LARGEST_SCALED)
        advice = "is too far from the training rows to be scaled into float32: remove the outlier"
        _refuse(too_far, dataset, rows, advice)
        parts.append(to_layout(scaled, layout))
    x_train, x_test = parts
    return Fold(
        task=Task(x_train.shape[1:], dataset.n_classes),
        layout=layout,
        x_train=x_train,
        y_train=dataset.y[split.train],
        x_test=x_test,
    )


def _refuse(invalid: NDArray[np.bool_], dataset: Dataset, rows: Indices, advice: str) -> None:
    if invalid.any():
        row, *more = (int(index) for index in np.argwhere(invalid)[0])
        place = (int(rows[row]), *more)
        raise DataError(f"{dataset.name}: {dataset.where(place)} ({dataset.x[place]:g}) {advice}")
