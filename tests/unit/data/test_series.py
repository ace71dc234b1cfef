"""Series: rows of steps and channels through the same split, scaling and layouts as tables."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from evenfold.contract import Task
from evenfold.data import folds
from evenfold.data.datasets import Dataset
from evenfold.data.series import read_series
from evenfold.data.splits import Split
from evenfold.errors import DataError, UsageError
from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.plugins.datasets import open_dataset
from strategies import PROPERTY, SEEDS, labels

HALF = Split("half", np.arange(0, 8, 2), np.arange(1, 8, 2))


@st.composite
def series(draw):
    """Datasets of 1 to 6 steps and 1 to 4 channels, each of another unit, cut anywhere in two."""
    y = draw(labels(2))
    steps, channels = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(SEEDS))
    units = 10.0 ** rng.integers(-6, 7, channels)
    x = (rng.normal(size=(len(y), steps, channels)) + rng.normal(size=channels)) * units
    dataset = named(x, y)
    rows = rng.permutation(len(y))
    cut = draw(st.integers(1, len(rows) - 1))
    return dataset, Split("any", rows[:cut], rows[cut:])


def named(x, y):
    channels = tuple(f"c{n}" for n in range(x.shape[-1]))
    return Dataset("toy", x, y, channels, tuple(str(n) for n in range(int(y.max()) + 1)))


@PROPERTY
@given(case=series())
def test_each_channel_is_scaled_over_the_training_rows_and_their_steps(case):
    dataset, split = case
    fold = folds.make_fold(dataset, split, "sequence")
    channels = dataset.x.shape[-1]
    scaler = StandardScaler().fit(dataset.x[split.train].reshape(-1, channels))
    for part, rows in ((fold.x_train, split.train), (fold.x_test, split.test)):
        expected = scaler.transform(dataset.x[rows].reshape(-1, channels))
        np.testing.assert_allclose(part.reshape(-1, channels), expected, rtol=1e-8, atol=1e-8)


@PROPERTY
@given(case=series(), seed=SEEDS)
def test_test_rows_change_nothing_in_the_training_part(case, seed):
    dataset, split = case
    x = dataset.x.copy()
    x[split.test] = np.random.default_rng(seed).normal(scale=1e3, size=x[split.test].shape)
    before = folds.make_fold(dataset, split, "sequence")
    after = folds.make_fold(replace(dataset, x=x), split, "sequence")
    assert before.x_train.tobytes() == after.x_train.tobytes()


@PROPERTY
@given(case=series())
def test_layouts_hold_the_same_values_step_by_step(case):
    dataset, split = case
    _, steps, channels = dataset.x.shape
    flat = folds.make_fold(dataset, split, "flat")
    sequence = folds.make_fold(dataset, split, "sequence")
    assert Task((steps, channels), dataset.n_classes) == sequence.task
    assert Task((steps * channels,), dataset.n_classes) == flat.task
    for one, other in ((flat.x_train, sequence.x_train), (flat.x_test, sequence.x_test)):
        assert one.reshape(other.shape).tolist() == other.tolist()


@PROPERTY
@given(case=series(), data=st.data(), value=st.sampled_from([np.nan, np.inf]))
def test_a_value_that_is_no_number_is_named_by_row_step_and_channel(case, data, value):
    x = case[0].x.copy()
    place = tuple(data.draw(st.integers(0, size - 1)) for size in x.shape)
    x[place] = value
    row, step, channel = place
    with pytest.raises(DataError, match=f"^toy: row {row}, step {step}, channel 'c{channel}' is "):
        replace(case[0], x=x)


def test_too_large_a_value_is_named_by_row_step_and_channel():
    x = np.zeros((8, 3, 2))
    x[5, 1, 1] = 1e305
    with pytest.raises(DataError, match=r"row 5, step 1, channel 'c1' \(1e\+305\) is too large"):
        folds.make_fold(named(x, np.arange(8) % 2), HALF, "flat")


@pytest.fixture(scope="module")
def arrays():
    rng = np.random.default_rng(0)
    return {"x": rng.normal(size=(12, 5, 3)), "y": np.array(["walk", "run", "sit"] * 4)}


def test_an_npz_file_is_read_to_the_bit(tmp_path, arrays):
    file = tmp_path / "mine.npz"
    groups = np.arange(12) // 4
    np.savez(file, **arrays, groups=groups, channels=np.array(["a", "b", "c"]))
    found = read_series(file)
    assert arrays["x"].tobytes() == found.x.tobytes()
    assert ("mine", ("a", "b", "c"), ("run", "sit", "walk"), None) == (
        found.name, found.feature_names, found.class_names, found.positive,
    )  # fmt: skip
    assert [2, 0, 1] == found.y[:3].tolist()
    assert groups.tolist() == found.groups.tolist()
    assert ("channel 0", "channel 1", "channel 2") == saved(tmp_path, arrays).feature_names


def saved(folder, arrays, positive=None):
    np.savez(folder / "mine.npz", **arrays)
    return read_series(folder / "mine.npz", positive)


def test_the_positive_class_is_the_last_of_two_or_the_one_that_is_named(tmp_path, arrays):
    two = {**arrays, "y": np.array([1, 2] * 6)}
    assert 1 == saved(tmp_path, two).positive
    assert 0 == saved(tmp_path, two, "1").positive
    with pytest.raises(DataError, match="no row has the label '3'"):
        saved(tmp_path, two, "3")


def test_groups_of_arrays_that_look_alike_are_noted(tmp_path, arrays):
    groups = np.array(["P1", "p1", "P2"] * 4)
    (note,) = saved(tmp_path, {**arrays, "groups": groups}).notes
    assert "the groups 'P1' and 'p1' look alike and are separate groups" in note


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"x": np.zeros((12, 5))}, r"x has shape \(12, 5\), expected \(rows, steps, channels\)"),
        ({"x": np.zeros((12, 0, 3))}, "x has shape"),
        ({"x": np.array(["a"] * 12)}, "x holds <U1, expected numbers"),
        ({"x": np.full((12, 5, 3), np.nan)}, "row 0, step 0, channel 'channel 0' is nan"),
        ({"y": np.arange(7)}, r"labels have shape \(7,\), expected \(12,\)"),
        (
            {"y": np.eye(2)[np.arange(12) % 2]},
            r"y has shape \(12, 2\), expected one label",
        ),
        ({"y": np.zeros(12)}, "the labels name 1 class;"),
        ({"y": np.array([1.0, np.nan] * 6)}, r"row 1: the label is missing \('nan'\)"),
        ({"y": np.array(["a", " "] * 6)}, r"row 1: the label is missing \(' '\)"),
        ({"y": np.array([b"\xff", b"a"] * 6)}, "a label is not UTF-8"),
        ({"groups": np.arange(3)}, r"groups have shape \(3,\)"),
        ({"groups": np.array([0.0, np.nan] * 6)}, r"row 1 has no group \(.*nan.*\)"),
        ({"groups": np.array(["a", ""] * 6)}, r"row 1 has no group \(.*''.*\)"),
        ({"groups": np.array(["2020", "NaT"] * 6, "M8[D]")}, "row 1 has no group"),
        ({"channels": np.array(["a"])}, r"inputs have shape \(12, 5, 3\), expected"),
        ({"z": np.arange(3)}, "unknown array 'z'"),
        ({"x": None}, "there is no array 'x'"),
        ({"y": np.array([{}] * 12, object)}, "is not a .npz file of plain arrays"),
    ],
)
def test_arrays_that_cannot_be_used_are_named(tmp_path, arrays, changed, message):
    told = {name: value for name, value in {**arrays, **changed}.items() if value is not None}
    with pytest.raises(DataError, match=message):
        saved(tmp_path, told)


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (["250.0", "250.00"], ("250.0", "250.00")),
        ([900000000000000016, 900000000000000017], ("900000000000000016", "900000000000000017")),
        ([b"a", b"b"], ("a", "b")),
        ([1.0, 0.5], ("0.5", "1.0")),
        ([False, True], ("False", "True")),
        (["?", "a"], ("?", "a")),
        (np.array(["2020-01-01T00:00:00.000000001", "2020-01-01"], "M8[ns]"),
         ("2020-01-01T00:00:00.000000000", "2020-01-01T00:00:00.000000001")),
    ],
)  # fmt: skip
def test_different_labels_of_any_type_are_different_classes(tmp_path, arrays, y, classes):
    assert classes == saved(tmp_path, {**arrays, "y": np.array([*y] * 6)}).class_names


@pytest.mark.parametrize("content", [b"", b"not a file of arrays", b"PK\x03\x04 cut off"])
def test_a_file_that_is_no_npz_is_told(tmp_path, content):
    file = tmp_path / "mine.npz"
    file.write_bytes(content)
    with pytest.raises(DataError, match=r"mine\.npz is not a \.npz file of plain arrays"):
        read_series(file)
    with pytest.raises(DataError, match="there is no such file"):
        read_series(tmp_path / "none.npz")


def test_basic_motions_are_eighty_recordings_of_four_activities():
    pytest.importorskip("aeon", reason="aeon is not installed")
    found = open_dataset(DatasetOptions("basic_motions"))
    assert (80, 100, 6) == found.x.shape
    assert ("badminton", "running", "standing", "walking") == found.class_names
    assert [20] * 4 == np.bincount(found.y).tolist()
    assert "af288a9992ac3c3b" == found.fingerprint


def test_without_aeon_it_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "aeon.datasets", None)
    with pytest.raises(
        UsageError,
        match=r"basic_motions needs aeon: install it with pip install 'evenfold\[series\]'",
    ):
        open_dataset(DatasetOptions("basic_motions"))
