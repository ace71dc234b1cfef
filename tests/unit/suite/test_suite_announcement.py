"""The first line of a race of a suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenfold.errors import UsageError
from evenfold.race.options import RaceOptions
from evenfold.render.words import clock_time
from evenfold.suite.announcement import suite_announcement

SUITE = Path("bench")


def test_it_names_contenders_suite_and_end():
    line = suite_announcement(["base#main", "head"], SUITE, RaceOptions(budget=90.0), now=0.0)
    assert f"2 contenders, suite bench, about 1 min 30 s (until {clock_time(90)}): base, head" == (
        line
    )


def test_a_race_without_a_budget_may_take_longer():
    line = suite_announcement(["base#main", "head"], SUITE, RaceOptions(), now=0.0)
    assert f"about 2 min (until {clock_time(120)}, longer if the launches" in line


def test_a_race_that_is_continued_is_named():
    options = RaceOptions(continued="one")
    assert "continuing the race one of the suite bench" == suite_announcement([], SUITE, options)


def test_one_contender_is_refused_at_once():
    with pytest.raises(UsageError, match="name at least two contenders"):
        suite_announcement(["base"], SUITE, RaceOptions())
