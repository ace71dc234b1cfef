"""What holdout and kfold promise of the splits they draw, on generated and built-in data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import (
    RepeatedKFold,
    RepeatedStratifiedKFold,
    train_test_split,
)

from builders.mutations import assert_caught
from evenfold.data import folds as applied
from evenfold.data import splits as protocols
from evenfold.data.datasets import built_in
from evenfold.errors import DataError
from strategies import PROPERTY, SEEDS, datasets, grouped, grouped_anyhow, toy

FOLDS = st.integers(2, 5)
TEST_SIZES = st.sampled_from([0.1, 0.2, 0.25, 1 / 3, 0.5])


def assert_complete(dataset, split):
    """Every row is in exactly one part, and no part is empty."""
    assert list(range(len(dataset.y))) == sorted([*split.train, *split.test])
    assert 0 not in (len(split.train), len(split.test))


def assert_undivided(dataset, split):
    assert set() == set(dataset.groups[split.train]) & set(dataset.groups[split.test])


def rows_a_class(dataset, rows):
    return np.bincount(dataset.y[rows], minlength=dataset.n_classes)


def rows_of(splits):
    return [(split.name, split.train.tolist(), split.test.tolist()) for split in splits]


@PROPERTY
@given(dataset=datasets(smallest=12), test_size=TEST_SIZES, seed=SEEDS)
def test_holdout_puts_every_row_in_one_part(dataset, test_size, seed):
    """The two parts of a holdout are disjoint and exhaustive."""
    (split,) = protocols.holdout(dataset, test_size, seed)
    assert_complete(dataset, split)


@PROPERTY
@given(dataset=datasets(smallest=5), folds=FOLDS, seed=SEEDS)
def test_kfold_puts_every_row_in_one_part(dataset, folds, seed):
    """The two parts of every fold are disjoint and exhaustive."""
    for split in protocols.kfold(dataset, folds, 2, seed):
        assert_complete(dataset, split)


@PROPERTY
@given(dataset=datasets(smallest=5) | grouped(), folds=FOLDS, seed=SEEDS)
def test_kfold_tests_every_row_once_a_repeat(dataset, folds, seed):
    """The test parts of one repeat share no row and leave none out, with groups or without."""
    splits = protocols.kfold(dataset, folds, 2, seed)
    for repeat in (splits[:folds], splits[folds:]):
        tested = np.concatenate([split.test for split in repeat])
        assert list(range(len(dataset.y))) == sorted(tested)


@PROPERTY
@given(dataset=datasets(smallest=12), test_size=TEST_SIZES, seed=SEEDS)
def test_holdout_is_stratified(dataset, test_size, seed):
    """Each class's rows in the test part differ from its exact share by one at most."""
    (split,) = protocols.holdout(dataset, test_size, seed)
    exact = rows_a_class(dataset, split.train) + rows_a_class(dataset, split.test)
    exact = exact * len(split.test) / len(dataset.y)
    assert 1 >= np.abs(rows_a_class(dataset, split.test) - exact).max()


@PROPERTY
@given(dataset=datasets(smallest=5), folds=FOLDS, seed=SEEDS)
def test_kfold_is_stratified(dataset, folds, seed):
    """Each class's rows in the test parts of one repeat differ by one at most."""
    splits = protocols.kfold(dataset, folds, 2, seed)
    for repeat in (splits[:folds], splits[folds:]):
        tested = np.array([rows_a_class(dataset, split.test) for split in repeat])
        assert 1 >= np.ptp(tested, axis=0).max()


@PROPERTY
@given(dataset=datasets(smallest=12) | grouped(), seed=SEEDS)
def test_a_seed_draws_the_same_splits_again(dataset, seed):
    """Two draws with one seed agree in content and order, with groups or without."""
    for protocol in (protocols.holdout, protocols.kfold):
        first, again = (rows_of(protocol(dataset, seed=seed, **few(protocol))) for _ in range(2))
        assert first == again


@PROPERTY
@given(dataset=datasets(smallest=12), seeds=st.lists(SEEDS, min_size=2, max_size=2, unique=True))
def test_another_seed_draws_other_splits(dataset, seeds):
    """Two draws with different seeds differ."""
    for protocol in (protocols.holdout, protocols.kfold):
        one, other = (rows_of(protocol(dataset, seed=seed, **few(protocol))) for seed in seeds)
        assert one != other


def few(protocol):
    """Keeps a property's kfold small; three repeats never agree by chance."""
    return {"folds": 3, "repeats": 3} if protocol is protocols.kfold else {}


@PROPERTY
@given(dataset=grouped(), test_size=st.sampled_from([0.2, 0.25, 1 / 3, 0.5]), seed=SEEDS)
def test_holdout_divides_no_group(dataset, test_size, seed):
    """No group has rows in both parts of a holdout, and every row is in one of them."""
    (split,) = protocols.holdout(dataset, test_size, seed)
    assert_complete(dataset, split)
    assert_undivided(dataset, split)


@PROPERTY
@given(dataset=grouped(), folds=FOLDS, seed=SEEDS)
def test_kfold_divides_no_group(dataset, folds, seed):
    """No group has rows in both parts of a fold, and every row is in one of them."""
    for split in protocols.kfold(dataset, folds, 2, seed):
        assert_complete(dataset, split)
        assert_undivided(dataset, split)


@PROPERTY
@given(dataset=grouped_anyhow(), seed=SEEDS)
def test_groups_that_cannot_be_split_are_refused(dataset, seed):
    """Whatever the groups, a protocol raises a DataError or divides none and trains on all."""
    for protocol in (protocols.holdout, protocols.kfold):
        try:
            splits = protocol(dataset, seed=seed, **few(protocol))
        except DataError:
            continue
        for split in splits:
            assert_complete(dataset, split)
            assert_undivided(dataset, split)
            assert 0 not in rows_a_class(dataset, split.train)


@PROPERTY
@given(dataset=datasets(smallest=5), folds=FOLDS, repeats=st.integers(1, 3), seed=SEEDS)
def test_kfold_is_that_of_scikit_learn(dataset, folds, repeats, seed):
    """kfold draws the folds of RepeatedStratifiedKFold, in its order, rows in order too."""
    theirs = RepeatedStratifiedKFold(n_splits=folds, n_repeats=repeats, random_state=seed)
    pairs = theirs.split(dataset.x, dataset.y)
    expected = [
        (f"r{number // folds}f{number % folds}", train.tolist(), test.tolist())
        for number, (train, test) in enumerate(pairs)
    ]
    assert expected == rows_of(protocols.kfold(dataset, folds, repeats, seed))


def test_kfold_is_ten_times_ten_folds():
    """Without further options kfold draws 10 repeats of 10 folds, named r0f0 to r9f9."""
    splits = protocols.kfold(built_in("wine"))
    expected = [f"r{repeat}f{fold}" for repeat in range(10) for fold in range(10)]
    assert expected == [split.name for split in splits]


def test_holdout_is_that_of_the_tutorial():
    """On breast_cancer holdout is train_test_split's 455 and 114 rows, in content and order."""
    dataset = built_in("breast_cancer")
    train, test = train_test_split(
        np.arange(569), test_size=0.2, random_state=0, stratify=dataset.y
    )
    assert (455, 114) == (len(train), len(test))
    expected = [("holdout", train.tolist(), test.tolist())]
    assert expected == rows_of(protocols.holdout(dataset))


def test_indices_are_int64():
    """Both parts of a split, of either protocol, are int64 row indices."""
    splits = protocols.holdout(built_in("wine")) + protocols.kfold(built_in("wine"), 3, 1)
    assert {"int64"} == {str(rows.dtype) for split in splits for rows in (split.train, split.test)}


def test_three_thousand_features_are_split_and_scaled():
    """A table of far more columns than rows goes through both protocols."""
    rng = np.random.default_rng(0)
    dataset = toy(np.arange(60) % 3, rng.normal(size=(60, 3000)))
    for split in protocols.holdout(dataset) + protocols.kfold(dataset, 2, 1):
        fold = applied.make_fold(dataset, split, "flat")
        assert (len(split.train), 3000) == fold.x_train.shape
        assert_complete(dataset, split)


# Code broken on purpose: the properties above fail.


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
        test_holdout_is_stratified,
        test_kfold_is_stratified,
        test_kfold_is_that_of_scikit_learn,
        test_holdout_is_that_of_the_tutorial,
    ],
)
def test_a_split_that_ignores_classes_is_caught(test):
    """Parts drawn without regard to the labels do not pass."""
    assert_caught(test)


def divided_folds(y, groups, folds, repeats, seed):
    """Folds that ignore groups."""
    for _ in range(repeats):
        yield np.arange(len(y)) % folds


def divided_holdout(y, groups, parts, seed):
    """A holdout that ignores groups."""
    return np.arange(len(y)) % parts == 0


@pytest.mark.parametrize(
    "test",
    [
        test_holdout_divides_no_group,
        test_kfold_divides_no_group,
        test_groups_that_cannot_be_split_are_refused,
    ],
)
def test_a_split_that_divides_groups_is_caught(test, monkeypatch):
    """Parts that share a group do not pass."""
    monkeypatch.setattr("evenfold.data.splits.group_folds", divided_folds)
    monkeypatch.setattr("evenfold.data.splits.group_holdout", divided_holdout)
    assert_caught(test)
