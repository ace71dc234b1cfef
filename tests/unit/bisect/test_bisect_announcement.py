"""The first lines of a bisect: what it compares, and for how long."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from builders.bisects import finished, started
from evenfold.bisect.announcement import bisect_announcement, bisect_start_line
from evenfold.bisect.options import BisectOptions
from evenfold.render.words import clock_time

LEVELS = [0.0] * 5 + [0.1] * 4
PATH = ["tf2.3", "tf2.21", "conv1d"]


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (BisectOptions(), "races of epoch, 2 min or less each at first"),
        (BisectOptions(rows=1, budget=45.0), "races of predict, 45 s or less each at first"),
        (BisectOptions(measure="fit"), "races of fit, 5 min or less each at first"),
        (BisectOptions(metric="log_loss"), "score studies, compared by log_loss"),
    ],
)
def test_the_first_line_says_what_is_compared(options, what):
    line = bisect_announcement(PATH, options)
    assert f"bisect of tf2.3 tf2.21 conv1d on breast_cancer: {what}" == line


def request(bisect):
    return SimpleNamespace(bisect=bisect, race=SimpleNamespace(budget=60.0))


def test_the_second_line_says_when_it_ends():
    line = bisect_start_line(request(started(LEVELS)), now=0.0)
    assert line.startswith("9 versions, 1 race if the ends are equivalent, ")
    assert "min or less with one clear change, until " in line
    minutes = int(line.partition(" min or less")[0].rpartition(" ")[2])
    assert line.endswith(f"until {clock_time(60 * minutes)}")


def test_a_complete_bisect_has_nothing_to_run():
    line = bisect_start_line(request(finished(LEVELS)), now=0.0)
    assert "comparisons are saved, none to run" in line
