"""A DataFrame is the dataset that its CSV file is, and has the same faults."""

from __future__ import annotations

import csv
import importlib.util
import io
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenfold.data.frames import from_frame
from evenfold.data.table_files import open_table
from evenfold.data.table_options import TableOptions
from evenfold.errors import DataError
from strategies import PROPERTY, SEEDS

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
FLOATS32 = st.floats(width=32, allow_nan=False, allow_infinity=False)
FLOATS16 = st.floats(width=16, allow_nan=False, allow_infinity=False)
DATES = st.sampled_from(["2020-01-01", "2020-01-02", None])
TIMES = st.sampled_from(["2020-01-01 00:00:00", "2020-01-02 03:00:00"])
NUMBERS = {
    "float64": FLOATS,
    "float32": FLOATS32,
    "int64": st.integers(-(2**63), 2**63 - 1),
    "uint64": st.integers(0, 2**64 - 1),
    "int8": st.integers(-128, 127),
    "Int64": st.none() | st.integers(-(2**63), 2**63 - 1),
    "Float64": st.none() | FLOATS,
    "Float32": st.none() | FLOATS32,
    "float16": FLOATS16,
    "boolean": st.none() | st.booleans(),
    "object": st.one_of(FLOATS, st.integers(), st.sampled_from([" 1e3 ", "x", "1,5", "-inf", ""])),
    "bool": st.booleans(),
}
TEXTS = {
    "object": st.sampled_from(["a", " b ", "1", 1, 1.0, True, None, "é,\"\n'"]),
    "string": st.sampled_from(["a", "b", "10", "9", None]),
    "category": st.sampled_from(["a", " b", "\ufeffc", 'd,"\n']),
    "int64": st.integers(0, 3),
    "float64": st.sampled_from([0.1, 1.0, float("nan")]),
    "bool": st.booleans(),
    "float32": st.sampled_from([0.1, 1.0]),
    "Float32": st.sampled_from([0.1, 1.0, None]),
    "datetime64[ns]": DATES | TIMES,
    "datetime64[ns, UTC]": DATES,
    "timedelta64[ns]": st.integers(0, 3),
    "period[D]": DATES,
    "category of datetime64[ns]": DATES,
    "category of float32": st.sampled_from([0.1, 1.0]),
    "category of Float32": st.sampled_from([0.1, 1.0]),
}
if importlib.util.find_spec("pyarrow"):
    for numbers in ("float[pyarrow]", "halffloat[pyarrow]", "double[pyarrow]"):
        TEXTS[numbers] = NUMBERS[numbers] = st.sampled_from([0.1, 1.0, None])
    TEXTS["string[pyarrow]"] = TEXTS["string"]
# Of the columns of features, labels and groups.
LABELS = {
    "texts": pd.Index(["a", 2, "y", "who"], dtype=object),
    "blanks": pd.Index([" a", "b ", " y ", "who"]),
    "None": pd.Index(["a", None, "y", "who"], dtype=object),
    "NaN": pd.Index(["a", np.nan, "y", "who"], dtype=object),
    "NA": pd.Index([pd.NA, "b", "y", "who"], dtype=object),
    "NaT": pd.Index([pd.NaT, "b", "y", "who"], dtype=object),
    "empty": pd.Index(["a", "", "y", "who"]),
    "dates": pd.date_range("2020-01-01", periods=4),
    "times": pd.date_range("2020-01-01", periods=4, freq="6h"),
    "a date": pd.Index([pd.Timestamp("2020-01-01"), "b", "y", "who"], dtype=object),
    "float32": pd.Index([0.1, 0.2, 0.3, 0.4], dtype="float32"),
    "float64": pd.Index([0.1, 1.0, 2.0, 3.0]),
    "of categories": pd.CategoricalIndex(pd.date_range("2020-01-01", periods=4)),
    "one level": pd.MultiIndex.from_arrays([["a", "b", "y", "who"]]),
    "separators": pd.Index(["a,b", 'c"', "d\ne", ("f", "g")], dtype=object),
}


@st.composite
def frames(draw):
    """Frames of two features, labels and groups, of any of the types that pandas has."""
    labels = LABELS[draw(st.just("texts") | st.sampled_from(sorted(LABELS)))]
    rows = draw(st.integers(1, 6))

    def column(kinds):
        kind = draw(st.sampled_from(sorted(kinds)))
        cells = draw(st.lists(kinds[kind], min_size=rows, max_size=rows))
        if kind.startswith("category of "):
            values = pd.Series(cells, dtype=kind.removeprefix("category of "))
            return pd.Series(pd.Categorical(values))
        return pd.Series(cells, dtype=kind)

    frame = pd.DataFrame(dict(enumerate(map(column, (NUMBERS, NUMBERS, TEXTS, TEXTS)))))
    frame.columns = labels
    return frame


def header(frame):
    """The names of the columns in the frame's file."""
    return [name.strip() for name in next(csv.reader(io.StringIO(frame.to_csv(index=False))))]


def described(make):
    """Everything that a dataset has, or the message of its fault."""
    try:
        found = make()
    except DataError as error:
        return str(error)
    groups = None if found.groups is None else found.groups.tolist()
    return (found.name, found.x.tobytes(), found.y.tolist(), found.feature_names,
            found.class_names, found.positive, groups, found.plan)  # fmt: skip


@PROPERTY
@given(frames(), st.booleans())
def test_a_frame_is_the_dataset_of_its_file(tmp_path_factory, frame, grouped):
    target, who = header(frame)[2:]
    # The types of features say no more than their text does; those of the others do.
    options = TableOptions(target, group=who) if grouped else TableOptions(target, drop=(who,))
    file = tmp_path_factory.mktemp("frame") / "frame.csv"
    frame.to_csv(file, index=False)
    from_file = described(lambda: open_table(file, options))
    if isinstance(from_file, str):
        from_file = from_file.replace(f"{file}: ", "frame: ")
        # A row of empty cells alone is no row, and a frame has no header above it.
        below = "there is a header, but no rows below it"
        from_file = from_file.replace(below, "there are no rows")
    from_frame_ = described(lambda: from_frame(frame, options))
    if isinstance(from_frame_, str) and isinstance(from_file, str):
        # A line of the file, where cells may hold line breaks, and a row of the frame.
        place = r"(line 1, |)column (?=\d)|(line|row) \d+, "
        # An option of the command line, and an argument of the Python API.
        place += r"|--(drop|categorical) ('[^']*'|\S+?)(?=, |$)|(drop|categorical)=\[.*?\]"
        place = re.compile(place, re.MULTILINE)
        assert place.sub("", from_file) == place.sub("", from_frame_)
    else:
        assert from_file == from_frame_


@PROPERTY
@given(SEEDS)
def test_the_row_is_the_frames_own(seed):
    """Blank rows are counted, and the index is not used."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=9)
    bad = int(rng.integers(3, 9))
    values[1] = np.nan
    values[bad] = np.inf
    labels = [*"mn", None, *"mnmnmn"]
    labels[1] = None
    frame = pd.DataFrame({"a": values, "y": labels}, index=range(100, 109))
    frame.loc[102, "a"] = np.nan
    with pytest.raises(DataError, match=rf"^frame: row {bad}, column 'a': expected a finite num"):
        from_frame(frame, TableOptions("y"))


def test_columns_of_one_name_are_refused():
    frame = pd.DataFrame([[1, 2, "m"], [1, 2, "n"]], columns=["a", "a", "y"])
    with pytest.raises(DataError, match=r"^frame: 2 columns have the name 'a': rename"):
        from_frame(frame, TableOptions("y"))


def test_a_frame_without_rows_is_refused():
    with pytest.raises(DataError, match=r"^frame: there are no rows"):
        from_frame(pd.DataFrame({"a": [], "y": []}), TableOptions("y"))


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT])
def test_a_column_without_a_name_is_refused(missing):
    frame = pd.DataFrame([[1, 2, "m"], [1, 2, "n"]])
    frame.columns = pd.Index(["a", missing, "y"], dtype=object)
    with pytest.raises(DataError, match=r"^frame: column 2 has no name"):
        from_frame(frame, TableOptions("y"))


def test_columns_of_more_than_one_level_are_refused():
    frame = pd.DataFrame([[1, "m"], [1, "n"]])
    frame.columns = pd.MultiIndex.from_tuples([("a", "1"), ("y", "2")])
    with pytest.raises(DataError, match=r"^frame: the columns have names of 2 levels: give"):
        from_frame(frame, TableOptions("y"))


@pytest.mark.parametrize("kind", ["object", "string", "category"])
@pytest.mark.parametrize("column", ["y", "who"])
def test_a_zero_character_is_refused(kind, column):
    """Arrays of text drop it at the end: labels would become others."""
    frame = pd.DataFrame({"a": [1, 2, 3], "y": ["m", "n", "m"], "who": ["m", "n", "m"]})
    labels = pd.Series(["m", "n", "m\0"], dtype="object" if kind == "category" else kind)
    if kind == "category":  # made of codes: of text, pandas takes "m\0" for "m"
        labels = pd.Series(pd.Categorical.from_codes([0, 1, 2], categories=pd.Index(labels)))
    frame[column] = labels
    with pytest.raises(DataError, match=rf"^frame: row 2, column '{column}': .*zero char.*'m.x00'"):
        from_frame(frame, TableOptions("y", group="who"))


def test_a_zero_character_in_a_name_is_refused():
    frame = pd.DataFrame({"a\0": [1, 2], "y": ["m", "n"]})
    with pytest.raises(DataError, match=r"^frame: the name of a column holds a zero character"):
        from_frame(frame, TableOptions("y"))


POLARS = type("Polars", (), {"to_pandas": None})()


@pytest.mark.parametrize(
    "other", [pd.Series([1, 2], name="y"), np.zeros((2, 2)), {"y": [1]}, POLARS]
)
def test_what_is_no_frame_is_refused_with_a_way_out(other):
    way = "call its to_pandas" if other is POLARS else "call pandas.DataFrame"
    expected = rf"^frame: expected a .*, found {type(other).__name__}: {way}$"
    with pytest.raises(DataError, match=expected):
        from_frame(other, TableOptions("y"))


@pytest.mark.parametrize("kind", ["float32", "Float32", "float[pyarrow]", "halffloat[pyarrow]"])
def test_short_numbers_have_the_text_of_their_file(tmp_path, kind):
    if "pyarrow" in kind:
        pytest.importorskip("pyarrow")
    numbers = pd.Series([0.1, 0.2], dtype="float16" if "half" in kind else "float32").astype(kind)
    frame = pd.DataFrame({"a": numbers, "y": numbers})
    frame.to_csv(tmp_path / "frame.csv", index=False)
    found, from_file = (
        from_frame(frame, TableOptions("y")),
        open_table(tmp_path / "frame.csv", TableOptions("y")),
    )
    assert from_file.fingerprint == found.fingerprint
    # Of numbers of pyarrow, some versions of pandas write 0.10000000149011612.
    assert "pyarrow" in kind or ("0.1", "0.2") == found.class_names


def test_dates_are_written_as_in_a_file_of_many_rows(tmp_path):
    """Pandas writes them in parts, of which one may hold a time of the day."""
    days = pd.Series(pd.to_datetime(["2020-01-01", "2020-01-02"] * 20_000))
    days.iloc[-1] += pd.Timedelta("1h")
    frame = pd.DataFrame({"a": 1.0, "b": 2.0, "c": 3.0, "y": days})
    frame.to_csv(tmp_path / "frame.csv", index=False)
    found = from_frame(frame, TableOptions("y"))
    assert found.class_names == open_table(tmp_path / "frame.csv", TableOptions("y")).class_names
    assert 5 == len(found.class_names)


@pytest.mark.parametrize("kind", ["object", "category"])
def test_a_line_break_of_any_kind_is_text(kind):
    labels = ["a\rb", "a\nb", "a\r\nb", "a"]
    frame = pd.DataFrame({"a": [1, 2, 3, 4], "y": pd.Series(labels, dtype=kind)})
    assert set(labels) == set(from_frame(frame, TableOptions("y")).class_names)
