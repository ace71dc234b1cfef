"""Text for each medium: a hostile name is shown, and does nothing on a terminal or a page."""

from __future__ import annotations

import csv
import html
import io
import re
import sys

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from evenfold.render.media import (
    COLOUR,
    for_csv,
    for_html,
    for_markdown,
    for_terminal,
    link_text,
    message_for_terminal,
    sentence,
    visible,
)
from evenfold.render.notebook import html_table
from evenfold.render.tables import NULL, write
from strategies import PROPERTY

HOSTILE = (
    "<script>alert(1)</script>|x`y`\n# Pwned\r## Too ![i](http://evil/p.png) "
    "[l](javascript:alert(1)) \x1b[2J\u202e\x9b31m\x00"
)
CONTROLS = ["\x1b[31m", "\x1b]0;title\x07", "\r", "\n", "\u202e", "\ufdd0", "\udcff", "\u2028"]
BLOCKS = ["\n\n    code", "\n```\n", "~~~", "# a", "- a", "1. a", "> a", "===", "--", "|"]
MARKS = ["![a](b)", "[a]: http://x", "[a][b]", "\\", "\\|", "`", "*a*", "__a__"]
OTHERS = ["<b>", "&lt;", "&#60;", "=1+1", "@a", "a", "net", " ", "</td><td>", "conv1d[epochs=5]"]
PIECES = st.sampled_from([HOSTILE, COLOUR[:5], *CONTROLS, *BLOCKS, *MARKS, *OTHERS])
NAMES = st.lists(PIECES, min_size=1, max_size=5).map("".join) | st.text(max_size=20)
GFM = MarkdownIt("commonmark").enable("table").enable("strikethrough")
PLAIN = {"paragraph_open", "paragraph_close", "inline", "text", "softbreak", "text_special"}


def tokens(text):
    """Return the kinds of all parts of a page in Markdown."""
    blocks = GFM.parse(text)
    return {t.type for block in blocks for t in (block, *(block.children or ()))}


def shown(text):
    """Return what a reader of a page in Markdown sees."""
    return html.unescape(re.sub(r"<[^>]+>", "", GFM.render(text))).strip()


@PROPERTY
@example(HOSTILE)
@given(NAMES)
def test_a_terminal_gets_no_character_that_it_would_obey(name):
    for text in (for_terminal(name), message_for_terminal(name), visible(name)):
        assert all(c.isprintable() or c == "\n" for c in text)
    assert "\n" not in visible(name)


@PROPERTY
@given(NAMES)
def test_a_message_has_one_line_that_looks_like_a_message(name):
    lines = message_for_terminal(f"evenfold: {name}\nevenfold: {name}").split("\n")
    assert [line for line in lines if not line.startswith("  ")] == lines[:1]


def test_colours_of_evenfold_are_written():
    assert for_terminal(f"{COLOUR}1mbetter{COLOUR}0m") == "\x1b[1mbetter\x1b[0m"


@PROPERTY
@example(HOSTILE)
@given(NAMES)
def test_a_name_in_markdown_is_the_text_that_is_shown(name):
    """No heading, list, quote, code, link, image, HTML or cell of a table."""
    text = for_markdown(name)
    assert tokens(text) <= PLAIN
    expected = visible(name.replace("\n", " ")).strip()
    assert " ".join(shown(text).split()) == " ".join(expected.split())


@PROPERTY
@example(HOSTILE)
@given(NAMES)
def test_a_name_in_a_sentence_on_a_page_opens_nothing_but_code(name):
    for text in (f"{name} is better than it.", f"Whether {name} differs: {name}\n{name}."):
        assert tokens(sentence(text, "markdown")) <= {*PLAIN, "code_inline"}


@PROPERTY
@example(HOSTILE)
@given(NAMES)
def test_a_name_in_any_cell_of_a_table_stays_in_its_cell(name):
    table = pd.DataFrame([("first", name, name), (name, "b", "c")], columns=["a", name, "z"])
    page = GFM.render(write(table, "markdown") + "\n")
    assert (page.count("<tr>"), page.count("<t")) == (3, 3 + 1 + 1 + 1 + 9)
    assert not re.search(r"<(img|a|script|code|h\d|em|strong)\b", page)


@PROPERTY
@given(NAMES)
def test_a_name_in_a_link_or_an_image_does_not_end_it(name):
    page = GFM.render(f"[{link_text(name)}](#there)")
    assert page.startswith('<p><a href="#there">')
    assert page.count("<") == 4


@PROPERTY
@example(HOSTILE)
@given(NAMES)
def test_a_name_in_html_is_text(name):
    assert html.unescape(for_html(name)) == "\n".join(map(visible, name.split("\n")))
    table = html_table(pd.DataFrame({"model": [name], name: [name]}), name, conclusion=name)
    allowed = {"p", "b", "br", "table", "thead", "tbody", "tr", "th", "td"}
    assert set(re.findall(r"</?(\w+)", table)) <= allowed
    assert all(c.isprintable() or c == "\n" for c in table)


@PROPERTY
@example("=cmd|' /C calc'!A0")
@given(NAMES)
def test_a_name_in_csv_is_one_cell_and_no_formula(name):
    frame = pd.DataFrame({"model": [name], "accuracy": [-0.5]})
    text = write(frame, "csv")
    (head, row) = csv.reader(io.StringIO(text, newline=""))
    assert head == ["model", "accuracy"]
    shown_name = name if sys.version_info >= (3, 11) else name.replace("\0", NULL)
    assert row[0] in (shown_name, f"'{shown_name}")
    assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert row[1] == "-0.5"


def test_columns_of_one_name_are_each_made_safe_in_csv():
    frame = pd.DataFrame([("=a", "+b", 1, -0.5), ("a", "b", 2, 0.5)], columns=["=n", "n", "n", "n"])
    assert write(frame, "csv").splitlines() == ["'=n,n,n,n", "'=a,'+b,1,-0.5", "a,b,2,0.5"]
    assert write(frame[[]], "csv").strip() == ""


@pytest.mark.parametrize("value", [-1, -0.5, None, "net", "a=b"])
def test_numbers_and_usual_names_stay_as_they_are_in_csv(value):
    assert for_csv(value) is value


@PROPERTY
@example("better")
@example("undecided")
@given(NAMES)
def test_a_table_on_a_terminal_has_evenfolds_colours_alone(name):
    table = pd.DataFrame([(name, name), ("a", "worse")], columns=[name, "verdict"])
    text = for_terminal(write(table, "table"))
    assert all(c.isprintable() for c in re.sub(r"\x1b\[[0-9;]*m|\n", "", text))
    # Bold, dim, green and red: a name may be the word of a verdict.
    colours = {"0", "1", "2", "31", "32", "1;31", "1;32"}
    assert set(re.findall(r"\x1b\[?([^m]*)m", text)) <= colours
