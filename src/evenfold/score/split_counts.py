"""How many splits of a study have rows of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
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
    if "rows" not in scores or not (scores["rows"] != "").all():
        return design
    rows = rows_by_split(scores)
    return with_row_counts(design, dict(zip(rows.index, rows, strict=True)))


def with_row_counts(design: Design, rows: Mapping[str, str]) -> Design:
    """Return a design that states how many splits have the same rows, if some have.

    Parameters
    ----------
    design
        The folds and repeats.
    rows
        The digest of the rows of each split, by the split's name.
    """
    times = Counter(rows.values())
    if design.folds == 1 or len(times) == len(rows):
        return design
    repeats: dict[str, set[str]] = {}
    for split, digest in rows.items():
        repeats.setdefault(split.partition("f")[0], set()).add(digest)
    effective = len(rows) ** 2 / sum(number**2 for number in times.values())
    partitions = len(set(map(frozenset, repeats.values())))
    return replace(design, counts=SplitCounts(len(rows), len(times), effective, partitions))


def rows_by_split(scores: pd.DataFrame) -> pd.Series:
    """Return the digest of the rows of each split."""
    first = scores.drop_duplicates("split")
    return first.set_index(first["split"].astype(object))["rows"].astype(object)
