"""Reading a store of fits: all scores without predictions, and the predictions of some fits."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evenfold.score.fit import FitSeries, StudyKey
from evenfold.score.groups_ignored import GROUPS_IGNORED_NAME
from evenfold.score.store import batches
from evenfold.score.store_blocks import FIELDS, BlockRanges, read_blocks
from evenfold.score.store_files import damaged_store, is_new_store, open_for_reading
from evenfold.score.store_records import (
    RECORD_COLUMNS,
    read_models,
    read_probabilities,
    seconds_of_value,
    series_of_row,
    split_codes,
    study_of_row,
)
from evenfold.score.store_schema import (
    SCHEMA_WITH_BLOCKS,
    SCHEMA_WITH_DIGESTS,
    SCHEMA_WITH_SPLITS,
    SERIES_COLUMNS,
)

if TYPE_CHECKING:
    import pandas as pd

MOST_LATEST = 10_000  # fits from which usual times are known


@dataclass(frozen=True)
class StoredScores:
    """The scores of a store, without the predictions.

    Parameters
    ----------
    series
        The series by number.
    table
        One row for each fit in the order of storage: ``fit`` and ``series`` (numbers), ``split``,
        ``seed``, ``rows`` (the digest of the split's rows) and the metrics. ``split`` and ``rows``
        are categories.
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
    columns = ", ".join(SERIES_COLUMNS)
    with open_for_reading(file) as (connection, schema), _values_checked(file):
        connection.execute("BEGIN")  # everything of one moment
        series = {
            number: series_of_row(values)
            for number, *values in connection.execute(f"SELECT id, {columns} FROM series")
        }
        table = _score_table(connection, list(metrics), schema >= SCHEMA_WITH_BLOCKS)
        orders = {
            study_of_row(key): read_models(models)
            for *key, models in (
                connection.execute("SELECT * FROM studies") if schema >= SCHEMA_WITH_SPLITS else ()
            )
        }
    return StoredScores(series, table, orders)


def read_seconds(file: Path, keys: Iterable[str]) -> dict[str, float]:
    """Return the training seconds of those keys that have a fit; a study may be writing.

    Parameters
    ----------
    file
        The store, which need not exist.
    keys
        The keys of fits.

    Raises
    ------
    ResultsError
        The file is not a store, or has a newer schema.
    """
    if is_new_store(file):
        return {}
    seconds: dict[str, float] = {}
    query = "SELECT fits.key, seconds FROM fits JOIN kept ON kept.key = fits.key WHERE fits.key IN"
    with open_for_reading(file) as (connection, _), _values_checked(file):
        for some in batches(list(keys)):
            marks = ",".join("?" * len(some))
            for key, value in connection.execute(f"{query} ({marks})", some):
                seconds[key] = seconds_of_value(value)
    return seconds


def read_usual_seconds(file: Path, dataset: str) -> dict[str, float]:
    """Return the median training seconds of each model's latest fits on a dataset.

    With its groups or without them, a fit takes as long.

    Parameters
    ----------
    file
        The store, which need not exist.
    dataset
        The dataset's name.

    Raises
    ------
    ResultsError
        The file is not a store, or has a newer schema.
    """
    if is_new_store(file):
        return {}
    times: dict[str, list[float]] = {}
    query = (
        "SELECT model, seconds FROM fits JOIN series ON series.id = fits.series "
        "WHERE dataset IN (?, ?) ORDER BY fits.rowid DESC LIMIT ?"
    )
    with open_for_reading(file) as (connection, _), _values_checked(file):
        name = dataset.removesuffix(GROUPS_IGNORED_NAME)
        names = (name, name + GROUPS_IGNORED_NAME)
        for model, value in connection.execute(query, (*names, MOST_LATEST)):
            times.setdefault(str(model), []).append(seconds_of_value(value))
    return {model: median(of_model) for model, of_model in times.items()}


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
    with open_for_reading(file) as (connection, schema):
        if schema < SCHEMA_WITH_SPLITS:
            return {}
        arrays: dict[str, NDArray[Any]] = {}
        for split, digest, data in splits.itertuples(index=False):
            with _values_checked(file):
                of_split = _split_arrays(connection, split, digest, data)
            if not of_split:
                return {}
            arrays |= of_split
        with _values_checked(file):
            return {**arrays, **_predictions(connection, scores, schema)}


@contextmanager
def _values_checked(file: Path) -> Iterator[None]:
    """Name the file in an error about a value."""
    try:
        yield
    # Of arrays that cannot be made of the values of a column.
    except (ValueError, TypeError, OverflowError, IndexError) as error:
        raise damaged_store(file, error) from error


def _score_table(
    connection: sqlite3.Connection, metrics: list[str], has_blocks: bool
) -> pd.DataFrame:
    """Read the scores of all fits: from blocks, and from the rows of the others."""
    import pandas as pd

    names = ["fit", "series", "place", "seed", *metrics]
    blocks = {name: np.empty(0, FIELDS[name]) for name in names}
    ranges = BlockRanges([], [])
    places: dict[tuple[str, str], int] = {}
    of_blocks = np.empty(0, np.int64)
    if has_blocks:
        blocks, ranges = read_blocks(connection, names)
        rows = connection.execute('SELECT id, split, "rows" FROM places ORDER BY id').fetchall()
        places = {(split, digest): code for code, (_, split, digest) in enumerate(rows)}
        numbers = np.array([number for number, *_ in rows], np.int64)
        of_blocks = np.searchsorted(numbers, blocks["place"])
        if (numbers.take(of_blocks, mode="clip") != blocks["place"]).any():
            raise ValueError("blocks.scores: a fit has a split that the table places lacks")
    others = _fits_without_block(connection, ranges, metrics)
    of_others = [places.setdefault(place, len(places)) for place in others.pop("place")]
    place = np.concatenate([of_blocks, np.array(of_others, np.int64)])
    columns = {
        name: np.concatenate([blocks[name], np.array(values, FIELDS[name])])
        for name, values in others.items()
    }
    _require_texts(places)
    split, digest = (
        pd.Categorical.from_codes(codes[place], pd.Index(names, dtype=object))
        for codes, names in map(_codes_of, zip(*places, strict=True) if places else ((), ()))
    )
    fit, series = columns.pop("fit"), columns.pop("series")
    first = {"fit": fit, "series": series, "split": split, "seed": columns.pop("seed")}
    table = pd.DataFrame({**first, "rows": digest, **columns}, copy=False)
    in_order = bool((np.diff(fit) > 0).all())
    return table if in_order else table.sort_values("fit", ignore_index=True)


def _codes_of(names: Iterable[str]) -> tuple[NDArray[np.int64], list[str]]:
    """Number the different names in order of appearance."""
    numbers: dict[str, int] = {}
    codes = [numbers.setdefault(name, len(numbers)) for name in names]
    return np.array(codes, np.int64), list(numbers)


def _fits_without_block(
    connection: sqlite3.Connection, ranges: BlockRanges, metrics: list[str]
) -> dict[str, list[Any]]:
    """Read the columns of the fits that are in no block; ``place`` is the pair split, rows."""
    saved = {name for _, name, *_ in connection.execute("PRAGMA table_info(fits)")}
    names = ["rowid", "series", "seed", "split", "rows", *(m for m in metrics if m in saved)]
    selected = ", ".join(f'"{name}"' for name in names)
    query = f"SELECT {selected} FROM fits WHERE rowid > ? AND rowid < ? ORDER BY rowid"
    fits = [row for gap in ranges.gaps for row in connection.execute(query, gap)]
    values = list(zip(*fits, strict=True)) if fits else [()] * len(names)
    fit, series, seed, split, digests, *of_metrics = values
    absent = [None] * len(fits)
    by_name = dict(zip(names[5:], of_metrics, strict=True))
    return {
        "fit": list(fit), "series": list(series), "seed": list(seed),
        "place": list(zip(split, digests, strict=True)),
        **{metric: list(by_name.get(metric, absent)) for metric in metrics},
    }  # fmt: skip


def _require_texts(places: Iterable[tuple[object, object]]) -> None:
    """Raise ValueError unless splits and the digests of their rows are texts."""
    for place in places:
        if not all(isinstance(name, str) for name in place):
            raise ValueError(f"fits.split, fits.rows: expected texts, got {place!r:.80}")


def _predictions(
    connection: sqlite3.Connection, scores: pd.DataFrame, schema: int
) -> dict[str, NDArray[Any]]:
    names = dict(zip(scores["fit"].tolist(), _fit_names(scores), strict=True))
    columns = ", ".join(
        "NULL" if name == "digest" and schema < SCHEMA_WITH_DIGESTS else name
        for name in RECORD_COLUMNS
    )
    query = (
        f"SELECT fits.rowid, fits.key, {columns} FROM fits JOIN kept ON kept.key = fits.key "
        "WHERE fits.rowid IN"
    )
    arrays: dict[str, NDArray[Any]] = {}
    for some in batches(list(names)):
        marks = ",".join("?" * len(some))
        for number, key, *values in connection.execute(f"{query} ({marks})", some):
            record = dict(zip(RECORD_COLUMNS, values, strict=True))
            try:
                arrays[names[number]] = read_probabilities(key, record)
            except ValueError as error:
                raise ValueError(f"{names[number]}: {error}") from error
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
        f"{name}/{split}": split_codes(f"splits.{name}", blob)
        for name, blob in named
        if blob is not None
    }
    return arrays if positive is None else {**arrays, "positive": np.array(positive)}
