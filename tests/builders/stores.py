"""Stores of fits, made without a study."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evenfold.score.fit import Fit, FitPlace, FitSeries, SplitRows, StudyKey
from evenfold.score.store import Store
from evenfold.stats.metric_names import METRIC_NAMES

SERIES = FitSeries("cancer", "abc", "kfold10", "tf2.21", "compiled", 0, "net", "def")
STUDY = StudyKey("cancer", "abc", "kfold10", "tf2.21", "compiled", 0)


def make_store(file: Path) -> None:
    """Write a store of two fits, ``a`` and ``b``, of one test row each, and their study."""
    scores = dict.fromkeys(METRIC_NAMES, 0.5)
    with Store(file) as store:
        splits = [
            SplitRows(f"rows of r0f{n}", np.array([n]), np.array([n + 40]), np.array([7]), 1)
            for n in range(2)
        ]
        store.put_study(STUDY, ["net"], splits)
        for number, key in enumerate(("a", "b")):
            fit = Fit("keras", "", 1.5, 7, np.array([[0.25, 0.75]]), {"loss": [0.1]}, scores)
            split = f"r0f{number}"
            store.put(key, FitPlace(SERIES, split, 7, f"rows of {split}"), fit)
