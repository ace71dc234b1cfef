"""Blocks of a store: the scores of a thousand fits in one array, which is read faster than rows.

A block repeats what the rows of its fits say, and no more. It is written in the transaction that
stores the last of its fits. Triggers of the database drop it as soon as one of its fits is
replaced, changed or deleted, whoever does that. Fits that are in no block are read from their rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenfold.stats.metric_names import METRIC_NAMES

BLOCK = 1024  # fits of a block
# ``fit`` is the rowid of the fit, ``place`` the id of its split and rows.
FIELDS = np.dtype([("fit", "<i8"), ("series", "<i8"), ("place", "<i8"), ("seed", "<i8"),
                   *((name, "<f8") for name in METRIC_NAMES)])  # fmt: skip
# A table without INTEGER PRIMARY KEY may get other rowids, by VACUUM: a block whose ends have other
# keys than when it was written is of other fits now.
IS_CURRENT = (
    "EXISTS (SELECT 1 FROM fits WHERE rowid = first AND key = first_key) "
    "AND EXISTS (SELECT 1 FROM fits WHERE rowid = last AND key = last_key)"
)
TABLES_OF_BLOCKS = (
    """
CREATE TABLE places (
    id INTEGER PRIMARY KEY, split TEXT NOT NULL, "rows" TEXT NOT NULL, UNIQUE (split, "rows")
)
""",
    """
CREATE TABLE blocks (
    first INTEGER PRIMARY KEY, last INTEGER NOT NULL,
    first_key TEXT NOT NULL, last_key TEXT NOT NULL, scores BLOB NOT NULL
)
""",
)


def _trigger(name: str, event: str, *fits: str) -> str:
    """Return the trigger that drops the block of each of some fits."""
    drops = "".join(
        f"DELETE FROM blocks WHERE last >= {fit} "
        f"AND first = (SELECT max(first) FROM blocks WHERE first <= {fit}); "
        for fit in fits
    )
    return f"CREATE TRIGGER {name} {event} ON fits BEGIN {drops}END"


KEY_OF = "(SELECT key FROM fits WHERE rowid = {})"
INSERT_BLOCK = (
    f"INSERT INTO blocks VALUES (?1, ?2, {KEY_OF.format('?1')}, {KEY_OF.format('?2')}, ?3)"
)
# OR REPLACE deletes the fit that has the new key without the trigger of deletions.
REPLACED = "(SELECT rowid FROM fits WHERE key = NEW.key)"
TRIGGERS = (
    _trigger("fit_replaced", "BEFORE INSERT", REPLACED),
    _trigger("fit_replaced_by_update", "BEFORE UPDATE OF key", REPLACED),
    _trigger("fit_inserted", "AFTER INSERT", "NEW.rowid"),
    _trigger("fit_updated", "AFTER UPDATE", "OLD.rowid", "NEW.rowid"),
    _trigger("fit_deleted", "AFTER DELETE", "OLD.rowid"),
)


@dataclass(frozen=True)
class BlockRanges:
    """The rowids of the blocks, in order, and those of the fits between them."""

    firsts: list[int]
    lasts: list[int]

    @property
    def gaps(self) -> list[tuple[int, int]]:
        """Ranges of rowids that no block has, without their ends; the last one is open."""
        ends = zip([-(2**63), *self.lasts], [*self.firsts, 2**63 - 1], strict=True)
        return [(after, before) for after, before in ends if before - after > 1]


def create_blocks(connection: sqlite3.Connection) -> None:
    """Create the tables and triggers of blocks."""
    for statement in (*TABLES_OF_BLOCKS, *TRIGGERS):
        connection.execute(statement)


def pack_fits(connection: sqlite3.Connection) -> int:
    """Write blocks of the fits that have none, and drop those of other fits.

    The last fits have no block as long as they are fewer than ``BLOCK``: others will follow them.
    The transaction is the caller's.

    Returns
    -------
    int
        The number of these last fits.
    """
    connection.execute(f"DELETE FROM blocks WHERE NOT ({IS_CURRENT})")
    *holes, tail = _ranges(connection).gaps
    for hole in holes:
        _pack(connection, hole, least=1)
    return _pack(connection, tail, least=BLOCK)


def pack_last_fits(connection: sqlite3.Connection) -> int:
    """Write blocks of the fits after the last block; return the number of fits that have none."""
    return _pack(connection, _ranges(connection).gaps[-1], least=BLOCK)


def read_blocks(
    connection: sqlite3.Connection, names: Sequence[str]
) -> tuple[dict[str, NDArray[Any]], BlockRanges]:
    """Read some of ``FIELDS`` of all blocks, in the order of rowids.

    Returns
    -------
    fits
        For each name one value for each fit.
    ranges
        The rowids of the blocks that were read: other fits have none.

    Raises
    ------
    ValueError
        A block does not have the fits of its range.
    """
    query = f"SELECT first, last, scores FROM blocks WHERE {IS_CURRENT} ORDER BY first"
    rows = connection.execute(query).fetchall()
    ends = np.cumsum([0, *(len(scores) // FIELDS.itemsize for _, _, scores in rows)])
    fits = {name: np.empty(ends[-1], FIELDS[name]) for name in names}
    for (first, last, scores), start, end in zip(rows, ends[:-1], ends[1:], strict=True):
        block = np.frombuffer(scores, FIELDS)
        if not len(block) or (block["fit"][0], block["fit"][-1]) != (first, last):
            raise ValueError(f"blocks.scores: the fits of a block are not {first} to {last}")
        for name in names:
            fits[name][start:end] = block[name]
    return fits, BlockRanges([first for first, *_ in rows], [last for _, last, _ in rows])


def _ranges(connection: sqlite3.Connection) -> BlockRanges:
    rows = connection.execute("SELECT first, last FROM blocks ORDER BY first").fetchall()
    return BlockRanges([first for first, _ in rows], [last for _, last in rows])


def _pack(connection: sqlite3.Connection, gap: tuple[int, int], least: int) -> int:
    """Write blocks of the fits in a gap; return the number of fits that are left, below ``least``.

    Fits whose values have other types than ``FIELDS`` stay without a block.
    """
    query = "SELECT count(*) FROM (SELECT 1 FROM fits WHERE rowid > ? AND rowid < ? LIMIT ?)"
    (count,) = connection.execute(query, (*gap, least)).fetchone()
    if count < least:  # nothing is written
        return int(count)
    for rows in _rows_in(connection, gap):
        if len(rows) < least:
            return len(rows)
        with suppress(TypeError, ValueError):
            scores = np.array(rows, FIELDS).tobytes()
            connection.execute(INSERT_BLOCK, (rows[0][0], rows[-1][0], scores))
    return 0


def _rows_in(
    connection: sqlite3.Connection, gap: tuple[int, int]
) -> Iterator[list[tuple[object, ...]]]:
    """Yield the fits in a gap by the fields of a block, at most ``BLOCK`` at a time."""
    after, before = gap
    between = "FROM fits WHERE rowid > ? AND rowid < ?"
    connection.execute(
        f'INSERT OR IGNORE INTO places (split, "rows") SELECT DISTINCT split, "rows" {between}', gap
    )
    fields = ", ".join(["fits.rowid", "series", "places.id", "seed", *METRIC_NAMES])
    query = (
        f"SELECT {fields} FROM fits CROSS JOIN places "
        'ON places.split = fits.split AND places."rows" = fits."rows" '
        f"WHERE fits.rowid > ? AND fits.rowid < ? ORDER BY fits.rowid LIMIT {BLOCK}"
    )
    while rows := connection.execute(query, (after, before)).fetchall():
        yield rows
        after = rows[-1][0]
