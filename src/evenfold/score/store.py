"""The store: every finished fit in an SQLite file, from which a study resumes.

One process writes at a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from evenfold.errors import ResultsError
from evenfold.score.fit import Fit, FitPlace, FitSeries, SplitRows, StudyKey
from evenfold.score.store_blocks import BLOCK, pack_fits, pack_last_fits
from evenfold.score.store_files import (
    STORE_ERRORS,
    damaged_store,
    open_for_writing,
    sqlite_errors,
    store_error,
)
from evenfold.score.store_records import (
    FIT_COLUMNS,
    RECORD_COLUMNS,
    fit_of_row,
    predictions_digest,
)
from evenfold.score.store_schema import ORDER, SERIES_COLUMNS
from evenfold.stats.metric_names import METRIC_NAMES

Key = TypeVar("Key")
KEYS_PER_QUERY = 500  # SQLite before 3.32 takes at most 999


class Store:
    """A file of finished fits by key, open for one writer.

    A fit is on disk when ``put`` returns. Use it as a context manager.

    Parameters
    ----------
    file
        The SQLite file; it is created if it does not exist.

    Raises
    ------
    ResultsError
        The file is not a store, has a newer schema, or is open in another process.
    """

    def __init__(self, file: Path) -> None:
        """Open the file, or create it."""
        self.file = file
        self._series_ids: dict[FitSeries, int] = {}
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(file.with_name(file.name + ".lock"))
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise ResultsError(
                f"{file} is in use by another study: wait until it ends, or use another file with "
                "--store"
            ) from error
        except OSError as error:
            raise ResultsError(f"{file} cannot be written: {error.strerror}") from error
        try:
            self._connection = open_for_writing(file)
            with sqlite_errors(file), self._connection:
                self._fits_without_block = pack_fits(self._connection)
            self._identity = _identity(file)
        except BaseException:
            self._lock.release()
            raise

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()
        self._lock.release()

    def get(self, keys: Iterable[str]) -> dict[str, Fit]:
        """Return the fits of those keys that have one.

        Raises
        ------
        ResultsError
            A value of a fit cannot be, or its predictions are not those that were saved.
        """
        columns = ", ".join((*FIT_COLUMNS, *RECORD_COLUMNS))
        query = f"fits.key, {columns} FROM fits JOIN kept ON kept.key = fits.key"
        rows = self._select(query, "fits.key", list(keys))
        try:
            return {key: fit_of_row(key, values) for key, *values in rows}
        except ValueError as error:
            raise damaged_store(self.file, error) from error

    def put(self, key: str, place: FitPlace, fit: Fit) -> None:
        """Save a fit under a key, in place of an earlier one.

        Raises
        ------
        ResultsError
            The disk is full, and every earlier fit is saved; or the file was deleted.
        """
        scores = [_or_null(fit.scores[name]) for name in METRIC_NAMES]
        values = (fit.engine, fit.note, fit.seconds, fit.peak_bytes, *scores)
        blob = fit.probabilities.astype("<f8").tobytes()
        arrays = (fit.probabilities.shape[1], blob, json.dumps(fit.history))
        record = (key, *arrays, predictions_digest(key, *arrays))
        try:
            with self._connection:
                where = (self._series_id(place.series), place.split, place.seed, place.rows)
                row = (key, *where, *values)
                marks = ", ".join("?" * len(row))
                self._connection.execute(f"INSERT OR REPLACE INTO fits VALUES ({marks})", row)
                self._connection.execute(
                    "INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?, ?)", record
                )
                self._pack()
        except STORE_ERRORS as error:
            self._series_ids.clear()
            raise store_error(self.file, error) from error
        self.require_present()

    def require_present(self) -> None:
        """Raise ResultsError if the file was deleted or replaced, which SQLite does not notice."""
        if _identity(self.file) != self._identity:
            raise ResultsError(
                f"{self.file} was deleted or replaced while it was in use, and its fits are lost: "
                "run the same command again"
            )

    def put_study(
        self, study: StudyKey, models: Sequence[str], splits: Iterable[SplitRows]
    ) -> None:
        """Save the rows of a study's splits and, if none is saved, the order of its models.

        Raises
        ------
        ResultsError
            The disk is full; every earlier fit is saved.
        """
        rows = [
            (study.fingerprint, split.digest, _codes(split.labels), _codes(split.numbers),
             None if split.groups is None else _codes(split.groups), split.positive)
            for split in splits
        ]  # fmt: skip
        try:
            with self._connection:
                self._connection.executemany(
                    "INSERT OR REPLACE INTO splits VALUES (?, ?, ?, ?, ?, ?)", rows
                )
                self._connection.execute(
                    f"INSERT OR IGNORE {ORDER}", (*astuple(study), json.dumps(list(models)))
                )
        except STORE_ERRORS as error:
            raise store_error(self.file, error) from error

    def put_order(self, study: StudyKey, models: Sequence[str]) -> None:
        """Save the order of a study's models, the reference first, in place of an earlier one.

        Raises
        ------
        ResultsError
            The disk is full; every earlier fit is saved.
        """
        try:
            with self._connection:
                self._connection.execute(
                    f"INSERT OR REPLACE {ORDER}", (*astuple(study), json.dumps(list(models)))
                )
        except STORE_ERRORS as error:
            raise store_error(self.file, error) from error

    def _series_id(self, series: FitSeries) -> int:
        if series not in self._series_ids:
            values = astuple(series)
            columns = ", ".join(SERIES_COLUMNS)
            marks = ", ".join("?" * len(values))
            insert = f"INSERT OR IGNORE INTO series ({columns}) VALUES ({marks})"
            self._connection.execute(insert, values)
            select = f"SELECT id FROM series WHERE ({columns}) = ({marks})"
            (self._series_ids[series],) = self._connection.execute(select, values).fetchone()
        return self._series_ids[series]

    def _pack(self) -> None:
        """Write the block of the fits since the last one, if they are enough for one."""
        without_block = self._fits_without_block + 1
        if without_block >= BLOCK:
            without_block = pack_last_fits(self._connection)
        self._fits_without_block = without_block

    def _select(self, query: str, key: str, keys: list[str]) -> Iterator[tuple[Any, ...]]:
        for some in batches(keys):
            marks = ",".join("?" * len(some))
            try:
                # All at once: a row that cannot be used ends the reading and closes the file.
                yield from self._connection.execute(
                    f"SELECT {query} WHERE {key} IN ({marks})", some
                ).fetchall()
            except STORE_ERRORS as error:
                raise store_error(self.file, error) from error


def _identity(file: Path) -> tuple[int, int] | None:
    """The device and the number of a file; None if it is not there."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _codes(values: NDArray[np.int64]) -> bytes:
    return values.astype("<i4").tobytes()


def batches(keys: list[Key]) -> Iterator[list[Key]]:
    """Yield keys in lists that one query takes."""
    for start in range(0, len(keys), KEYS_PER_QUERY):
        yield keys[start : start + KEYS_PER_QUERY]


def _or_null(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
