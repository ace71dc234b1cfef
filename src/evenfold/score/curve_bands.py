"""Curves of predictions: the median over repeats, with a band."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evenfold.render.charts import BAND
from evenfold.score.predictions import Predictions

if TYPE_CHECKING:
    import pandas as pd

Values = NDArray[np.float64]
# From the truth and the probabilities of a repeat, the values of a curve on a grid.
Curve = Callable[[Values, Values], Values]


def is_binary(predictions: Predictions) -> bool:
    """Return whether there are two classes, one of them the positive one."""
    return len(predictions.classes) == 2


def curve_bands(
    predictions: Predictions, curve: Curve, grid: Values, names: tuple[str, str]
) -> pd.DataFrame:
    """Compute a curve of each model: its median over repeats, and the band around it.

    Parameters
    ----------
    predictions
        Predictions of two classes.
    curve
        The curve of a repeat.
    grid
        Where the curve is computed, shape ``(points,)``.
    names
        The columns of the grid and of the median; those of the band are ``low`` and ``high``.
    """
    import pandas as pd

    parts = []
    for model, pairs in predictions.by_repeat.items():
        low, middle, high = _quantiles(np.array([curve(*pair) for pair in pairs]))
        columns = {names[0]: grid, names[1]: middle, "low": low, "high": high}
        parts.append(pd.DataFrame({"model": model, **columns}))
    return pd.concat(parts, ignore_index=True)


def _quantiles(curves: Values) -> tuple[Values, Values, Values]:
    """Low, median and high over repeats; NaN where no repeat has a value."""
    import pandas as pd

    found = pd.DataFrame(curves).quantile([BAND[0], 0.5, BAND[1]]).to_numpy()
    return found[0], found[1], found[2]
