"""The first sentences of an upgrade, and the gate that demands evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders.predicted_studies import predicted_study
from builders.races import race
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

SETTINGS = UpgradeSettings(("old", "new"), "beads", "accuracy", Design(4, 5), None, 0.02, 1)
BEFORE = predicted_study({"a": 0.9, "b": 0.9}, label="old")
AFTER = predicted_study({"a": 0.9, "b": 0.5}, label="new")
CHANGES = score_changes(BEFORE, AFTER, "accuracy", 0.05)


def upgraded(model, training=1.0, score=None):
    times = time_change(race(training)), time_change(race())
    return ModelUpgrade(model, score or CHANGES[model], "epoch", *times)


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
        "Training of a is shown to be slower than in old by more than 2 %."
    )


def test_what_does_not_change_is_said_in_one_sentence_each():
    (first, second) = upgrade_conclusion([upgraded("a")], SETTINGS).split(". ")
    assert first == "a in new differs from itself in old by at most 5 points of accuracy"
    assert second == "No time is shown to be slower or faster than in old by more than 2 %."


def test_a_race_that_failed_is_named_and_the_next_step_is_to_run_it():
    model = replace(upgraded("a"), training=Gap(FAILED))
    sentences = upgrade_conclusion([model], SETTINGS)
    assert sentences.endswith("Training of a was not measured: the race failed.")
    assert "runs the races again" in upgrade_next_step([model], None)
    assert "not measured" not in upgrade_conclusion([upgraded("a")], SETTINGS)
    # A model without scores has no races: the gap of its score says so.
    gap = Gap(FAILED, "new")
    without = replace(upgraded("a"), score=gap, training=gap, prediction=gap)
    assert "race" not in upgrade_conclusion([without], SETTINGS)


def test_the_gate_demands_evidence_of_every_model():
    assert models_without_evidence([upgraded("a")]) == {}
    assert models_without_evidence([upgraded("a"), upgraded("b")]) == {"b": "worse"}
    failed = upgraded("c", score=Gap(FAILED, "new"))
    assert models_without_evidence([failed]) == {"c": "no verdict"}


def test_evidence_that_is_lacking_is_exit_code_1():
    assert upgrade_exit_code([upgraded("a")], (), False, lacks_evidence=True) == 1
    assert upgrade_exit_code([upgraded("a")], (), False, lacks_evidence=False) == 0
