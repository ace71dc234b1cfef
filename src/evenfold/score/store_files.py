"""The SQLite file of a store: created in one transaction, opened, and checked."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from evenfold.errors import ResultsError
from evenfold.score.store_blocks import create_blocks
from evenfold.score.store_schema import (
    APPLICATION,
    METRICS_OF_SCHEMA_5,
    OLDEST_SCHEMA,
    SCHEMA,
    SCHEMA_WITH_BLOCKS,
    SCHEMA_WITH_DIGESTS,
    SCHEMA_WITH_SPLITS,
    TABLES,
    TABLES_OF_SCHEMA_5,
)

ANOTHER = "use another file with --store"
# SQLite quotes a damaged schema in its message, which Python may be unable to decode.
STORE_ERRORS = (sqlite3.Error, UnicodeDecodeError)


def open_for_writing(file: Path) -> sqlite3.Connection:
    """Open a store, or create one where there is no file, or one without tables.

    A file of another program stays as it is.

    Raises
    ------
    ResultsError
        The file is not a store, has another schema, is damaged, locked or cannot be written.
    """
    _require_regular(file)
    with sqlite_errors(file):
        if not _has_no_tables(file):
            with closing(_open_to_check(file)) as connection:
                check_store(file, connection)
        connection = sqlite3.connect(file)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            # A loss of power takes no fit that was saved; some builds of SQLite sync less.
            connection.execute("PRAGMA synchronous=FULL")
            _bring_up_to_date(file, connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _bring_up_to_date(file: Path, connection: sqlite3.Connection) -> None:
    """Create or add what is missing, all of it in one transaction or nothing."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        if _tables(connection) == 0:
            for table in TABLES:
                connection.execute(table)
            create_blocks(connection)
            connection.execute(f"PRAGMA application_id={APPLICATION}")
            connection.execute(f"PRAGMA user_version={SCHEMA}")
            return
        schema = check_store(file, connection)
        if schema < SCHEMA_WITH_SPLITS:
            for name in METRICS_OF_SCHEMA_5:
                connection.execute(f"ALTER TABLE fits ADD COLUMN {name} REAL")
            for table in TABLES_OF_SCHEMA_5:
                connection.execute(table)
        if schema < SCHEMA_WITH_BLOCKS:
            create_blocks(connection)
        if schema < SCHEMA_WITH_DIGESTS:
            connection.execute("ALTER TABLE kept ADD COLUMN digest TEXT")
        if schema < SCHEMA:
            connection.execute(f"PRAGMA user_version={SCHEMA}")


@contextmanager
def open_for_reading(file: Path) -> Iterator[tuple[sqlite3.Connection, int]]:
    """Open a store without a lock, as a study may be writing to it, and yield its schema besides.

    Raises
    ------
    ResultsError
        The file is not a store, has another schema, is damaged or locked.
    """
    _require_regular(file)
    with sqlite_errors(file), closing(_open_to_check(file)) as connection:
        yield connection, check_store(file, connection)


def _open_to_check(file: Path) -> sqlite3.Connection:
    """Open a file so that it is not changed, but for what an interrupted writer left to undo."""
    connection = _connect(file, "mode=ro")
    try:
        _tables(connection)
    except STORE_ERRORS as error:
        connection.close()
        # A log beside the file can be read only by those who can write, and an empty one need not.
        is_refused = "unable to open" in str(error) or "readonly" in str(error)
        if not is_refused or not file.is_file() or not os.access(file, os.R_OK):
            raise
        log = file.with_name(f"{file.name}-wal")
        journal = file.with_name(f"{file.name}-journal")
        if not any(one.exists() and one.stat().st_size for one in (log, journal)):
            return _connect(file, "mode=ro&immutable=1")
        return _connect(file, "mode=rw")
    return connection


def _require_regular(file: Path) -> None:
    # Opening a pipe would wait for its writer.
    if file.exists() and not file.is_file():
        raise ResultsError(f"{file} is no regular file: {ANOTHER}")


def _connect(file: Path, options: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?{options}", uri=True)


def is_new_store(file: Path) -> bool:
    """Whether there is no file, or one whose creation was interrupted before it had tables.

    Raises
    ------
    ResultsError
        The file cannot be read, or is no database.
    """
    _require_regular(file)
    with sqlite_errors(file):
        return _has_no_tables(file)


def _has_no_tables(file: Path) -> bool:
    if not file.exists() or file.stat().st_size == 0:
        return True
    with closing(_open_to_check(file)) as connection:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        return application in (0, APPLICATION) and _tables(connection) == 0


def _tables(connection: sqlite3.Connection) -> int:
    (count,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return int(count)


@contextmanager
def sqlite_errors(file: Path) -> Iterator[None]:
    """Raise a ResultsError that names the file, and what to do, for an error of SQLite."""
    try:
        yield
    except STORE_ERRORS as error:
        raise store_error(file, error) from error


def store_error(file: Path, error: Exception) -> ResultsError:
    """Return the message on an error of SQLite: locked, read-only, full, foreign or damaged."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return ResultsError(f"{file} is locked by another program: close it, or {ANOTHER}")
    if "readonly" in text or "unable to open" in text:
        return ResultsError(
            f"{file} cannot be opened or written ({text}): give yourself permission to write the "
            f"file and its folder, or {ANOTHER}"
        )
    if "full" in text or "disk I/O" in text:
        return ResultsError(f"{file} cannot be written: {text}: earlier fits are saved")
    if "not a database" in text:
        return ResultsError(f"{file} is not a store of fits: {ANOTHER}")
    return damaged_store(file, error)


def damaged_store(file: Path, error: Exception) -> ResultsError:
    """Return the message on a value that cannot be, or on a broken file."""
    return ResultsError(f"{file} is damaged ({error}): move it away, or {ANOTHER}")


def check_store(file: Path, connection: sqlite3.Connection) -> int:
    """Return the schema of a store. Raises ResultsError for another file or schema."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    if application in (0, APPLICATION) and _tables(connection) == 0:
        raise ResultsError(f"{file} has no fits yet: run evenfold score with --store {file}")
    if application != APPLICATION:
        raise ResultsError(f"{file} is not a store of fits: {ANOTHER}")
    if not OLDEST_SCHEMA <= schema <= SCHEMA:
        if schema > SCHEMA:
            advice = "use the newer evenfold that made it"
        else:
            advice = (
                "its fits have no digest of their rows: move it away (the next study makes a new "
                "store), use the older evenfold that made it"
            )
        raise ResultsError(
            f"{file} has schema {schema}, this evenfold reads {SCHEMA}: {advice}, or {ANOTHER}"
        )
    for table in ("fits", "kept"):
        connection.execute(f"SELECT count(*) FROM (SELECT key FROM {table} LIMIT 1)").fetchone()
    return int(schema)
