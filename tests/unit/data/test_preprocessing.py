"""In a fold, imputer, encoder and scaler know the training rows alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.leaky_folds import fit_on_all_rows
from builders.mutations import assert_caught
from builders.pipelines import preparation_by_hand
from builders.tables import messy_table
from evenfold.data import folds
from evenfold.data.frames import from_frame
from evenfold.data.preprocessing import RARE_ROWS, Feature, Preprocessing
from evenfold.data.splits import Split, holdout
from evenfold.data.table_options import TableOptions
from evenfold.errors import DataError
from strategies import PROPERTY, SEEDS, mixed_divided, toy


def same_bits(one, other):
    return one.shape == other.shape and one.tobytes() == other.tobytes()


def replaced(dataset, rows, seed):
    """The dataset with other cells in those rows: far numbers, missing cells, unknown levels."""
    x = dataset.x.copy()
    rng = np.random.default_rng(seed)
    for column in range(x.shape[1]):
        values = np.r_[1e6 * rng.normal(size=len(rows)), np.nan, 0.0, 90.0]
        x[rows, column] = rng.permutation(values)[: len(rows)]
    return replace(dataset, x=x)


@PROPERTY
@given(case=mixed_divided(), seed=SEEDS)
def test_test_rows_change_nothing_in_the_training_part(case, seed):
    """With every test row replaced, the training part stays the same to the bit."""
    before = folds.make_fold(case.dataset, case.split, "flat")
    after = folds.make_fold(replaced(case.dataset, case.split.test, seed), case.split, "flat")
    assert same_bits(before.x_train, after.x_train)


@PROPERTY
@given(case=mixed_divided(), seed=SEEDS)
def test_test_rows_change_nothing_in_what_was_fitted(case, seed):
    """With all test rows but one replaced, that one is prepared to the same bits."""
    others = case.split.test[1:]
    before = folds.make_fold(case.dataset, case.split, "flat")
    after = folds.make_fold(replaced(case.dataset, others, seed), case.split, "flat")
    assert same_bits(before.x_test[0], after.x_test[0])


@PROPERTY
@given(case=mixed_divided())
def test_preparation_is_that_of_scikit_learn(case):
    """Both parts are those of a ColumnTransformer that is fitted on the training rows."""
    train, test = (case.dataset.x[rows] for rows in (case.split.train, case.split.test))
    is_category = [feature.role == "category" for feature in case.dataset.plan.features]
    categories = np.flatnonzero(is_category)
    numbers = np.flatnonzero(~np.array(is_category))
    by_hand = preparation_by_hand(numbers, categories).fit(train)
    fold = folds.make_fold(case.dataset, case.split, "flat")
    np.testing.assert_allclose(fold.x_train, by_hand.transform(train), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(fold.x_test, by_hand.transform(test), rtol=1e-12, atol=1e-12)


@PROPERTY
@given(case=mixed_divided(), layout=st.sampled_from(["flat", "sequence"]))
def test_the_task_has_the_columns_of_the_fold(case, layout):
    """Both parts have the columns that the training rows made, and all are finite."""
    fold = folds.make_fold(case.dataset, case.split, layout)
    assert fold.x_train.shape[1:] == fold.x_test.shape[1:] == fold.task.input_shape
    assert np.isfinite(fold.x_train).all()
    assert np.isfinite(fold.x_test).all()


def dataset(*columns, plan):
    x = np.column_stack([np.asarray(column, dtype=np.float64) for column in columns])
    return replace(toy(np.arange(len(x)) % 2, np.nan_to_num(x)), x=x, plan=plan)


def one_category(levels):
    return Preprocessing((Feature("category", tuple("abcdef"[:levels])),))


FIRST = Split("first", np.arange(20), np.arange(20, 24))


def test_unknown_levels_share_the_column_of_the_rare_ones():
    """A level of the test part alone is one with the rare ones; without those it is none."""
    rare = [0] * 10 + [1] * 7 + [2] * 2 + [3] + [0, 1, 3, 4]
    fold = folds.make_fold(dataset(rare, plan=one_category(5)), FIRST, "flat")
    assert [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]] == fold.x_test.tolist()
    frequent = [0] * 10 + [1] * 10 + [0, 1, 4, 4]
    fold = folds.make_fold(dataset(frequent, plan=one_category(5)), FIRST, "flat")
    assert [[1, 0], [0, 1], [0, 0], [0, 0]] == fold.x_test.tolist()


def test_a_missing_cell_is_a_level_of_its_own():
    levels = [0] * 10 + [np.nan] * 10 + [0, np.nan, 0, np.nan]
    fold = folds.make_fold(dataset(levels, plan=one_category(1)), FIRST, "flat")
    assert [[1, 0], [0, 1], [1, 0], [0, 1]] == fold.x_test.tolist()


def test_a_column_without_a_value_in_the_training_part_is_left_out():
    """Its indicator stays, and a value of the test part cannot be too far."""
    plan = Preprocessing((Feature("number"), Feature("number")))
    empty = [np.nan] * 20 + [1e200, np.nan, 3, 4]
    fold = folds.make_fold(dataset(empty, np.arange(24) / 7, plan=plan), FIRST, "flat")
    assert (20, 2) == fold.x_train.shape
    assert np.isfinite(fold.x_test).all()


def test_too_far_a_test_cell_is_named():
    plan = Preprocessing((Feature("category", ("a", "b")), Feature("number")))
    values = [np.nan, *np.arange(19) / 7, 1, np.nan, 1e60, 2]
    made = dataset([0, 1] * 12, values, plan=plan)
    with pytest.raises(DataError, match=r"^toy: row 22, feature 'f1' \(1e\+60\) is too far"):
        folds.make_fold(made, FIRST, "flat")


def test_nothing_is_prepared_on_request():
    """Inputs are as they were read, missing cells too, and levels that training rows all have."""
    found = from_frame(messy_table(), TableOptions("kind", preprocess="none", drop=("clinic",)))
    split = holdout(found)[0]
    fold = folds.make_fold(found, split, "flat")
    np.testing.assert_array_equal(found.x[split.train], fold.x_train)
    assert np.isnan(fold.x_train).any()


def unprepared(case):
    """The table of a case, whose plan prepares nothing but the codes of categories."""
    return replace(case.dataset, plan=replace(case.dataset.plan, kind="none"))


@PROPERTY
@given(case=mixed_divided(), seed=SEEDS)
def test_test_rows_change_no_code_of_a_category(case, seed):
    """With nothing else prepared, other test rows change neither part; and codes are 0, 1, 2..."""
    table = unprepared(case)
    others = replaced(table, case.split.test[1:], seed)
    before, after = (folds.make_fold(each, case.split, "flat") for each in (table, others))
    assert same_bits(before.x_train, after.x_train)
    assert same_bits(before.x_test[0], after.x_test[0])
    for column in before.x_train[:, table.plan.categories].T:
        codes = np.unique(column[~np.isnan(column)])
        assert list(range(len(codes))) == codes.tolist()


@PROPERTY
@given(
    levels=st.lists(st.sampled_from(["9", "10", "b", "a", "1.5"]), min_size=8, max_size=12),
    new=st.sampled_from(["0", "zz", "", "9x", "1e1"]),
    kind=st.sampled_from(["standard", "none"]),
)
def test_a_new_level_in_a_test_cell_changes_no_training_row(levels, new, kind):
    """As in the user's table, before its levels are numbered."""
    options = TableOptions("y", categorical=("c",), preprocess=kind)
    table = pd.DataFrame({"c": levels, "n": np.arange(len(levels)) / 7})
    table["y"] = ["p", "q"] * (len(levels) // 2) + ["p"] * (len(levels) % 2)
    split = Split("any", np.arange(len(levels) - 1), np.array([len(levels) - 1]))
    other = table.copy()
    other.loc[len(levels) - 1, "c"] = new
    before, after = (
        folds.make_fold(from_frame(each, options), split, "flat") for each in (table, other)
    )
    assert same_bits(before.x_train, after.x_train)


def test_unknown_levels_come_after_the_known_ones():
    """Codes are those of the levels of training rows; a missing cell stays missing."""
    codes = [1] * 10 + [3] * 9 + [np.nan] + [3, 0, 2, np.nan]
    plan = replace(one_category(4), kind="none")
    fold = folds.make_fold(dataset(codes, plan=plan), FIRST, "flat")
    assert [0] * 10 + [1] * 9 == fold.x_train[:19, 0].tolist()
    np.testing.assert_array_equal([[1], [2], [2], [np.nan]], fold.x_test)


def test_a_plan_of_numbers_alone_is_the_scaling_of_tables_without_one():
    """A missing cell in one column changes nothing in the others."""
    rng = np.random.default_rng(0)
    x = 1e12 + rng.normal(size=(24, 3))
    plain = folds.make_fold(toy(np.arange(24) % 2, x), FIRST, "flat")
    x[2, 0] = np.nan
    plan = Preprocessing((Feature("number"),) * 3)
    fold = folds.make_fold(dataset(*x.T, plan=plan), FIRST, "flat")
    np.testing.assert_allclose(fold.x_train[:, 1:3], plain.x_train[:, 1:], rtol=0, atol=1e-14)


def test_the_identity_has_roles_and_rules():
    """It is text that does not change between processes."""
    plan = Preprocessing((Feature("category", ("a", "b")),))
    assert f", [{RARE_ROWS}, " in plan.identity
    assert '"levels": ["a", "b"]' in plan.identity
    assert plan.identity != replace(plan, kind="none").identity


# Code broken on purpose: the properties above fail.


@pytest.mark.parametrize(
    ("part", "test"),
    [
        ("imputer", test_test_rows_change_nothing_in_what_was_fitted),
        ("imputer", test_preparation_is_that_of_scikit_learn),
        ("encoder", test_test_rows_change_nothing_in_what_was_fitted),
        ("encoder", test_test_rows_change_nothing_in_the_training_part),
        ("encoder", test_preparation_is_that_of_scikit_learn),
        ("scaler", test_test_rows_change_nothing_in_what_was_fitted),
        ("scaler", test_preparation_is_that_of_scikit_learn),
        ("levels", test_test_rows_change_no_code_of_a_category),
    ],
)
def test_a_part_that_is_fitted_on_all_rows_is_caught(part, test, monkeypatch):
    """The medians, levels, rare levels and scales of all rows do not pass."""
    fit_on_all_rows(part, monkeypatch)
    assert_caught(test)
