"""Dates are the same number of days in every version of pandas, from year 1 to year 9999."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenfold.data.date_cells import dates, days_since_epoch, period_days
from evenfold.data.frames import from_frame
from evenfold.data.table_options import TableOptions
from strategies import PROPERTY

EPOCH = date(1970, 1, 1)
LAST = (date(9999, 12, 31) - EPOCH).days
FIRST = (date(1, 1, 1) - EPOCH).days


def frame(cells):
    return pd.DataFrame({"a": cells, "y": ["m", "n", "m"]})


@pytest.mark.parametrize(
    "cells",
    [
        ["9999-12-31", "0001-01-01", None],
        ["31.12.9999", "1.1.0001", None],
        ["9999-12-31 00:00", "0001-01-01 00:00", None],
        [date(9999, 12, 31), date(1, 1, 1), None],
        [datetime(9999, 12, 31), datetime(1, 1, 1), None],
    ],
    ids=["text", "day first", "with time", "date", "datetime"],
)
def test_dates_that_nanoseconds_cannot_hold_are_read(cells):
    """9999-12-31 is what many systems write for an open end."""
    found = from_frame(frame(pd.Series(cells, dtype=object)), TableOptions("y"))
    assert "date" == found.columns[0].role
    np.testing.assert_array_equal([LAST, FIRST, np.nan], found.x[:, 0])


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
@pytest.mark.parametrize("zone", [None, "UTC"])
def test_moments_of_other_units_are_read(unit, zone):
    if pd.__version__.startswith("1."):
        pytest.skip("this pandas has nanoseconds alone")
    cells = pd.Series(np.array(["9999-12-31", "0001-01-01", "NaT"], dtype=f"M8[{unit}]"))
    found = from_frame(frame(cells.dt.tz_localize(zone)), TableOptions("y"))
    np.testing.assert_array_equal([LAST, FIRST, np.nan], found.x[:, 0])


def test_moments_of_pyarrow_are_read():
    pytest.importorskip("pyarrow")
    if not hasattr(pd, "ArrowDtype"):
        pytest.skip("this pandas has no types of pyarrow")
    cells = pd.Series([date(9999, 12, 31), date(1, 1, 1), None], dtype="date32[pyarrow]")
    found = from_frame(frame(cells), TableOptions("y"))
    np.testing.assert_array_equal([LAST, FIRST, np.nan], found.x[:, 0])


@pytest.mark.parametrize("kind", ["D", "M", "Y", "h"])
def test_periods_that_nanoseconds_cannot_hold_are_read(kind):
    """Such a column was a traceback."""
    days = [pd.Period(year=9999, month=1, day=1, hour=0, freq=kind), pd.NaT]
    expected = [(date(9999, 1, 1) - EPOCH).days, np.nan]
    np.testing.assert_array_equal(expected, period_days(pd.Series(days, dtype=f"period[{kind}]")))


@PROPERTY
@given(
    moment=st.datetimes(),
    style=st.sampled_from(["%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M", "%Y/%m/%d", "%Y-%m-%dT%H:%M:%S"]),
)
def test_every_moment_is_that_of_python(moment, style):
    """To the last bit, whatever pandas holds it in."""
    text = moment.strftime(style).replace(moment.strftime("%Y"), f"{moment.year:04d}", 1)
    span = datetime.strptime(text, style) - datetime(1970, 1, 1)
    found = dates([text, text])
    assert found is not None
    if found.days is None:
        assert "month first" in found.fault
    else:
        assert [span / timedelta(days=1)] * 2 == found.days.tolist()


@PROPERTY
@given(st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1)))
def test_a_unit_does_not_change_a_moment(moment):
    seconds = moment.replace(microsecond=0)
    found = [
        days_since_epoch(pd.Series(np.array([seconds], dtype=f"M8[{unit}]")))[0]
        for unit in ("s", "ms", "us", "ns")
    ]
    assert 1 == len(set(found))


def test_an_offset_may_lead_out_of_the_calendar():
    found = dates(["0001-01-01T00:00:00+02:00", "9999-12-31T23:00:00-02:00"])
    assert [FIRST - 2 / 24, LAST + 25 / 24] == pytest.approx(found.days.tolist(), abs=1e-9)


@pytest.mark.parametrize(
    "cells",
    [
        ["2020-01-05", "2020-01"],
        ["2020-01-05", "2020-1"],
        ["2020-01-05", "2020-05-01 10:00"],
        ["2020-01-05", "2020-05-01T10"],
        ["2020-05-01 10:00", "2020-05-01 10:00:05"],
        ["2020/01/05", "2020/01"],
    ],
)
def test_a_format_fits_whole_cells(cells):
    """Pandas 1.5 reads parts of an ISO date, and more than the format, as a date."""
    found = dates(cells)
    assert found is None or found.days is None


@pytest.mark.parametrize("cells", [["2020-01", "2021-02"], ["2020-13-01"], ["2020-02-30"]])
def test_what_is_no_day_is_no_date(cells):
    assert dates(cells) is None


def test_zones_are_those_of_utc():
    moments = pd.Series([datetime(1970, 1, 2, tzinfo=timezone(timedelta(hours=2)))], dtype=object)
    assert [22 / 24] == days_since_epoch(moments).tolist()
