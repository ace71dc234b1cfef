"""Drawings in the cells of a page's tables: where an interval's ends and its mark are."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenfold.render.glyphs import (
    EDGE,
    PATHS,
    WIDTH,
    IntervalAxis,
    drawn_axis,
    drawn_interval,
    mark,
)
from evenfold.render.theme import COLOURS, SHAPES
from strategies import PROPERTY

AXIS = IntervalAxis(0.9, 1.0, 0.95)
values = st.floats(0.9, 1.0)


@PROPERTY
@given(st.lists(values, min_size=3, max_size=3).map(sorted), st.integers(0, 80))
def test_ends_and_mark_are_in_order_inside_the_drawing(ends, place):
    drawing = drawn_interval(AXIS, *ends, place)
    x1, x2 = map(float, re.search(r'x1="([\d.]+)" x2="([\d.]+)" y1="9', drawing).groups())
    middle = float(re.search(r"translate\(([\d.]+) ", drawing)[1])
    assert EDGE <= x1 <= middle <= x2 <= WIDTH - EDGE
    assert x1 == pytest.approx(EDGE + (ends[0] - 0.9) / 0.1 * (WIDTH - 2 * EDGE), abs=0.06)
    assert f"var(--model-{place % len(COLOURS)})" in drawing
    assert PATHS[SHAPES[place % len(SHAPES)]] in drawing


def test_off_the_axis_there_is_no_mark_and_without_an_interval_no_line():
    assert "<path" not in drawn_interval(AXIS, 0.5, 0.6, 0.7, 0)
    alone = drawn_interval(AXIS, math.nan, 0.96, math.nan, 0)
    assert "<path" in alone
    assert "stroke-width" not in alone
    assert 'class="line"' in alone
    assert 'class="line"' not in drawn_interval(IntervalAxis(0, 1), 0.1, 0.2, 0.3, 0)


def test_an_axis_has_its_ends_and_its_line_where_there_is_room():
    assert ["0.900", "1.000", "0.950"] == re.findall(r">([\d.]+)<", drawn_axis(AXIS, 3))
    assert ["0.90", "1.00"] == re.findall(r">([\d.]+)<", drawn_axis(IntervalAxis(0.9, 1, 0.99), 2))
    one_value = IntervalAxis(0.9, 0.9)
    assert WIDTH / 2 == one_value.place(0.9)


def test_every_shape_of_the_theme_has_a_path():
    assert set(SHAPES) == set(PATHS)
    assert len({mark(place) for place in range(70)}) == 70
