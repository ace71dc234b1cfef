"""What separates the columns of a file: the one that splits every line evenly."""

from __future__ import annotations

import pytest

from evenfold.data.separators import find_separator


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1;2\n", ";"),
        ("a;b\n1,5;2,5\n", ";"),
        ("w, kg;h, cm;y\n1;2;m\n3;4;n\n", ";"),
        ("w, kg;h, cm;y\n1,5;2,5;m\n3,5;4,5;n\n", ";"),
        ("w, kg|h, cm|y\n1|2|m\n", "|"),
        ("note; more,y\n1,m\n2,n\n", ","),
        ("note; more,y\nab; cd,m\nef; gh,n\n", ","),
        ('"a;b",y\n1,m\n', ","),
        ("a,b\n1,2,3\n", ","),
        ("a,b,y\n1,2,0\n1\n", ","),
        ("y\nm\n", ","),
        ("", ","),
    ],
)
def test_a_separator_fits_the_lines_below_the_header_too(text, separator):
    assert separator == find_separator(text, ",")


def test_tabs_are_usual_in_their_files():
    assert "\t" == find_separator("w, kg\ty\n1\tm\n", "\t")
    assert ";" == find_separator("a\tb;y\n1;m\n", "\t")
