"""Reading a store of fits: all scores without predictions, and the predictions of some fits."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evenfold.score.fit import FitSeries, StudyKey
from evenfold.score.store import (
    SCHEMA,
    SERIES_COLUMNS,
    batches,
    check_store,
    damage_reported,
    open_read_only,
)

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class StoredScores:
    """The scores of a store, without the predictions.

    Parameters
    ----------
    series
        The series by number.
    table
        One row for each fit: ``key``, ``series`` (its number), ``split``, ``seed``, ``rows`` (the
        digest of the split's rows) and the metrics.
    orders
        The models of each study, the reference first.
    """

    series: dict[int, FitSeries]
    table: pd.DataFrame
    orders: dict[StudyKey, tuple[str, ...]]


def read_scores(file: Path, metrics: Iterable[str]) -> StoredScores:
    """Read the scores of a store, without the predictions.

    A study may be writing to the file: what is finished is read.

    Parameters
    ----------
    file
        The store.
    metrics
        The built-in metrics to read.

    Raises
    ------
    ResultsError
        The file is not a store, or has a newer schema.
    """
    import pandas as pd

    columns = ", ".join(SERIES_COLUMNS)
    names = ["key", "series", "split", "seed", "rows"]
    with damage_reported(file), closing(open_read_only(file)) as connection:
        has_studies = check_store(file, connection) == SCHEMA
        series = {
            number: FitSeries(*values)
            for number, *values in connection.execute(f"SELECT id, {columns} FROM series")
        }
        saved = {name for _, name, *_ in connection.execute("PRAGMA table_info(fits)")}
        metrics = list(metrics)
        readable = [*names, *(name for name in metrics if name in saved)]
        selected = ", ".join(f'"{name}"' for name in readable)
        rows = connection.execute(f"SELECT {selected} FROM fits").fetchall()
        orders = {
            StudyKey(*key): tuple(json.loads(models))
            for *key, models in (connection.execute("SELECT * FROM studies") if has_studies else ())
        }
    table = pd.DataFrame(rows, columns=readable).reindex(columns=[*names, *metrics])
    return StoredScores(series, table, orders)


def read_stored_arrays(file: Path, scores: pd.DataFrame) -> dict[str, NDArray[Any]]:
    """Read the predictions of fits, and labels and rows, named as in a file of predictions.

    Parameters
    ----------
    file
        The store.
    scores
        One row for each fit: ``key``, ``model``, ``split``, ``seed``, ``rows`` and ``data``.

    Returns
    -------
    dict
        Without the rows of splits that a store of an older evenfold does not have.

    Raises
    ------
    ResultsError
        The file is not a store, or has a newer schema.
    """
    arrays: dict[str, NDArray[Any]] = {}
    names = dict(zip(scores["key"], _fit_names(scores), strict=True))
    with damage_reported(file), closing(open_read_only(file)) as connection:
        query = "SELECT key, classes, probabilities FROM kept WHERE key IN"
        for some in batches(list(names)):
            marks = ",".join("?" * len(some))
            for key, classes, blob in connection.execute(f"{query} ({marks})", some):
                arrays[names[key]] = np.frombuffer(blob, dtype="<f8").reshape(-1, classes)
        if check_store(file, connection) == SCHEMA:
            for split, digest, data in scores.drop_duplicates("split")[
                ["split", "rows", "data"]
            ].itertuples(index=False):
                arrays |= _split_arrays(connection, split, digest, data)
    return arrays


def _fit_names(scores: pd.DataFrame) -> list[str]:
    fits = scores[["model", "split", "seed"]].itertuples(index=False)
    return [f"{model}/{split}/{seed}" for model, split, seed in fits]


def _split_arrays(
    connection: sqlite3.Connection, split: str, digest: str, data: str
) -> dict[str, NDArray[Any]]:
    found = connection.execute(
        'SELECT labels, numbers, groups, positive FROM splits WHERE (fingerprint, "rows") = (?, ?)',
        (data, digest),
    ).fetchone()
    if found is None:
        return {}
    *blobs, positive = found
    named = zip(("y", "rows", "groups"), blobs, strict=True)
    arrays: dict[str, NDArray[Any]] = {
        f"{name}/{split}": np.frombuffer(blob, dtype="<i4") for name, blob in named if blob
    }
    return arrays if positive is None else {**arrays, "positive": np.array(positive)}
