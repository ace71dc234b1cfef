"""A table as people have it: each column's role, and all that is wrong with it in one message."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from builders.tables import messy_table
from evenfold.data.duplicates import repeated_rows
from evenfold.data.frames import from_frame
from evenfold.data.table_files import open_table
from evenfold.data.table_options import TableOptions
from evenfold.errors import DataError


def column(cells, target=None, **options):
    """A dataset with those cells in the column ``a``, beside a column of numbers."""
    rows = len(cells)
    labels = target or [f"class {n % 2}" for n in range(rows)]
    frame = pd.DataFrame({"a": pd.Series(cells, dtype=object), "b": np.arange(rows) / 7})
    return from_frame(frame.assign(y=labels), TableOptions("y", **options))


def roles(dataset):
    return {column.name: column.role for column in dataset.columns}


def test_columns_of_a_messy_table_have_their_roles():
    found = from_frame(messy_table(), TableOptions("kind"))
    assert {"patient": "number", "seen": "date", "size": "category", "clinic": "category",
            "smoker": "boolean", "mean radius": "number", "kind": "target"}.items() <= roles(
                found).items()  # fmt: skip
    assert np.isnan(found.x).any()


def test_a_file_and_its_frame_are_one_dataset(tmp_path):
    messy_table().to_csv(tmp_path / "frame.csv", index=False)
    options = TableOptions("kind", group="clinic", drop=("patient",))
    from_file = open_table(tmp_path / "frame.csv", options)
    found = from_frame(messy_table(), options)
    assert from_file.fingerprint == found.fingerprint
    assert from_file.columns == found.columns


@pytest.mark.parametrize(
    ("cells", "role", "values"),
    [
        (["1", " 2.5", "-3e2"], "number", [1, 2.5, -300]),
        (["1", "", "NA"], "number", [1, np.nan, np.nan]),
        (["1,5", "2", "1.234,25"], "number", [1.5, 2, 1234.25]),
        (["1,234.5", "1,234,567", "3"], "number", [1234.5, 1234567, 3]),
        (["1 234,5", "3,25", "12 345 678"], "number", [1234.5, 3.25, 12345678]),
        (["1'234.5", "3", "0"], "number", [1234.5, 3, 0]),
        (["True", "FALSE", "true"], "boolean", [1, 0, 1]),
        (["yes", "No", "?"], "boolean", [1, 0, np.nan]),
        (["1970-01-02", "1970-01-11", ""], "date", [1, 10, np.nan]),
        (["1970-01-02 12:00", "1970-01-02 00:00", "1970-01-01 06:00"], "date", [1.5, 1, 0.25]),
        (["1970-01-02T12:00:00+02:00", "1970-01-01T00:00:00+00:00"], "date", [1 + 10 / 24, 0]),
        (["31.01.1970", "1.2.1970", "01.02.1970"], "date", [30, 31, 31]),
        (["1/31/1970", "2/1/1970"], "date", [30, 31]),
        (["31/1/1970", "1/2/1970"], "date", [30, 31]),
        (["2 Jan 1970", "11 Jan 1970"], "date", [1, 10]),
        (["Jan 2, 1970", "Jan 11, 1970"], "date", [1, 10]),
        (["02.01.70", "11.01.70"], "date", [1, 10]),
        (["red", "blue", "red"], "category", [1, 0, 1]),
        (["red", "None", "blue"], "category", [1, np.nan, 0]),
        (["A1", "12", "B7"], "category", [1, 0, 2]),
    ],
)
def test_what_cells_hold_decides_what_a_column_is(cells, role, values):
    found = column(cells)
    assert role == roles(found)["a"]
    np.testing.assert_array_equal(values, found.x[:, 0])


def test_few_valued_numbers_are_categories_on_request():
    found = column([3, 1, 20, 1], categorical=("a",))
    assert ("1", "3", "20") == found.plan.features[0].levels
    assert [1, 0, 2, 0] == found.x[:, 0].tolist()


def test_an_order_is_given_with_its_column():
    cells = ["low", "high", "mid", None]
    found = column(cells, ordinal=("a=low,mid,high",))
    np.testing.assert_array_equal([0, 2, 1, np.nan], found.x[:, 0])
    assert "ordinal" == roles(found)["a"]
    with pytest.raises(DataError, match=r"the order of its values is unknown: .* ordinal=\['a="):
        column(cells, ordinal=("a",))
    with pytest.raises(
        DataError, match="row 1, column 'a': expected one of low, mid, found 'high'"
    ):
        column(cells, ordinal=("a=low,mid",))


def test_numbers_are_their_own_order():
    """Ranks among all rows would tell the training rows about the test rows."""
    found = column([30, 10, 20, None], ordinal=("a",))
    assert ("ordinal", "10 to 30") == (found.columns[0].role, found.columns[0].detail)
    np.testing.assert_array_equal([30, 10, 20, np.nan], found.x[:, 0])
    more = column([30, 10, 20, 15], ordinal=("a",))
    np.testing.assert_array_equal(found.x[:3], more.x[:3])
    assert [1, 0, 2] == column([30, 10, 20], ordinal=("a=10,30,20",)).x[:, 0].tolist()
    with pytest.raises(DataError, match="row 1, column 'a': expected a finite number"):
        column(["30", "inf", "20"], ordinal=("a",))


def test_a_level_does_not_change_the_order_of_the_others():
    """Text among numbers comes after them: it does not turn all of them into text."""
    levels = column(["9", "10", "9"], categorical=("a",)).plan.features[0].levels
    assert ("9", "10") == levels
    more = column(["9", "10", "x", "b", "1e1"], categorical=("a",)).plan.features[0].levels
    assert ("9", "10", "1e1", "b", "x") == more


def test_a_missing_cell_has_one_bit_pattern():
    """0 / 0 has another one than an empty cell: the digest and duplicates would have it."""
    bits = np.array([0x7FF8000000000000, 0xFFF8000000000000], dtype=np.uint64).view(np.float64)
    made = [
        from_frame(pd.DataFrame({"a": [1.0, 2.0, 1.0, nan], "y": list("mnmn")}), TableOptions("y"))
        for nan in bits
    ]
    assert made[0].fingerprint == made[1].fingerprint
    both = pd.DataFrame({"a": [1.0, 2.0, *bits], "b": [1.0, 2.0, 3.0, 3.0], "y": list("mnmm")})
    assert (1, 0) == repeated_rows(from_frame(both, TableOptions("y")))


def test_dropped_columns_are_no_features():
    found = column(["x", "y", "x"], drop=("a",))
    assert ("b",) == found.feature_names
    assert "dropped" == roles(found)["a"]
    with pytest.raises(DataError, match="there is no drop column 'A': did you mean 'a'"):
        column(["x", "y", "x"], drop=("A",))
    with pytest.raises(DataError, match="column 'y' cannot be both drop and target"):
        column(["x", "y", "x"], drop=("y",))
    with pytest.raises(DataError, match="no column is left to be a feature beside 'y'"):
        column(["x", "y", "x"], drop=("a,b",))


def test_missing_cells_are_refused_on_request():
    with pytest.raises(
        DataError, match=r"row 1, column 'a': 2 cells missing: fill them, .*drop=\["
    ):
        column(["1", "", "?"], missing="refuse")


def test_all_problems_are_in_one_message():
    frame = pd.DataFrame(
        {
            "age": ["12", "x", "14", "15"],
            "weight": ["1", "2", "inf", "3"],
            "cost": ["1,234", "2,345", "3,456", "7,890"],
            "g": ["p", None, "q", "q"],
            "y": list("mnmn"),
        }
    )
    options = TableOptions("y", group="g", drop=("color",), positive="z")
    with pytest.raises(DataError) as raised:
        from_frame(frame, options)
    lines = str(raised.value).splitlines()
    assert "frame: 6 problems" == lines[0]
    for text, line in zip(
        [
            "row 1, column 'g': expected a value, found ''",
            "there is no drop column 'color'",
            "no row has the label 'z': labels are m, n",
            "row 1, column 'age': expected a number, found 'x'",
            "row 2, column 'weight': expected a finite number, found 'inf'",
            "row 0, column 'cost': expected a number, found '1,234' (and 3 more in this column): "
            "it may be 1234 or 1.234",
        ],
        sorted(lines[1:], key=lambda line: ["'g'", "color", "'z'", "age", "weight", "cost"].index(
            re.search("'g'|color|'z'|age|weight|cost", line)[0])),
        strict=True,
    ):  # fmt: skip
        assert text in line


@pytest.mark.parametrize("other", [["1,5", "2,25"], ["1,234.5", "7"]])
def test_other_columns_decide_what_separates_decimals(other):
    frame = pd.DataFrame({"a": ["1,234", "5,678"], "b": other, "y": ["m", "n"]})
    found = from_frame(frame, TableOptions("y"))
    assert (1.234 if "1,5" in other else 1234) == found.x[0, 0]


def test_points_separate_thousands_where_commas_separate_decimals():
    frame = pd.DataFrame({"a": ["1.234", "5"], "b": ["1,5", "2,25"], "y": ["m", "n"]})
    assert [1234, 5] == from_frame(frame, TableOptions("y")).x[:, 0].tolist()


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        (["01/02/2020", "03/04/2020"], "fit with the day first and with the month first"),
        (["2020-01-31", "31.01.2020", "1/31/2020"], "are in several formats"),
    ],
)
def test_uncertain_dates_are_left_out_with_a_note(cells, fault):
    found = column(cells)
    assert ("b",) == found.feature_names
    (note,) = (note for note in found.notes if "'a'" in note)
    assert f"holds dates, which {fault}: write them as 2020-01-31. It is left out" in note


NUMBERS = [str(n) for n in range(1000, 1030)]


@pytest.mark.parametrize(
    ("cells", "warning"),
    [
        (NUMBERS, "looks like an id, 30 different whole numbers in 30 rows"),
        ([f"p{n}" for n in NUMBERS], "looks like an id or free text, 30 different texts"),
        ([f"p{min(n, 20)}" for n in range(30)], "looks like an id or free text, 21 different"),
        ([f"2020-01-{n % 28 + 1:02d}" for n in range(30)], "dates become the number of days"),
        (["c", "d"] * 15, "gives the target away, each of its 2 values has one class alone"),
        (["1.5", "2.5"] * 15, "gives the target away"),
    ],
)
def test_a_column_that_is_no_feature_has_one_warning_with_the_option(cells, warning):
    found = column(cells)
    notes = [note for note in found.notes if "'a'" in note]
    assert 1 == len(notes), notes
    assert warning in notes[0]
    assert "drop=['a']" in notes[0]
    assert [] == [note for note in column(cells, drop=("a",)).notes if "'a'" in note]


@pytest.mark.parametrize(
    "cells",
    [["1", "2", "3"] * 10, [f"{n}.5" for n in range(30)], ["c", "d", "d", "d", "c", "c"] * 5],
)
def test_an_ordinary_column_has_no_warning(cells):
    assert () == column(cells).notes


@pytest.mark.parametrize(
    "labels",
    [
        [f"{n / 3:.3f}" for n in range(60)],
        [str(1000 + n) for n in range(60)],
        [f"{n % 30 + 0.5}" for n in range(300)],
    ],
    ids=["fractions", "whole numbers", "repeated fractions"],
)
def test_a_quantity_is_no_target(labels):
    message = (
        r"column 'y' holds \d+ different .* in \d+ rows: this looks like a quantity .*"
        r"write a letter before each, such as c12"
    )
    with pytest.raises(DataError, match=message):
        column(["1", "2", "3"] * (len(labels) // 3), target=labels)


@pytest.mark.parametrize(
    "labels",
    [
        [str(n % 200) for n in range(2400)],
        [str(n % 55) for n in range(8 * 55 + 1)],
        ["0.5", "1.5"] * 30,
        [f"k{n % 30}" for n in range(90)],
    ],
    ids=["200 classes", "classes of eight rows", "two fractions", "text"],
)
def test_classes_are_no_quantity(labels):
    assert len(set(labels)) == column(["1", "2", "3"] * (len(labels) // 3), target=labels).n_classes


def test_a_table_of_numbers_has_no_plan():
    """It is scaled as before there were other columns."""
    assert column(["1", "2", "3"]).plan is None
    assert column(["1", "2", ""]).plan is not None
    assert column(["1", "2", "3"], preprocess="none").plan is not None


def test_the_plan_is_part_of_the_data():
    cells = ["1", "2", "1", "2"]
    prints = {
        column(cells, **options).fingerprint
        for options in ({}, {"categorical": ("a",)}, {"preprocess": "none"})
    }
    assert 3 == len(prints)


def test_the_index_that_pandas_writes_is_no_feature(tmp_path):
    frame = pd.DataFrame({"a": [5, 6, 7], "y": list("mnm")})
    frame.to_csv(tmp_path / "own.csv")
    found = open_table(tmp_path / "own.csv", TableOptions("y"))
    assert ("a",) == found.feature_names
    assert "the first column, without a name, counts the rows" in found.notes[0]
