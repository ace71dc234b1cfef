"""Rows that are in both parts of a split, and equal rows of different labels."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.studies import study
from evenfold.data.datasets import Dataset
from evenfold.data.duplicates import Duplicates, count_duplicates, duplicate_findings
from evenfold.data.splits import Split, kfold
from evenfold.score.comparison import ScoreComparison
from strategies import PROPERTY, SEEDS, toy


@PROPERTY
@given(seed=SEEDS, rows=st.integers(2, 30), levels=st.integers(1, 4), columns=st.integers(1, 3))
def test_counts_are_those_of_a_comparison_of_every_pair(seed, rows, levels, columns):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, levels, (rows, columns)) * rng.choice([-1.0, 1.0], (rows, columns))
    dataset = toy(rng.integers(0, 2, rows), x, n_classes=2)
    order = rng.permutation(rows)
    splits = [Split("a", order[1:], order[:1]), Split("b", order[: rows // 2], order[rows // 2 :])]
    equal = (x[:, np.newaxis] == x[np.newaxis]).all(axis=2)
    shared = sum(int(equal[np.ix_(s.test, s.train)].any(axis=1).sum()) for s in splits)
    conflict = (equal & (dataset.y[:, np.newaxis] != dataset.y)).any(axis=1).sum()
    expected = Duplicates(2, shared, 1 + rows - rows // 2, int(conflict))
    assert expected == count_duplicates(dataset, splits)


def doubled(groups=None, y=None):
    x = np.repeat(np.random.default_rng(0).normal(size=(20, 2)), 2, axis=0)
    return toy(np.arange(40) // 2 % 2 if y is None else y, x, groups=groups)


def test_a_study_of_doubled_rows_is_described():
    dataset = doubled()
    note = count_duplicates(dataset, kfold(dataset, 5, 2)).note
    assert "of 8 test rows (" in note
    assert note.endswith(
        "%) also occur among the training rows, on average over splits: scores are optimistic if "
        "these rows are duplicates of one example. Remove the duplicates, or give the rows of "
        "one example the same group (--group)."
    )


def test_groups_that_keep_duplicates_together_have_no_note():
    dataset = doubled(groups=np.arange(40) // 2)
    found = count_duplicates(dataset, kfold(dataset, 5, 2))
    assert (0, "") == (found.shared_rows, found.note)


def test_equal_rows_of_different_labels_are_counted():
    dataset = doubled(y=np.r_[[0, 1] * 2, np.arange(36) // 2 % 2])
    found = count_duplicates(dataset, kfold(dataset, 5, 1))
    assert 4 == found.conflicting_rows
    assert found.note.endswith("4 rows of the data have the features of a row with another label.")


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        (Duplicates(1, 3, 114, 0), "3 of 114 test rows (3 %) also occur among the training rows: "),
        (Duplicates(100, 20, 5700, 0), "0.2 of 57 test rows (0.4 %) also occur among"),
        (Duplicates(100, 2_000_000, 4_000_000, 0), "20,000 of 40,000 test rows (50 %) also"),
    ],
)
def test_counts_are_means_over_splits(counts, text):
    assert counts.note.startswith(text)


def test_series_are_compared_whole():
    x = np.zeros((4, 3, 2))
    x[1, 2, 1] = 1
    dataset = Dataset("s", x, np.array([0, 1, 0, 1]), ("a", "b"), ("m", "n"))
    found = count_duplicates(dataset, [Split("h", np.array([0, 1]), np.array([2, 3]))])
    assert (2, 3) == (found.shared_rows, found.conflicting_rows)


def test_a_large_table_takes_seconds_at_most():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100_000, 10))
    dataset = toy(np.arange(100_000) % 2, x)
    rows = np.arange(100_000)
    started = perf_counter()
    count_duplicates(dataset, [Split(str(n), rows[10_000:], rows[:10_000]) for n in range(100)])
    assert perf_counter() - started < 30


def test_a_saved_study_has_a_note_on_its_duplicates():
    counts = {"splits": 12, "shared_rows": 12, "test_rows": 120, "conflicting_rows": 0}
    saved = study()
    with_duplicates = replace(saved, environment={**saved.environment, "duplicates": counts})
    assert () == saved.notes
    (note,) = with_duplicates.notes
    assert note.startswith(f"{saved.file}: 1 of 10 test rows (10 %) also occur among the training")


def test_the_result_of_a_study_states_its_duplicates():
    saved = study()
    result = ScoreComparison(
        scores=saved.scores.assign(log_loss=0.1, brier=0.1),
        models=sorted(set(saved.scores["model"])),
        metric="accuracy",
        design=saved.design,
        rope=None,
        failed=[],
        skipped={},
        file=saved.file,
        duplicates=Duplicates(12, 12, 120, 3),
        findings=tuple(duplicate_findings(Duplicates(12, 12, 120, 3))),
        data_notes=["t.csv: a note"],
    )
    assert f"EF001 {result.duplicates.note}" in result.finding_text
    assert "EF001 1 of 10 test rows (10 %) also occur among the training rows" in repr(result)
    assert ["EF001"] * 4 == result.numbers["findings"].tolist()
    assert [0.1] * 4 == result.numbers["duplicate_share"].tolist()
    assert [3] * 4 == result.numbers["conflicting_rows"].tolist()
    assert "\nt.csv: a note\n" in repr(result)
