"""Six words for an interval and a margin, on scores and on times."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evenfold.stats.verdicts import (
    NOT_SLOWER_VERDICTS,
    NOT_WORSE_VERDICTS,
    REVERSED,
    SCORE_VERDICTS,
    TIME_VERDICTS,
    detectable_difference,
    score_verdict,
    time_verdict,
    time_verdicts,
)
from strategies import PROPERTY

ENDS = st.floats(-1, 1)
MARGINS = st.floats(0, 0.5)
OF_TIMES = dict(zip(SCORE_VERDICTS, TIME_VERDICTS, strict=True))


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.011, 0.03, "better"),
        (-0.03, -0.011, "worse"),
        (-0.01, 0.01, "equivalent"),
        (-0.01, 0.03, "not worse"),
        (0.001, 0.02, "not worse"),
        (-0.03, 0.01, "not better"),
        (-0.02, -0.001, "not better"),
        (-0.011, 0.011, "undecided"),
        (0.01, 0.03, "not worse"),
    ],
)
def test_each_word_has_its_place(low, high, word):
    assert score_verdict(low, high, 0.01) == word


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [(0.001, 1, "better"), (0, 0, "equivalent"), (0, 1, "not worse"), (-1, 1, "undecided")],
)
def test_a_margin_of_0_gives_the_classical_question(low, high, word):
    assert score_verdict(low, high, 0.0) == word


@given(a=ENDS, b=ENDS, margin=MARGINS)
@settings(PROPERTY, max_examples=30)
def test_the_word_turns_with_the_difference(a, b, margin):
    low, high = sorted((a, b))
    word = score_verdict(low, high, margin)
    assert score_verdict(-high, -low, margin) == REVERSED[word]


@given(a=ENDS, b=ENDS, margin=MARGINS, truth=st.floats(0, 1))
@settings(PROPERTY, max_examples=30)
def test_no_word_claims_what_an_interval_that_holds_the_truth_excludes(a, b, margin, truth):
    low, high = sorted((a, b))
    true = min(max(low, low + truth * (high - low)), high)
    claims = {
        "better": true > margin,
        "worse": true < -margin,
        "equivalent": -margin <= true <= margin,
        "not worse": true >= -margin,
        "not better": true <= margin,
        "undecided": True,
    }
    assert claims[score_verdict(low, high, margin)]


@given(a=ENDS, b=ENDS, margin=MARGINS, shrink=st.floats(0, 1))
@example(a=1 / 3, b=-1.0, margin=1 / 3, shrink=1.0)
@settings(PROPERTY, max_examples=30)
def test_a_narrower_interval_never_takes_a_claim_back(a, b, margin, shrink):
    low, high = sorted((a, b))
    middle = (low + high) / 2
    # Rounding could put an end of it outside.
    inner = (
        max(low, middle + shrink * (low - middle)),
        min(high, middle + shrink * (high - middle)),
    )
    word, narrow = score_verdict(low, high, margin), score_verdict(*inner, margin)
    implied = {
        "undecided": set(SCORE_VERDICTS),
        "not worse": {"not worse", "better", "equivalent"},
        "not better": {"not better", "worse", "equivalent"},
    }
    assert narrow in implied.get(word, {word})


def test_without_an_interval_nothing_is_decided():
    assert score_verdict(math.nan, math.nan, 0.01) == "undecided"


def test_words_that_show_not_worse_exclude_a_difference_below_the_margin():
    assert set(NOT_WORSE_VERDICTS) == {"better", "equivalent", "not worse"}


@given(a=ENDS, b=ENDS, margin=MARGINS)
@settings(PROPERTY, max_examples=30)
def test_words_of_times_stand_for_those_of_scores(a, b, margin):
    low, high = sorted((a, b))
    word = score_verdict(low, high, math.log1p(margin))
    assert time_verdict(low, high, margin) == OF_TIMES[word]


def test_the_margin_of_a_ratio_is_as_far_below_1_as_above():
    edge = math.log1p(0.02)
    assert time_verdict(-edge, edge, 0.02) == "equivalent"
    assert time_verdict(edge + 1e-9, 1, 0.02) == "slower"
    assert time_verdict(-1, -edge - 1e-9, 0.02) == "faster"
    assert time_verdict(-edge, 1, 0.02) == "not faster"
    assert time_verdict(-1, edge, 0.02) == "not slower"


def test_many_ratios_have_the_words_of_each():
    lows = np.array([[-0.1, 0.1], [math.nan, -0.01]])
    highs = np.array([[0.1, 0.2], [math.nan, 0.01]])
    words = time_verdicts(lows, highs, 0.05)
    assert words.tolist() == [["undecided", "slower"], ["undecided", "equivalent"]]


def test_words_that_show_not_slower_stand_for_those_that_show_not_worse():
    assert {"faster", "equivalent", "not slower"} == set(NOT_SLOWER_VERDICTS)


@pytest.mark.parametrize("margin", [0.0, 0.01])
def test_an_interval_around_the_detectable_difference_starts_at_the_margin(margin):
    difference = detectable_difference(-0.02, 0.06, margin)
    assert difference == pytest.approx(margin + 0.04)
    assert score_verdict(difference - 0.0399, difference + 0.0399, margin) == "better"
    assert score_verdict(difference - 0.0401, difference + 0.0401, margin) != "better"
