"""Labels as text become classes: their names in order, and which one is positive."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenfold.errors import DataError


def encode(labels: Sequence[str]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Turn labels into indices of classes.

    The classes are sorted, as numbers where every label is one: then "1" and "1.0" are one class,
    named as it is first written.

    Returns
    -------
    y
        The index of each label's class, int64 of shape ``(rows,)``.
    classes
        The name of each class.
    """
    keys: Sequence[Any] = labels
    with suppress(ValueError):
        keys = [float(label) for label in labels]
    names: dict[Any, str] = {}
    for key, label in zip(keys, labels, strict=True):
        names.setdefault(key, label)
    order = {key: index for index, key in enumerate(sorted(names))}
    y = np.array([order[key] for key in keys], dtype=np.int64)
    return y, tuple(names[key] for key in order)


def positive_index(source: str, classes: tuple[str, ...], positive: str | None) -> int | None:
    """Return the index of the positive class.

    Parameters
    ----------
    source
        What a message names: the path of a file, or ``frame``.
    classes
        The names of the classes.
    positive
        The label of the positive class; None for the last of two classes, and of more none.

    Raises
    ------
    DataError
        There is no such class.
    """
    if positive is None:
        return 1 if len(classes) == 2 else None
    if positive not in classes:
        raise DataError(
            f"{source}: no row has the label {positive!r}: labels are {', '.join(classes)}"
        )
    return classes.index(positive)
