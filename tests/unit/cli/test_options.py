"""Values of options as people write them."""

from __future__ import annotations

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenfold.cli.options import duration, share
from strategies import PROPERTY


@pytest.mark.parametrize(
    ("text", "seconds"), [("120", 120), ("120s", 120), ("2m", 120), ("2 min", 120), ("1.5h", 5400)]
)
def test_durations(text, seconds):
    assert seconds == duration(text)


@pytest.mark.parametrize(("text", "value"), [("2%", 0.02), ("0.5 %", 0.005), ("0.02", 0.02)])
def test_shares(text, value):
    assert value == share(text)


@PROPERTY
@given(st.floats(0, 0.99), st.floats(0.01, 1e6))
def test_numbers_are_themselves(value, seconds):
    assert pytest.approx(value) == share(f"{value:.12f}")
    assert pytest.approx(seconds) == duration(f"{seconds:.12f}s")


@pytest.mark.parametrize("text", ["", "s", "0", "-1s", "1d", "nan", "inf", "1e3", "1,5s"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(click.BadParameter, match=r"write 120s, 2m or 1\.5h"):
        duration(text)


@pytest.mark.parametrize("text", ["", "%", "-1%", "nan", "two"])
def test_what_is_no_share_is_refused(text):
    with pytest.raises(click.BadParameter, match=r"write 2% or 0\.02"):
        share(text)


def test_a_margin_of_two_is_asked_after():
    with pytest.raises(click.BadParameter, match=r"'2' is 200 %: write 2% or 0\.02"):
        share("2")
