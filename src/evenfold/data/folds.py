"""A split applied: arrays scaled by the training rows alone, in a model's layout."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenfold.contract import LAYOUTS, Fold, Layout, Task
from evenfold.data.datasets import Dataset
from evenfold.data.splits import Indices, Split
from evenfold.errors import DataError, UsageError

Array = NDArray[np.float64]

# Beyond this the distance of two values overflows float64.
LARGEST_INPUT = 1e300
# A Keras model is handed float32: what does not fit there is refused for every model alike.
LARGEST_SCALED = float(np.finfo(np.float32).max)


@dataclass(frozen=True, eq=False)
class Scaler:
    """Mean 0 and deviation 1 over the rows it was fitted on; a constant column becomes 0.

    The statistics are ``StandardScaler``'s, of values first moved by each column's first
    training row and divided by a power of two. Both steps are exact or nearly so, and keep the
    precision that a large offset or an extreme unit would cost.
    """

    shift: Array
    exponent: NDArray[np.int64]
    mean: Array
    scale: Array

    @classmethod
    def fit(cls, x: Array) -> Scaler:
        """Statistics of ``x``, float64 of shape ``(rows, features)`` with at least one row.

        Of series, ``(rows, steps, channels)``, they are over rows and steps, one for each channel.
        """
        from sklearn.preprocessing import StandardScaler

        x = x.reshape(-1, x.shape[-1])
        shift = x[0].copy()
        with np.errstate(over="ignore"):
            moved = x - shift
        _, exponent = np.frexp(np.abs(moved).max(axis=0))
        statistics = StandardScaler().fit(np.ldexp(moved, -exponent))
        return cls(shift, exponent.astype(np.int64), statistics.mean_, statistics.scale_)

    def apply(self, x: Array) -> Array:
        """``x`` in units of the fitted deviation, same shape; overflow gives infinities."""
        with np.errstate(over="ignore", invalid="ignore"):
            scaled: Array = (np.ldexp(x - self.shift, -self.exponent) - self.mean) / self.scale
        return scaled


def to_layout(x: Array, layout: Layout) -> Array:
    """Rows of features as ``(rows, features)`` or, as a sequence, ``(rows, features, 1)``.

    Series, ``(rows, steps, channels)``, are a sequence as they are, and flat
    ``(rows, steps x channels)``. Values and their order stay the same.
    """
    if layout not in LAYOUTS:
        raise UsageError(f"no layout {layout!r}: one of {', '.join(LAYOUTS)}")
    if layout == "flat":
        return x.reshape(len(x), int(np.prod(x.shape[1:])))
    return x if x.ndim == 3 else x[:, :, np.newaxis]


def make_fold(dataset: Dataset, split: Split, layout: Layout) -> Fold:
    """The split's rows, scaled and laid out.

    Raises DataError, naming column and row, when a value, or a scaled one, is too large to be used.
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


def _refuse(bad: NDArray[np.bool_], dataset: Dataset, rows: Indices, advice: str) -> None:
    if bad.any():
        row, *more = (int(index) for index in np.argwhere(bad)[0])
        place = (int(rows[row]), *more)
        raise DataError(f"{dataset.name}: {dataset.where(place)} ({dataset.x[place]:g}) {advice}")
