"""Tables on a terminal: whole in any width, verdicts in colour, and nothing that a name can do."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import ROOT
from evenfold.render.media import for_terminal, visible
from evenfold.render.terminal import drawn
from strategies import PROPERTY

SEQUENCE = re.compile(r"\x1b\[[0-9;]*m")
CELLS = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=30
)


@pytest.fixture
def columns(monkeypatch):
    def wide(number):
        monkeypatch.setenv("COLUMNS", str(number))

    return wide


def plain(text):
    return SEQUENCE.sub("", for_terminal(text))


def frame(*rows, names=("model", "accuracy", "verdict")):
    return pd.DataFrame(rows, columns=list(names))


def test_a_row_is_a_line_where_there_is_room(columns):
    columns(80)
    head, _, first, second = plain(drawn(frame(("a", "1", "x"), ("b", "0.25", "y")), True)).split(
        "\n"
    )
    assert ["model", "accuracy", "verdict"] == head.split()
    assert [["a", "1", "x"], ["b", "0.25", "y"]] == [first.split(), second.split()]
    assert first.index("1") == second.index("0.25") + 3  # numbers end in one column


@PROPERTY
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=4), width=st.integers(20, 90)
)
def test_nothing_is_cut_off_and_nothing_is_wider_than_the_terminal(rows, width):
    from rich.cells import cell_len

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        text = plain(drawn(frame(*rows), True))
    assert max(cell_len(line) for line in text.split("\n")) <= width
    for row in rows:
        for cell in row:
            letters = iter(text)
            assert all(letter in letters for letter in cell)


def test_columns_without_room_are_below_beside_the_first_again(columns):
    rows = frame(("a" * 10, "b" * 15, "c" * 15), ("d", "e", "f"))
    columns(44)
    assert 4 == len(plain(drawn(rows, True)).split("\n"))
    columns(43 - 15)
    text = plain(drawn(rows, True))
    first, second = text.split("\n\n")
    assert ["model", "accuracy"] == first.split("\n")[0].split()
    assert ["model", "verdict"] == second.split("\n")[0].split()
    assert ["a" * 10, "c" * 15] == second.split("\n")[2].split()


def test_verdicts_have_colours_unless_there_are_to_be_none(columns, monkeypatch):
    columns(80)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    rows = frame(("better", "1", "slower (sees 2 %)"), ("m", "2", "equivalent"))
    coloured = for_terminal(drawn(rows, True))
    # A model may be called better.
    assert ["\x1b[1;31mslower (sees 2 %)"] == re.findall(r"\x1b\[1;3.m[^\x1b]+", coloured)
    assert "\nm    " in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", for_terminal(drawn(rows, True)))


@pytest.mark.parametrize("width", [1, 2, 7])
def test_a_terminal_that_is_too_narrow_or_a_table_of_nothing_is_no_error(columns, width):
    columns(width)
    text = plain(drawn(frame(("abc", "0.25", "better")), True))
    assert all(word in text for word in ("abc", "0.25", "better"))
    assert "" == drawn(pd.DataFrame(), True)


def test_letters_that_an_output_has_not_are_no_error(run_python):
    """Not even those of a frame: they are written as codes."""
    done = run_python("-m", "evenfold", "compare", "results/epyc-2c/tf2.21", "--format", "table",
                      PYTHONIOENCODING="ascii")  # fmt: skip
    assert 0 == done.returncode, done.stderr
    assert "logistic_regression" in done.stdout
    assert "─" not in done.stdout


def test_a_name_cannot_speak_to_the_terminal_or_be_markup(columns):
    columns(80)
    text = drawn(frame(("\x1b[2Jgone\r\x07", "[red]1[/red]", "\u202ex")), True)
    assert "\x1b[2J" not in text
    assert not {"\r", "\x07", "\u202e"} & set(text)
    assert "\\x1b[2Jgone\\r\\x07" in text
    assert "[red]1[/red]" in text


@given(st.text())
def test_what_can_be_shown_is_shown_as_it_is(text):
    assert visible(text).isprintable()
    assert (visible(text) == text) == text.isprintable()


@pytest.mark.skipif(os.name != "posix", reason="there are no pseudo-terminals here")
@pytest.mark.parametrize("command", ["list", "compare"])
def test_a_command_draws_on_a_terminal_and_writes_markdown_into_a_pipe(command, run_python):
    """With no option; on a terminal Markdown is what --format asks for."""
    whole = [sys.executable, "-m", "evenfold", command]
    whole += ["results/epyc-2c"] * (command == "compare")
    on_terminal, asked = at_a_terminal(whole), at_a_terminal([*whole, "--format", "markdown"])
    piped = run_python(*whole[1:]).stdout
    assert "│" not in run_python(*whole[1:], "--format", "table").stdout
    assert "conv1d" in on_terminal
    assert "|" not in on_terminal.partition("conv1d")[0]
    assert "━" in on_terminal or "─" in on_terminal
    for text in (piped, asked):
        assert re.search(r"^\|:?--", text, re.MULTILINE)
        assert "─" not in text
        assert "\x1b" not in text


def at_a_terminal(command):
    import pty

    own, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "200", "TERM": "xterm-256color"}
    process = subprocess.Popen(
        command, stdout=theirs, stderr=subprocess.DEVNULL, cwd=ROOT, env=environment
    )
    os.close(theirs)
    told = b""
    while True:
        try:
            part = os.read(own, 65536)
        except OSError:  # Linux says so at the end
            break
        if not part:
            break
        told += part
    os.close(own)
    assert 0 == process.wait()
    return told.decode().replace("\r\n", "\n")
