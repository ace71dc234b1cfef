"""Every finished fit, in SQLite: what a study resumes from. One process writes at a time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from evenfold.errors import ResultsError

SCHEMA = 1  # user_version of the file; 1: the first
APPLICATION = 0x45764664  # "EvFd": says whose file it is
TABLE = """
CREATE TABLE fits (
    key TEXT PRIMARY KEY,
    engine TEXT NOT NULL,
    note TEXT NOT NULL,
    seconds REAL NOT NULL,
    peak_bytes INTEGER,
    classes INTEGER NOT NULL,
    probabilities BLOB NOT NULL,
    history TEXT NOT NULL
) WITHOUT ROWID
"""
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


class Store:
    """A file of fits by key, open for one writer; what is put is on disk when ``put`` returns.

    Raises ResultsError when the file is not a store, is newer, or is another process'.
    """

    def __init__(self, file: Path) -> None:
        """Opens the file, or makes it."""
        self.file = file
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

    def known(self, keys: Iterable[str]) -> set[str]:
        """Those of the keys that have a fit."""
        return {row[0] for row in self._select("key", list(keys))}

    def get(self, keys: Iterable[str]) -> dict[str, Fit]:
        """The fits of the keys that have one."""
        columns = "key, engine, note, seconds, peak_bytes, classes, probabilities, history"
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
                columns, list(keys)
            )
        }

    def put(self, key: str, fit: Fit) -> None:
        """Keeps a fit. Raises ResultsError, with all before it kept, when the disk is full."""
        row = (
            key,
            fit.engine,
            fit.note,
            fit.seconds,
            fit.peak_bytes,
            fit.probabilities.shape[1],
            fit.probabilities.astype("<f8").tobytes(),
            json.dumps(fit.history),
        )
        try:
            with self._connection:
                self._connection.execute(
                    "INSERT OR REPLACE INTO fits VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row
                )
        except sqlite3.Error as error:
            raise ResultsError(f"{self.file} cannot be written: {error}") from error

    def _select(self, columns: str, keys: list[str]) -> Iterable[tuple[Any, ...]]:
        for start in range(0, len(keys), AT_ONCE):
            some = keys[start : start + AT_ONCE]
            marks = ",".join("?" * len(some))
            query = f"SELECT {columns} FROM fits WHERE key IN ({marks})"
            try:
                yield from self._connection.execute(query, some)
            except sqlite3.Error as error:
                raise ResultsError(f"{self.file} cannot be read: {error}") from error


def _open(file: Path) -> sqlite3.Connection:
    new = not file.exists() or file.stat().st_size == 0
    try:
        if not new:
            # Read only first: a file that is not ours is not touched.
            with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as found:
                _check(file, found)
        connection = sqlite3.connect(file)
        connection.execute("PRAGMA journal_mode=WAL")
        if new:
            with connection:
                connection.execute(TABLE)
                connection.execute(f"PRAGMA application_id={APPLICATION}")
                connection.execute(f"PRAGMA user_version={SCHEMA}")
        return connection
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
    if schema > SCHEMA:
        raise ResultsError(
            f"{file} has schema {schema}, this evenfold knows up to {SCHEMA}: "
            "use a newer evenfold, or give another with --store"
        )
    connection.execute("SELECT count(*) FROM (SELECT key FROM fits LIMIT 1)").fetchone()
