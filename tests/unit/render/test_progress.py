"""How far a command is: one line that changes on a terminal, and a line now and then in a pipe."""

from __future__ import annotations

import io
import sys

import pytest

from evenfold.race.budget import TimeBudget
from evenfold.race.progress import RaceProgress, line_monitor
from evenfold.render import progress
from evenfold.render.progress import Line


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
