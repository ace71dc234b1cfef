"""Every finished fit, in SQLite: what a study resumes from. One process writes at a time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from evenfold.errors import ResultsError
from evenfold.stats.metric_names import METRIC_NAMES

if TYPE_CHECKING:
    import pandas as pd

# user_version of the file; 1: one table; 2: scores in a table of their own, by series; 3: a series
# is of one version of all that its fits depend on
SCHEMA = 3
APPLICATION = 0x45764664  # "EvFd": says whose file it is
# Small rows and large ones apart: a million scores are read without their predictions.
TABLES = (
    """
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    dataset TEXT NOT NULL, fingerprint TEXT NOT NULL, design TEXT NOT NULL,
    environment TEXT NOT NULL, engine TEXT NOT NULL, run_seed INTEGER NOT NULL,
    model TEXT NOT NULL, made TEXT NOT NULL,
    UNIQUE (dataset, fingerprint, design, environment, engine, run_seed, model, made)
)
""",
    f"""
CREATE TABLE fits (
    key TEXT PRIMARY KEY,
    series INTEGER NOT NULL REFERENCES series,
    split TEXT NOT NULL, seed INTEGER NOT NULL,
    engine TEXT NOT NULL, note TEXT NOT NULL, seconds REAL NOT NULL, peak_bytes INTEGER,
    {", ".join(f"{name} REAL" for name in METRIC_NAMES)}
)
""",
    """
CREATE TABLE kept (
    key TEXT PRIMARY KEY REFERENCES fits,
    classes INTEGER NOT NULL, probabilities BLOB NOT NULL, history TEXT NOT NULL
) WITHOUT ROWID
""",
)
AT_ONCE = 500  # keys a query; SQLite before 3.32 takes no more than 999


@dataclass(frozen=True)
class Fit:
    """One finished fit. ``probabilities`` are float64 of shape ``(test rows, classes)``."""

    engine: str
    note: str
    seconds: float
    peak_bytes: int | None
    probabilities: NDArray[np.float64]
    history: dict[str, list[float]]


@dataclass(frozen=True)
class Series:
    """What fits that may be averaged share; they differ in split and seed.

    ``design`` is ``kfold10`` or ``holdout``, ``engine`` the one asked for, ``made`` the digest of
    the model's file and of the versions of all that fits it.
    """

    dataset: str
    fingerprint: str
    design: str
    environment: str
    engine: str
    run_seed: int
    model: str
    made: str


@dataclass(frozen=True)
class Place:
    """Which fit of its series one is."""

    series: Series
    split: str
    seed: int


class Store:
    """A file of fits by key, open for one writer; what is put is on disk when ``put`` returns.

    Raises ResultsError when the file is not a store, is newer, or is another process'.
    """

    def __init__(self, file: Path) -> None:
        """Opens the file, or makes it."""
        self.file = file
        self._series: dict[Series, int] = {}
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(file.with_name(file.name + ".lock"))
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise ResultsError(f"{file} is in use by another study: wait for it to end") from error
        except OSError as error:
            raise ResultsError(f"{file} cannot be written: {error.strerror}") from error
        try:
            self._connection = _open(file)
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

    def known(self, keys: Iterable[str]) -> dict[str, float]:
        """The seconds of those of the keys that have a fit."""
        return dict(self._select("key, seconds FROM fits", "key", list(keys)))

    def get(self, keys: Iterable[str]) -> dict[str, Fit]:
        """The fits of the keys that have one."""
        columns = "fits.key, engine, note, seconds, peak_bytes, classes, probabilities, history"
        query = f"{columns} FROM fits JOIN kept ON kept.key = fits.key"
        return {
            key: Fit(
                engine,
                note,
                seconds,
                peak,
                np.frombuffer(blob, dtype="<f8").reshape(-1, classes),
                json.loads(history),
            )
            for key, engine, note, seconds, peak, classes, blob, history in self._select(
                query, "fits.key", list(keys)
            )
        }

    def put(self, key: str, place: Place, fit: Fit, scores: Mapping[str, float]) -> None:
        """Keeps a fit. Raises ResultsError, with all before it kept, when the disk is full."""
        values = [_or_null(scores[name]) for name in METRIC_NAMES]
        told = (fit.engine, fit.note, fit.seconds, fit.peak_bytes)
        blob = fit.probabilities.astype("<f8").tobytes()
        kept = (key, fit.probabilities.shape[1], blob, json.dumps(fit.history))
        try:
            with self._connection:
                series = self._id(place.series)
                row = (key, series, place.split, place.seed, *told, *values)
                marks = ", ".join("?" * len(row))
                self._connection.execute(f"INSERT OR REPLACE INTO fits VALUES ({marks})", row)
                self._connection.execute("INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)", kept)
        except sqlite3.Error as error:
            self._series.clear()
            raise ResultsError(f"{self.file} cannot be written: {error}") from error

    def _id(self, series: Series) -> int:
        if series not in self._series:
            values = astuple(series)
            columns = ", ".join(Series.__dataclass_fields__)
            marks = ", ".join("?" * len(values))
            query = f"INSERT OR IGNORE INTO series ({columns}) VALUES ({marks})"
            self._connection.execute(query, values)
            told = f"SELECT id FROM series WHERE ({columns}) = ({marks})"
            (self._series[series],) = self._connection.execute(told, values).fetchone()
        return self._series[series]

    def _select(self, query: str, key: str, keys: list[str]) -> Iterator[tuple[Any, ...]]:
        for start in range(0, len(keys), AT_ONCE):
            some = keys[start : start + AT_ONCE]
            marks = ",".join("?" * len(some))
            try:
                yield from self._connection.execute(
                    f"SELECT {query} WHERE {key} IN ({marks})", some
                )
            except sqlite3.Error as error:
                raise ResultsError(f"{self.file} cannot be read: {error}") from error


def read_scores(file: Path, metrics: Iterable[str]) -> tuple[dict[int, Series], pd.DataFrame]:
    """A store's series by number, and its fits: series, split, seed and the metrics.

    A study may be writing: what is finished is read. Raises ResultsError as ``Store`` does.
    """
    import pandas as pd

    columns = ", ".join(Series.__dataclass_fields__)
    names = ["series", "split", "seed", *metrics]
    with _damage_told(file), closing(_read_only(file)) as found:
        _check(file, found)
        series = {
            number: Series(*values)
            for number, *values in found.execute(f"SELECT id, {columns} FROM series")
        }
        rows = found.execute(f"SELECT {', '.join(names)} FROM fits").fetchall()
    return series, pd.DataFrame(rows, columns=names)


def _open(file: Path) -> sqlite3.Connection:
    new = not file.exists() or file.stat().st_size == 0
    with _damage_told(file):
        if not new:
            # Read only first: a file that is not ours is not touched.
            with closing(_read_only(file)) as found:
                _check(file, found)
        connection = sqlite3.connect(file)
        connection.execute("PRAGMA journal_mode=WAL")
        if new:
            with connection:
                for table in TABLES:
                    connection.execute(table)
                connection.execute(f"PRAGMA application_id={APPLICATION}")
                connection.execute(f"PRAGMA user_version={SCHEMA}")
        return connection


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)


@contextmanager
def _damage_told(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise ResultsError(
            f"{file} is not a store of fits, or is damaged ({error}): "
            "move it away, or give another with --store"
        ) from error


def _check(file: Path, connection: sqlite3.Connection) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION:
        raise ResultsError(f"{file} is not a store of fits: give another with --store")
    if schema != SCHEMA:
        which, what = ("newer", "use") if schema > SCHEMA else ("older", "move it away, or use")
        raise ResultsError(
            f"{file} has schema {schema}, this evenfold knows {SCHEMA}: {what} the {which} "
            "evenfold that made it, or give another file with --store"
        )
    connection.execute("SELECT count(*) FROM (SELECT key FROM fits LIMIT 1)").fetchone()


def _or_null(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
