"""Table of the exponents by which costs grow, and the points that were not measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenfold.bench.scaling_record import Scaling, Series
from evenfold.render.cells import NONE
from evenfold.render.media import sentence_for_markdown

if TYPE_CHECKING:
    import pandas as pd

UNDETERMINED, TOO_FEW = "undetermined", "too few points"
# The name of a column, its quantities, and the number that they grow with.
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
of medians, profile t (Bates and Watts 1988). "{undetermined}": the fixed part hides the power law,
and the interval is open. Predictions: seconds of one batch. Training: an epoch after the first, of
an estimator the whole fit; against rows with {features:,} features, against features with {rows:,}
rows. A fit against epochs: {rows:,} rows and {features:,} features. Memory: the peak of a process
that trains a network for an epoch, or fits an estimator, with everything that it imports. What
takes long is measured once. An exponent holds for the measured range. Rows are synthetic;
{threads}. Models are measured one after the other, so there are no verdicts between them."""


def exponent_table(scaling: Scaling) -> pd.DataFrame:
    """Tabulate the fitted exponents.

    Returns
    -------
    DataFrame
        One row a model, one column a quantity and the number that it grows with; only those that
        were measured.
    """
    import pandas as pd

    columns = {
        name: {series.model: exponent(series) for series in scaling.select(quantities, against)}
        for name, quantities, against in COLUMNS
    }
    measured = {name: cells for name, cells in columns.items() if cells}
    models = dict.fromkeys(series.model for series in scaling.series if series.points)
    rows = [(model, *(cells.get(model, NONE) for cells in measured.values())) for model in models]
    return pd.DataFrame(rows, columns=["model", *measured])


def exponent(series: Series) -> str:
    """Format the fitted exponent with its interval, or the reason why there is none."""
    if series.fit is None:
        return TOO_FEW
    if not series.fit.is_determined:
        return UNDETERMINED
    return f"{series.fit.exponent:.2f} [{series.fit.low:.2f}, {series.fit.high:.2f}]"


def caption(scaling: Scaling) -> str:
    """Explain the numbers, and list the points that were left out, each with its first reason."""
    threads = scaling.settings.get("threads")
    text = CAPTION.format(
        undetermined=UNDETERMINED,
        features=scaling.settings["features"],
        rows=scaling.settings["training_rows"],
        threads="all threads" if threads is None else f"{threads} thread{'s' * (threads != 1)}",
    )
    left_out = [_left_out(series) for series in scaling.series if series.left_out]
    return "\n".join([text, "", *left_out]).rstrip()


def _left_out(series: Series) -> str:
    numbers = ", ".join(f"{left_out.n:,}" for left_out in series.left_out)
    where = f"{series.model}, {series.quantity} at {numbers} {series.against}"
    return "- " + sentence_for_markdown(f"{where}: {series.left_out[0].reason}")
