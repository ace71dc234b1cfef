"""Stratified splits: one holdout, as in the tutorial, and repeated folds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenfold.data.datasets import Dataset
from evenfold.data.group_splits import group_folds, group_holdout, group_numbers
from evenfold.errors import DataError
from evenfold.render.words import counted

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Split:
    """Row indices of the training and the test part, int64, and the split's name in results."""

    name: str
    train: Indices
    test: Indices

    @cached_property
    def digest(self) -> str:
        """Digest of the indices of both parts in their order: 16 hexadecimal digits."""
        rows = np.concatenate([self.train, [-1], self.test]).astype("<i8")
        return hashlib.sha256(rows.tobytes()).hexdigest()[:16]


def splits_digest(splits: Iterable[Split]) -> str:
    """Return a digest of names and rows of splits: 16 hexadecimal digits."""
    text = "\n".join(f"{split.name} {split.digest}" for split in splits)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def holdout(dataset: Dataset, test_size: float = 0.2, seed: int = 0) -> list[Split]:
    """Draw one stratified split, as ``train_test_split(stratify=y, random_state=seed)`` does.

    The order of rows is the same too. With groups, `evenfold.data.group_splits.group_holdout` draws
    the split, with about one in ``round(1 / test_size)`` rows in the test part.

    Raises
    ------
    DataError
        If a class is too small to be in both parts.
    """
    parts = round(1 / test_size)
    _require(dataset, rows_a_class=2 if dataset.groups is None else parts)
    if dataset.groups is not None:
        groups = _groups_to_fill(dataset, dataset.groups, parts)
        is_test = group_holdout(dataset.y, groups, parts, seed)
        train, test = np.flatnonzero(~is_test), np.flatnonzero(is_test)
    else:
        train, test = _ungrouped_holdout(dataset, test_size, seed)
    _require_classes(dataset, train, "training")
    _require_classes(dataset, test, "test")
    _require_weights(dataset, train, "holdout")
    return [Split("holdout", train, test)]


def kfold(dataset: Dataset, folds: int = 10, repeats: int = 10, seed: int = 0) -> list[Split]:
    """Draw the splits of ``RepeatedStratifiedKFold(folds, repeats, random_state=seed)``, in order.

    With groups, `evenfold.data.group_splits.group_folds` draws them.

    Raises
    ------
    DataError
        If a class has fewer rows, or rows in fewer groups, than there are folds.
    """
    from sklearn.model_selection import RepeatedStratifiedKFold

    if folds < 2 or repeats < 1:
        raise DataError(f"kfold needs at least 2 folds and 1 repeat, found {folds} and {repeats}")
    _require(dataset, rows_a_class=folds)
    if dataset.groups is None:
        splitter = RepeatedStratifiedKFold(n_splits=folds, n_repeats=repeats, random_state=seed)
        pairs = splitter.split(np.zeros(len(dataset.y)), dataset.y)
    else:
        _require_groups(dataset, dataset.groups, folds)
        pairs = _group_pairs(dataset, dataset.groups, folds, repeats, seed)
    splits = []
    for number, (train, test) in enumerate(pairs):
        _require_classes(dataset, train, "training")
        name = f"r{number // folds}f{number % folds}"
        _require_weights(dataset, train, name)
        splits.append(Split(name, train, test))
    return splits


def _ungrouped_holdout(dataset: Dataset, test_size: float, seed: int) -> tuple[Indices, Indices]:
    from sklearn.model_selection import train_test_split

    rows = np.arange(len(dataset.y))
    classes = len(np.unique(dataset.y))
    test_rows = int(np.ceil(len(rows) * test_size))
    if min(test_rows, len(rows) - test_rows) < classes:
        raise DataError(
            f"{dataset.origin}: {counted(len(rows), 'row')} cannot be split into "
            f"{len(rows) - test_rows} and {test_rows} with {classes} classes in each part: "
            "give more rows"
        )
    train, test = train_test_split(rows, test_size=test_size, random_state=seed, stratify=dataset.y)
    return train, test


def _group_pairs(
    dataset: Dataset, groups: NDArray[Any], folds: int, repeats: int, seed: int
) -> Iterator[tuple[Indices, Indices]]:
    numbers = _groups_to_fill(dataset, groups, folds)
    for fold_of_row in group_folds(dataset.y, numbers, folds, repeats, seed):
        for fold in range(folds):
            yield np.flatnonzero(fold_of_row != fold), np.flatnonzero(fold_of_row == fold)


def _groups_to_fill(dataset: Dataset, groups: NDArray[Any], parts: int) -> Indices:
    """The number of each row's group; there are as many groups as parts, or more."""
    numbers = group_numbers(groups)
    count = int(numbers.max()) + 1
    if count < parts:
        raise DataError(
            f"{dataset.origin}: {counted(count, 'group')} cannot fill {parts} parts "
            "without splitting a group: give more groups or fewer folds"
        )
    return numbers


def _require_groups(dataset: Dataset, groups: NDArray[Any], folds: int) -> None:
    numbers = group_numbers(groups)
    for label in np.unique(dataset.y):
        count = len(np.unique(numbers[dataset.y == label]))
        if count < folds:
            raise DataError(
                f"{dataset.origin}: the rows of class {dataset.class_names[label]!r} are in "
                f"{counted(count, 'group')}, but {folds} folds that split no group need at least "
                f"{folds}: give more groups or fewer folds"
            )


def _require_classes(dataset: Dataset, rows: Indices, part: str) -> None:
    missing = set(dataset.y) - set(dataset.y[rows])
    if missing:
        raise DataError(
            f"{dataset.origin}: no row of class {dataset.class_names[min(missing)]!r} falls into "
            f"the {part} part: the class has too few rows, or they share too few groups"
        )


def _require_weights(dataset: Dataset, train: Indices, split: str) -> None:
    """Refuse training rows of which a class cannot be learned, as none of its rows weighs."""
    if dataset.sample_weight is None:
        return
    labels = dataset.y[train]
    unlearnt = np.setdiff1d(labels, labels[dataset.sample_weight[train] > 0])
    if len(unlearnt):
        raise DataError(
            f"{dataset.origin}: of class {dataset.class_names[unlearnt[0]]!r}, every training row "
            f"in {split} has the sample weight 0: give more rows of it another weight, or use "
            "fewer folds"
        )


def _require(dataset: Dataset, rows_a_class: int) -> None:
    if not len(dataset.y):
        raise DataError(f"{dataset.origin}: no rows, so there is nothing to split")
    present, counts = np.unique(dataset.y, return_counts=True)
    if len(present) < 2:
        raise DataError(
            f"{dataset.origin}: every row is of class {dataset.class_names[present[0]]!r}; "
            "a classifier needs at least two classes"
        )
    smallest = int(np.argmin(counts))
    if len(present) > len(dataset.y) / 2:
        raise DataError(
            f"{dataset.origin}: {len(dataset.y)} rows have {len(present)} different labels, and a "
            "classifier needs several rows of each: is this the right target column?"
        )
    if counts[smallest] < rows_a_class:
        raise DataError(
            f"{dataset.origin}: class {dataset.class_names[present[smallest]]!r} has "
            f"{counted(int(counts[smallest]), 'row')}, and the protocol needs at least "
            f"{rows_a_class} of each class: give more rows or fewer folds"
        )
