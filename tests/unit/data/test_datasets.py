"""What a dataset promises: the built-in ones, the fingerprint, and what is refused."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import datasets as theirs

from evenfold.data.datasets import Dataset, built_in
from evenfold.errors import DataError
from strategies import PROPERTY, datasets, grouped, toy


@pytest.mark.parametrize(
    ("name", "shape", "rows_a_class"),
    [
        ("breast_cancer", (569, 30), [212, 357]),
        ("wine", (178, 13), [59, 71, 48]),
        ("digits", (1797, 64), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]),
    ],
)
def test_built_in_dataset_has_its_published_size(name, shape, rows_a_class):
    """Rows, features and rows a class are those of the data's description."""
    dataset = built_in(name)
    assert shape == dataset.x.shape
    assert rows_a_class == np.bincount(dataset.y).tolist()
    assert len(rows_a_class) == dataset.n_classes


@pytest.mark.parametrize("name", ["breast_cancer", "wine", "digits"])
def test_built_in_dataset_is_that_of_scikit_learn(name):
    """Inputs, labels and names are scikit-learn's, as float64, int64 and plain text."""
    dataset, bunch = built_in(name), getattr(theirs, f"load_{name}")()
    assert name == dataset.name
    assert ("float64", "int64") == (str(dataset.x.dtype), str(dataset.y.dtype))
    assert bunch.data.tolist() == dataset.x.tolist()
    assert bunch.target.tolist() == dataset.y.tolist()
    assert list(bunch.feature_names) == list(dataset.feature_names)
    assert {str} == {type(text) for text in dataset.feature_names + dataset.class_names}


@pytest.mark.parametrize(
    ("name", "class_names"),
    [
        ("breast_cancer", ("malignant", "benign")),
        ("wine", ("class_0", "class_1", "class_2")),
        ("digits", tuple("0123456789")),
    ],
)
def test_built_in_dataset_names_its_classes(name, class_names):
    """Class names are in the order of the labels."""
    assert class_names == built_in(name).class_names


def test_positive_class_of_breast_cancer_is_malignant():
    """Sensitivity is about the disease, which scikit-learn codes as 0."""
    dataset = built_in("breast_cancer")
    assert "malignant" == dataset.class_names[dataset.positive]
    assert 212 == np.sum(dataset.y == dataset.positive)


@pytest.mark.parametrize("name", ["wine", "digits"])
def test_other_built_in_datasets_have_no_positive_class(name):
    """No class of several is the one to find."""
    assert built_in(name).positive is None


@pytest.mark.parametrize(
    ("name", "fingerprint"),
    [
        ("breast_cancer", "686232e192094b78"),
        ("wine", "e6f3c557ac06eaf6"),
        ("digits", "e7db8baef23d7933"),
    ],
)
def test_fingerprint_is_the_same_in_every_process(name, fingerprint):
    """A fingerprint in a results file is that of the same data anywhere, on any day."""
    assert fingerprint == built_in(name).fingerprint


@PROPERTY
@given(dataset=datasets() | grouped())
def test_equal_datasets_have_equal_fingerprints(dataset):
    """A copy, in another memory order, has the same 16 hexadecimal digits."""
    copy = replace(dataset, x=np.asfortranarray(dataset.x), y=dataset.y.copy())
    assert dataset.fingerprint == copy.fingerprint
    assert re.fullmatch("[0-9a-f]{16}", copy.fingerprint)


@pytest.mark.parametrize("kind", [list, np.array])
def test_names_of_any_kind_have_one_fingerprint(kind):
    """It identifies fits; a plug-in may state names as a list, or as NumPy returns them."""
    plain = toy([0, 1, 1], positive=1)
    given_names = {
        "feature_names": kind(plain.feature_names),
        "class_names": kind(plain.class_names),
    }
    other = replace(plain, positive=np.int64(1), **given_names)
    assert plain.fingerprint == other.fingerprint
    assert {str} == {type(name) for name in (*other.feature_names, *other.class_names)}


@pytest.mark.parametrize("positive", [1.0, "n", np.bool_(True), [1]])
def test_a_positive_class_that_is_no_index_is_refused(positive):
    with pytest.raises(DataError, match=r"the positive class is .*, expected an index"):
        toy([0, 1], positive=positive)


def one_input(dataset, row):
    x = dataset.x.copy()
    x[row, -1] = np.nextafter(x[row, -1], np.inf)
    return replace(dataset, x=x)


def one_label(dataset, row):
    y = dataset.y.copy()
    y[row] = (y[row] + 1) % dataset.n_classes
    return replace(dataset, y=y)


def one_group(dataset, row):
    groups = np.zeros(len(dataset.y), dtype=np.int64)
    groups[row] = 1
    return replace(dataset, groups=groups)


def one_row_less(dataset, row):
    groups = None if dataset.groups is None else np.delete(dataset.groups, row)
    x, y = np.delete(dataset.x, row, axis=0), np.delete(dataset.y, row)
    return replace(dataset, x=x, y=y, groups=groups)


CHANGES = {
    "an input": one_input,
    "a label": one_label,
    "a group": one_group,
    "a row left out": one_row_less,
    "a feature's name": lambda d, row: replace(d, feature_names=(*d.feature_names[:-1], "other")),
    "a class's name": lambda d, row: replace(d, class_names=(*d.class_names[:-1], "other")),
    "a class more": lambda d, row: replace(d, class_names=(*d.class_names, "other")),
    "the positive class": lambda d, row: replace(d, positive=1 if d.positive is None else None),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@PROPERTY
@given(dataset=datasets() | grouped(), data=st.data())
def test_fingerprint_changes_with_any_change(change, dataset, data):
    """The least change of any part gives another fingerprint."""
    row = data.draw(st.integers(0, len(dataset.y) - 1))
    assert dataset.fingerprint != change(dataset, row).fingerprint


@PROPERTY
@given(dataset=grouped(), data=st.data())
def test_fingerprint_changes_with_the_group_of_a_row(dataset, data):
    """One row in another group, the groups' names unchanged, gives another fingerprint."""
    row = data.draw(st.integers(0, len(dataset.y) - 1))
    groups = dataset.groups.copy()
    groups[row] = next(group for group in np.unique(groups) if group != groups[row])
    assert dataset.fingerprint != replace(dataset, groups=groups).fingerprint


@PROPERTY
@given(
    dataset=datasets(),
    value=st.sampled_from([np.nan, np.inf, -np.inf]),
    data=st.data(),
)
def test_value_that_is_no_finite_number_is_refused(dataset, value, data):
    """NaN and infinities, anywhere, are a DataError that names row and feature."""
    row = data.draw(st.integers(0, len(dataset.y) - 1))
    column = data.draw(st.integers(0, dataset.x.shape[1] - 1))
    x = dataset.x.copy()
    x[row, column] = value
    message = f"^toy: row {row}, feature 'f{column}' is {value}: give every cell a finite number$"
    with pytest.raises(DataError, match=message):
        replace(dataset, x=x)


SOUND = {
    "name": "toy",
    "x": np.zeros((4, 2)),
    "y": np.array([0, 1, 0, 1]),
    "feature_names": ("f0", "f1"),
    "class_names": ("c0", "c1"),
}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"x": np.zeros((4, 3))},
            "inputs have shape (4, 3), expected (rows, 2), or (rows, steps, 2) of series",
        ),
        ({"x": np.zeros((4, 2, 1))}, "inputs have shape (4, 2, 1), expected (rows, 2)"),
        ({"x": np.zeros((4, 1, 1, 2))}, "inputs have shape (4, 1, 1, 2), expected (rows, 2)"),
        ({"x": np.zeros(4)}, "inputs have shape (4,), expected (rows, 2)"),
        ({"y": np.zeros(3, dtype=np.int64)}, "labels have shape (3,), expected (4,)"),
        ({"y": np.zeros((4, 1), dtype=np.int64)}, "labels have shape (4, 1), expected (4,)"),
        ({"groups": np.arange(5)}, "groups have shape (5,), expected (4,)"),
        ({"y": np.array([0, 1, 2, 0])}, "a label lies outside 0..1"),
        ({"y": np.array([0, 1, -1, 0])}, "a label lies outside 0..1"),
        ({"positive": 2}, "positive class 2 lies outside 0..1"),
        ({"positive": -1}, "positive class -1 lies outside 0..1"),
    ],
)
def test_parts_that_do_not_fit_are_refused(wrong, message):
    """The message has the part, what was found and what was expected."""
    with pytest.raises(DataError, match="^" + re.escape(f"toy: {message}")):
        Dataset(**{**SOUND, **wrong})


def test_parts_that_fit_are_taken():
    """What the refused ones were changed from is a dataset."""
    assert 2 == Dataset(**SOUND).n_classes


def test_dataset_without_rows_is_taken():
    """That there are no rows is for the protocols to refuse."""
    assert (0, 3) == toy([], np.zeros((0, 3))).x.shape


def test_a_dataset_is_shown_in_few_short_lines():
    """Whatever its names, sizes and numbers of classes are."""
    rng = np.random.default_rng(0)
    rows, wide = 1000, 2000
    dataset = Dataset(
        name="n" * 90,
        x=rng.normal(size=(rows, wide)),
        y=np.arange(rows) % 200,
        feature_names=tuple(f"feature\n{n} " + "x" * 90 for n in range(wide)),
        class_names=tuple(f"class {n}" * 10 for n in range(200)),
        positive=3,
        groups=np.arange(rows) // 4,
        sample_weight=rng.random(rows) + 0.5,
    )
    lines = repr(dataset).splitlines()
    assert len(lines) <= 10
    assert max(map(len, lines)) <= 100
    assert "  250 groups" in lines
    expected = """\
Dataset 'toy': 4 rows
  2 features: 'f0', 'f1'
  2 classes: 'c0' 2 rows, 'c1' 2 rows"""
    assert expected == repr(Dataset(**{**SOUND, "name": "toy"}))
