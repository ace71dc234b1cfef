"""Reading a store of fits: all scores without predictions, and the predictions of some fits."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evenfold.score.fit import FitSeries, StudyKey
from evenfold.score.store import (
    batches,
    check_store,
    damage_reported,
    open_read_only,
)
from evenfold.score.store_schema import SCHEMA, SERIES_COLUMNS

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
        One row for each fit: ``fit`` and ``series`` (numbers), ``split``, ``seed``, ``rows`` (the
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
    names = ["fit", "series", "split", "seed", "rows"]
    with _reading(file) as (connection, schema):
        series = {
            number: FitSeries(*values)
            for number, *values in connection.execute(f"SELECT id, {columns} FROM series")
        }
        saved = {name for _, name, *_ in connection.execute("PRAGMA table_info(fits)")}
        metrics = list(metrics)
        readable = [*names, *(name for name in metrics if name in saved)]
        selected = ", ".join(["rowid", *(f'"{name}"' for name in readable[1:])])
        rows = connection.execute(f"SELECT {selected} FROM fits").fetchall()
        orders = {
            StudyKey(*key): tuple(json.loads(models))
            for *key, models in (
                connection.execute("SELECT * FROM studies") if schema == SCHEMA else ()
            )
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
        One row for each fit: ``fit``, ``model``, ``split``, ``seed``, ``rows`` and ``data``.

    Returns
    -------
    dict
        Empty if a split's labels and rows are not in the store, as in one of an older evenfold.

    Raises
    ------
    ResultsError
        The file is not a store, or has a newer schema.
    """
    splits = scores.drop_duplicates("split")[["split", "rows", "data"]]
    with _reading(file) as (connection, schema):
        if schema < SCHEMA:
            return {}
        arrays: dict[str, NDArray[Any]] = {}
        for split, digest, data in splits.itertuples(index=False):
            of_split = _split_arrays(connection, split, digest, data)
            if not of_split:
                return {}
            arrays |= of_split
        return {**arrays, **_predictions(connection, scores)}


@contextmanager
def _reading(file: Path) -> Iterator[tuple[sqlite3.Connection, int]]:
    """Open a store to read, and yield its schema besides."""
    with damage_reported(file), closing(open_read_only(file)) as connection:
        yield connection, check_store(file, connection)


def _predictions(connection: sqlite3.Connection, scores: pd.DataFrame) -> dict[str, NDArray[Any]]:
    names = dict(zip(scores["fit"].tolist(), _fit_names(scores), strict=True))
    query = (
        "SELECT fits.rowid, classes, probabilities FROM fits JOIN kept ON kept.key = fits.key "
        "WHERE fits.rowid IN"
    )
    arrays: dict[str, NDArray[Any]] = {}
    for some in batches(list(names)):
        marks = ",".join("?" * len(some))
        for number, classes, blob in connection.execute(f"{query} ({marks})", some):
            arrays[names[number]] = np.frombuffer(blob, dtype="<f8").reshape(-1, classes)
    return arrays


def _fit_names(scores: pd.DataFrame) -> list[str]:
    fits = scores[["model", "split", "seed"]].itertuples(index=False)
    return [f"{model}/{split}/{seed}" for model, split, seed in fits]


def _split_arrays(
    connection: sqlite3.Connection, split: str, digest: str, data: str
) -> dict[str, NDArray[Any]]:
    row = connection.execute(
        'SELECT labels, numbers, groups, positive FROM splits WHERE (fingerprint, "rows") = (?, ?)',
        (data, digest),
    ).fetchone()
    if row is None:
        return {}
    *blobs, positive = row
    named = zip(("y", "rows", "groups"), blobs, strict=True)
    arrays: dict[str, NDArray[Any]] = {
        f"{name}/{split}": np.frombuffer(blob, dtype="<i4") for name, blob in named if blob
    }
    return arrays if positive is None else {**arrays, "positive": np.array(positive)}
