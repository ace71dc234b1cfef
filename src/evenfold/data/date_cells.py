"""Cells that are dates, as days since 1970-01-01."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
MOST_TRIED = 50
DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y",
        "%d.%m.%y", "%d/%m/%y", "%m/%d/%y",
        "%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y")  # fmt: skip
TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", "T%H:%M", "T%H:%M:%S", "T%H:%M:%S.%f",
         "T%H:%M:%S%z", " %H:%M:%S%z", "T%H:%M:%S.%f%z", " %H:%M:%S.%f%z")  # fmt: skip
A_DATE = re.compile(r"\d{4}[-/]\d|\d{1,2}[-./ ](\d|[A-Za-z]{3})|[A-Za-z]{3,9} \d{1,2}, \d{4}")
# What the parts of a format match. Pandas 1.5 also reads 2020-01 by %Y-%m-%d.
PARTS = {
    "%Y": r"\d{4}", "%y": r"\d{2}", "%m": r"\d{1,2}", "%d": r"\d{1,2}", "%b": "[A-Za-z]{3}",
    "%B": "[A-Za-z]{3,9}", "%H": r"\d{1,2}", "%M": r"\d{1,2}", "%S": r"\d{1,2}",
    "%f": r"\d{1,9}", "%z": r"(Z|[+-]\d{2}(:?\d{2})?)",
}  # fmt: skip
SECONDS_A_DAY = 86_400
# The ticks of a second of the types that hold moments, but nanoseconds: these become microseconds,
# so that a moment is the same number of days in every version of pandas.
TICKS = {"s": 1, "ms": 10**3, "us": 10**6}
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, eq=False)
class Dates:
    """Values as days since 1970-01-01, or why they cannot be.

    Parameters
    ----------
    days
        The days of each value with the time as a part of a day; None where they are uncertain.
    fault
        Why they are uncertain: several formats, or one that two orders of day and month fit.
    """

    days: Floats | None
    fault: str = ""


def dates(values: Sequence[str]) -> Dates | None:
    """Return the days of values that are all dates of one format; None if they are no dates."""
    if not values or not all(map(A_DATE.match, values)):
        return None
    readings = [days for days in _readings(values) if not np.isnan(days).any()]
    if len(readings) > 1 and not np.array_equal(readings[0], readings[1]):
        return Dates(None, "fit with the day first and with the month first")
    if readings:
        return Dates(readings[0])
    if all(next(_readings([value]), None) is not None for value in values[:MOST_TRIED]):
        return Dates(None, "are in several formats")
    return None


def _readings(values: Sequence[str]) -> Iterator[Floats]:
    """Yield the days by each format that fits the first value, NaN where it does not fit."""
    for day in DAYS:
        for time in TIMES:
            style = day + time
            if not np.isnan(_read_days(values[:1], style)).any():
                yield _read_days(values, style)


def _read_days(values: Sequence[str], style: str) -> Floats:
    """Return the days of values that a format fits, and NaN of the others."""
    import pandas as pd

    days = np.full(len(values), np.nan)
    pattern = _pattern(style)
    fits = [n for n, value in enumerate(values) if pattern.fullmatch(value)]
    if fits:
        texts = pd.Series([values[n] for n in fits], dtype=object)
        moments = pd.to_datetime(texts, format=style, errors="coerce", utc=True, exact=True)
        days[fits] = days_since_epoch(moments)
    # Of nanoseconds, as versions of pandas before 3 have them, the years are 1678 to 2261.
    for n in fits:
        if np.isnan(days[n]):
            days[n] = _distant_day(values[n], style)
    return days


def _pattern(style: str) -> re.Pattern[str]:
    parts = re.split("(%[A-Za-z])", style)
    return re.compile("".join(PARTS.get(part) or re.escape(part) for part in parts))


def _distant_day(value: str, style: str) -> float:
    """Return the days of a date of any year from 1 to 9999, NaN of what is no date."""
    try:
        moment = datetime.strptime(value, style)
    except ValueError:
        return float("nan")
    return _python_day(moment)


def _python_day(moment: datetime) -> float:
    # Not by astimezone, which ends at the years 1 and 9999.
    offset = moment.utcoffset() or timedelta()
    span = moment.replace(tzinfo=timezone.utc) - EPOCH - offset
    return span / timedelta(days=1)


def days_since_epoch(moments: pd.Series[Any]) -> Floats:
    """Return days since 1970-01-01 of a series of moments, NaN where one is missing."""
    import pandas as pd

    if moments.dtype == object:
        found = [np.nan if moment is None else _object_day(moment) for moment in moments]
        return np.array(found, dtype=np.float64)
    if isinstance(moments.dtype, pd.DatetimeTZDtype):
        moments = moments.dt.tz_convert(None)
    ticks = moments.to_numpy()
    missing = np.isnat(ticks)
    unit = np.datetime_data(ticks.dtype)[0]
    numbers = ticks.view(np.int64)
    if unit == "ns":
        unit, numbers = "us", numbers // 1000
    days: Floats = numbers / np.float64(TICKS[unit] * SECONDS_A_DAY)
    days[missing] = np.nan
    return days


def _object_day(moment: Any) -> float:
    """Return the days of a date, or of a moment with its time."""
    if isinstance(moment, datetime):
        return _python_day(moment)
    return float((moment - EPOCH.date()).days)


def period_days(periods: pd.Series[Any]) -> Floats:
    """Return the days since 1970-01-01 on which periods start, NaN where one is missing."""
    import pandas as pd

    try:
        return days_since_epoch(periods.dt.to_timestamp())
    except pd.errors.OutOfBoundsDatetime:
        starts = periods.dt
        seconds = starts.hour * 3600.0 + starts.minute * 60.0 + starts.second
        first: Any = starts.asfreq("D", how="start")
        days = first.astype("int64").to_numpy() + seconds.to_numpy(np.float64) / SECONDS_A_DAY
        return np.where(periods.isna(), np.nan, days)
