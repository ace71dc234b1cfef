"""No cell of any table is nan, inf or None: what is missing is a dash."""

from __future__ import annotations

import math
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.bench import inference, training
from builders.races import changed, race, trial
from evenfold.bench.measurements import MEASUREMENTS
from evenfold.bench.record import read_benchmarks
from evenfold.bench.tables import bench_table
from evenfold.race.ratio_words import ratio_cell
from evenfold.race.selfcheck_record import summarize_trials
from evenfold.race.selfcheck_tables import trial_table
from evenfold.race.tables import race_table, race_text, side_by_side_table
from evenfold.render.cells import NONE, MedianRange, change_cell, number
from evenfold.render.notebook import html_table
from evenfold.render.tables import write
from evenfold.report.page import page
from evenfold.report.parts import Section, Table
from evenfold.stats.race_ratios import Estimate
from strategies import PROPERTY

WRONG_WORDS = re.compile(r"\b(nan|NaN|inf|None|NaT)\b")
ANY_FLOAT = st.floats(allow_nan=True, allow_infinity=True)


@PROPERTY
@given(ANY_FLOAT, ANY_FLOAT, ANY_FLOAT, st.sampled_from([None, 0, 1, 4]))
def test_a_number_is_a_number_or_a_dash(middle, low, high, digits):
    for text in (number(middle, digits), str(MedianRange(middle, low, high, digits))):
        assert not WRONG_WORDS.search(text)
        assert text
    assert (number(middle, digits) == NONE) == (not math.isfinite(middle))


@PROPERTY
@given(st.lists(st.one_of(ANY_FLOAT, st.none(), st.integers(), st.just("x")), min_size=1))
def test_whatever_a_cell_holds_every_format_writes_a_dash_where_nothing_is(values):
    table = pd.DataFrame({"name": ["m"] * len(values), "value": pd.Series(values, dtype=object)})
    for style in ("markdown", "table"):
        assert not WRONG_WORDS.search(write(table, style))
    html = page([Section("", [Table(table)])])
    assert not WRONG_WORDS.search("".join(re.findall(r"<td.*?</td>", html, re.DOTALL)))
    missing = table[[value is None for value in values]]
    assert not WRONG_WORDS.search(html_table(missing, ""))


@pytest.mark.parametrize("launches", range(1, 6))
@pytest.mark.parametrize("judged", [(), (5,)])
def test_a_race_of_few_launches_has_dashes_where_it_has_no_interval(launches, judged):
    found = race(launches=launches, judged=judged)
    for table in (race_table(found), side_by_side_table([found, changed(found, name="other")])):
        assert not WRONG_WORDS.search(write(table, "markdown"))
    assert not WRONG_WORDS.search(race_text(found, "markdown"))


@PROPERTY
@given(ANY_FLOAT, ANY_FLOAT)
def test_an_end_of_a_ratio_that_is_nowhere_is_a_dash(low, high):
    assert not WRONG_WORDS.search(ratio_cell(Estimate(1.0, low, high)))


def test_a_self_check_of_one_race_has_dashes():
    table = trial_table(summarize_trials([trial(0.0, "undecided", float("nan"))]))
    assert not WRONG_WORDS.search(write(table, "markdown"))


def test_a_bench_run_without_an_inference_has_dashes():
    table = bench_table(read_benchmarks([training(), inference("predict", 1, 0.04, "other")]))
    text = write(table, "markdown")
    assert not WRONG_WORDS.search(text)
    assert text.count(NONE) >= len(MEASUREMENTS) - 2


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [(0.0483, 0.0831, "48.3 → 83.1 ms"), (0.95, 1.2, "950 ms → 1.20 s"), (2, 1.5, "2.00 → 1.50 s")],
)
def test_times_before_and_after_share_a_unit_where_they_have_one(before, after, text):
    assert text == change_cell(before, after)
