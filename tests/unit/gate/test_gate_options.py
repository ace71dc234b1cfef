"""What a gate measures by default, what it refuses, and what it announces."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.commands import run_command
from evenfold.errors import UsageError
from evenfold.gate import options as options_module
from evenfold.gate.announcement import gate_announcement
from evenfold.gate.base import ModelChange
from evenfold.gate.options import GateOptions
from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.worker.sources import SourceFile, Sources


def sources(text):
    return Sources(SourceFile("", "/nowhere/net.py", False, text.encode()))


HEAD, BEFORE = sources("after"), sources("before")


def announced(change, **options):
    made = GateOptions("net", data=DatasetOptions("wine"), **options)
    return gate_announcement(made, change, Path("/nowhere"))


def test_the_defaults_are_those_of_the_page():
    options = GateOptions("net")
    race = options.race_options
    assert (10, 3) == (options.score_options.design.folds, options.score_options.design.repeats)
    assert ("predict", 1024, 180.0) == (race.measure, race.rows, race.budget)


def test_training_is_raced_without_rows():
    race = GateOptions("net", measure="epoch").race_options
    assert ("epoch", None) == (race.measure, race.rows)


def test_cpu_time_is_the_clock_where_it_can_be_one(monkeypatch):
    monkeypatch.setattr(options_module, "available_cores", lambda: [0, 1])
    assert "cpu" == GateOptions("net").race_options.clock
    assert "wall" == GateOptions("net", threads=2).race_options.clock
    monkeypatch.setattr(options_module, "available_cores", list)
    assert "wall" == GateOptions("net").race_options.clock


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"clock": "cpu", "threads": 2}, "CPU time is raced with one thread"),
        ({"revision": "--upload-pack=x"}, "is not a git revision"),
        ({"revision": ""}, "is not a git revision"),
        ({"folds": 1}, "folds"),
        ({"margin": -1.0}, "margin"),
        ({"repeats": 0}, "repeats is 0"),
        ({"rows": 0}, "rows is 0"),
        ({"budget": 0.0}, "budget is 0"),
        ({"timeout": 0.0}, "timeout is 0"),
    ],
)
def test_what_cannot_be_measured_is_refused_at_once(options, message):
    with pytest.raises(UsageError, match=message):
        GateOptions("net", **options)


def test_a_format_of_numbers_is_refused(tmp_path):
    done = run_command("gate", "majority", "--format", "csv", cwd=tmp_path)
    assert 2 == done.returncode
    assert "--format csv cannot apply" in done.stderr


def test_the_first_line_says_what_runs_and_for_how_long():
    change = ModelChange("origin/main", "c0ffee", HEAD, BEFORE)
    assert announced(change) == (
        "net against net of origin/main: 30 fits of each on wine, then a race, predict of 1,024 "
        "rows, about 3 min"
    )
    change = ModelChange("origin/main", "c0ffee", HEAD, BEFORE, former="old")
    assert announced(change, budget=60.0, repeats=1, measure="fit") == (
        "net against old of origin/main: 10 fits of each on wine, then a race, fit, about 60 s"
    )
    change = ModelChange("origin/main", "c0ffee", HEAD, None)
    assert announced(change, baseline="majority") == (
        "net against majority, since origin/main has no net: 30 fits of each on wine; no race"
    )


def test_what_has_not_changed_is_announced_and_always_measures_it():
    change = ModelChange("origin/main", "c0ffee", HEAD, HEAD)
    assert announced(change) == (
        "net and the environment are as in origin/main: nothing is measured"
    )
    assert "30 fits" in announced(change, always=True)
