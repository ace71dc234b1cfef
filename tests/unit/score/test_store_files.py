"""Stores whose creation was interrupted, and stores that are locked, read-only or damaged."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.stores import make_store
from evenfold.errors import ResultsError
from evenfold.score.store import Store
from evenfold.score.store_schema import TABLES
from evenfold.score.stored_scores import read_scores, read_seconds, read_stored_arrays
from strategies import PROPERTY


def read_all(file):
    """Read everything that compare reads."""
    stored = read_scores(file, ["accuracy"])
    return read_stored_arrays(file, stored.table.assign(model="net", data="abc"))


def execute(file, *commands):
    with closing(sqlite3.connect(file)) as connection, connection:
        for command in commands:
            connection.execute(command)


@pytest.mark.parametrize("statements", range(len(TABLES) + 1))
def test_a_store_whose_creation_was_interrupted_is_created_again(tmp_path, statements):
    """A writer was killed inside the transaction: its tables are in the log, not committed."""
    code = f"""
import os, sqlite3
from evenfold.score.store_schema import TABLES
connection = sqlite3.connect({str(tmp_path / "s")!r})
connection.execute("PRAGMA journal_mode=WAL")
connection.execute("PRAGMA cache_spill=1")
connection.execute("BEGIN IMMEDIATE")
for table in TABLES[:{statements}]:
    connection.execute(table)
os._exit(9)
"""
    subprocess.run([sys.executable, "-c", code], check=False)
    make_store(tmp_path / "s")
    assert len(read_scores(tmp_path / "s", ["accuracy"]).table) == 2


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_journal_that_a_killed_writer_left_is_undone(tmp_path, mode):
    make_store(tmp_path / "s")
    code = f"""
import os, sqlite3
connection = sqlite3.connect({str(tmp_path / "s")!r})
connection.execute("PRAGMA journal_mode={mode}")
connection.execute("PRAGMA cache_size=1")
connection.execute("BEGIN IMMEDIATE")
for number in range(2000):
    connection.execute("INSERT INTO studies VALUES (?, '', '', '', '', 0, '[]')", (str(number),))
os._exit(9)
"""
    subprocess.run([sys.executable, "-c", code], check=False)
    assert list(tmp_path.glob("s-*"))
    assert len(read_all(tmp_path / "s"))
    with Store(tmp_path / "s") as store:
        assert set(read_seconds(store.file, ["a", "b"])) == {"a", "b"}


def test_an_empty_file_and_a_database_without_tables_are_new_stores(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    execute(tmp_path / "bare", "PRAGMA journal_mode=WAL", "CREATE TABLE t (a)", "DROP TABLE t")
    for name in ("empty", "bare"):
        make_store(tmp_path / name)
        assert len(read_all(tmp_path / name))


def test_a_locked_store_is_called_locked(tmp_path):
    make_store(tmp_path / "s")
    with closing(sqlite3.connect(tmp_path / "s")) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ResultsError, match="s is locked by another program: close it"):
            read_scores(tmp_path / "s", ["accuracy"])


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root writes all")
def test_a_store_without_permission_to_write_is_read(tmp_path):
    make_store(tmp_path / "s")
    (tmp_path / "s.lock").unlink(missing_ok=True)
    (tmp_path / "s").chmod(0o444)
    tmp_path.chmod(0o555)
    code = f"""
from pathlib import Path
from evenfold.score.stored_scores import read_scores, read_seconds
print(len(read_scores(Path({str(tmp_path / "s")!r}), ["accuracy"]).table))
"""
    caps = "-dac_override,-dac_read_search"
    drop = ["setpriv", f"--inh-caps={caps}", f"--bounding-set={caps}"] if os.geteuid() == 0 else []
    try:
        done = subprocess.run([*drop, sys.executable, "-c", code], capture_output=True, text=True)
    finally:
        tmp_path.chmod(0o755)
    assert done.stdout == "2\n", done.stderr


def test_a_pipe_in_place_of_a_store_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "s")
    for use in (Store, lambda file: read_scores(file, ["accuracy"])):
        with pytest.raises(ResultsError, match="s is no regular file"):
            use(tmp_path / "s")


def test_predictions_that_were_changed_in_the_store_are_noticed(tmp_path):
    make_store(tmp_path / "s")
    blob = np.array([[0.75, 0.25]]).tobytes().hex()
    execute(tmp_path / "s", f"UPDATE kept SET probabilities = X'{blob}' WHERE key = 'b'")
    message = "s is damaged .*not those that were saved"
    with pytest.raises(ResultsError, match=message):
        read_all(tmp_path / "s")
    with Store(tmp_path / "s") as store, pytest.raises(ResultsError, match=message):
        store.get(["a", "b"])


def test_predictions_that_were_given_to_another_fit_are_noticed(tmp_path):
    make_store(tmp_path / "s")
    columns = "classes, probabilities, history, digest"
    execute(
        tmp_path / "s",
        "DELETE FROM kept WHERE key = 'b'",
        f"INSERT INTO kept (key, {columns}) SELECT 'b', {columns} FROM kept WHERE key = 'a'",
    )
    with pytest.raises(ResultsError, match="not those that were saved"):
        read_all(tmp_path / "s")


def test_a_fit_without_its_predictions_runs_again(tmp_path):
    make_store(tmp_path / "s")
    execute(tmp_path / "s", "DELETE FROM kept WHERE key = 'b'")
    with Store(tmp_path / "s") as store:
        assert set(read_seconds(store.file, ["a", "b"])) == {"a"}


WRONG = [None, "text", b"\xff\x00", -1, 0.5, 2**62, float("inf"), "", "[" * 5000, "{}", "[1]"]


def columns_of(table):
    with closing(sqlite3.connect(":memory:")) as connection:
        for each in TABLES:
            connection.execute(each)
        return [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]


@PROPERTY
@given(data=st.data())
def test_a_wrong_value_in_any_column_is_one_message_or_harmless(tmp_path_factory, data):
    """Every column of every table, by every kind of wrong value."""
    file = tmp_path_factory.mktemp("store") / "s.sqlite"
    shutil.copy(_whole_store(tmp_path_factory), file)
    table = data.draw(st.sampled_from(["fits", "kept", "series", "splits", "studies"]))
    column = data.draw(st.sampled_from(columns_of(table)))
    value = data.draw(st.sampled_from(WRONG))
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints=1")
        try:
            connection.execute(f'UPDATE {table} SET "{column}" = ?', (value,))
        except sqlite3.IntegrityError:
            return
    for use in (read_all, _get_all):
        with suppress(ResultsError):
            use(file)


def _get_all(file):
    with Store(file) as store:
        read_seconds(store.file, ["a", "b"])
        return store.get(["a", "b"])


def _whole_store(factory):
    file = Path(factory.getbasetemp()) / "whole.sqlite"
    if not file.exists():
        make_store(file)
    return file


def test_the_history_of_a_fit_is_numbers_by_name(tmp_path):
    make_store(tmp_path / "s")
    history = json.dumps({"loss": ["x"]})
    execute(tmp_path / "s", f"UPDATE kept SET digest = NULL, history = '{history}'")
    with Store(tmp_path / "s") as store, pytest.raises(ResultsError, match=r"history.*float"):
        store.get(["a"])


def test_opening_a_store_changes_nothing(tmp_path):
    """Also not a store that is damaged: it can be repaired as it was."""
    make_store(tmp_path / "s")
    before = (tmp_path / "s").read_bytes()
    with Store(tmp_path / "s") as store:
        store.get(["a", "b"])
    assert (tmp_path / "s").read_bytes() == before
    execute(tmp_path / "s", "DROP TABLE kept")
    before = (tmp_path / "s").read_bytes()
    with pytest.raises(ResultsError, match=r"s is damaged .*no such table: kept"):
        Store(tmp_path / "s")
    assert (tmp_path / "s").read_bytes() == before


def test_a_schema_that_is_no_text_is_one_message(tmp_path):
    """SQLite quotes it in an error that Python cannot decode."""
    file = tmp_path / "s.sqlite"
    make_store(file)
    file.write_bytes(file.read_bytes().replace(b"TABLE splits", b"\xffABLE splits"))
    with pytest.raises(ResultsError, match=r"s\.sqlite is damaged"):
        read_scores(file, ["accuracy"])
    with pytest.raises(ResultsError, match=r"s\.sqlite is damaged"):
        Store(file)
