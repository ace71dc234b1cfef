"""Known verdicts: the experiment's script, its file, what is counted, and what is shown of it."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT
from evenfold.errors import ResultsError
from evenfold.report.race_errors import caption
from evenfold.reporting import read_shown, write_report
from evenfold.results.race_errors import RaceErrors, Run, read_race_errors, write_race_errors
from strategies import PROPERTY
from test_trials import trials

AA, FIVE, TWO = (0.0, 0.02), (0.05, 0.02), (0.02, 0.01)
WHERE = {"schema": 1, "name": "tf9", "machine": "abacus", "python": "3.13"}
ALONE = [(1.0, False, False), (1.02, False, True), (1.2, True, True)]


@pytest.fixture
def experiment(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    import race_errors

    return race_errors


def done(*of, alone=ALONE):
    races = [replace(trial, margin=margin) for some, margin in of for trial in some]
    runs = tuple(Run(*run) for run in alone)
    return RaceErrors(WHERE, "net@tf9", "cpu", 120.0, "median:3%", tuple(races), runs)


def some():
    return done((trials(0.0, equivalent=2), 0.02), (trials(0.05, slower=1, undecided=1), 0.02))


# The script


def test_what_is_done_is_not_done_again(experiment):
    before = done((trials(0.0, equivalent=39), 0.02), (trials(0.05, slower=20), 0.02))
    left = Counter(
        None if kind is None else (kind.delay, kind.margin)
        for kind in experiment.todo(before, experiment.RACES, 5)
    )
    assert {AA: 1, TWO: 20, (0.01, 0.005): 10, None: 2} == left


@pytest.mark.parametrize(
    ("aa", "five", "two", "short"),
    [
        ({"equivalent": 24, "undecided": 16}, {"slower": 19, "undecided": 1}, 14, False),
        ({"equivalent": 23, "undecided": 17}, {"slower": 20}, 20, True),
        ({"equivalent": 39, "faster": 1}, {"slower": 20}, 20, True),
        ({"equivalent": 40}, {"slower": 18, "undecided": 2}, 20, True),
        ({"equivalent": 40}, {"slower": 20}, 13, True),
    ],
)
def test_races_fall_short_by_the_numbers_of_the_docstring(experiment, aa, five, two, short):
    of_two = trials(0.02, slower=two, undecided=20 - two)
    found = done((trials(0.0, **aa), 0.02), (trials(0.05, **five), 0.02), (of_two, 0.01))
    assert short == experiment.fell_short(found.findings)


def test_what_is_of_something_else_is_not_gone_on_with(experiment, tmp_path):
    file = tmp_path / "f.json"
    assert some() == experiment.opened(file, some())
    write_race_errors(file, some())
    asked = replace(some(), races=(), sequential=(), environment={**WHERE, "python": "3.14"})
    assert replace(some(), environment=asked.environment) == experiment.opened(file, asked)
    with pytest.raises(SystemExit, match="is of clock cpu, not wall: give another file"):
        experiment.opened(file, replace(asked, clock="wall"))
    file.write_text("[]")
    with pytest.raises(SystemExit, match="is not of bench"):
        experiment.opened(file, asked)


# Its file


def test_a_file_read_back_is_what_was_written(tmp_path):
    write_race_errors(tmp_path / "f.json", some())
    assert some() == read_race_errors(tmp_path / "f.json")


BROKEN = {
    "is not of bench/race_errors.py": lambda told: told.pop("sequential"),
    "has schema 2, this evenfold knows up to 1": lambda told: told.update(schema=2),
    "'budget' is missing": lambda told: told.pop("budget"),
    "'../x' is no machine's name": lambda told: told["environment"].update(machine="../x"),
    "cannot be shown": lambda told: told.update(model="a\x00b"),
    "'sun' is no clock": lambda told: told.update(clock="sun"),
    "could not convert string to float": lambda told: told.update(budget="long"),
    "'quick' is no verdict": lambda told: told["races"][0].update(verdict="quick"),
    "delay, margin or ratio": lambda told: told["races"][0].update(ratio=-1.0),
    "seconds or an interval": lambda told: told["races"][0].update(low=2.0),
    "unexpected keyword argument": lambda told: told["races"][0].update(more=1),
    "a run of 0 s": lambda told: told["sequential"][0].update(median_seconds=0),
    "not supported between": lambda told: told["sequential"][0].update(median_seconds="1"),
}


@pytest.mark.parametrize("message", BROKEN)
def test_a_file_that_is_not_whole_is_one_message(tmp_path, message):
    file = tmp_path / "f.json"
    write_race_errors(file, some())
    told = json.loads(file.read_text())
    BROKEN[message](told)
    file.write_text(json.dumps(told))
    with pytest.raises(ResultsError, match=message):
        read_race_errors(file)


# What is counted, and shown


def test_single_runs_are_compared_with_the_one_before():
    assert (1, 2) == (some().failed.count, some().failed.of)


@given(st.lists(st.floats(0.1, 10), max_size=8), st.floats(0, 2))
@PROPERTY
def test_pairs_are_apart_where_the_longer_is_beyond_the_share(medians, share):
    told = done(alone=[(seconds, False, False) for seconds in medians]).apart(share)
    assert len(medians) * (len(medians) - 1) / 2 == told.of
    ordered = sorted(medians)
    ratios = [b / a for at, a in enumerate(ordered) for b in ordered[at + 1 :]]
    close = sum(abs(ratio - 1 - share) < 1e-9 for ratio in ratios)
    assert abs(told.count - sum(ratio > 1 + share for ratio in ratios)) <= close


def test_the_caption_tells_what_was_raced_and_what_runs_alone_said():
    told = " ".join(caption(some()).split())
    assert "A training epoch of net@tf9 raced against itself, for 120 s at most" in told
    assert "CPU time is of all threads" in told
    assert "timed 3 times by itself with pytest-benchmark: medians of 1.00 to 1.20 s" in told
    assert "67 % differ by more than 3 % and 67 % differ by more than 10 %" in told
    assert "1 of 2 comparisons with the run before fail" in told
    assert "CPU time" not in caption(replace(some(), clock="wall"))
    assert "pytest-benchmark" not in caption(replace(some(), sequential=()))


def test_a_report_has_a_table_of_every_such_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    base = tmp_path / "results"
    bench = "epyc-2c/tf2.21"
    shutil.copytree(ROOT / "results" / bench, base / bench, ignore=shutil.ignore_patterns("scores"))
    folder = base / "abacus" / "experiments"
    write_race_errors(folder / "race_errors_cpu.json", replace(some(), model="a|b<i>"))
    (folder / "race_errors.json").write_text('{"schema": 1')
    lines = []
    assert 3 == write_report(lambda text: None, lines.extend, base, False, "csv")
    assert "race_errors.json is truncated" in lines[0]
    readme = (base / "README.md").read_text()
    section = readme[readme.index("## Races") :]
    assert "### Known verdicts: a\\|b&lt;i>, epoch, CPU time, abacus\n" in section
    assert "1 of 2 [1.3, 98.7 %]" in section
    assert "raced against itself" in (base / "report.html").read_text()
    assert 1 == len(read_shown(base)[0].race_errors)
