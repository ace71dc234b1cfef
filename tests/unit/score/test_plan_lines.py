"""The lines of a plan: fits with their time and its source, and the time of all."""

from __future__ import annotations

import pytest

from builders.stores import make_store
from evenfold.score.fit_estimates import FitEstimate
from evenfold.score.plan_lines import ModelFits, total_line
from evenfold.score.stored_scores import read_usual_seconds

QUICK = FitEstimate(0.25, "3 saved fits")
SLOW = FitEstimate(12.0, "other saved fits on wine")


@pytest.mark.parametrize(
    ("fits", "line"),
    [
        (ModelFits("a", 100, 97, QUICK), "a: 100 fits, 97 to run, 0.25 s each by 3 saved fits"),
        (
            ModelFits("a", 100, 100, SLOW),
            "a: 100 fits, 100 to run, 12 s each by other saved fits on wine",
        ),
        (
            ModelFits("a", 1000, 1000, None),
            "a: 1,000 fits, 1,000 to run",
        ),
        (ModelFits("a", 1, 0, None), "a: 1 fit, 0 to run"),
    ],
)
def test_the_time_of_a_fit_has_a_source(fits, line):
    assert line == fits.line


@pytest.mark.parametrize(
    ("fits", "line"),
    [
        ([("a", 0, QUICK)], "100 fits in all, 0 to run, 2 at a time"),
        (
            [("a", 100, QUICK), ("b", 50, SLOW)],
            "200 fits in all, 150 to run, 2 at a time, about 5 min",
        ),
        (
            [("a", 100, None), ("b", 0, QUICK)],
            "200 fits in all, 100 to run, 2 at a time; no fit of a is saved, so the "
            "first ones will show the time",
        ),
        (
            [("a", 100, SLOW), ("b", 100, None)],
            "200 fits in all, 200 to run, 2 at a time, about 10 min and the time of b, which the "
            "first fits will show",
        ),
    ],
)
def test_the_whole_time_names_models_without_one(fits, line):
    rows = [ModelFits(model, 100, left, estimate) for model, left, estimate in fits]
    assert line == total_line(rows, 2)


@pytest.mark.parametrize(
    ("dataset", "known"),
    [("cancer", {"net": 1.5}), ("cancer-groups-ignored", {"net": 1.5}), ("wine", {})],
)
def test_a_fit_takes_as_long_with_groups_as_without(dataset, known, tmp_path):
    """The second study of data with groups knows the times of the first."""
    make_store(tmp_path / "fits.sqlite")
    assert known == read_usual_seconds(tmp_path / "fits.sqlite", dataset)
