"""What of an axis is seen: a model that is told apart, and far off, is named instead of drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evenfold.render.charts import Axes, plain, records

if TYPE_CHECKING:
    import pandas as pd

ROOM = 0.08  # beside what is shown, as a share of it


@dataclass(frozen=True)
class Sight:
    """``ends`` of an axis, None for all that there is; ``note`` names who is beyond them."""

    ends: tuple[float, float] | None = None
    note: str = ""

    def show(self, axes: Axes, direction: str) -> None:
        """Sets the axis (``x`` or ``y``), and says who is out of sight."""
        if self.ends is not None:
            axes.set(**{f"{direction}lim": self.ends})
        if self.note:
            axes.text(0.01, 0.02, plain(self.note), transform=axes.transAxes, fontsize="small")

    @property
    def scale(self) -> dict[str, Any]:
        """The same of a chart's axis."""
        return {"zero": False, **({"domain": list(self.ends)} if self.ends else {})}

    @property
    def title(self) -> dict[str, Any]:
        """The same of a chart: part of its top level."""
        told = {"text": self.note, "anchor": "start", "fontWeight": "normal", "fontSize": 11}
        return {"title": told} if self.note else {}


def sight(table: pd.DataFrame, apart: Sequence[str], place: str, spans: Sequence[str]) -> Sight:
    """What holds the columns ``spans`` of all models but those ``apart``, and names the others.

    ``table`` has a ``model``; a model is beyond the ends by its ``place``. All is seen where there
    are no others, or none apart.
    """
    is_apart = table["model"].isin(list(apart))
    values = table.loc[~is_apart, list(spans)].to_numpy(np.float64)
    if not is_apart.any() or not values.size:
        return Sight()
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    room = (high - low) * ROOM or ROOM
    ends = low - room, high + room
    beyond = table[~table[place].between(*ends)].drop_duplicates("model")
    names = ", ".join(f"{row['model']} {row[place]:.4f}" for row in records(beyond))
    return Sight(ends, f"out of sight: {names}" if names else "")
