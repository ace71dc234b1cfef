"""Blocks of a store say what its fits say, whatever happens to the fits."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evenfold.errors import ResultsError
from evenfold.score import store as stores
from evenfold.score import store_blocks, stored_scores
from evenfold.score.fit import Fit, FitPlace, FitSeries
from evenfold.score.store import Store
from evenfold.score.stored_scores import read_scores
from evenfold.stats.metric_names import METRIC_NAMES
from strategies import PROPERTY

SMALL = 3
SERIES = FitSeries("cancer", "abc", "kfold10", "tf2.21", "compiled", 0, "net", "def")
SCORES = dict.fromkeys(METRIC_NAMES, 0.5)
NAN = float("nan")


@pytest.fixture(autouse=True, scope="module")
def small_blocks():
    with pytest.MonkeyPatch.context() as patch:
        for module in (stores, store_blocks):
            patch.setattr(module, "BLOCK", SMALL)
        yield


def put(store, key, split, model, accuracy):
    fit = Fit("keras", "", 1.0, 7, np.full((1, 2), 0.5), {}, {**SCORES, "accuracy": accuracy})
    place = FitPlace(replace(SERIES, model=model), f"r0f{split}", 7, f"rows {split % 2}")
    store.put(key, place, fit)


def by_rows(file):
    """The scores of a store as its rows alone have them."""
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(
            'SELECT rowid, series, split, seed, "rows", accuracy, roc_auc FROM fits ORDER BY rowid'
        ).fetchall()


def by_reader(file):
    table = read_scores(file, ["accuracy", "roc_auc"]).table
    rows = table.astype(object).where(table.notna(), None)
    return list(rows.itertuples(index=False, name=None))


def count_blocks(file):
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT count(*) FROM blocks").fetchone()[0]


KEYS = st.integers(0, 8).map(str)
PUT = st.tuples(
    st.just("put"), KEYS, st.integers(0, 3), st.sampled_from(["net", "tree"]),
    st.sampled_from([0.25, 1 / 3, NAN]),
)  # fmt: skip
CHANGES = {
    "update": "UPDATE fits SET accuracy = 0.125 WHERE key = ?",
    "renumber": "UPDATE OR REPLACE fits SET rowid = rowid + 2 WHERE key = ?",
    "rename": "UPDATE OR REPLACE fits SET key = '4' WHERE key = ?",
    "delete": "DELETE FROM fits WHERE key = ?",
    "replace": (
        "INSERT OR REPLACE INTO fits SELECT key, series, split, seed + 1, 'other', engine, note, "
        f"seconds, peak_bytes, {', '.join(METRIC_NAMES)} FROM fits WHERE key = ?"
    ),
}
ACTIONS = st.lists(
    st.one_of(
        PUT, PUT, PUT,
        st.tuples(st.sampled_from([*CHANGES]), KEYS),
        st.sampled_from([("open",), ("vacuum",), ("kill",)]),
    ),
    max_size=8,
)  # fmt: skip


def killed(file, copy):
    """The files that a writer leaves that is killed before it commits a replaced fit."""
    for left in (copy, copy.with_name(copy.name + "-wal")):
        left.unlink(missing_ok=True)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("BEGIN")
        connection.execute("UPDATE fits SET accuracy = 0.0625")
        for suffix in ("", "-wal"):
            if file.with_name(file.name + suffix).exists():
                shutil.copy(file.with_name(file.name + suffix), f"{copy}{suffix}")
        connection.rollback()


def act(file, action):
    name, *arguments = action
    if name == "put":
        with Store(file) as store:
            put(store, *arguments)
    elif name == "open":
        Store(file).__exit__(None, None, None)
    elif name == "vacuum":
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("VACUUM")
    elif name == "kill":
        copy = file.with_name("killed")
        killed(file, copy)
        assert by_reader(copy) == by_rows(file)
    else:
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute(CHANGES[name], arguments)


@PROPERTY
@given(actions=ACTIONS)
@example(actions=[("renumber", "2")])  # from one block into another
@example(actions=[("rename", "2")])  # the fit that had the key is in another block
def test_scores_are_those_of_the_rows_after_any_writes(tmp_path_factory, actions):
    file = tmp_path_factory.mktemp("store") / "s"
    with Store(file) as store:
        for number in range(2 * SMALL + 1):
            put(store, str(number), number, "net", 0.5)
    for action in actions:
        act(file, action)
        assert by_reader(file) == by_rows(file)


def test_fits_are_put_in_blocks_as_they_are_stored(tmp_path):
    with Store(tmp_path / "s") as store:
        for number in range(2 * SMALL + 1):
            put(store, str(number), number, "net", number / 10)
            assert count_blocks(tmp_path / "s") == (number + 1) // SMALL
    assert by_reader(tmp_path / "s") == by_rows(tmp_path / "s")


def test_a_block_with_a_replaced_fit_is_written_anew_by_the_next_study(tmp_path):
    with Store(tmp_path / "s") as store:
        for number in range(SMALL):
            put(store, str(number), number, "net", 0.5)
        put(store, "1", 1, "net", 0.75)
        assert count_blocks(tmp_path / "s") == 0
    with Store(tmp_path / "s"):
        assert count_blocks(tmp_path / "s") == 1


def test_a_block_of_other_fits_is_not_read(tmp_path):
    """A file whose rowids were given anew has blocks of other fits."""
    with Store(tmp_path / "s") as store:
        for number in range(SMALL):
            put(store, str(number), number, "net", number / 10)
    with closing(sqlite3.connect(tmp_path / "s")) as connection, connection:
        connection.execute("DROP TRIGGER fit_updated")
        connection.execute("UPDATE fits SET rowid = 9 WHERE rowid = 1")
    assert by_reader(tmp_path / "s") == by_rows(tmp_path / "s")
    with Store(tmp_path / "s"):
        assert by_reader(tmp_path / "s") == by_rows(tmp_path / "s")


def test_a_fit_of_other_types_stays_without_a_block(tmp_path):
    with Store(tmp_path / "s") as store:
        for number in range(SMALL - 1):
            put(store, str(number), number, "net", 0.5)
    with closing(sqlite3.connect(tmp_path / "s")) as connection, connection:
        connection.execute("UPDATE fits SET accuracy = 'none' WHERE key = '1'")
    with Store(tmp_path / "s") as store:
        put(store, "9", 0, "net", 0.5)
        assert count_blocks(tmp_path / "s") == 0


def test_the_reader_reads_blocks(tmp_path, monkeypatch):
    """No row of a fit in a block is read."""
    with Store(tmp_path / "s") as store:
        for number in range(SMALL + 1):
            put(store, str(number), number, "net", 0.5)
    read = stored_scores._fits_without_block

    def counted(*arguments):
        columns = read(*arguments)
        assert len(columns["fit"]) == 1
        return columns

    monkeypatch.setattr(stored_scores, "_fits_without_block", counted)
    assert len(by_reader(tmp_path / "s")) == SMALL + 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("UPDATE blocks SET scores = substr(scores, 1, length(scores) / 3)", "are not 1 to 3"),
        ("UPDATE blocks SET scores = x''", "are not 1 to 3"),
        ("UPDATE blocks SET scores = substr(scores, 2)", "buffer size"),
        ("DELETE FROM places WHERE id = 1", "the table places lacks"),
        ("DELETE FROM places WHERE id = 2", "the table places lacks"),
        ("DELETE FROM places", ""),
    ],
)
def test_a_damaged_block_is_an_error_that_names_the_store(tmp_path, change, message):
    with Store(tmp_path / "s") as store:
        for number in range(SMALL):
            put(store, str(number), number, "net", 0.5)
    with closing(sqlite3.connect(tmp_path / "s")) as connection, connection:
        connection.execute(change)
    with pytest.raises(ResultsError, match=f"{tmp_path / 's'}.*{message}"):
        read_scores(tmp_path / "s", ["accuracy"])
