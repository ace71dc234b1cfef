"""Six words for an interval and a margin, and nothing else."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenfold.stats.interval_verdicts import INTERVAL_VERDICTS, SHOWN_NOT_WORSE, interval_verdict
from strategies import PROPERTY

ENDS = st.floats(-1, 1)
MARGINS = st.floats(0, 0.5)
TURNED = {"better": "worse", "worse": "better", "not worse": "not better",
          "not better": "not worse"}  # fmt: skip


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
    assert interval_verdict(low, high, 0.01) == word


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [(0.001, 1, "better"), (0, 0, "equivalent"), (0, 1, "not worse"), (-1, 1, "undecided")],
)
def test_a_margin_of_0_gives_the_classical_question(low, high, word):
    assert interval_verdict(low, high, 0.0) == word


@given(a=ENDS, b=ENDS, margin=MARGINS)
@settings(PROPERTY, max_examples=30)
def test_the_word_turns_with_the_difference(a, b, margin):
    low, high = sorted((a, b))
    word = interval_verdict(low, high, margin)
    assert interval_verdict(-high, -low, margin) == TURNED.get(word, word)


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
    assert claims[interval_verdict(low, high, margin)]


@given(a=ENDS, b=ENDS, margin=MARGINS, shrink=st.floats(0, 1))
@settings(PROPERTY, max_examples=30)
def test_a_narrower_interval_never_takes_a_claim_back(a, b, margin, shrink):
    low, high = sorted((a, b))
    middle = (low + high) / 2
    inner = (middle + shrink * (low - middle), middle + shrink * (high - middle))
    word, narrow = interval_verdict(low, high, margin), interval_verdict(*inner, margin)
    implied = {
        "undecided": set(INTERVAL_VERDICTS),
        "not worse": {"not worse", "better", "equivalent"},
        "not better": {"not better", "worse", "equivalent"},
    }
    assert narrow in implied.get(word, {word})


def test_without_an_interval_nothing_is_decided():
    assert interval_verdict(math.nan, math.nan, 0.01) == "undecided"


def test_words_that_show_not_worse_exclude_a_difference_below_the_margin():
    assert set(SHOWN_NOT_WORSE) == {"better", "equivalent", "not worse"}
