"""The first sentences of an upgrade, and the gate that demands evidence."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.predicted_studies import predicted_study
from builders.races import race
from evenfold.stats.race_ratios import Estimate
from evenfold.stats.score_intervals import Design
from evenfold.upgrade.conclusions import upgrade_conclusion, upgrade_next_step
from evenfold.upgrade.results import (
    FAILED,
    Gap,
    ModelUpgrade,
    UpgradeSettings,
    models_without_evidence,
    score_changes,
    time_change,
)
from evenfold.upgrade.run import upgrade_exit_code
from strategies import PROPERTY

SETTINGS = UpgradeSettings(("old", "new"), "beads", "accuracy", Design(4, 5), None, 0.02, 1)
BEFORE = predicted_study({"a": 0.9, "b": 0.9}, label="old")
AFTER = predicted_study({"a": 0.9, "b": 0.5}, label="new")
CHANGES = score_changes(BEFORE, AFTER, "accuracy", 0.05)


def upgraded(model, training=1.0, score=None, predict=1.0, measure="epoch"):
    times = time_change(race(training)), time_change(race(predict))
    return ModelUpgrade(model, score or CHANGES[model], measure, *times)


def test_scores_are_those_of_the_test_rows_of_both():
    for model, change in CHANGES.items():
        scores = [s.model_scores.interval(model, "accuracy").estimate for s in (BEFORE, AFTER)]
        assert [change.before, change.after] == pytest.approx(scores)
        difference = change.comparison.difference.estimate
        assert difference == pytest.approx(change.after - change.before)


def test_a_worse_score_and_a_slower_training_are_named():
    sentences = upgrade_conclusion([upgraded("a", 1.1), upgraded("b")], SETTINGS)
    assert sentences == (
        "Only b in new is shown to be worse than itself in old by more than 5 points of accuracy. "
        "An epoch of a takes 1.10 times as long as in old: slower."
    )


def test_what_does_not_change_is_said_in_one_sentence_each():
    (first, second) = upgrade_conclusion([upgraded("a")], SETTINGS).split(". ")
    assert first == "a in new is equivalent to itself in old, within 5 points of accuracy"
    assert second == "No time differs from that in old by more than 2 %."


def of_times(*models, **settings):
    """The sentences after the one on scores."""
    changed = replace(SETTINGS, **settings)
    return upgrade_conclusion(models, changed).partition("accuracy. ")[2]


def test_each_slower_time_has_its_ratio():
    both = upgraded("a", 1.74, predict=1.17)
    assert of_times(both) == (
        "An epoch of a takes 1.74 times as long as in old, and a prediction of one row of a 1.17 "
        "times: slower."
    )


def test_a_time_of_an_estimator_is_of_a_fit_and_cpu_time_is_named():
    estimator = upgraded("a", 0.8, predict=1.2, measure="fit")
    assert of_times(estimator, clock="cpu") == (
        "A prediction of one row of a takes 1.20 times as much CPU time as in old: slower. "
        "A fit of a takes 0.80 times as much CPU time as in old: faster."
    )


def test_the_largest_changes_of_many_models_are_named():
    many = [replace(upgraded("a", 1 + n / 10), model=f"m{n}") for n in range(1, 7)]
    text = of_times(*many)
    assert "An epoch of m3 takes 1.30 times as long as in old, an epoch of m4 1.40 times" in text
    assert text.endswith("an epoch of m6 1.60 times, and 2 other times changed less: slower.")


def test_an_undecided_time_is_named():
    short = replace(upgraded("a"), prediction=time_change(race(launches=3, judged=())))
    assert of_times(short) == (
        "No time is shown to be slower or faster than in old by more than 2 %. "
        "Undecided: a prediction of one row of a."
    )


@PROPERTY
@given(
    st.floats(0.01, 100).filter(lambda ratio: abs(ratio - 1) > 1e-6)
    | st.floats(-6, -2).map(lambda power: 1 + 10**power)
    | st.floats(-6, -2).map(lambda power: 1 - 10**power)
)
def test_a_ratio_in_words_is_on_its_side_of_1(ratio):
    """With a margin of 0, a ratio of 1.0004 is slower, and never printed as 1.00."""
    time = replace(time_change(race()), ratio=Estimate(ratio, ratio, ratio), verdict="slower")
    one = replace(upgraded("a"), training=time)
    (text,) = re.findall(r"takes ([0-9.]+) times", of_times(one, margin=0.0))
    assert (float(text) > 1) == (ratio > 1)
    assert float(text) != 1
    assert float(text) == pytest.approx(ratio, rel=0.01)


def test_a_race_that_failed_is_named_and_the_next_step_is_to_run_it():
    model = replace(upgraded("a"), training=Gap(FAILED))
    sentences = upgrade_conclusion([model], SETTINGS)
    assert sentences.endswith("Training of a was not measured: the race failed.")
    assert "runs the races again" in upgrade_next_step([model], SETTINGS, None)
    assert "not measured" not in upgrade_conclusion([upgraded("a")], SETTINGS)
    # A model without scores has no races: the gap of its score says so.
    gap = Gap(FAILED, "new")
    without = replace(upgraded("a"), score=gap, training=gap, prediction=gap)
    assert "race" not in upgrade_conclusion([without], SETTINGS)


VERSIONS = replace(SETTINGS, environments=("tf2.15", "tf2.21"), dataset="breast_cancer")


@pytest.mark.parametrize(
    ("model", "command"),
    [
        (replace(upgraded("a", 1.7, predict=1.2), model="conv1d"), "tf2.15 tf2.21 conv1d finds"),
        (replace(upgraded("a", predict=1.2), model="conv1d"), "tf2.15 tf2.21 conv1d --rows 1 find"),
        (
            replace(upgraded("a", 1.2, measure="fit"), model="svm_rbf"),
            "svm_rbf --measure fit finds",
        ),
        (upgraded("a", 1.7), "bisect tf2.15 tf2.21 a, with the same data and --models, finds the"),
    ],
)
def test_after_slower_the_next_step_finds_the_version(model, command):
    step = upgrade_next_step([model], VERSIONS, None)
    assert "evenfold bisect " in step
    assert command in step


@pytest.mark.parametrize(
    "environments",
    [("old", "new"), ("tf2.20", "tf2.21"), ("tf1.9", "tf2.3"), ("tf2.3", "tf2.3 (2)")],
)
def test_where_no_version_lies_between_none_is_sought(environments):
    settings = replace(VERSIONS, environments=environments)
    assert "bisect" not in upgrade_next_step([upgraded("a", 1.7)], settings, None)


def test_the_gate_demands_evidence_of_every_model():
    assert models_without_evidence([upgraded("a")]) == {}
    assert models_without_evidence([upgraded("a"), upgraded("b")]) == {"b": "worse"}
    failed = upgraded("c", score=Gap(FAILED, "new"))
    assert models_without_evidence([failed]) == {"c": "no verdict"}


def test_evidence_that_is_lacking_is_exit_code_1():
    assert upgrade_exit_code([upgraded("a")], (), False, lacks_evidence=True) == 1
    assert upgrade_exit_code([upgraded("a")], (), False, lacks_evidence=False) == 0
