"""A column of sample weights: read apart from the features, and refused with all its problems."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenfold.data.datasets import Dataset
from evenfold.data.description import describe
from evenfold.data.folds import make_fold
from evenfold.data.frames import from_frame
from evenfold.data.splits import Split, holdout, kfold
from evenfold.data.table_files import open_table, read_table
from evenfold.data.table_options import TableOptions
from evenfold.errors import DataError
from evenfold.worker.fold_files import read_fold, write_fold
from strategies import PROPERTY

WEIGHTED = TableOptions("y", sample_weight="w")


def frame_of(weights, labels="ab", **columns):
    count = len(weights)
    return pd.DataFrame({
        "x": np.arange(count) / 3,
        "w": weights,
        "y": [labels[n % len(labels)] for n in range(count)],
        **columns,
    })  # fmt: skip


def refusal(frame, options=WEIGHTED):
    with pytest.raises(DataError) as raised:
        from_frame(frame, options)
    return str(raised.value)


def test_weights_are_no_feature_and_have_a_role_of_their_own():
    dataset = from_frame(frame_of([0.5, 2, 1, 3]), WEIGHTED)
    assert ("x",) == dataset.feature_names
    assert [0.5, 2, 1, 3] == dataset.sample_weight.tolist()
    info = {column.name: column for column in dataset.columns}["w"]
    assert ("weight", 0.0, 4, "0.5 to 3") == (info.role, info.missing, info.distinct, info.detail)
    facts = " ".join(describe(dataset).facts)
    assert "Sample weights: 0.5 to 3. Models are trained with those of the training rows" in facts


def test_a_file_has_the_weights_of_its_frame(tmp_path):
    frame = frame_of([0.5, 2, 1, 3])
    frame.to_csv(tmp_path / "own.csv", index=False)
    expected = from_frame(frame, WEIGHTED, "own")
    assert expected.fingerprint == open_table(tmp_path / "own.csv", WEIGHTED).fingerprint
    found = read_table(tmp_path / "own.csv", "y", sample_weight="w")
    assert expected.fingerprint == found.fingerprint


def test_decimal_commas_are_read(tmp_path):
    (tmp_path / "own.csv").write_text("x;w;y\n1;0,5;a\n2;2,25;b\n")
    assert [0.5, 2.25] == open_table(tmp_path / "own.csv", WEIGHTED).sample_weight.tolist()


@pytest.mark.parametrize("dtype", ["float32", "Float64", "Int64", "object", "category", "string"])
def test_the_type_of_the_column_does_not_matter(dtype):
    frame = frame_of([4, 2, 1, 3]).astype({"w": dtype})
    assert [4, 2, 1, 3] == from_frame(frame, WEIGHTED).sample_weight.tolist()


def test_all_problems_are_in_one_message():
    frame = frame_of(["1", "heavy", "", "-2", "inf", "-1"], other=["1", "2", "3", "x", "4", "5"])
    message = refusal(frame)
    assert message.splitlines() == [
        "frame: 5 problems",
        "  row 1, column 'w': expected a weight from 0 to 1e+30, found 'heavy': correct it or "
        "remove the row",
        "  row 2, column 'w': expected a weight from 0 to 1e+30, found '': correct it or remove "
        "the row",
        "  row 3, column 'w': expected a weight from 0 to 1e+30, found '-2' (and 1 more in this "
        "column): correct it or remove the row",
        "  row 4, column 'w': expected a weight from 0 to 1e+30, found 'inf': correct it or remove "
        "the row",
        "  row 3, column 'other': expected a number, found 'x': correct it, read the column as "
        "categories with categorical=['other'], or leave it out with drop=['other']",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([0, 0, 0, 0], "column 'w': every weight is 0"),
        ([1, 0, 2, 0], "column 'w': every row of class 'b' has weight 0, so that no model learns"),
        ([None] * 4, "row 0, column 'w': expected a weight from 0 to 1e+30, found '' (and 3 more"),
        ([True, False, True, True], "column 'w': expected a weight from 0 to 1e+30, found 'True'"),
        ([1e31, 1, 1, 1], "row 0, column 'w': expected a weight from 0 to 1e+30, found '1e+31'"),
        (pd.date_range("2020-01-01", periods=4), "expected a weight from 0 to 1e+30, found '2020-"),
        (["1,234", "2,345", "3,456", "4,567"], "found '1,234' (and 3 more in this column): it may"),
    ],
)
def test_what_is_no_weight_is_refused(weights, message):
    assert message in refusal(frame_of(weights))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sample_weight": "W"}, "there is no weight column 'W': did you mean 'w'?"),
        ({"sample_weight": "y"}, "column 'y' cannot be both sample weight and target"),
        ({"group": "w"}, "column 'w' cannot be both sample weight and group"),
        ({"drop": ("w",)}, "column 'w' cannot be both drop and sample weight"),
        ({"categorical": ("w",)}, "column 'w' cannot be both categorical and sample weight"),
    ],
)
def test_a_column_has_one_role(options, message):
    assert message in refusal(frame_of([1, 2, 3, 4]), replace(WEIGHTED, **options))


def test_rows_of_weight_zero_are_noted():
    dataset = from_frame(frame_of([0, 2, 1, 3, 0, 1]), WEIGHTED)
    assert (
        "frame, column 'w': 2 rows have weight 0: models learn nothing from such rows, and are "
        "tested on them all the same"
    ) in dataset.notes


def test_weights_are_part_of_the_identity():
    plain = from_frame(frame_of([1, 2, 3, 4]), TableOptions("y", drop=("w",)))
    one, other = (from_frame(frame_of(w), WEIGHTED) for w in ([1, 2, 3, 4], [1, 2, 3, 5]))
    assert 3 == len({each.fingerprint for each in (plain, one, other)})
    assert plain.fingerprint == replace(one, sample_weight=None).fingerprint


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0, 2.0], r"sample weights have shape \(2,\), expected \(3,\)"),
        ([1.0, np.nan, 2.0], "row 1 has the sample weight nan: give every row a weight from 0 to"),
        ([1.0, 2.0, -1.0], "row 2 has the sample weight -1"),
        ([0.0, 0.0, 0.0], "every sample weight is 0"),
        (["a", "b", "c"], "sample weights have the type <U1, expected float64"),
    ],
)
def test_a_dataset_of_a_plug_in_needs_usable_weights(weights, message):
    x, y = np.zeros((3, 1)), np.array([0, 1, 0])
    with pytest.raises(DataError, match=f"own: {message}"):
        Dataset("own", x, y, ("x",), ("a", "b"), sample_weight=np.array(weights))


@PROPERTY
@given(st.integers(0, 10_000))
def test_no_weight_of_a_test_row_reaches_a_fold(seed):
    rng = np.random.default_rng(seed)
    dataset = from_frame(frame_of(rng.random(24) + 0.1), WEIGHTED)
    for split in kfold(dataset, 3, 1, seed):
        weights = dataset.sample_weight.copy()
        weights[split.test] = 100 * rng.random(len(split.test))
        one = make_fold(dataset, split, "flat")
        other = make_fold(replace(dataset, sample_weight=weights), split, "flat")
        assert one.sample_weight.tobytes() == other.sample_weight.tobytes()
        assert one.sample_weight.tolist() == dataset.sample_weight[split.train].tolist()
        assert one.x_train.tobytes() == other.x_train.tobytes()
        assert one.x_test.tobytes() == other.x_test.tobytes()


def test_a_class_without_weight_in_a_training_part_is_refused():
    """Before anything is trained."""
    dataset = from_frame(frame_of([1, 1, 1, 0, 1, 0]), WEIGHTED)
    expected = r"frame: of class 'b', every training row in r0f\d has the sample weight 0: give mo"
    with pytest.raises(DataError, match=expected):
        kfold(dataset, 3, 1)
    with pytest.raises(DataError, match="every training row in holdout has the sample weight 0"):
        [holdout(dataset, 0.5, seed) for seed in range(20)]


def test_a_file_of_a_fold_holds_its_weights(tmp_path):
    dataset = from_frame(frame_of([0.1, 2, 1, 3]), WEIGHTED)
    fold = make_fold(dataset, Split("holdout", np.arange(3), np.arange(3, 4)), "sequence")
    write_fold(tmp_path / "fold.npz", fold)
    read = read_fold(tmp_path / "fold.npz", "sequence", 2)
    assert (fold.task, fold.layout, ("a", "b")) == (read.task, read.layout, read.class_names)
    for name in ("x_train", "y_train", "x_test", "sample_weight"):
        assert getattr(fold, name).tobytes() == getattr(read, name).tobytes()
