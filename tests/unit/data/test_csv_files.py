"""A user's own table: what is read, and the message about each fault."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from evenfold.data.table_files import open_table
from evenfold.data.table_options import TableOptions
from evenfold.errors import DataError

WIDE = "\n".join(",".join(row) for row in ([f"f{i}" for i in range(3000)], ["1"] * 3000))


@pytest.fixture
def table(tmp_path):
    """Writes a file and reads it as a table."""

    def read(text, target="y", name="own.csv", **more):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return open_table(path, TableOptions(target, **more))

    return read


def test_a_table_becomes_a_dataset(table):
    found = table("a,b,y\n1,2,m\n3,4,b\n5,6,m\n")
    assert [[1, 2], [3, 4], [5, 6]] == found.x.tolist()
    assert [1, 0, 1] == found.y.tolist()
    assert ("own", ("a", "b"), ("b", "m"), 1, None) == (
        found.name,
        found.feature_names,
        found.class_names,
        found.positive,
        found.groups,
    )


@given(
    x=arrays.arrays(
        np.float64,
        st.tuples(st.integers(2, 6), st.integers(1, 4)),
        elements=st.floats(allow_nan=False, allow_infinity=False),
    )
)
def test_numbers_are_read_as_they_were_written(tmp_path_factory, x):
    """Every finite float64 survives the text of a file, to the last bit."""
    file = tmp_path_factory.mktemp("table") / "own.csv"
    header = [f"x{column}" for column in range(x.shape[1])]
    lines = [",".join([*(repr(float(v)) for v in row), str(i % 2)]) for i, row in enumerate(x)]
    file.write_text("\n".join([",".join([*header, "y"]), *lines]))
    np.testing.assert_array_equal(x, open_table(file, TableOptions("y")).x)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffa,y\n1,0\n2,1\n",
        "a,y\r\n1,0\r\n2,1\r\n",
        '"a","y"\n"1","0"\n2,1',
        "\n".join(["a,y", " 1 , 0 ", "", "2,1", "", ""]),
        "a , y\n1e0,0\n+2.,1\n",
    ],
    ids=["byte-order mark", "CRLF", "quotes", "blanks", "number forms"],
)
def test_harmless_differences_are_read(table, text):
    found = table(text)
    assert ([[1], [2]], [0, 1], ("a",)) == (found.x.tolist(), found.y.tolist(), found.feature_names)


def test_names_and_labels_may_be_in_any_language(table):
    found = table('"größe, cm",Ω\n1,ja\n2,nö\n', target="Ω", positive="ja")
    assert (("größe, cm",), ("ja", "nö"), 0) == (
        found.feature_names,
        found.class_names,
        found.positive,
    )


def test_tabs_are_read_from_tsv(table):
    assert [[1], [2]] == table("a\ty\n1\t0\n2\t1\n", name="own.tsv").x.tolist()


def test_labels_that_are_numbers_are_sorted_as_numbers(table):
    found = table("a,y\n1,10\n2,9\n3,-1.5\n")
    assert (("-1.5", "9", "10"), [2, 1, 0]) == (found.class_names, found.y.tolist())


def test_labels_that_are_equal_as_numbers_are_separate_classes_with_a_note(table):
    found = table("a,y\n1,10\n2,9\n3,9.0\n")
    assert (("9", "9.0", "10"), [2, 0, 1]) == (found.class_names, found.y.tolist())
    (note,) = found.notes
    assert note.endswith(
        "own.csv, column 'y': the labels '9' and '9.0' are equal as numbers and are separate "
        "classes: write them alike if they mean the same"
    )


@pytest.mark.parametrize("word", ["none", "NA", "NaN", "?", "null", "N/A"])
def test_a_word_for_a_missing_value_may_be_a_class_but_no_group(table, word):
    text = f"a,y\n1,mild\n2,{word}\n3,mild\n4,{word}\n"
    found = table(text)
    assert {"mild", word} == set(found.class_names)
    assert f"the label {word!r} of 2 rows is taken as a class: remove" in found.notes[0]
    with pytest.raises(DataError, match=rf"line 3, column 'g': .*found '{re.escape(word)}'"):
        table(f"a,g,y\n1,p,0\n2,{word},1\n", group="g")


def test_blanks_at_the_ends_are_left_out_and_what_that_merges_is_noted(table):
    found = table("a,g,y\n1,p , m\n2, p,m\n3,q,n\n", group="g")
    assert (("m", "n"), ["p", "p", "q"]) == (found.class_names, found.groups.tolist())
    assert [note.partition(", ")[2] for note in found.notes] == [
        "column 'y': ' m' and 'm' are one class, 'm': blanks at the ends are left out",
        "column 'g': ' p' and 'p ' are one group, 'p': blanks at the ends are left out",
    ]
    assert table("a,y\n1, m\n2, n\n").notes == ()


def test_groups_that_are_equal_as_numbers_are_separate_with_a_note(table):
    found = table("a,g,y\n1,01,m\n2,1,n\n3,1.0,n\n", group="g")
    assert 3 == len(set(found.groups.tolist()))
    (note,) = found.notes
    assert note.endswith(
        "own.csv, column 'g': the groups '01', '1' and '1.0' are equal as numbers and are separate "
        "groups: write them alike if they mean the same"
    )


def test_groups_that_look_alike_are_noted(table):
    (note,) = table("a,g,y\n1,P1,m\n2,p1,n\n3,P2,n\n", group="g").notes
    assert "the groups 'P1' and 'p1' look alike and are separate groups" in note


def test_several_classes_have_no_positive_unless_told(table):
    text = "a,y\n1,p\n2,q\n3,r\n"
    assert (None, 1) == (table(text).positive, table(text, positive="q").positive)


def test_a_group_column_is_no_feature(table):
    found = table("a,who,y\n1,p,0\n2,q,1\n", group="who")
    assert (["p", "q"], ("a",)) == (found.groups.tolist(), found.feature_names)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty: expected a header line and rows"),
        ("a,y\n", "there is a header, but no rows below it"),
        ("a,y\n\n ,\n", "there is a header, but no rows below it"),
        ("a,z\n1,2\n", "there is no target column 'y': there are a, z"),
        ("a,Y\n1,2\n", "there is no target column 'y': did you mean 'Y'"),
        (WIDE, r"there are f0, .*, f10, [.]{3}, f2999 \(3000 columns\)$"),
        ("a,y,y\n1,2,3\n", "line 1, 2 columns have the name 'y': rename"),
        ("a,a,y\n1,2,3\n1,2,4\n", "line 1, 2 columns have the name 'a'"),
        ("a,,y\n1,2,3\n1,2,4\n", "line 1, column 2 has no name"),
        ("y\n1\n2\n", "no column is left to be a feature beside 'y'"),
        ("a,y\n1,2\n2,2\n", "every row of column 'y' is '2'; a classifier needs"),
        ("a,y\n1,0\n2,\n", "line 3, column 'y': expected a value, found ''"),
        (
            "a,y\n1,0\nx,1\n",
            "line 3, column 'a': expected a number, found 'x': correct it, read the column as "
            "categories with --categorical a, or leave it out with --drop a",
        ),
        ('a,y\n"1,5",0\n2.5,1\n', "found '1,5': write decimals with a point, read"),
        ("a,y\n1,0\n-inf,1\n", "line 3, column 'a': expected a finite number, found '-inf'"),
        ("a,y\n1,0\n1e999,1\n", "line 3, column 'a': expected a (finite )?number, found '1e999'"),
        ("a,b,y\n1,2,0\n1\n", "line 3, column 'y': expected a value, found ''"),
        ("a,y\n1,0\n1,2,3\n", "line 3 has 3 cells, expected 2"),
        (b"PK\x03\x04\x00\x00", "holds zero bytes: it is not a text file"),
        ('a,y\n1,"0\n2,1\n', "is a quote left open"),
    ],
)
def test_a_fault_is_one_message_with_file_line_and_column(table, text, message):
    with pytest.raises(DataError, match=rf"own\.csv.*{message}"):
        table(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('"a\nb",y\n1,0\nx,1\n', 4),
        ('a,y\n"1\n",0\n\nx,1\n', 5),
        ('a,y\n"1\n",0\n1,2,3\n', 4),
    ],
)
def test_a_line_is_the_files_own(table, text, line):
    """Quoted line breaks and blank lines are counted."""
    with pytest.raises(DataError, match=f"line {line}"):
        table(text)


def test_a_wrong_role_is_told(table):
    text = "a,who,y\n1,p,0\n2,q,1\n"
    with pytest.raises(DataError, match="column 'y' cannot be both target and group"):
        table(text, group="y")
    with pytest.raises(DataError, match="no group column 'whom': did you mean 'who'"):
        table(text, group="whom")
    with pytest.raises(DataError, match="no row has the label '2': labels are 0, 1"):
        table(text, group="who", positive="2")


def test_a_file_that_cannot_be_read_is_told(tmp_path, table):
    with pytest.raises(DataError, match=r"none\.csv: there is no such file"):
        open_table(tmp_path / "none.csv", TableOptions("y"))
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(DataError, match=r"folder\.csv cannot be read: "):
        open_table(tmp_path / "folder.csv", TableOptions("y"))
    with pytest.raises(DataError, match=r"own\.doc: the name must end in one of \.csv"):
        table("a,y\n1,2\n", name="own.doc")
