"""Counts with their nouns, lists of names, and the name that was meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenfold.errors import did_you_mean
from evenfold.render.words import counted, listed, unknown_name
from strategies import PROPERTY

NAMES = st.lists(st.text("abcdef_", min_size=3, max_size=8), min_size=1, max_size=5, unique=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (counted(0, "fit"), "0 fits"),
        (counted(1, "fit"), "1 fit"),
        (counted(1200, "fit"), "1,200 fits"),
        (counted(2, "class", "classes"), "2 classes"),
        (listed(["a"]), "a"),
        (listed(["a", "b"]), "a and b"),
        (listed(["a", "b", "c"], "or"), "a, b or c"),
    ],
)
def test_counts_and_lists_are_plain_english(text, expected):
    assert expected == text


def test_a_close_name_is_suggested_and_a_distant_one_is_not():
    known = ["conv1d", "majority", "svm_rbf"]
    message = "no model 'con1vd': there are conv1d, majority, svm_rbf; did you mean 'conv1d'?"
    assert message == unknown_name("model", "con1vd", known)
    assert "did you mean 'majority'?" in unknown_name("model", "Majorty", known)
    assert "did you mean 'babb'?" in unknown_name("model", "bbb", ["babb"])
    assert "did you mean" not in unknown_name("model", "zzz", known)
    assert "no model 'x': there are none" == unknown_name("model", "x", [])


@PROPERTY
@given(NAMES, st.data())
def test_a_name_without_one_letter_is_known_again(names, data):
    """A suggestion is one of the names, and there is one for every name with a letter dropped."""
    name = data.draw(st.sampled_from(names))
    place = data.draw(st.integers(0, len(name) - 1))
    suggestion = did_you_mean(name[:place] + name[place + 1 :], names)
    assert any(repr(known) in suggestion for known in names)
