"""Files of folds, which worker processes read. Keeps to Python 3.8 and numpy 1.18."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from evenfold.contract import Fold, Layout, Task


def write_fold(file: Path, fold: Fold) -> None:
    """Write the arrays of a fold, the names of its classes and its sample weights.

    Parameters
    ----------
    file
        The file, which ends in ``.npz``.
    fold
        The fold.
    """
    arrays: dict[str, Any] = {
        "x_train": fold.x_train,
        "y_train": fold.y_train,
        "x_test": fold.x_test,
    }
    if fold.sample_weight is not None:
        arrays["sample_weight"] = fold.sample_weight
    np.savez(file, class_names=np.array(list(fold.class_names), dtype=str), **arrays)


def read_fold(file: str | Path, layout: Layout, n_classes: int) -> Fold:
    """Read a fold.

    Parameters
    ----------
    file
        The file.
    layout
        The layout in which its rows were written.
    n_classes
        The number of classes.
    """
    with np.load(file, allow_pickle=False) as arrays:
        x_train = arrays["x_train"]
        return Fold(
            task=Task(tuple(x_train.shape[1:]), n_classes),
            layout=layout,
            x_train=x_train,
            y_train=arrays["y_train"],
            x_test=arrays["x_test"],
            class_names=tuple(arrays["class_names"].tolist()),
            sample_weight=arrays["sample_weight"] if "sample_weight" in arrays.files else None,
        )
