"""Proof that the property tests can fail: each is run against code broken on purpose.

A test is called as it stands, so Hypothesis draws its examples anew from the real strategies.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import test_folds
import test_metrics
import test_splits
from sklearn.model_selection import RepeatedKFold, StratifiedKFold, train_test_split
from sklearn.preprocessing import StandardScaler

from evenfold.data import folds
from evenfold.data.splits import Split
from evenfold.errors import DataError
from evenfold.stats import metrics

# What a property test raises when it finds an example against the code as it is now.
CAUGHT = (AssertionError, DataError)


def try_hard(test):
    """Examples are drawn by chance, and once in many runs none of them tells: so four times."""
    for _ in range(4):
        test()


@pytest.fixture
def scaler_sees_the_test_rows(monkeypatch):
    real = folds.make_fold

    def leaky(dataset, split, layout):
        train = len(split.train)
        everything = Split(split.name, np.concatenate([split.train, split.test]), split.test)
        fold = real(dataset, everything, layout)
        return replace(fold, x_train=fold.x_train[:train], y_train=fold.y_train[:train])

    monkeypatch.setattr(folds, "make_fold", leaky)


@pytest.mark.usefixtures("scaler_sees_the_test_rows")
@pytest.mark.parametrize(
    "test",
    [
        test_folds.test_training_part_has_mean_0_and_deviation_1,
        test_folds.test_test_rows_change_nothing_in_the_training_part,
        test_folds.test_test_rows_change_nothing_in_the_statistics,
        test_folds.test_scaling_is_that_of_scikit_learn,
    ],
)
def test_a_scaler_fitted_on_all_rows_is_caught(test):
    """Statistics of training and test rows together do not pass."""
    with pytest.raises(CAUGHT):
        try_hard(test)


@pytest.fixture
def splits_ignore_classes(monkeypatch):
    def unstratified(*arrays, stratify, **options):
        return train_test_split(*arrays, **options)

    monkeypatch.setattr("sklearn.model_selection.RepeatedStratifiedKFold", RepeatedKFold)
    monkeypatch.setattr("sklearn.model_selection.train_test_split", unstratified)


@pytest.mark.usefixtures("splits_ignore_classes")
@pytest.mark.parametrize(
    "test",
    [
        test_splits.test_holdout_is_stratified,
        test_splits.test_kfold_is_stratified,
        test_splits.test_kfold_is_that_of_scikit_learn,
        test_splits.test_holdout_is_that_of_the_tutorial,
    ],
)
def test_a_split_that_ignores_classes_is_caught(test):
    """Parts drawn without regard to the labels do not pass."""
    with pytest.raises(CAUGHT):
        try_hard(test)


class DividesGroups(StratifiedKFold):
    """Takes groups and pays them no heed."""

    def split(self, x, y, groups):
        return super().split(x, y)


@pytest.mark.parametrize(
    "test",
    [
        test_splits.test_holdout_divides_no_group,
        test_splits.test_kfold_divides_no_group,
        test_splits.test_groups_that_cannot_be_split_are_refused,
    ],
)
def test_a_split_that_divides_groups_is_caught(test, monkeypatch):
    """Parts that share a group do not pass."""
    monkeypatch.setattr("sklearn.model_selection.StratifiedGroupKFold", DividesGroups)
    with pytest.raises(CAUGHT):
        try_hard(test)


@pytest.fixture
def scaler_without_shift(monkeypatch):
    def fit(x):
        statistics = StandardScaler().fit(x)
        nothing = np.zeros(x.shape[1])
        return folds.Scaler(nothing, nothing.astype(np.int64), statistics.mean_, statistics.scale_)

    monkeypatch.setattr(folds.Scaler, "fit", fit)


@pytest.mark.usefixtures("scaler_without_shift")
def test_a_scaler_without_shift_is_caught():
    """StandardScaler alone, which loses precision to large offsets, does not pass."""
    with pytest.raises(CAUGHT):
        try_hard(test_folds.test_an_exact_offset_costs_no_precision)


def reverses_features(x, layout):
    return x if layout == "flat" else x[:, ::-1, np.newaxis]


def one_step_of_many_channels(x, layout):
    return x if layout == "flat" else x[:, np.newaxis, :]


def column_major(x, layout):
    flat = x.reshape(len(x), -1).T.reshape(len(x), -1)
    return flat if layout == "flat" else flat[:, :, np.newaxis]


@pytest.mark.parametrize(
    ("broken", "test"),
    [
        (reverses_features, test_folds.test_sequence_carries_the_values_of_flat),
        (reverses_features, test_folds.test_layouts_convert_both_ways),
        (one_step_of_many_channels, test_folds.test_sequence_carries_the_values_of_flat),
        (one_step_of_many_channels, test_folds.test_task_has_one_row_s_shape_and_the_classes),
        (column_major, test_folds.test_layouts_convert_both_ways),
        (column_major, test_folds.test_scaling_is_that_of_scikit_learn),
    ],
)
def test_a_layout_that_reorders_is_caught(broken, test, monkeypatch):
    """Features in another order or along another axis do not pass."""
    monkeypatch.setattr(folds, "to_layout", broken)
    with pytest.raises(CAUGHT):
        try_hard(test)


def least_probable(y, probabilities):
    return float(np.mean(probabilities.argmin(axis=1) == y))


def last_of_equals(y, probabilities):
    last = probabilities.shape[1] - 1 - probabilities[:, ::-1].argmax(axis=1)
    return float(np.mean(last == y))


def share_of_rows_above_half(y, probabilities):
    return float(np.mean(probabilities[np.arange(len(y)), y] > 0.5))


@pytest.mark.parametrize("broken", [least_probable, last_of_equals, share_of_rows_above_half])
def test_a_wrong_accuracy_is_caught(broken, monkeypatch):
    """Accuracy of another prediction than the most probable class does not pass."""
    real = metrics.scores

    def scores(y, probabilities, positive):
        return {**real(y, probabilities, positive), "accuracy": broken(y, probabilities)}

    monkeypatch.setattr(metrics, "scores", scores)
    with pytest.raises(CAUGHT):
        try_hard(test_metrics.test_accuracy_is_that_of_scikit_learn)
