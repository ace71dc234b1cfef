"""Limits of an axis without references that are far off, which are named instead of drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenfold.render.charts import Spec, records
from evenfold.stats.score_scales import Scale

if TYPE_CHECKING:
    import pandas as pd

MARGIN = 0.08  # beside the values, as a share of their range
ROOM = 0.01  # beyond a bound, so that a mark at the bound is whole


@dataclass(frozen=True)
class AxisLimits:
    """The limits of an axis.

    Parameters
    ----------
    ends
        Least and greatest value of the axis; None where everything is drawn.
    note
        Names the models that are off scale, with their values.
    beyond
        Those models.
    """

    ends: tuple[float, float] | None = None
    note: str = ""
    beyond: tuple[str, ...] = ()

    def drawn(self, models: Sequence[str]) -> list[str]:
        """Return the models that are not off scale: a legend names no others."""
        return [model for model in models if model not in self.beyond]

    @property
    def scale(self) -> Spec:
        """The Vega-Lite scale of the axis."""
        return {"zero": False, **({"domain": list(self.ends)} if self.ends else {})}


def limits_without(
    table: pd.DataFrame,
    far: Sequence[str],
    place: str,
    spans: Sequence[str],
    scale: Scale,
) -> AxisLimits:
    """Limit an axis to the values of all models but some.

    Parameters
    ----------
    table
        One or more rows per ``model``.
    far
        The models that may be off scale.
    place
        The column that decides whether a model is off scale.
    spans
        The columns that the axis must hold.
    scale
        The range of possible values: the axis ends close to its ends.

    Returns
    -------
    AxisLimits
        Without ends where there are no other models, or none of ``far``.
    """
    is_far = table["model"].isin(list(far))
    values = table.loc[~is_far, list(spans)].to_numpy(np.float64)
    if not is_far.any() or not values.size:
        return AxisLimits()
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    margin, room = (high - low) * MARGIN or MARGIN, (high - low) * ROOM
    ends = max(low - margin, scale.low - room), min(high + margin, scale.high + room)
    is_beyond = ~table[place].between(*ends)
    is_beyond = is_beyond.groupby(table["model"], observed=True).transform("all")
    beyond = table[is_beyond].drop_duplicates("model")
    names = ", ".join(f"{row['model']} {row[place]:.4f}" for row in records(beyond))
    note = f"off scale: {names}" if names else ""
    return AxisLimits(ends, note, tuple(str(model) for model in beyond["model"]))
