"""How far a command is: one line that changes on a terminal, and a line now and then in a pipe."""

from __future__ import annotations

import io
import sys
from types import ModuleType, SimpleNamespace

import pytest

from evenfold.race.budget import TimeBudget
from evenfold.race.progress import RaceProgress, line_monitor
from evenfold.render import progress
from evenfold.render.progress import Line, NotebookLine, open_line


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def told():
    return []


@pytest.fixture
def line(told):
    return Line(told.extend)


def test_on_a_terminal_a_line_is_written_over_until_something_else_is_said(line, told, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    line.show("1 of 3")
    line.show("2 of 3")
    line.say("a note")
    line.show("3 of 3", end=True)
    line.close()
    over = "\r\x1b[Kevenfold: "
    assert f"{over}1 of 3{over}2 of 3\n{over}3 of 3\n" == sys.stderr.getvalue()
    assert ["a note"] == told


@pytest.mark.parametrize(("share", "full"), [(0.0, 0), (0.5, 10), (1.0, 20)])
def test_a_bar_has_no_colour_where_nobody_wants_it(monkeypatch, share, full):
    """It is as wide as another, so that the text after it stays in its place."""
    utf8 = Terminal()
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(encoding="utf-8", isatty=utf8.isatty))
    monkeypatch.setenv("NO_COLOR", "1")
    plain = progress.progress_bar(share)
    assert 21 == len(plain)
    assert full == plain.count("━")
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[" in progress.progress_bar(share)


def test_a_terminal_without_unicode_has_a_bar_too(monkeypatch):
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(encoding="ascii"))
    monkeypatch.setenv("NO_COLOR", "1")
    assert progress.progress_bar(0.5).isascii()


def test_a_line_is_no_longer_than_the_terminal(line, monkeypatch):
    """A longer one would wrap, and the next one would not replace it."""
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_COLOR", "1")
    line.show("x" * 100, share=0.5)
    shown = sys.stderr.getvalue().removeprefix("\r\x1b[K")
    assert 39 == len(shown)


def test_in_a_pipe_a_line_is_said_now_and_then_and_at_the_end(line, told, monkeypatch):
    now = [line.last]
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    for second in range(26):
        now[0] = line.last + 1 if second % 11 else line.last + 10.5
        line.show(str(second), end=second == 25)
    assert ["0", "11", "22", "25"] == told


@pytest.mark.parametrize(
    ("launches", "blocks", "message"),
    [(None, 0, "launch 2, starting, 30 of 120 s"), (5, 7, "launch 2 of 5, block 7, 30 of 120 s")],
)
def test_a_race_tells_its_launch_its_block_and_its_time(line, told, launches, blocks, message):
    line.last -= 60
    began = progress.monotonic() - 30
    line_monitor(line).progress(RaceProgress(2, launches, blocks, TimeBudget(began, 120.0)))
    assert [message] == told


@pytest.fixture
def notebook(monkeypatch):
    """A stand-in for IPython in a notebook; what its cell shows."""
    shown = []

    def display(content, raw, display_id):
        assert raw
        assert display_id
        shown.append(content)
        return SimpleNamespace(update=lambda content, raw: shown.__setitem__(-1, content))

    package, module = ModuleType("IPython"), ModuleType("IPython.display")
    package.get_ipython = lambda: SimpleNamespace(kernel=object())
    module.display = display
    monkeypatch.setitem(sys.modules, "IPython", package)
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    return shown


def test_a_notebook_shows_one_line_that_changes(notebook):
    line = open_line()
    assert isinstance(line, NotebookLine)
    line.show("1 of 3")
    line.show("2 of 3")
    line.show("3 of 3", end=True)
    assert [{"text/plain": "3 of 3"}] == notebook


def test_a_terminal_shows_progress_and_a_pipe_does_not(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert open_line() is None
    monkeypatch.setattr(sys, "stderr", None)
    assert open_line() is None
    monkeypatch.setattr(sys, "stderr", Terminal())
    open_line().show("1 of 3")
    assert "1 of 3" in sys.stderr.getvalue()


def test_ipython_on_a_terminal_is_no_notebook(notebook, monkeypatch):
    sys.modules["IPython"].get_ipython = SimpleNamespace
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert open_line() is None
