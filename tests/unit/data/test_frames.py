"""A DataFrame is the dataset that its CSV file is, and has the same faults."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenfold.data.csv_files import read_table
from evenfold.data.frames import from_frame
from evenfold.errors import DataError
from strategies import PROPERTY, SEEDS

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
NUMBERS = {
    "float64": FLOATS,
    "float32": st.floats(width=32, allow_nan=False, allow_infinity=False),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "uint64": st.integers(0, 2**64 - 1),
    "int8": st.integers(-128, 127),
    "Int64": st.none() | st.integers(-(2**63), 2**63 - 1),
    "Float64": st.none() | FLOATS,
    "object": st.one_of(FLOATS, st.integers(), st.sampled_from([" 1e3 ", "x", "1,5", "-inf", ""])),
    "bool": st.booleans(),
}
TEXTS = {
    "object": st.sampled_from(["a", " b ", "1", 1, 1.0, True, None, "é,\"\n'"]),
    "string": st.sampled_from(["a", "b", "10", "9", None]),
    "category": st.sampled_from(["a", "b"]),
    "int64": st.integers(0, 3),
    "float64": st.sampled_from([0.1, 1.0, float("nan")]),
    "bool": st.booleans(),
    "datetime64[ns]": st.sampled_from(["2020-01-01", "2020-01-02"]),
}


@st.composite
def frames(draw):
    """Frames of two features, labels and groups, of any of the types that pandas has."""
    rows = draw(st.integers(1, 6))

    def column(kinds):
        kind = draw(st.sampled_from(sorted(kinds)))
        cells = draw(st.lists(kinds[kind], min_size=rows, max_size=rows))
        return pd.Series(cells, dtype=kind)

    return pd.DataFrame(
        {"a": column(NUMBERS), 2: column(NUMBERS), "y": column(TEXTS), "who": column(TEXTS)}
    )


def described(make):
    """Everything that a dataset has, or the message of its fault."""
    try:
        found = make()
    except DataError as error:
        return str(error)
    groups = None if found.groups is None else found.groups.tolist()
    return (found.name, found.x.tobytes(), found.y.tolist(), found.feature_names,
            found.class_names, found.positive, groups)  # fmt: skip


@PROPERTY
@given(frames(), st.sampled_from([None, "who"]))
def test_a_frame_is_the_dataset_of_its_file(tmp_path_factory, frame, group):
    file = tmp_path_factory.mktemp("frame") / "frame.csv"
    frame.to_csv(file, index=False)
    from_file = described(lambda: read_table(file, "y", group=group))
    if isinstance(from_file, str):
        from_file = from_file.replace(f"{file}: ", "frame: ")
    from_frame_ = described(lambda: from_frame(frame, "y", group=group))
    if isinstance(from_frame_, str) and isinstance(from_file, str):
        # A line of the file, where cells may hold line breaks, and a row of the frame.
        place = r"(line|row) \d+, "
        assert re.sub(place, "", from_file) == re.sub(place, "", from_frame_)
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
        from_frame(frame, "y")


def test_columns_of_one_name_are_refused():
    frame = pd.DataFrame([[1, 2, "m"], [1, 2, "n"]], columns=["a", "a", "y"])
    with pytest.raises(DataError, match=r"^frame: 2 columns have the name 'a': rename"):
        from_frame(frame, "y")


def test_a_frame_without_rows_is_refused():
    with pytest.raises(DataError, match=r"^frame: there are no rows"):
        from_frame(pd.DataFrame({"a": [], "y": []}), "y")
