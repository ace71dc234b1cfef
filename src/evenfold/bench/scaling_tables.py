"""How costs grow, in words: a table of fitted exponents, and what was left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenfold.bench.scaling_record import Scaling, Series
from evenfold.render.cells import NONE
from evenfold.render.tables import escaped

if TYPE_CHECKING:
    import pandas as pd

NOT_TOLD, TOO_FEW = "not told", "too few points"
# A column's name, the quantities in it, and what they grow with.
COLUMNS = (
    ("predict, rows", ("predict",), "rows"),
    ("function, rows", ("function",), "rows"),
    ("training, rows", ("epoch", "fit"), "rows"),
    ("training, features", ("epoch", "fit"), "features"),
    ("fit, epochs", ("fit",), "epochs"),
    ("memory, rows", ("memory",), "rows"),
    ("memory, features", ("memory",), "features"),
)
CAPTION = """\
Exponents of cost = fixed + slope · n^exponent with 95 % intervals: least squares on the logarithms
of medians, profile t (Bates and Watts 1988). "{told}": what is fixed hides the power, and the
interval has no end. Predictions: seconds of one batch. Training: an epoch after the first, of an
estimator the whole fit; against rows {features:,} features, against features {rows:,} rows.
A fit against epochs: of {rows:,} rows with {features:,} features. Memory: the most that a process
held which trained a network for an epoch, or fitted an estimator, with all that it had imported.
What takes long was measured once.
An exponent is of the range that was measured. Rows are synthetic; {threads}. Measured one after
the other: no verdicts between models."""


def exponent_table(scaling: Scaling) -> pd.DataFrame:
    """One row a model, a column what its cost was measured against; only what was measured."""
    import pandas as pd

    columns = {
        name: {series.model: exponent(series) for series in scaling.select(quantities, against)}
        for name, quantities, against in COLUMNS
    }
    told = {name: cells for name, cells in columns.items() if cells}
    models = dict.fromkeys(series.model for series in scaling.series if series.points)
    rows = [(model, *(cells.get(model, NONE) for cells in told.values())) for model in models]
    return pd.DataFrame(rows, columns=["model", *told])


def exponent(series: Series) -> str:
    """The fitted exponent with its interval, or why there is none."""
    if series.fit is None:
        return TOO_FEW
    if not series.fit.is_determined:
        return NOT_TOLD
    return f"{series.fit.exponent:.2f} [{series.fit.low:.2f}, {series.fit.high:.2f}]"


def caption(scaling: Scaling) -> str:
    """What the numbers are, and the points that were left out, with the first reason of each."""
    threads = scaling.settings.get("threads")
    told = CAPTION.format(
        told=NOT_TOLD,
        features=scaling.settings["features"],
        rows=scaling.settings["training_rows"],
        threads="all threads" if threads is None else f"{threads} thread{'s' * (threads != 1)}",
    )
    left = [_left_out(series) for series in scaling.series if series.left_out]
    return "\n".join([told, "", *map(escaped, left)]).rstrip()


def _left_out(series: Series) -> str:
    numbers = ", ".join(f"{left.n:,}" for left in series.left_out)
    where = f"{series.model}, {series.quantity} at {numbers} {series.against}"
    return f"- {where}: {series.left_out[0].reason}"
