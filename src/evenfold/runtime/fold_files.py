"""Files of folds, which worker processes read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from evenfold.contract import Fold


def write_fold(file: Path, fold: Fold, class_names: Sequence[str]) -> None:
    """Write the arrays of a fold and the names of its classes.

    Parameters
    ----------
    file
        The file, which ends in ``.npz``.
    fold
        The fold.
    class_names
        The name of each class, by label.
    """
    np.savez(
        file,
        x_train=fold.x_train,
        y_train=fold.y_train,
        x_test=fold.x_test,
        class_names=np.array(list(class_names), dtype=str),
    )
