"""Options of a table are checked wherever they come from."""

from __future__ import annotations

import pytest

import evenfold
from evenfold.data.table_options import TableOptions
from evenfold.errors import DataError, UsageError


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("x,z,xz,y\n1,2,3,m\n4,,6,n\n5,7,8,m\n")
    return path


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"missing": "drop"}, "missing is 'drop': give one of impute, refuse"),
        ({"preprocess": "None"}, "preprocess is 'None': give one of standard, none"),
        ({"preprocess": None}, "preprocess is None: give one of standard, none"),
        ({"preprocess": "none", "missing": "impute"}, "missing='impute' cannot apply"),
    ],
)
def test_a_wrong_value_is_refused(file, options, message):
    with pytest.raises(UsageError, match=message):
        evenfold.read_table(file, "y", **options)
    with pytest.raises(UsageError, match=message):
        TableOptions("y", **options)


def test_one_name_is_a_list_of_one(file):
    assert ("x", "z") == evenfold.read_table(file, "y", drop="xz").feature_names
    assert ("z", "xz") == evenfold.read_table(file, "y", drop=["x"]).feature_names
    options = TableOptions("y", drop="xz", categorical="ab", ordinal="cd")
    assert (("xz",), ("ab",), ("cd",)) == (options.drop, options.categorical, options.ordinal)


def test_missing_cells_stay_where_nothing_is_prepared(file):
    found = evenfold.read_table(file, "y", preprocess="none")
    assert "none" == found.plan.kind
    with pytest.raises(DataError, match="1 cell missing"):
        evenfold.read_table(file, "y", preprocess="none", missing="refuse")
