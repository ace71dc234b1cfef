"""The result of ``evenfold.upgrade``: text, numbers and HTML of one upgrade."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import evenfold
from builders.upgrades import NEW, OLD, SETTINGS, changed, noise, upgraded
from evenfold.upgrade.comparison import UpgradeComparison
from evenfold.upgrade.results import SKIPPED, Gap, UpgradeResult


@pytest.fixture
def comparison():
    worse = changed(noise(0.9), noise(0.8))
    models = [
        upgraded(),
        upgraded(score=worse, model="<b>"),
        upgraded(score=Gap(SKIPPED), model="s"),
    ]
    return UpgradeComparison(UpgradeResult(models, (OLD, NEW), SETTINGS, False), Path("x"))


def test_a_notebook_shows_conclusion_verdicts_in_colour_intervals_and_versions(comparison):
    html = comparison._repr_html_()
    assert html.startswith(f"<p><b>{comparison.conclusion.replace('<b>', '&lt;b&gt;')}")
    assert re.search(r'rgba\(213, 94, 0, 0.3\); font-weight: bold;">worse<', html)
    # A model without a score has no line.
    assert 2 == html.count("<line ")
    assert "numpy" in html
    assert "<td><b>" not in html


def test_the_text_is_that_of_the_command(comparison):
    text = repr(comparison)
    assert text.startswith("Only &lt;b> in new is shown to be worse than itself in old")
    assert text.splitlines()[-1].startswith("Next: evenfold report writes all tables")


def test_numbers_have_one_row_for_each_model(comparison):
    assert ["m", "<b>", "s"] == comparison.table["model"].tolist()
    assert "worse" == comparison.table["score"][1]


def test_an_unknown_environment_is_refused():
    with pytest.raises(evenfold.EvenfoldError, match="no-such-environment"):
        evenfold.upgrade("no-such-environment", "tf2.21", "majority")
