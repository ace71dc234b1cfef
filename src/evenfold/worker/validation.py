"""Training rows that are held back for validation: of each class a share."""

from __future__ import annotations

from typing import Tuple

import numpy as np

from evenfold.errors import PluginError

Indices = Tuple[np.ndarray, np.ndarray]


def held_back_rows(description: str, y: np.ndarray, share: float, seed: int) -> Indices:
    """Draw the rows that are trained on, and those that are held back, of each class a share.

    Parameters
    ----------
    description
        What a message calls the model.
    y
        Labels of the training rows, int64 of shape ``(rows,)``.
    share
        The share of each class that is held back: at least one row.
    seed
        Seed of the draw.

    Returns
    -------
    tuple of array
        Indices of rows, int64 in increasing order: to train on, and held back.

    Raises
    ------
    PluginError
        A class would have no row to train on.
    """
    rng = np.random.RandomState(seed)
    held_back = []
    for label in np.unique(y):
        rows = np.flatnonzero(y == label)
        count = max(1, round(share * len(rows)))
        if count >= len(rows):
            raise PluginError(
                f"{description}: Model(validation={share:g}) leaves no row to train on of a class "
                f"that has {len(rows)} training rows: give more rows, or a smaller share"
            )
        held_back.append(rng.permutation(rows)[:count])
    indices = np.sort(np.concatenate(held_back))
    return np.setdiff1d(np.arange(len(y)), indices), indices
