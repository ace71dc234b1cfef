"""Labels as text become classes: their names in order, and which of them is the positive one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenfold.errors import DataError


def encode(labels: Sequence[str]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Labels as int64 of shape ``(rows,)``, and the classes that these are indices of.

    Classes are sorted, as numbers where every label is one.
    """
    keys: Sequence[Any] = labels
    with suppress(ValueError):
        # "1" and "1.0" are one class, named as it was first written.
        keys = [float(label) for label in labels]
    names: dict[Any, str] = {}
    for key, label in zip(keys, labels, strict=True):
        names.setdefault(key, label)
    order = {key: index for index, key in enumerate(sorted(names))}
    y = np.array([order[key] for key in keys], dtype=np.int64)
    return y, tuple(names[key] for key in order)


def positive_index(path: Path, classes: tuple[str, ...], positive: str | None) -> int | None:
    """The index of the positive class: the last of two unless told, of several none.

    Raises DataError, naming the file, for one that is not there.
    """
    if positive is None:
        return 1 if len(classes) == 2 else None
    if positive not in classes:
        raise DataError(
            f"{path}: no row has the label {positive!r}: labels are {', '.join(classes)}"
        )
    return classes.index(positive)
