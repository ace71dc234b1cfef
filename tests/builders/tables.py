"""Tables as people have them: with ids, dates, text, missing cells."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evenfold.data.datasets import built_in


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
