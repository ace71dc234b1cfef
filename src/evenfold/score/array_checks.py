"""Checks that arrays of predictions, read from a file or a store, are those of some fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

CLASSES, POSITIVE = "classes", "positive"
ROWS, LABELS, GROUPS = "rows", "y", "groups"
# A probability that was divided by its row's sum may be above 1 by so much.
ROUNDING = 1e-9
Arrays = Mapping[str, NDArray[Any]]


def check_arrays(arrays: Arrays, scores: pd.DataFrame) -> None:
    """Check shapes, types and ranges of the arrays that belong to some fits.

    Parameters
    ----------
    arrays
        The predictions, labels, rows and groups, named as in a file of predictions.
    scores
        One row for each fit: ``model``, ``split`` and ``seed``.

    Raises
    ------
    KeyError
        An array is missing.
    ValueError
        An array cannot be of these fits.
    """
    fits = list(zip(scores["model"], scores["split"], scores["seed"], strict=True))
    widths = set()
    for model, split, seed in fits:
        name = f"{model}/{split}/{seed}"
        _check_probabilities(name, arrays[name])
        widths.add(arrays[name].shape[1])
        if len(arrays[name]) != len(np.atleast_1d(arrays[f"{LABELS}/{split}"])):
            raise ValueError(f"{name}: predictions and labels have different numbers of rows")
    if len(widths) != 1:
        raise ValueError(f"fits have different numbers of classes: {sorted(widths)}")
    (classes,) = widths
    splits = list(dict.fromkeys(split for _, split, _ in fits))
    for split in splits:
        _check_split(arrays, split, classes)
    for name in (LABELS, GROUPS):
        _check_rows_agree(arrays, splits, name)
    _check_classes(arrays, classes)


def _check_probabilities(name: str, values: NDArray[Any]) -> None:
    if values.ndim != 2 or values.dtype.kind != "f" or len(values) == 0 or values.shape[1] < 2:
        raise ValueError(f"{name} is not a table of probabilities: {_kind(values)}")
    if not (np.isfinite(values).all() and -ROUNDING <= values.min() <= values.max() < 1 + ROUNDING):
        raise ValueError(f"{name} has values that are not probabilities")


def _check_split(arrays: Arrays, split: str, classes: int) -> None:
    """Check the labels of a split and, where there are some, its rows and groups."""
    labels = arrays[f"{LABELS}/{split}"]
    if not (_are_codes(labels) and labels.max() < classes):
        raise ValueError(f"{LABELS}/{split} are not codes of {classes} classes: {_kind(labels)}")
    for name in (ROWS, GROUPS):
        values = arrays.get(f"{name}/{split}")
        if values is None:
            continue
        if not _are_codes(values):
            raise ValueError(f"{name}/{split} are not whole numbers from 0: {_kind(values)}")
        if len(values) != len(labels):
            raise ValueError(f"{split}: predictions and {name} have different numbers of rows")
    rows = arrays.get(f"{ROWS}/{split}")
    if rows is not None and len(np.unique(rows)) < len(rows):
        raise ValueError(f"{ROWS}/{split} have a row twice")


def _check_rows_agree(arrays: Arrays, splits: list[str], name: str) -> None:
    """Check that a row has one label, or group, in all splits that test it."""
    named = [s for s in splits if f"{ROWS}/{s}" in arrays and f"{name}/{s}" in arrays]
    if not named:
        return
    rows = np.concatenate([arrays[f"{ROWS}/{split}"] for split in named])
    values = np.concatenate([arrays[f"{name}/{split}"] for split in named])
    _, first, place = np.unique(rows, return_index=True, return_inverse=True)
    if (values[first][place] != values).any():
        raise ValueError(f"a row has several {name}: splits have rows of different data")


def _check_classes(arrays: Arrays, classes: int) -> None:
    names = arrays.get(CLASSES)
    if names is not None and names.shape != (classes,):
        raise ValueError(f"there are {classes} classes, and {_kind(names)} are their names")
    positive = arrays.get(POSITIVE)
    if positive is None:
        return
    if positive.shape != () or positive.dtype.kind not in "iu" or not 0 <= positive < classes:
        raise ValueError(f"the positive class is not a code of {classes} classes")


def _are_codes(values: NDArray[Any]) -> bool:
    is_list = values.ndim == 1 and len(values) > 0
    return is_list and values.dtype.kind in "iu" and int(values.min()) >= 0


def _kind(values: NDArray[Any]) -> str:
    return f"shape {values.shape} of {values.dtype}"
