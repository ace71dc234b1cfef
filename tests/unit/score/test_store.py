"""The store of finished fits: what is put is there, and what is not a store is not touched."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from evenfold.errors import ResultsError
from evenfold.score import store_blocks
from evenfold.score.fit import Fit, FitPlace, FitSeries, SplitRows, StudyKey
from evenfold.score.store import Store
from evenfold.score.store_schema import METRICS_OF_SCHEMA_5
from evenfold.score.stored_scores import read_scores, read_seconds, read_stored_arrays
from evenfold.stats.metric_names import METRIC_NAMES
from strategies import PROPERTY


def fit(probabilities=((0.25, 0.75),), seconds=1.5):
    values = np.array(probabilities, np.float64)
    return Fit("keras", "", seconds, 7, values, {"loss": [0.1, 0.2]}, SCORES)


SERIES = FitSeries("cancer", "abc", "kfold10", "tf2.21", "compiled", 0, "net", "def")
SCORES = dict.fromkeys(METRIC_NAMES, 0.5)


def keep(store, key, found=None, series=SERIES, split="r0f0", seed=7, **scores):
    found = found or fit()
    found = replace(found, scores={**found.scores, **scores})
    store.put(key, FitPlace(series, split, seed, f"rows of {split}"), found)


@PROPERTY
@given(
    probabilities=arrays.arrays(
        np.float64,
        st.tuples(st.integers(0, 5), st.integers(2, 4)),
        elements=st.floats(0, 1),
    )
)
def test_a_fit_survives_to_the_last_bit(tmp_path_factory, probabilities):
    file = tmp_path_factory.mktemp("store") / "fits.sqlite"
    with Store(file) as store:
        history = {"loss": [1e-300]}
        put = Fit("compiled", "why", 0.1, None, probabilities, history, {**SCORES, "brier": 1 / 3})
        keep(store, "a", put, roc_auc=float("nan"))
    with Store(file) as store:
        (found,) = store.get(["a", "b"]).values()
    assert ("compiled", "why", 0.1, None) == (
        found.engine,
        found.note,
        found.seconds,
        found.peak_bytes,
    )
    np.testing.assert_array_equal(probabilities, found.probabilities)
    assert {"loss": [1e-300]} == found.history
    assert np.isnan(found.scores["roc_auc"])
    assert {**SCORES, "brier": 1 / 3, "roc_auc": 0} == {**found.scores, "roc_auc": 0}


def test_many_keys_are_read_at_once(tmp_path):
    keys = [str(number) for number in range(1203)]
    with Store(tmp_path / "s") as store:
        for key in keys[::2]:
            keep(store, key)
        assert dict.fromkeys(keys[::2], 1.5) == read_seconds(store.file, keys)
        assert set(keys[::2]) == set(store.get(keys))


def test_a_fit_put_twice_is_the_later_one(tmp_path):
    with Store(tmp_path / "s") as store:
        keep(store, "a", fit(seconds=1))
        keep(store, "a", fit(seconds=2))
        assert 2 == store.get(["a"])["a"].seconds


def test_two_studies_at_once_do_not_share_a_store(tmp_path):
    with Store(tmp_path / "s"):  # noqa: SIM117
        with pytest.raises(ResultsError, match="in use by another study: wait"):
            Store(tmp_path / "s")
    with Store(tmp_path / "s"):
        pass


def test_scores_are_read_by_series_while_a_study_writes(tmp_path):
    other = replace(SERIES, model="other")
    with Store(tmp_path / "s") as store:
        keep(store, "a", accuracy=0.1 + 0.2)
        keep(store, "b", series=other, split="r0f1", roc_auc=float("nan"))
        keep(store, "c", split="r0f1")
        stored = read_scores(tmp_path / "s", ["accuracy", "roc_auc"])
    series, found = stored.series, stored.table
    assert {SERIES, other} == set(series.values())
    by_model = {(series[row.series].model, row.split): row for row in found.itertuples()}
    assert (0.1 + 0.2, 7) == (by_model["net", "r0f0"].accuracy, by_model["net", "r0f0"].seed)
    assert np.isnan(by_model["other", "r0f1"].roc_auc)
    assert "rows of r0f1" == by_model["net", "r0f1"].rows
    assert 3 == len(found)


STUDY = StudyKey("cancer", "abc", "kfold10", "tf2.21", "compiled", 0)


def test_a_study_has_its_order_and_the_rows_of_its_splits(tmp_path):
    rows = SplitRows("rows of r0f0", np.array([1]), np.array([40]), np.array([7]), 1)
    with Store(tmp_path / "s") as store:
        store.put_study(STUDY, ["net", "a"], [rows])
        keep(store, "a")
    stored = read_scores(tmp_path / "s", ["accuracy"])
    assert stored.orders == {STUDY: ("net", "a")}
    found = read_stored_arrays(tmp_path / "s", stored.table.assign(model="net", data="abc"))
    assert found["net/r0f0/7"].tolist() == [[0.25, 0.75]]
    assert (found["y/r0f0"].tolist(), found["rows/r0f0"].tolist()) == ([1], [40])
    assert (found["groups/r0f0"].tolist(), int(found["positive"])) == ([7], 1)


def without_blocks(connection):
    for (trigger,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall():
        connection.execute(f"DROP TRIGGER {trigger}")
    for table in ("places", "blocks"):
        connection.execute(f"DROP TABLE {table}")
    connection.execute("ALTER TABLE kept DROP COLUMN digest")


def of_schema_5(file):
    """A store as the last evenfold left it."""
    with Store(file) as store:
        keep(store, "a", accuracy=0.25)
        keep(store, "b", split="r0f1")
        store.put_study(STUDY, ["net"], [])
        without_blocks(store._connection)
        store._connection.execute("PRAGMA user_version=5")


def of_schema_4(file):
    """A store as an evenfold of last year left it."""
    with Store(file) as store:
        keep(store, "a")
        without_blocks(store._connection)
        for table in ("splits", "studies"):
            store._connection.execute(f"DROP TABLE {table}")
        for metric in METRICS_OF_SCHEMA_5:
            store._connection.execute(f"ALTER TABLE fits DROP COLUMN {metric}")
        store._connection.execute("PRAGMA user_version=4")


def test_a_store_of_schema_4_is_read_without_rows_and_later_metrics(tmp_path):
    of_schema_4(tmp_path / "s")
    stored = read_scores(tmp_path / "s", ["accuracy", "mcc"])
    assert stored.table["accuracy"].tolist() == [0.5]
    assert stored.table["mcc"].isna().all()
    assert stored.orders == {}
    found = read_stored_arrays(tmp_path / "s", stored.table.assign(model="net", data="abc"))
    assert found == {}


def test_a_store_of_schema_4_is_brought_up_to_date_with_all_its_fits(tmp_path):
    of_schema_4(tmp_path / "s")
    with Store(tmp_path / "s") as store:
        (earlier,) = store.get(["a"]).values()
        assert (earlier.scores["accuracy"], np.isnan(earlier.scores["mcc"])) == (0.5, True)
        keep(store, "b", split="r0f1")
        store.put_study(STUDY, ["net"], [])
    assert read_scores(tmp_path / "s", ["mcc"]).table["mcc"].tolist()[1] == 0.5


def test_a_store_without_blocks_is_read_as_it_is(tmp_path):
    of_schema_5(tmp_path / "s")
    before = (tmp_path / "s").read_bytes()
    stored = read_scores(tmp_path / "s", ["accuracy"])
    assert stored.table["accuracy"].tolist() == [0.25, 0.5]
    assert stored.orders == {STUDY: ("net",)}
    assert (tmp_path / "s").read_bytes() == before


def test_a_store_without_blocks_gets_them_with_the_next_study(tmp_path, monkeypatch):
    monkeypatch.setattr(store_blocks, "BLOCK", 2)
    of_schema_5(tmp_path / "s")
    with Store(tmp_path / "s") as store:
        assert store._connection.execute("SELECT count(*) FROM blocks").fetchone() == (1,)
        assert read_seconds(store.file, ["a", "b"]) == {"a": 1.5, "b": 1.5}
    assert read_scores(tmp_path / "s", ["accuracy"]).table["accuracy"].tolist() == [0.25, 0.5]


def older(file):
    with Store(file):
        pass
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version=1")
    connection.close()


def newer(file):
    with Store(file):
        pass
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version=99")
    connection.close()


def foreign(file):
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE fits (key TEXT)")
    connection.close()


def truncated(file):
    with Store(file) as store:
        for number in range(50):
            keep(store, str(number), fit(np.full((40, 2), 0.5)))
    file.write_bytes(file.read_bytes()[:5000])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda file: file.write_text("not a database, but long enough " * 99), "is not a store"),
        (foreign, "is not a store of fits: use another file with --store"),
        (
            older,
            "schema 1, this evenfold reads 7: its fits have no digest of their rows: move it away",
        ),
        (newer, "has schema 99, this evenfold reads 7: use the newer evenfold that made it"),
        (truncated, "is damaged .*: move it away"),
    ],
)
def test_a_file_that_is_not_a_store_is_reported_and_not_changed(tmp_path, spoil, message):
    file = tmp_path / "s"
    spoil(file)
    before = file.read_bytes()
    with pytest.raises(ResultsError, match=message):
        Store(file)
    assert before == file.read_bytes()


def test_a_folder_that_cannot_be_written_is_reported(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match="cannot be written"):
        Store(tmp_path / "file" / "s")


def test_a_full_disk_stops_cleanly_with_all_earlier_fits_saved(tmp_path):
    with Store(tmp_path / "s") as store:
        keep(store, "a")
        pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
        store._connection.execute(f"PRAGMA max_page_count={pages}")
        large = fit(np.full((100_000, 2), 0.5))
        with pytest.raises(ResultsError, match="s cannot be written: database or disk is full"):
            keep(store, "b", large)
    with Store(tmp_path / "s") as store:
        assert {"a"} == set(read_seconds(store.file, ["a", "b"]))


@pytest.mark.skipif(os.name != "posix", reason="an open file cannot be deleted elsewhere")
@pytest.mark.parametrize("replaced", [False, True])
def test_a_store_that_is_deleted_while_it_is_open_is_noticed_with_the_next_fit(tmp_path, replaced):
    """SQLite goes on to write to a file that nobody can open any more."""
    file = tmp_path / "fits.sqlite"
    with Store(file) as store:
        keep(store, "a")
        file.rename(tmp_path / "other")
        if replaced:
            file.write_bytes((tmp_path / "other").read_bytes())
        with pytest.raises(ResultsError, match="was deleted or replaced while it was in use"):
            keep(store, "b")
