"""Series in .ts files: what is read, and the message about each fault."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenfold.data.series import read_series
from evenfold.data.ts_files import read_ts_file
from evenfold.errors import DataError
from strategies import PROPERTY

HEADER = """\
# a comment
@problemName Toy
@timeStamps false
@missing false
@univariate false
@dimensions 2
@equalLength true
@seriesLength 3
@classLabel true no yes
@data
"""
ROWS = "1,2,3:4,5,6:yes\n7,8,9:10,11,12:no\n"


@pytest.fixture
def ts(tmp_path):
    """Writes a file and reads it as series."""

    def read(text, positive=None):
        file = tmp_path / "toy.ts"
        file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return read_series(file, positive)

    return read


def test_a_file_is_read_by_step_and_channel(ts):
    found = ts(HEADER + ROWS)
    expected = [[[1, 4], [2, 5], [3, 6]], [[7, 10], [8, 11], [9, 12]]]
    assert (expected, [1, 0], 1) == (found.x.tolist(), found.y.tolist(), found.positive)
    assert (("no", "yes"), "toy", ()) == (found.class_names, found.name, found.notes)


@pytest.mark.parametrize(
    "changed",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("\n", "\n\n# between\n"),
        lambda text: text.replace(",", " , ").replace(":", "\t: "),
        lambda text: text.replace("@classLabel true", "@CLASSLABEL True").replace("@data", "@Data"),
        lambda text: text.replace("@dimensions 2\n", "").replace("@seriesLength 3\n", ""),
    ],
    ids=["BOM", "CRLF", "CR", "comments", "blanks", "capitals", "no counts"],
)
def test_harmless_differences_are_read(ts, changed):
    assert ts(HEADER + ROWS).fingerprint == ts(changed(HEADER + ROWS)).fingerprint


@pytest.mark.parametrize(
    ("labels", "notes"),
    [
        (("A", "a"), 1),
        (("1", "01", "1.0"), 1),
        (("900000000000000016", "900000000000000017"), 0),
        (("none", "NA"), 2),
    ],
)
def test_class_labels_are_text_as_written(ts, labels, notes):
    rows = "".join(f"{n},2,3:4,5,6:{label}\n" for n, label in enumerate(labels))
    found = ts(HEADER.replace("no yes", " ".join(labels)) + rows)
    assert list(labels) == [found.class_names[index] for index in found.y]
    assert notes == len(found.notes)


@pytest.mark.parametrize("missing", ["?", "NaN", "nan"])
def test_a_missing_value_is_named_by_row_step_and_channel(ts, missing):
    with pytest.raises(DataError, match="row 1, step 2, channel 'channel 1' is nan"):
        ts(HEADER + ROWS.replace("12", missing.lower()))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (HEADER, "", "there is no line '@data' before the rows: begin the file with a header"),
        (ROWS, "", "there is a header, but no rows below '@data'"),
        ("@data\n", "", "there is no line '@data' before the rows"),
        ("@problemName", "problemName", "line 2: expected a header line such as '@classLabel"),
        ("@missing false", "@missing perhaps", "line 4: expected true or false after @missing"),
        ("@missing false", "@missing", "line 4: expected true or false after @missing"),
        ("@seriesLength 3", "@seriesLength three", "line 8: expected a whole number after @series"),
        pytest.param(
            "@seriesLength 3",
            f"@seriesLength {'9' * 5000}",
            "line 8: expected a whole number",
            id="5,000 digits",
        ),
        ("@seriesLength 3", "@seriesLength 4", "@serieslength is 4, but its series have 3 steps"),
        ("@dimensions 2", "@dimensions 3", "@dimensions is 3, but its series have 2 channels"),
        ("@univariate false", "@univariate true", "'@univariate true', but .* 2 channels"),
        ("@timeStamps false", "@timeStamps true", "its values have time stamps: save values at"),
        ("@missing false", "@classLabel true a b", "line 9: @classLabel is given a second time"),
        ("@classLabel true no yes", "", "its series have no class labels: list them in the header"),
        ("@classLabel true no yes", "@classLabel false", "its series have no class labels"),
        ("@classLabel true no yes", "@classLabel", "line 9: expected true or false after @class"),
        ("@classLabel true no yes", "@classLabel true", "@classLabel lists 0 classes"),
        ("@classLabel true no yes", "@targetLabel true", "its labels are numbers to predict, @t"),
        ("6:yes", "6:?", "line 11: the class label is missing: give it or remove the row"),
        ("6:yes", "6:", "line 11: the class label is missing: give it or remove the row"),
        ("6:yes", "6:Yes", "line 11: the class label 'Yes' is not one of @classLabel: no, yes"),
        ("6:yes", "6", "line 11: the class label '4,5,6' is not one of @classLabel: no, yes"),
        ("1,2,3:4,5,6:yes", "yes", "line 11: expected values, a colon and a class label"),
        ("10,11,12", "10,11", "line 12: its channels have 2 to 3 steps: bring them to one length"),
        (":10,11,12", "", "line 12: expected 2 channels, found 1"),
        ("7,8,9:10,11,12", "7,8,9,9:1,1,1,1", "its series have 3 to 4 steps: bring them to one"),
        ("12", "twelve", "line 12: expected a number, found 'twelve'"),
        ("12", "1_2", "line 12: expected a number, found '1_2'"),
        ("12", "", "line 12: expected a number, found ''"),
        ("12", "1;2" * 40, r"line 12: expected a number, found '.{40}\.\.\.'$"),
        ("12", "1e999", "row 1, step 2, channel 'channel 1' is inf"),
        ("10,11,12:no", "10,11,12:yes", "the labels name 1 class; a classifier needs two or more"),
    ],
)
def test_a_fault_is_one_message_with_file_and_line(ts, old, new, message):
    assert old in HEADER + ROWS
    with pytest.raises(DataError, match=rf"^toy: {message}|toy\.ts(: |, ){message}"):
        ts((HEADER + ROWS).replace(old, new))


def test_a_file_that_cannot_be_read_is_named(tmp_path, ts):
    with pytest.raises(DataError, match=r"none\.ts: there is no such file"):
        read_series(tmp_path / "none.ts")
    (tmp_path / "folder.ts").mkdir()
    with pytest.raises(DataError, match=r"folder\.ts cannot be read: "):
        read_series(tmp_path / "folder.ts")
    with pytest.raises(DataError, match=r"toy\.ts is not UTF-8 at byte 5"):
        ts(b"# caf\xe9\n" + (HEADER + ROWS).encode())
    with pytest.raises(DataError, match=r"toy\.ts: there is no line '@data'"):
        ts("")


@PROPERTY
@given(lines=st.lists(st.sampled_from([*HEADER.splitlines(), *ROWS.splitlines(), ":", "a", "1:no"])
                      | st.text(max_size=12), max_size=16))  # fmt: skip
def test_any_text_is_read_or_refused_in_a_sentence(tmp_path_factory, lines):
    file = tmp_path_factory.mktemp("ts") / "toy.ts"
    file.write_text("\n".join(lines), encoding="utf-8")
    try:
        x, labels = read_ts_file(file)
    except DataError as error:
        message = str(error)
    else:
        message = str(file)
        assert len(x) == len(labels)
    assert str(file) in message


def test_values_are_those_that_aeon_reads(tmp_path):
    datasets = pytest.importorskip("aeon.datasets", reason="aeon is not installed")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 2, 3)) * 10.0 ** rng.integers(-20, 20, (6, 2, 3))
    rows = [":".join(",".join(map(repr, map(float, c))) for c in row) for row in x]
    file = tmp_path / "toy.ts"
    labels = ["no", "yes"] * 3
    file.write_text(HEADER + "\n".join(map(":".join, zip(rows, labels, strict=True))))
    expected, names = datasets.load_from_ts_file(str(file))
    found, texts = read_ts_file(file)
    np.testing.assert_array_equal(np.swapaxes(expected, 1, 2), found)
    assert labels == list(names) == texts
