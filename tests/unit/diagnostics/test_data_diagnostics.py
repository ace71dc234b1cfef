"""Diagnostics of columns, groups, order of rows and classes: functions of plain arrays."""

from __future__ import annotations

import numpy as np
import pytest

from evenfold.diagnostics.balance import unsuitable_metric
from evenfold.diagnostics.columns import (
    determines_target,
    is_text_id,
    is_whole_number_id,
    nearly_gives_target,
    separates_target,
)
from evenfold.diagnostics.finding import CODE_ERROR
from evenfold.diagnostics.groups import look_like_groups
from evenfold.diagnostics.mixtures import several_versions, splits_of_several_rows
from evenfold.diagnostics.row_order import class_drift

RNG = np.random.default_rng(7)
Y = RNG.integers(2, size=400)


def test_a_feature_nearly_gives_the_target_if_a_few_rows_are_wrong():
    wrong = np.arange(400) % 200 == 0
    leak = np.where(wrong, 1 - Y, Y) + RNG.uniform(0, 0.9, 400)
    assert nearly_gives_target(leak, Y, is_category=False)
    assert nearly_gives_target(np.floor(leak), Y, is_category=True)


def test_a_strong_fair_feature_does_not():
    fair = 3.2 * Y + RNG.normal(size=400)
    assert not nearly_gives_target(fair, Y, is_category=False)
    assert not nearly_gives_target(RNG.integers(5, size=400) * 1.0, Y, is_category=True)


def test_few_rows_do_not_show_that_a_feature_nearly_gives_the_target():
    few = Y[:40]
    assert not nearly_gives_target(few + RNG.uniform(0, 0.9, 40), few, is_category=False)


def test_classes_that_lie_apart_separate_the_target():
    assert separates_target(Y + RNG.uniform(0, 0.9, 400), Y)
    assert not separates_target(Y + RNG.uniform(0, 1.5, 400), Y)
    assert not separates_target(np.array([0.0] * 19 + [1.0] * 4), np.array([0] * 19 + [1] * 4))


def test_many_rows_are_looked_at_in_a_part_first():
    y = RNG.integers(2, size=50_000)
    apart = y + RNG.uniform(0, 0.9, 50_000)
    assert separates_target(apart, y)
    assert nearly_gives_target(apart, y, is_category=False)
    mixed = np.where(np.arange(50_000) % 5000 == 0, 1 - apart, apart)
    assert not separates_target(mixed, y)
    assert not nearly_gives_target(RNG.normal(size=50_000), y, is_category=False)


def test_each_value_has_one_class():
    assert determines_target(Y + 2 * RNG.integers(3, size=400), Y)
    assert not determines_target(RNG.integers(3, size=400), Y)


def test_whole_numbers_that_differ_are_ids():
    assert is_whole_number_id(RNG.permutation(10**6)[:50] * 1.0)
    assert not is_whole_number_id(RNG.poisson(12, 50) * 1.0)
    assert not is_whole_number_id(RNG.normal(size=50))
    assert is_text_id(21, 30)
    assert not is_text_id(10, 30)


@pytest.mark.parametrize("is_category", [True, False])
def test_rows_of_a_patient_look_like_groups(is_category):
    patient = RNG.permutation(np.repeat(np.arange(50), 6))
    others = RNG.normal(size=(50, 4))[patient] + 0.7 * RNG.normal(size=(300, 4))
    assert look_like_groups(RNG.permutation(50)[patient] * 1.0, others, is_category)


def test_an_age_and_an_unrelated_category_do_not():
    others = RNG.normal(size=(300, 4))
    age = np.round(50 + 12 * others[:, 0] + 3 * RNG.normal(size=300))
    aged = others[:, 1:] + age[:, np.newaxis] / 6
    assert look_like_groups(age, aged, is_category=True)
    assert not look_like_groups(age, aged, is_category=False)
    assert not look_like_groups(RNG.integers(50, size=300) * 1.0, others, is_category=True)


def test_classes_drift():
    time = np.linspace(0, 1, 600)
    assert class_drift((RNG.uniform(size=600) < 0.25 + 0.5 * time).astype(int)) > 0.1
    season = 0.5 + 0.3 * np.sin(2 * np.pi * time)
    assert class_drift((RNG.uniform(size=600) < season).astype(int)) > 0.1


def test_rows_in_random_order_drift_as_rarely_as_the_test_says():
    rng = np.random.default_rng(3)
    fired = sum(class_drift(rng.integers(3, size=300)) > 0 for _ in range(2000))
    assert fired <= 2000 * CODE_ERROR + 3 * np.sqrt(2000 * CODE_ERROR)


def test_a_file_that_is_sorted_by_class_shows_no_time():
    assert 0.0 == class_drift(np.sort(Y))


def test_accuracy_does_not_suit_one_class_in_ten():
    y = (np.arange(400) < 40).astype(int)
    assert "Use --metric balanced_accuracy" in unsuitable_metric("accuracy", y)
    assert "" == unsuitable_metric("balanced_accuracy", y)
    assert "" == unsuitable_metric("accuracy", Y)
    few = (np.arange(206) < 200).astype(int)
    assert "" == unsuitable_metric("sensitivity", few, positive=1)
    negative = "specificity rests on the 6 rows of the negative class"
    assert negative in unsuitable_metric("specificity", few, positive=1)
    assert "" == unsuitable_metric("specificity", few, positive=0)
    assert "6 rows of the positive class" in unsuitable_metric("sensitivity", few, positive=0)
    assert "rests on the 6 rows" in unsuitable_metric("f1", (np.arange(300) < 6).astype(int))


def test_rows_and_versions_that_differ_under_one_name_are_found():
    splits = ["a", "b", "a", "b"]
    assert ["b"] == splits_of_several_rows(splits, ["1", "2", "1", "3"])
    assert [] == splits_of_several_rows(splits, ["1", "2", "1", ""])
    versions = [{"numpy": "1", "keras": "3"}, {"numpy": "2", "keras": "3"}, {"numpy": "2"}]
    assert {"here": {"numpy": ["1", "2"]}} == several_versions(["here", "here", "there"], versions)
    assert {} == several_versions(["a", "b", "c"], versions)
