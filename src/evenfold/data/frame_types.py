"""What the type of a DataFrame's column says that its cells are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from evenfold.data.columns import Column
from evenfold.data.date_cells import days_since_epoch, period_days

if TYPE_CHECKING:
    import pandas as pd

# Types whose numbers are not changed by float64, or that a file holds in digits that say the same.
EXACT = ("float64", "int64")
ARROW_DATES = ("date32", "date64", "timestamp")


def typed_values(series: pd.Series[Any]) -> Column:
    """Return a column with its role and values by its type, and without its text.

    Parameters
    ----------
    series
        The cells. Those of text, objects and further types are left to be read as text.
    """
    import pandas as pd
    from pandas.api import types

    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        if not dtype.ordered:
            return Column(list, role="category")
        codes = series.cat.codes.to_numpy().astype(np.float64)
        codes[codes < 0] = np.nan
        return Column(list, codes, "ordinal", tuple(map(str, dtype.categories)))
    if types.is_bool_dtype(dtype):
        truth: Any = series.astype("boolean")
        return Column(list, truth.to_numpy(np.float64, na_value=np.nan), "boolean")
    if isinstance(dtype, pd.PeriodDtype):
        return Column(list, period_days(series), "date")
    if types.is_datetime64_any_dtype(dtype) or str(dtype).startswith(ARROW_DATES):
        if str(dtype).endswith("[pyarrow]"):  # which pandas 1.5 cannot calculate with
            series = series.astype(object).where(series.notna(), None)
        return Column(list, days_since_epoch(series), "date")
    if types.is_timedelta64_dtype(dtype):
        return Column(list, series.to_numpy() / np.timedelta64(1, "D"))
    # float32 is read by its text, as from a file: 0.1, not 0.10000000149011612.
    if str(dtype) in EXACT:
        return Column(list, series.to_numpy(np.float64))
    return Column(list)
