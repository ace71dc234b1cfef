"""Datasets that no split can divide are refused; those at the limit are split."""

from __future__ import annotations

import re

import numpy as np
import pytest

from evenfold.data import splits as protocols
from evenfold.errors import DataError
from strategies import toy


def rows_a_class(dataset, rows):
    return np.bincount(dataset.y[rows], minlength=dataset.n_classes)


NO_SPLIT = re.escape("toy: no rows, so there is nothing to split")
ONE_CLASS = re.escape("toy: every row is of class 'c0'; a classifier needs at least two classes")


@pytest.mark.parametrize("protocol", [protocols.holdout, protocols.kfold])
@pytest.mark.parametrize(
    ("y", "message"),
    [
        pytest.param([], NO_SPLIT, id="no rows"),
        pytest.param([0], ONE_CLASS, id="one row"),
        pytest.param([0] * 30, ONE_CLASS, id="one class"),
    ],
)
def test_labels_that_no_protocol_can_split_are_refused(protocol, y, message):
    """No rows, one row and one class are a DataError of both protocols."""
    with pytest.raises(DataError, match=f"^{message}$"):
        protocol(toy(y))


@pytest.mark.parametrize("protocol", [protocols.holdout, protocols.kfold])
def test_a_target_whose_labels_are_almost_all_different_is_questioned(protocol):
    message = r"^toy: 30 rows have 29 different labels, .*: is this the right target column\?$"
    with pytest.raises(DataError, match=message):
        protocol(toy([0, *range(29)]))


@pytest.mark.parametrize("groups", [None, np.arange(13)])
def test_kfold_refuses_a_class_with_fewer_rows_than_folds(groups):
    """The message has the class, its rows, the rows needed and what to do; groups or not."""
    message = re.escape(
        "toy: class 'c1' has 3 rows, and the protocol needs at least 4 of each class: "
        "give more rows or fewer folds"
    )
    with pytest.raises(DataError, match=f"^{message}$"):
        protocols.kfold(toy([0] * 10 + [1] * 3, groups=groups), folds=4)


@pytest.mark.parametrize("rows", [2, 3, 4, 5])
def test_kfold_takes_a_class_with_a_row_a_fold(rows):
    """As many rows of a class as there are folds are enough."""
    splits = protocols.kfold(toy([0] * 9 + [1] * rows), folds=rows, repeats=1)
    assert [1] * rows == [rows_a_class(toy([0] * 9 + [1] * rows), s.test)[1] for s in splits]


def test_holdout_refuses_a_class_of_one_row():
    """A class with a single row cannot be in both parts."""
    with pytest.raises(DataError, match=r"^toy: class 'c1' has 1 row, .* at least 2 of each"):
        protocols.holdout(toy([0] * 20 + [1]))


@pytest.mark.parametrize("rows", [1, 2, 4])
def test_holdout_with_groups_refuses_a_class_with_fewer_rows_than_parts(rows):
    """With groups a fifth is one of five parts, so each class needs five rows."""
    dataset = toy([0] * 20 + [1] * rows, groups=np.arange(20 + rows))
    message = f"^toy: class 'c1' has {rows} rows?, .* at least 5 of each"
    with pytest.raises(DataError, match=message):
        protocols.holdout(dataset)


def test_holdout_refuses_more_classes_than_test_rows():
    """The message has the rows of both parts and the number of classes."""
    message = re.escape(
        "toy: 12 rows cannot be split into 9 and 3 with 6 classes in each part: give more rows"
    )
    with pytest.raises(DataError, match=f"^{message}$"):
        protocols.holdout(toy(np.arange(12) % 6))


def test_holdout_takes_as_many_classes_as_test_rows():
    """Six test rows are enough for one of each of six classes."""
    dataset = toy(np.arange(30) % 6)
    (split,) = protocols.holdout(dataset)
    assert [1] * 6 == rows_a_class(dataset, split.test).tolist()


@pytest.mark.parametrize(("folds", "repeats"), [(1, 1), (0, 1), (-3, 1), (5, 0)])
def test_kfold_refuses_fewer_than_two_folds_or_one_repeat(folds, repeats):
    """The message has the numbers asked for and the least that is possible."""
    message = f"^kfold needs at least 2 folds and 1 repeat, found {folds} and {repeats}$"
    with pytest.raises(DataError, match=message):
        protocols.kfold(toy(np.arange(20) % 2), folds, repeats)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        pytest.param(
            protocols.holdout,
            "2 groups cannot fill 5 parts without splitting a group",
            id="holdout",
        ),
        pytest.param(
            lambda dataset: protocols.kfold(dataset, folds=3),
            "the rows of class 'c0' are in 2 groups, but 3 folds that split no group need",
            id="kfold",
        ),
    ],
)
def test_fewer_groups_than_parts_are_refused(draw, message):
    """The message has the number of groups and of parts that they cannot fill."""
    dataset = toy(np.arange(20) % 2, groups=np.arange(20) // 10)
    with pytest.raises(DataError, match=f"^toy: {message}"):
        draw(dataset)


def test_kfold_refuses_a_class_in_one_group_only():
    """The fold that tests that group would train on none of the class; the message names it."""
    y = np.repeat([0, 1], [40, 10])
    groups = np.r_[np.arange(40) % 8, np.full(10, 8)]
    with pytest.raises(DataError, match=r"^toy: the rows of class 'c1' are in 1 group, but 5"):
        protocols.kfold(toy(y, groups=groups), folds=5)


def test_holdout_refuses_a_class_too_small_for_the_test_part():
    """Two rows of a hundred round to none of twenty test rows."""
    with pytest.raises(DataError, match="c1"):
        protocols.holdout(toy([0] * 98 + [1] * 2))


@pytest.mark.parametrize("seed", range(3))
def test_holdout_refuses_a_class_in_one_group_only(seed):
    """The part without that group would have none of the class, whichever part it is."""
    y = np.repeat([0, 1], [40, 10])
    groups = np.r_[np.arange(40) % 8, np.full(10, 8)]
    with pytest.raises(DataError, match="c1"):
        protocols.holdout(toy(y, groups=groups), seed=seed)


def test_kfold_refuses_a_class_in_fewer_groups_than_folds():
    """A class in two groups is in two of five test parts at most."""
    y = np.repeat([0, 1], [40, 10])
    groups = np.r_[np.arange(40) % 8, np.arange(10) % 2]
    with pytest.raises(DataError, match="c1"):
        protocols.kfold(toy(y, groups=groups), folds=5, repeats=1)
