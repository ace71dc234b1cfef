"""Tables as people have them: with ids, dates, text, missing cells."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evenfold.data.datasets import Dataset, built_in


def messy_table(rows: int = 569) -> pd.DataFrame:
    """Breast cancer as a hospital would export it: ids, dates, text, truth values, missing cells.

    The target is ``kind``. The clinic is a category with two rare values.
    """
    cancer = built_in("breast_cancer")
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(cancer.x[:, :8], columns=cancer.feature_names[:8])
    count = len(frame)
    frame.insert(0, "patient", 40_000 + rng.permutation(count))
    seen = pd.Timestamp("2019-03-01") + pd.to_timedelta(rng.integers(0, 900, count), unit="D")
    frame.insert(1, "seen", seen.strftime("%Y-%m-%d"))
    size = np.array(["small", "medium", "large"])[np.digitize(cancer.x[:, 13], [20, 50])]
    frame["size"] = np.where(rng.random(count) < 0.05, None, size)
    frame["clinic"] = rng.choice(["north", "south", "ward, east"], count)
    frame.loc[:2, "clinic"] = "harbour"
    frame.loc[100, "clinic"] = "island"
    frame["smoker"] = rng.random(count) < 0.3
    for column in ("mean radius", "mean texture"):
        frame.loc[rng.random(count) < 0.1, column] = np.nan
    frame["kind"] = [cancer.class_names[label] for label in cancer.y]
    return frame.iloc[:rows]


def random_series(unit: float = 1.0, rows: int = 60) -> Dataset:
    """Series of five steps and two channels, whose second channel differs by class."""
    rng = np.random.default_rng(3)
    y = np.arange(rows) % 2
    x = rng.normal(size=(rows, 5, 2))
    x[:, :, 1] += 0.5 * y[:, None]
    return Dataset("series", unit * x, y, ("noise", "signal"), ("0", "1"), positive=1)


def weak_table(rows: int = 200, seed: int = 0) -> Dataset:
    """Numbers of two classes of one size; three of the five columns have a weak signal."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(rows) % 2)
    x = rng.normal(size=(rows, 5))
    x[:, :3] += 0.3 * y[:, None]
    return Dataset("weak", x, y, tuple("abcde"), ("0", "1"), positive=1)
