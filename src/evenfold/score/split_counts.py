"""How many splits of a study have rows of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from evenfold.stats.score_intervals import Design, SplitCounts

if TYPE_CHECKING:
    import pandas as pd

# Columns of a table of scores: digests of the dataset, and of the rows of the split.
DIGEST_COLUMNS = ("data", "rows")


def with_split_counts(design: Design, scores: pd.DataFrame) -> Design:
    """Return a design that states how many splits have the same rows, if some have.

    Parameters
    ----------
    design
        The folds and repeats.
    scores
        One row for each fit: ``split``, and ``rows``, the digest of the split's rows, or "".
    """
    if design.folds == 1 or "rows" not in scores or not (scores["rows"] != "").all():
        return design
    rows = rows_by_split(scores)
    times = rows.value_counts()
    if len(times) == len(rows):
        return design
    repeats = rows.groupby([split.partition("f")[0] for split in rows.index]).agg(frozenset)
    effective = len(rows) ** 2 / float((times**2).sum())
    counts = SplitCounts(len(rows), len(times), effective, repeats.nunique())
    return replace(design, counts=counts)


def rows_by_split(scores: pd.DataFrame) -> pd.Series:
    """Return the digest of the rows of each split."""
    return scores.drop_duplicates("split").set_index("split")["rows"]
