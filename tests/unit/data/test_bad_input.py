"""Tables that break programs: each is read as described, or refused in one message."""

from __future__ import annotations

import gzip
import os
import time

import numpy as np
import pandas as pd
import pytest

from builders.tables import messy_table
from evenfold.data import table_files
from evenfold.data.folds import make_fold
from evenfold.data.frames import from_frame
from evenfold.data.splits import holdout, kfold
from evenfold.data.table_files import open_table
from evenfold.data.table_options import TableOptions
from evenfold.errors import DataError

TEXT = "größe,y\n1.5,ja\n2.5,nö\n3.5,ja\n"
Y = TableOptions("y")


@pytest.fixture
def table(tmp_path):
    """Writes a file and reads it as a table."""

    def read(data, name="own.csv", options=Y):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
        return open_table(path, options)

    return read


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252"],
)
def test_an_encoding_is_recognised(table, encoding):
    data = TEXT.encode(encoding)
    if encoding == "utf-16-be":
        data = b"\xfe\xff" + data
    found = table(data)
    assert (("größe",), ("ja", "nö")) == (found.feature_names, found.class_names)
    is_western = encoding in ("latin-1", "cp1252")
    assert is_western == any("is not UTF-8: it is read as Windows-1252" in n for n in found.notes)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (TEXT.encode("utf-16")[:-1], "is damaged: it begins as UTF-16"),
        (b"\xef\xbb\xbfa,y\n\xff,1\n", "is damaged: it begins as UTF-8"),
        (b"a,y\n1,\x00\n", "holds zero bytes: it is not a text file"),
    ],
)
def test_what_is_no_text_is_refused(table, data, message):
    with pytest.raises(DataError, match=message):
        table(data)


def test_a_packed_file_is_unpacked(table):
    found = table(gzip.compress(TEXT.encode("latin-1")), "own.csv.gz")
    assert ("own", ("größe",)) == (found.name, found.feature_names)
    assert 3 == len(table(gzip.compress(TEXT.replace(",", "\t").encode()), "own.tsv.gz").y)
    with pytest.raises(DataError, match=r"own\.csv\.gz: line 3 has 3 cells, expected 2"):
        table(gzip.compress(b"a,y\n1,0\n1,2,3\n"), "own.csv.gz")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "own.csv")
    with pytest.raises(DataError, match=r"own\.csv is no regular file"):
        open_table(tmp_path / "own.csv", Y)


@pytest.mark.parametrize("data", [TEXT.encode(), gzip.compress(TEXT.encode())[:-9], b"\x1f\x8b"])
def test_a_damaged_packed_file_is_refused(table, data):
    with pytest.raises(DataError, match=r"own\.csv\.gz is damaged or not packed by gzip"):
        table(data, "own.csv.gz")


@pytest.mark.parametrize(
    ("text", "name"),
    [("a;b;y\n1,5;2;m\n2,25;3;n\n", "own.csv"), ("a|b|y\n1.5|2|m\n2.25|3|n\n", "own.csv"),
     ("a,b,y\n1.5,2,m\n2.25,3,n\n", "own.tsv"), ("a\tb\ty\n1.5\t2\tm\n2.25\t3\tn\n", "own.csv")],
)  # fmt: skip
def test_another_separator_is_recognised(table, text, name):
    found = table(text, name)
    assert [[1.5, 2], [2.25, 3]] == found.x.tolist()
    assert "columns are separated by" in found.notes[0]


def test_decimal_commas_and_thousands_are_read(table):
    found = table('a,b,y\n"1,5","1.234",m\n"2,25","12.345,5",n\n')
    assert [[1.5, 1234], [2.25, 12345.5]] == found.x.tolist()
    found = table('a,b,y\n"1,234.5",1.5,m\n"12,345",2.5,n\n')
    assert [[1234.5, 1.5], [12345, 2.5]] == found.x.tolist()


def test_points_separate_thousands_in_a_file_with_decimal_commas(table):
    found = table("a;b;y\n1.234;1,5;m\n;2,5;n\n12.000;3;n\n")
    np.testing.assert_array_equal([1234, np.nan, 12000], found.x[:, 0])


def test_points_are_decimals_where_no_column_has_decimal_commas(table):
    """A semicolon between columns does not make thousands of three decimals."""
    assert [1.234, 12.005] == table("a;b;y\n1.234;1;m\n12.005;3;n\n").x[:, 0].tolist()
    assert [0.123, 0.456] == table("a;y\n0.123;m\n0.456;n\n").x[:, 0].tolist()


@pytest.mark.parametrize("other", ["1.25", "0.123"])
def test_points_and_commas_in_one_table_are_a_problem(table, other):
    text = f"a;b;c;y\n1.234;1,5;{other};m\n12.005;3;{other};n\n"
    with pytest.raises(DataError, match=r"column 'a': .* it may be 1\.234 or 1234"):
        table(text)


@pytest.mark.parametrize("word", ["", "NA", " "])
def test_lines_are_counted_whatever_way_a_file_is_read(table, word):
    text = f'"a\nb",c,y\n1.5,u,m\n{word},v,n\n\n-inf,w,m\n'
    with pytest.raises(DataError, match=r"line 6, column .*: expected a finite number"):
        table(text)
    with pytest.raises(DataError, match="line 6, column 'c': expected one of u, v, found 'w'"):
        table(text.replace("-inf", "2"), options=TableOptions("y", ordinal=("c=u,v",)))
    with pytest.raises(DataError, match="line 5, column 'a': expected a finite number"):
        table(text.replace('"a\nb"', "a"))


def test_a_separator_that_may_be_either_is_a_problem(table):
    with pytest.raises(DataError, match=r"line 2, column 'a': .* it may be 1234 or 1\.234; write "):
        table('a,y\n"1,234",m\n"5,678",n\n')
    # A file with semicolons has decimal commas.
    assert [[1.234], [5.678]] == table("a;y\n1,234;m\n5,678;n\n").x.tolist()


def test_mixed_types_are_a_problem_with_all_ways_out(table):
    message = r"line 4, column 'a': .* found 'low' \(and 1 more in this column\): .*--categorical a"
    with pytest.raises(DataError, match=message + ", .*--drop a$"):
        table("a,y\n1,m\n2,n\nlow,m\n4,n\nhigh,m\n")
    assert ("a",) == table("a,y\n1,m\nx,n\nlow,m\n", options=Y).feature_names


def test_an_all_missing_column_is_left_out_with_a_note(table):
    found = table("a,b,y\n1,,m\n2,NA,n\n3,?,m\n")
    assert ("a",) == found.feature_names
    assert "column 'b': has no value. It is left out; --drop b confirms that" in found.notes[0]
    with pytest.raises(DataError, match="no column is left to be a feature beside 'y'; 'b' has no"):
        table("b,y\n,m\nNA,n\n,m\n")


def test_a_category_in_the_test_part_only_is_predicted(table):
    """It is in the column of rare levels, or in none."""
    lines = [f"{'ab'[n % 2]},{n % 7},{'mn'[n % 3 == 0]}" for n in range(60)]
    probe = open_text(table, lines)
    (split,) = holdout(probe)
    lines[split.test[0]] = "only here,1," + lines[split.test[0]][-1]
    fold = make_fold(open_text(table, lines), split, "flat")
    assert 0 == fold.x_test[0][-2:].sum()
    assert (fold.x_test[1:, -2:].sum(axis=1) == 1).all()


def open_text(table, lines):
    return table("\n".join(["c,a,y", *lines]) + "\n")


def test_one_row_a_class_is_refused(table):
    found = table("a,y\n1,p\n2,q\n3,r\n4,s\n")
    with pytest.raises(DataError, match="4 rows have 4 different labels"):
        kfold(found, 5, 1)


def test_two_hundred_classes_are_split_and_prepared(table):
    rows = [f"{n},{'uvw'[n % 3]},k{n % 200}" for n in range(2400)]
    found = table("\n".join(["a,c,y", *rows]))
    assert 200 == found.n_classes
    assert 200 == make_fold(found, kfold(found, 10, 1)[0], "flat").task.n_classes


def test_ten_thousand_columns_take_seconds(table):
    names = [f"f{n}" for n in range(10_000)]
    rng = np.random.default_rng(0)
    rows = [",".join(map(str, rng.integers(0, 99, 10_000))) + f",{'mn'[n % 2]}" for n in range(12)]
    start = time.process_time()
    found = table("\n".join([",".join([*names, "y"]), *rows]))
    assert 10_000 == found.x.shape[1]
    assert time.process_time() - start < 60


def test_ten_thousand_bad_columns_are_one_short_message(table):
    names = [f"f{n}" for n in range(10_000)]
    rows = [",".join(["1", "2", "x"][n] for _ in names) + f",{'mn'[n % 2]}" for n in range(3)]
    with pytest.raises(DataError) as raised:
        table("\n".join([",".join([*names, "y"]), *rows]))
    lines = str(raised.value).splitlines()
    assert "10,000 problems" in lines[0]
    assert "  and 9,980 more" == lines[-1]
    assert 22 == len(lines)


def test_a_target_that_equals_a_feature_is_named(table):
    rows = [f"{n % 7},{n % 2},{n % 2}" for n in range(40)]
    found = table("\n".join(["a,twin,y", *rows]))
    (note,) = found.notes
    assert "column 'twin': gives the target away" in note
    assert "--drop twin" in note


@pytest.mark.parametrize("style", ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y"])
def test_dates_in_one_of_three_formats_become_days(table, style):
    days = pd.date_range("1970-01-25", periods=24).strftime(style)
    found = table("\n".join(["a,y", *(f"{day},{'mn'[n % 2]}" for n, day in enumerate(days))]))
    assert list(range(24, 48)) == found.x[:, 0].tolist()
    assert "--drop a" in found.notes[0]


def test_a_frame_with_a_multiindex(table):
    """As the index it is left out; as column names it is refused."""
    frame = pd.DataFrame({"a": [1, 2, 3], "y": list("mnm")})
    frame.index = pd.MultiIndex.from_tuples([("p", 1), ("p", 2), ("q", 1)])
    assert ("a",) == from_frame(frame, Y).feature_names
    frame.columns = pd.MultiIndex.from_tuples([("a", ""), ("y", "")])
    with pytest.raises(DataError, match=r"^frame: the columns have names of 2 levels"):
        from_frame(frame, Y)


DTYPES = {
    "category": ("category", ["b", None, "a", "b"], [1, np.nan, 0, 1]),
    "category of numbers": ("category", pd.Categorical([10, 9, None, 10]), [1, 0, np.nan, 1]),
    "ordered": (
        "ordinal",
        pd.Categorical(["mid", "low", None, "high"], ["low", "mid", "high"], ordered=True),
        [1, 0, np.nan, 2],
    ),
    "Int64": ("number", pd.array([1, None, 3, 4], dtype="Int64"), [1, np.nan, 3, 4]),
    "Float64": ("number", pd.array([1.5, None, 3, 4], dtype="Float64"), [1.5, np.nan, 3, 4]),
    "boolean": ("boolean", pd.array([True, None, False, True], dtype="boolean"), [1, np.nan, 0, 1]),
    "bool": ("boolean", [True, False, False, True], [1, 0, 0, 1]),
    "string": ("category", pd.array(["b", None, "a", "b"], dtype="string"), [1, np.nan, 0, 1]),
    "datetime64": ("date", pd.to_datetime(["1970-01-02", None, "1970-01-03", "1970-01-01"]),
                   [1, np.nan, 2, 0]),
    "with a zone": (
        "date",
        pd.to_datetime(["1970-01-02", None, "1970-01-03", "1970-01-01"]).tz_localize("UTC"),
        [1, np.nan, 2, 0],
    ),
    "timedelta64": ("number", pd.to_timedelta(["1D", None, "36h", "0D"]), [1, np.nan, 1.5, 0]),
    "period": ("date", pd.PeriodIndex(["1970-01-02", "NaT", "1970-01-03", "1970-01-01"], freq="D"),
               [1, np.nan, 2, 0]),
    "objects": ("number", pd.array([1, "2.5", None, 4], dtype=object), [1, 2.5, np.nan, 4]),
}  # fmt: skip


@pytest.mark.parametrize("kind", DTYPES)
def test_the_type_of_a_column_is_honoured(kind):
    role, cells, values = DTYPES[kind]
    dtype = "category" if kind == "category" else None
    frame = pd.DataFrame({"a": pd.Series(cells, dtype=dtype), "y": list("mnmn")})
    found = from_frame(frame, Y)
    assert role == found.columns[0].role
    np.testing.assert_array_equal(values, found.x[:, 0])


@pytest.mark.parametrize(
    ("dtype", "cells", "role", "values"),
    [
        ("int64[pyarrow]", [1, None, 3], "number", [1, np.nan, 3]),
        ("double[pyarrow]", [0.1, None, 3.5], "number", [0.1, np.nan, 3.5]),
        ("bool[pyarrow]", [True, None, False], "boolean", [1, np.nan, 0]),
        ("string[pyarrow]", ["b", None, "a"], "category", [1, np.nan, 0]),
        ("timestamp[ns][pyarrow]", [pd.Timestamp("1970-01-02"), None, pd.Timestamp("1970-01-04")],
         "date", [1, np.nan, 3]),
        ("date32[pyarrow]", [pd.Timestamp("1970-01-02").date(), None,
                             pd.Timestamp("1970-01-04").date()], "date", [1, np.nan, 3]),
    ],
)  # fmt: skip
def test_types_of_pyarrow_are_honoured(dtype, cells, role, values):
    pytest.importorskip("pyarrow")
    if not hasattr(pd, "ArrowDtype"):
        pytest.skip("this pandas has no types of pyarrow")
    frame = pd.DataFrame({"a": pd.Series(cells, dtype=dtype), "y": list("mnm")})
    found = from_frame(frame, Y)
    assert role == found.columns[0].role
    np.testing.assert_array_equal(values, found.x[:, 0])


def test_a_parquet_file_is_its_frame(tmp_path):
    pytest.importorskip("pyarrow")
    frame = messy_table().assign(size=lambda f: f["size"].astype("category"))
    frame.to_parquet(tmp_path / "frame.parquet")
    options = TableOptions("kind")
    found = open_table(tmp_path / "frame.parquet", options)
    assert from_frame(frame, options).fingerprint == found.fingerprint
    assert "--drop patient" in found.notes[0]


def test_an_excel_file_is_its_frame(tmp_path):
    pytest.importorskip("openpyxl")
    frame = messy_table()
    frame.to_excel(tmp_path / "frame.xlsx", index=False)
    options = TableOptions("kind")
    found = open_table(tmp_path / "frame.xlsx", options)
    assert from_frame(frame, options).fingerprint == found.fingerprint
    frame.assign(age=["x", *range(568)]).to_excel(tmp_path / "frame.xlsx", index=False)
    with pytest.raises(DataError, match=r"frame\.xlsx: row 2, column 'age': .* found 'x'"):
        open_table(tmp_path / "frame.xlsx", options)


def sheet(path, rows):
    pytest.importorskip("openpyxl")
    pd.DataFrame(rows).to_excel(path, index=False, header=False)
    return path


def test_the_index_of_an_excel_file_is_no_feature(tmp_path):
    pytest.importorskip("openpyxl")
    pd.DataFrame({"a": [5, 6, 7], "y": list("mnm")}).to_excel(tmp_path / "own.xlsx")
    found = open_table(tmp_path / "own.xlsx", Y)
    assert ("a",) == found.feature_names
    assert "the first column, without a name, counts the rows" in found.notes[0]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["p", "p", "y"], "2 columns have the name 'p': rename"),
        (["p", None, "y"], "column 2 has no name: give it one"),
    ],
)
def test_names_in_an_excel_file_are_judged_as_in_csv(tmp_path, names, message):
    path = sheet(tmp_path / "own.xlsx", [names, [1, 2, "m"], [3, 4, "n"]])
    with pytest.raises(DataError, match=message):
        open_table(path, Y)


def test_labels_in_an_excel_file_are_those_of_csv(tmp_path):
    """NA is a label, an empty cell is none, and whole numbers stay whole."""
    rows = [["a", "who", "y"], [1, 1, "NA"], [2.5, 2, "m"], [None, 1, "NA"], [4, 2, "m"]]
    path = sheet(tmp_path / "own.xlsx", rows)
    pd.DataFrame(rows).to_csv(tmp_path / "own.csv", index=False, header=False)
    options = TableOptions("y", group="who")
    found, from_text = (open_table(each, options) for each in (path, tmp_path / "own.csv"))
    assert ("NA", "m") == found.class_names
    assert ["1", "2", "1", "2"] == found.groups.tolist()
    np.testing.assert_array_equal(from_text.x, found.x)
    path = sheet(tmp_path / "own.xlsx", [["a", "y"], [1, "m"], [2, None], [3, "n"]])
    with pytest.raises(DataError, match="row 3, column 'y': expected a value"):
        open_table(path, Y)


def test_types_in_an_excel_file_are_kept(tmp_path):
    moments = [pd.Timestamp("1970-01-02"), pd.Timestamp("1970-01-03 12:00:00.5"), None]
    rows = [["d", "t", "y"], *zip(moments, [True, False, None], "mnm", strict=True)]
    found = open_table(sheet(tmp_path / "own.xlsx", rows), Y)
    assert ["date", "boolean"] == [column.role for column in found.columns[:2]]
    np.testing.assert_array_equal([1, 2.5 + 0.5 / 86400, np.nan], found.x[:, 0])


def test_an_empty_excel_file_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"own\.xlsx is empty: expected a row of names"):
        open_table(sheet(tmp_path / "own.xlsx", []), Y)


def test_an_old_pyarrow_is_refused(tmp_path, monkeypatch):
    """It runs code that a file can hold."""
    path = tmp_path / "own.parquet"
    path.write_bytes(b"PAR1")
    monkeypatch.setattr(table_files, "version", lambda name: "14.0.0")
    monkeypatch.setattr(pd, "read_parquet", lambda path: pytest.fail("the file was read"))
    with pytest.raises(DataError, match=r"pyarrow 14\.0\.0 can run code .* 'pyarrow>=14\.0\.1'"):
        open_table(path, Y)


@pytest.mark.parametrize("name", [".csv", ".tsv", ".csv.gz"])
def test_a_file_may_have_no_name_but_its_kind(table, name):
    text = "a\ty\n1\tm\n2\tn\n" if "tsv" in name else "a,y\n1,m\n2,n\n"
    found = table(gzip.compress(text.encode()) if "gz" in name else text, name)
    assert (name.strip("."), ("a",)) == (found.name, found.feature_names)


@pytest.mark.parametrize(
    ("dtype", "role"), [("bool", "boolean"), ("float64", "number"), ("int64", "number")]
)
def test_sparse_columns_are_those_of_their_values(dtype, role):
    cells = pd.Series([1, 0, 1], dtype=f"Sparse[{dtype}]")
    found = from_frame(pd.DataFrame({"a": cells, "y": list("mnm")}), Y)
    assert (role, [1, 0, 1]) == (found.columns[0].role, found.x[:, 0].tolist())


def test_names_of_columns_may_hold_the_usual_separator(table):
    found = table("w, kg;h, cm;y\n1,5;2,5;m\n3,5;4,5;n\n")
    assert ("w, kg", "h, cm") == found.feature_names
    assert [[1.5, 2.5], [3.5, 4.5]] == found.x.tolist()


@pytest.mark.parametrize("name", ["own.parquet", "own.xlsx", "own.xls"])
def test_a_file_of_another_kind_is_refused_in_one_line(table, name):
    """It is damaged, or pandas needs a package, which the message names."""
    with pytest.raises(
        DataError, match=r"own\.(parquet|xlsx?)( cannot be read|: pandas needs)"
    ) as e:
        table("a,y\n1,m\n", name)
    assert 1 == len(str(e.value).splitlines())


@pytest.mark.parametrize(
    ("cells", "numbers", "reason"),
    [
        (["$1,234.50", "$99.00", "$7.25"], [1234.5, 99, 7.25],
         "holds numbers with $; commas separate thousands"),
        (["1.234,50 \u20ac", "99,00 \u20ac", "-7,25 \u20ac"], [1234.5, 99, -7.25],
         "holds numbers with \u20ac; commas separate decimals"),
        (["12%", "7.5 %", "100%"], [12, 7.5, 100], "holds numbers with %"),
        (["$5.50", "($7.25)", ""], [5.5, -7.25, np.nan],
         "holds numbers with $; parentheses make them negative"),
        (["5.5", "(7.25)", "3"], [5.5, -7.25, 3], "holds numbers; parentheses make them negative"),
    ],
)  # fmt: skip
def test_amounts_and_percentages_are_numbers(cells, numbers, reason):
    found = from_frame(pd.DataFrame({"a": cells, "b": [1, 2, 3], "y": list("mnm")}), Y)
    np.testing.assert_array_equal(found.x[:, 0], numbers)
    assert any(reason in note for note in found.notes), found.notes


@pytest.mark.parametrize("cells", [["$5", "\u20ac5", "$6"], ["5%", "6", "x"], ["$5%", "$6%", "$7%"],
                                   ["(5", "6)", "(7)"], ["--5 %", "5 %", "6 %"]])  # fmt: skip
def test_amounts_of_several_units_are_no_numbers(cells):
    found = from_frame(pd.DataFrame({"a": cells, "y": list("mnm")}), Y)
    assert "category" == found.columns[0].role


def test_columns_without_name_and_value_are_left_out(table):
    found = table("a,b,,y,,\n1,2,,m,,\n3,4,,n,,\n,,,,,\n")
    assert (("a", "b"), 2) == (found.feature_names, len(found.y))
    assert "columns 3, 5 and 6 have neither name nor value. They are left out" in found.notes[0]
    with pytest.raises(DataError, match="line 1, columns 2 and 4 have no name: give each one"):
        table("a,,y,\n1,2,m,4\n3,4,n,5\n")


def test_an_index_that_pandas_wrote_and_named_is_left_out(table):
    text = "Unnamed: 0,a,y\n0,1.5,m\n1,2.5,n\n"
    for options in (Y, TableOptions("y", drop=("Unnamed: 0",))):
        found = table(text, options=options)
        assert ("a",) == found.feature_names
        assert "the first column, named 'Unnamed: 0', counts the rows" in found.notes[0]


def test_lines_above_the_names_are_refused_with_advice(table):
    with pytest.raises(DataError, match=r"line 3 has 2 cells, expected 1 .*: remove the lines abo"):
        table("Report of 2021\n\na,y\n1,m\n2,n\n")
    with pytest.raises(DataError, match="line 1, 2 of 3 columns have no name: the first row has"):
        table("Report of 2021,,\na,b,y\n1,2,m\n2,3,n\n")


@pytest.mark.parametrize("as_frame", [False, True])
def test_codes_with_leading_zeros_are_named(table, as_frame):
    text = "zip,a,y\n00501,1.5,m\n10001,2.5,n\n"
    frame = pd.DataFrame({"zip": ["00501", "10001"], "a": [1.5, 2.5], "y": ["m", "n"]})
    found = from_frame(frame, Y) if as_frame else table(text)
    option = "categorical=['zip']" if as_frame else "--categorical zip"
    assert any(
        f"column 'zip': has numbers with leading zeros, such as 00501. If they are codes, {option} "
        "reads them as categories" in note
        for note in found.notes
    )
    again = table(text, options=TableOptions("y", categorical=("zip",)))
    assert ("00501", "10001") == again.plan.features[0].levels


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    pytest.importorskip("openpyxl")
    path = tmp_path_factory.mktemp("excel") / "own.xlsx"
    frame = pd.DataFrame({"a": [1.5, 2.5], "y": ["m", "n"]})
    with pd.ExcelWriter(path) as writer:
        pd.DataFrame({"Report": ["2021"]}).to_excel(writer, sheet_name="Cover", index=False)
        frame.to_excel(writer, sheet_name="Data", index=False, startrow=2)
    return path


def test_a_sheet_is_read_by_name(workbook):
    found = open_table(workbook, TableOptions("y", sheet="Data"))
    assert ([[1.5], [2.5]], ("m", "n"), ()) == (found.x.tolist(), found.class_names, found.notes)
    wrong = TableOptions("y", drop=("b",), missing="refuse", sheet="Data")
    with pytest.raises(DataError, match=r"own\.xlsx, sheet 'Data': there is no --drop column 'b'"):
        open_table(workbook, wrong)


def test_the_other_sheets_are_named(workbook):
    expected = (
        r"own\.xlsx, sheet 'Cover': there is no target column 'y': there are Report\n"
        r"  the file has other sheets: 'Data'; --sheet NAME reads one of them"
    )
    with pytest.raises(DataError, match=expected):
        open_table(workbook, Y)
    with pytest.raises(DataError, match=r"there is no sheet 'data': .*'Data'; did you mean"):
        open_table(workbook, TableOptions("y", sheet="data"))
    assert "Report; the file has other sheets: 'Data'; --sheet NAME reads one of them" == (
        table_files.column_names(workbook)
    )
    assert "a, y" == table_files.column_names(workbook, "Data")


def test_rows_of_a_sheet_are_numbered_as_in_excel(tmp_path):
    pytest.importorskip("openpyxl")
    frame = pd.DataFrame({"a": [1.5, np.inf], "y": ["m", "n"]}).astype({"a": object})
    frame.loc[1, "a"] = "x"
    frame.loc[2] = [2.5, "m"]
    frame.to_excel(tmp_path / "own.xlsx", index=False, startrow=3)
    with pytest.raises(DataError, match="row 6, column 'a': expected a number, found 'x'"):
        open_table(tmp_path / "own.xlsx", Y)


def test_a_category_of_many_levels_is_noted():
    brands = [f"brand {n % 150}" for n in range(600)]
    found = from_frame(pd.DataFrame({"brand": brands, "y": ["m", "n"] * 300}), Y)
    (note,) = [note for note in found.notes if "levels" in note]
    assert "column 'brand': has 150 levels, and in each fold at most 100 of them have" in note
    assert "keep the rows of each together with group='brand'" in note
