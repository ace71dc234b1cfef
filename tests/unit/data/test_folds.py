"""What a fold promises: scaling by the training rows alone, precision, order and layout."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from builders.mutations import assert_caught
from evenfold.contract import LAYOUTS, Task
from evenfold.data import folds
from evenfold.data.splits import Split
from evenfold.errors import DataError, UsageError
from strategies import PROPERTY, SEEDS, divided, toy

FIRST_TEN = Split("first ten", np.arange(10), np.arange(10, 15))


def same_bits(one, other):
    return (
        one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    )


def constant_columns(x):
    return (x == x[0]).all(axis=0)


@PROPERTY
@given(case=divided())
def test_training_part_has_mean_0_and_deviation_1(case):
    """Every column of the training part that varies has mean 0 and deviation 1."""
    varies = ~constant_columns(case.dataset.x[case.split.train])
    x = folds.make_fold(case.dataset, case.split, "flat").x_train[:, varies]
    np.testing.assert_allclose(x.mean(axis=0), 0, rtol=0, atol=1e-12)
    np.testing.assert_allclose(x.std(axis=0), 1, rtol=0, atol=1e-12)


@PROPERTY
@given(case=divided(), offset=st.floats(-1e300, 1e300))
def test_constant_column_becomes_0(case, offset):
    """A column of one value, whatever the value, is 0 in both parts and never NaN."""
    constant = np.full((len(case.dataset.y), 1), offset)
    fold = folds.make_fold(toy(case.dataset.y, constant), case.split, "flat")
    for part in (fold.x_train, fold.x_test):
        np.testing.assert_allclose(part, 0, rtol=0, atol=1e-12)


@PROPERTY
@given(case=divided(), seed=SEEDS)
def test_test_rows_change_nothing_in_the_training_part(case, seed):
    """With every test row replaced, the training part stays the same to the bit."""
    before = folds.make_fold(case.dataset, case.split, "flat")
    after = folds.make_fold(replaced(case.dataset, case.split.test, seed), case.split, "flat")
    assert same_bits(before.x_train, after.x_train)
    assert same_bits(before.y_train, after.y_train)


@PROPERTY
@given(case=divided(), seed=SEEDS)
def test_test_rows_change_nothing_in_the_statistics(case, seed):
    """With all test rows but one replaced, that one is scaled to the same bits."""
    others = case.split.test[1:]
    before = folds.make_fold(case.dataset, case.split, "flat")
    after = folds.make_fold(replaced(case.dataset, others, seed), case.split, "flat")
    assert same_bits(before.x_test[0], after.x_test[0])


def replaced(dataset, rows, seed):
    """The dataset with other values in those rows, ten times as large as any before."""
    x = dataset.x.copy()
    reach = 10 * np.abs(x).max(axis=0)
    x[rows] = np.random.default_rng(seed).uniform(-reach, reach, (len(rows), x.shape[1]))
    return replace(dataset, x=x)


@PROPERTY
@given(
    case=divided(smallest=4, extreme_units=False),
    power=st.integers(-30, 30),
    offset=st.floats(-1e6, 1e6),
)
def test_change_of_unit_changes_nothing(case, power, offset):
    """Columns in another unit, moved by up to a million deviations, are scaled to the same."""
    x, train = case.dataset.x, case.split.train
    varies = ~constant_columns(x[train])
    moved = (x + offset * x[train].std(axis=0)) * 10.0**power
    before = folds.make_fold(case.dataset, case.split, "flat")
    after = folds.make_fold(replace(case.dataset, x=moved), case.split, "flat")
    for one, other in ((before.x_train, after.x_train), (before.x_test, after.x_test)):
        np.testing.assert_allclose(other[:, varies], one[:, varies], rtol=1e-9, atol=1e-9)


@PROPERTY
@given(case=divided(), seed=SEEDS, offset=st.integers(-(2**50), 2**50))
def test_an_exact_offset_costs_no_precision(case, seed, offset):
    """Whole numbers moved by any whole number are scaled to the same, almost to the bit."""
    x = np.random.default_rng(seed).integers(-9, 10, (len(case.dataset.y), 3)).astype(np.float64)
    before = folds.make_fold(toy(case.dataset.y, x), case.split, "flat")
    after = folds.make_fold(toy(case.dataset.y, x + offset), case.split, "flat")
    np.testing.assert_allclose(after.x_train, before.x_train, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(after.x_test, before.x_test, rtol=1e-12, atol=1e-12)


@PROPERTY
@given(case=divided(extreme_units=False))
def test_scaling_is_that_of_scikit_learn(case):
    """In ordinary units both parts are StandardScaler's, fitted on the training rows."""
    train, test = (case.dataset.x[rows] for rows in (case.split.train, case.split.test))
    scaler = StandardScaler().fit(train)
    fold = folds.make_fold(case.dataset, case.split, "flat")
    np.testing.assert_allclose(fold.x_train, scaler.transform(train), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(fold.x_test, scaler.transform(test), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("unit", [1e-300, 1e-30, 1e30, 1e299])
def test_extreme_units_keep_their_precision(unit):
    """Values as small as 1e-300 and as large as 1e299 are scaled like the same ones of unit 1."""
    x = np.random.default_rng(0).uniform(-3, 3, (15, 1))
    ordinary = folds.make_fold(toy(np.arange(15) % 2, x), FIRST_TEN, "flat")
    extreme = folds.make_fold(toy(np.arange(15) % 2, x * unit), FIRST_TEN, "flat")
    np.testing.assert_allclose(extreme.x_train, ordinary.x_train, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(extreme.x_test, ordinary.x_test, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("value", [1e305, -1e305, np.finfo(np.float64).max])
@pytest.mark.parametrize("row", [3, 12])
def test_too_large_a_value_is_refused(value, row):
    """The message names column, row and value, be the row in the training part or the test."""
    x = np.zeros((15, 2))
    x[row, 1] = value
    message = re.escape(f"toy: row {row}, feature 'f1' ({value:g}) is too large: use another unit")
    with pytest.raises(DataError, match=f"^{message}$"):
        folds.make_fold(toy(np.arange(15) % 2, x), FIRST_TEN, "flat")


def test_too_far_a_test_row_is_refused():
    """A test value that no float32 can hold once scaled is named by column, row and value."""
    x = np.random.default_rng(0).normal(size=(15, 2))
    x[14, 0] = 1e60
    message = re.escape("toy: row 14, feature 'f0' (1e+60) is too far from the training rows")
    with pytest.raises(DataError, match=f"^{message} .*: remove the outlier$"):
        folds.make_fold(toy(np.arange(15) % 2, x), FIRST_TEN, "flat")


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@PROPERTY
@given(rows=st.lists(st.tuples(FINITE, FINITE), min_size=2, max_size=6), data=st.data())
def test_any_finite_values_are_scaled_or_refused(rows, data):
    """Whatever the finite values, both parts fit float32, or the DataError names a cell."""
    dataset = toy(np.arange(len(rows)) % 2, rows)
    cut = data.draw(st.integers(1, len(rows) - 1))
    split = Split("any", np.arange(cut), np.arange(cut, len(rows)))
    found = fold_or_refusal(dataset, split)
    if isinstance(found, str):
        row, column = re.match(r"toy: row (\d), feature 'f(\d)' \(.* is too ", found).groups()
        assert f"({dataset.x[int(row), int(column)]:g})" in found
    else:
        for part in (found.x_train, found.x_test):
            assert np.isfinite(part.astype(np.float32)).all()


def fold_or_refusal(dataset, split):
    try:
        return folds.make_fold(dataset, split, "flat")
    except DataError as error:
        return str(error)


@PROPERTY
@given(case=divided())
def test_sequence_carries_the_values_of_flat(case):
    """The two layouts have the same values in the same order, one step a feature."""
    flat = folds.make_fold(case.dataset, case.split, "flat")
    sequence = folds.make_fold(case.dataset, case.split, "sequence")
    features = len(case.dataset.feature_names)
    for one, other in ((flat.x_train, sequence.x_train), (flat.x_test, sequence.x_test)):
        assert (len(one), features, 1) == other.shape
        for feature in range(features):
            assert one[:, feature].tolist() == other[:, feature, 0].tolist()


@PROPERTY
@given(case=divided())
def test_layouts_convert_both_ways(case):
    """Flat to sequence and back, and each to itself, gives the same array."""
    flat = case.dataset.x
    sequence = folds.to_layout(flat, "sequence")
    assert same_bits(flat, folds.to_layout(sequence, "flat"))
    assert same_bits(flat, folds.to_layout(flat, "flat"))
    assert same_bits(sequence, folds.to_layout(sequence, "sequence"))


def test_unknown_layout_is_refused():
    """The message has the name given and those there are."""
    with pytest.raises(UsageError, match=r"^no layout 'image': one of flat, sequence$"):
        folds.to_layout(np.zeros((2, 3)), "image")


@PROPERTY
@given(case=divided(), layout=st.sampled_from(LAYOUTS))
def test_task_has_one_row_s_shape_and_the_classes(case, layout):
    """The task's shape is that of a row in the layout; its classes are all that have names."""
    features = len(case.dataset.feature_names)
    shape = (features,) if layout == "flat" else (features, 1)
    fold = folds.make_fold(case.dataset, case.split, layout)
    assert Task(shape, case.dataset.n_classes) == fold.task
    assert layout == fold.layout
    assert (len(case.split.train), *shape) == fold.x_train.shape
    assert (len(case.split.test), *shape) == fold.x_test.shape


def test_task_counts_a_class_without_rows():
    """A class that has a name but no row still counts."""
    dataset = toy(np.arange(15) % 2, n_classes=4)
    assert 4 == folds.make_fold(dataset, FIRST_TEN, "flat").task.n_classes


@PROPERTY
@given(case=divided(), layout=st.sampled_from(LAYOUTS))
def test_inputs_are_float64_and_labels_int64(case, layout):
    """Both parts are float64, and the training labels int64."""
    fold = folds.make_fold(case.dataset, case.split, layout)
    found = [str(part.dtype) for part in (fold.x_train, fold.x_test, fold.y_train)]
    assert ["float64", "float64", "int64"] == found


@PROPERTY
@given(case=divided())
def test_rows_are_in_the_split_s_order(case):
    """Inputs and labels follow the order of the split's indices."""
    numbered = toy(case.dataset.y, np.arange(len(case.dataset.y))[:, np.newaxis])
    fold = folds.make_fold(numbered, case.split, "flat")
    assert np.argsort(case.split.train).tolist() == np.argsort(fold.x_train[:, 0]).tolist()
    assert np.argsort(case.split.test).tolist() == np.argsort(fold.x_test[:, 0]).tolist()
    assert case.dataset.y[case.split.train].tolist() == fold.y_train.tolist()


@PROPERTY
@given(case=divided())
def test_a_fold_leaves_the_dataset_alone(case):
    """Scaling copies: the dataset's inputs are the same to the bit afterwards."""
    before = case.dataset.x.copy()
    folds.make_fold(case.dataset, case.split, "flat")
    assert same_bits(before, case.dataset.x)


# Code broken on purpose: the properties above fail.


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
        test_training_part_has_mean_0_and_deviation_1,
        test_test_rows_change_nothing_in_the_training_part,
        test_test_rows_change_nothing_in_the_statistics,
        test_scaling_is_that_of_scikit_learn,
    ],
)
def test_a_scaler_fitted_on_all_rows_is_caught(test):
    """Statistics of training and test rows together do not pass."""
    assert_caught(test)


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
    assert_caught(test_an_exact_offset_costs_no_precision)


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
        (reverses_features, test_sequence_carries_the_values_of_flat),
        (reverses_features, test_layouts_convert_both_ways),
        (one_step_of_many_channels, test_sequence_carries_the_values_of_flat),
        (one_step_of_many_channels, test_task_has_one_row_s_shape_and_the_classes),
        (column_major, test_layouts_convert_both_ways),
        (column_major, test_scaling_is_that_of_scikit_learn),
    ],
)
def test_a_layout_that_reorders_is_caught(broken, test, monkeypatch):
    """Features in another order or along another axis do not pass."""
    monkeypatch.setattr(folds, "to_layout", broken)
    assert_caught(test)
