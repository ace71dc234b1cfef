"""Labels: each text is a class of its own, in an order that numbers have and else text."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenfold.data.datasets import Dataset
from evenfold.data.frames import from_frame
from evenfold.data.labels import MOST_NOTES, encode, label_notes, positive_index
from evenfold.data.table_options import TableOptions
from evenfold.errors import DataError
from strategies import PROPERTY

ODD = st.sampled_from(
    ["0", "00", "1", "01", "1.0", "1e0", "+1", "-0", "1_1", "11", "250.0", "250.00", "nan", "NaN",
     "inf", "none", "?", "900000000000000016", "900000000000000017", "1e3", "1000", "1e9999",
     "1e99999999999999999999", "\u0661", "caf\u00e9", "cafe\u0301", "a\u200b", "a", "A", "0x1"]
)  # fmt: skip


@PROPERTY
@given(st.lists(ODD | st.text(max_size=4), min_size=1, max_size=12))
def test_each_text_is_a_class_of_its_own(labels):
    y, classes = encode(labels)
    assert labels == [classes[index] for index in y]
    assert len(classes) == len(set(labels))
    assert encode(labels[::-1])[1] == classes


@PROPERTY
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=9))
def test_numbers_are_in_their_order(numbers):
    _, classes = encode([repr(number) for number in numbers])
    values = [float(name) for name in classes]
    assert values == sorted(values)


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["10", "9", "-1"], ("-1", "9", "10")),
        (["250.00", "250.0", "250.01"], ("250.0", "250.00", "250.01")),
        (["1", "01", "2"], ("01", "1", "2")),
        (
            ["900000000000000017", "900000000000000016"],
            ("900000000000000016", "900000000000000017"),
        ),
        (["11", "1_1", "2_1"], ("11", "1_1", "2_1")),
        (["10", "9", "a"], ("10", "9", "a")),
    ],
)
def test_the_order_of_classes(labels, classes):
    assert classes == encode(labels)[1]


@pytest.mark.parametrize(
    ("labels", "note"),
    [
        (["01", "1", "a"], "the labels '01' and '1' are equal as numbers and are separate classes"),
        (["1e3", "1000"], "the labels '1000' and '1e3' are equal as numbers"),
        (["Yes", "yes", "no"], "the labels 'Yes' and 'yes' look alike and are separate classes"),
        (["caf\u00e9", "cafe\u0301"], r"the labels 'cafe\u0301' and 'caf\xe9' look alike"),
        (["a\u200b", "a"], r"the labels 'a' and 'a\u200b' look alike"),
        (["a  b", "a b"], "the labels 'a  b' and 'a b' look alike"),
        (["none", "mild", "none"], "the label 'none' of 2 rows is taken as a class: remove"),
        (["NaN", "mild"], "the label 'NaN' of 1 row is taken as a class"),
    ],
)
def test_labels_that_may_mean_something_else_are_noted(labels, note):
    (found,) = label_notes("t.csv, column 'y'", labels)
    assert found.startswith(f"t.csv, column 'y': {note}")


@pytest.mark.parametrize("labels", [["0", "1", "10"], ["a", "b"], ["1_1", "11"], ["M", "B"]])
def test_other_labels_have_no_note(labels):
    assert () == label_notes("t.csv", labels)


def test_many_notes_are_shortened():
    labels = [f"{zeros}{n}" for n in range(1, 9) for zeros in ("", "0")]
    notes = label_notes("t.csv", labels)
    assert MOST_NOTES + 1 == len(notes)
    assert "t.csv: 5 more notes of this kind" == notes[-1]


def test_the_positive_class_is_named_by_its_text():
    assert 1 == positive_index("t.csv", ("250.0", "250.00"), "250.00")
    assert 0 == positive_index("frame", ("1", "2"), 1)
    with pytest.raises(DataError, match=r"no row has the label '250': labels are 250\.0, 250\.00"):
        positive_index("t.csv", ("250.0", "250.00"), "250")


def frame(labels, dtype=None):
    return pd.DataFrame({"a": np.arange(float(len(labels))), "y": pd.Series(labels, dtype=dtype)})


@pytest.mark.parametrize(
    ("labels", "dtype", "classes"),
    [
        ([1, 2, 10], "int64", ("1", "2", "10")),
        ([900000000000000016, 900000000000000017], "int64",
         ("900000000000000016", "900000000000000017")),
        ([0.1 + 0.2, 0.3], "float64", ("0.3", "0.30000000000000004")),
        ([True, False], "bool", ("False", "True")),
        ([1, 1.0, "01"], object, ("01", "1", "1.0")),
        ([np.str_("a"), "b"], object, ("a", "b")),
        ([b"a", "a"], object, ("a", "b'a'")),
        (["none", "NA", "nan"], object, ("NA", "nan", "none")),
        (["none", "mild"], "category", ("mild", "none")),
        (["2020-01-01", "2020-01-01 00:00:00.000000001"], "datetime64[ns]",
         ("2020-01-01 00:00:00.000000000", "2020-01-01 00:00:00.000000001")),
    ],
)  # fmt: skip
def test_different_values_of_a_frame_are_different_classes(labels, dtype, classes):
    if dtype == "datetime64[ns]":
        labels = pd.to_datetime(labels, format="ISO8601")
    found = from_frame(frame(labels, dtype), TableOptions("y"))
    assert classes == found.class_names


@pytest.mark.parametrize("missing", [None, np.nan, pd.NaT, pd.NA])
@pytest.mark.parametrize("column", ["y", "who"])
def test_a_missing_cell_is_neither_a_class_nor_a_group(missing, column):
    table = frame(["m", "n", "m"], object).assign(who=["p", "q", "p"])
    table[column] = pd.Series(["m", missing, "n"], dtype=object)
    with pytest.raises(DataError, match=f"^frame: row 1, column '{column}': expected a value"):
        from_frame(table, TableOptions("y", group="who"))


@pytest.mark.parametrize(
    ("labels", "note"),
    [
        ([1, "1", 2], "frame, column 'y': 1 (int) and '1' (str) are one class, '1'"),
        ([True, "True", "no"], "True (bool) and 'True' (str) are one class, 'True'"),
        ([b"a", "b'a'", "b"], "are one class, \"b'a'\""),
        (["a", " a", "b"], "' a' and 'a' are one class, 'a': blanks at the ends are left out"),
    ],
)
@pytest.mark.parametrize("dtype", [object, "category"])
def test_values_that_become_one_class_are_noted(labels, note, dtype):
    found = from_frame(frame(labels, dtype), TableOptions("y"))
    assert 2 == len(found.class_names)
    assert any(note in one for one in found.notes)


def test_dates_that_pandas_writes_in_two_ways_are_noted():
    days = pd.Series(pd.to_datetime(["2020-01-01", "2020-01-02"] * 30_000))
    days.iloc[-1] += pd.Timedelta("1h")
    found = from_frame(pd.DataFrame({"a": 1.0, "y": days}), TableOptions("y"))
    assert (
        "frame, column 'y': '2020-01-01' and '2020-01-01 00:00:00' are one value" in found.notes[0]
    )


def test_equal_values_of_a_frame_have_one_note():
    found = from_frame(frame([Decimal("1"), Decimal("1.0")], object), TableOptions("y"))
    assert 1 == len(found.notes)


def test_columns_of_a_frame_may_be_named_by_numbers():
    table = pd.DataFrame({0: [1.0, 2.0], 1: ["m", "n"], 2: ["p", "q"]})
    found = from_frame(table, TableOptions(1, group=2))
    assert (("0",), ("m", "n")) == (found.feature_names, found.class_names)
    assert ["p", "q"] == found.groups.tolist()


def test_two_classes_of_one_name_are_refused():
    with pytest.raises(DataError, match=r"^mine: several classes have the name 'a': rename one"):
        Dataset("mine", np.zeros((2, 1)), np.array([0, 1]), ("f",), ("a", "a"))


@pytest.mark.parametrize("missing", [None, np.nan, pd.NaT, pd.NA, "", b""])
def test_a_row_without_a_group_is_refused(missing):
    groups = np.array(["p", missing], dtype=object)
    with pytest.raises(DataError, match=r"^mine: row 1 has no group \(.*\): give each row one"):
        Dataset("mine", np.zeros((2, 1)), np.array([0, 1]), ("f",), ("a", "b"), groups=groups)
