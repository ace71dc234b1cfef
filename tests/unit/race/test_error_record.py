"""How often races err: the experiment's script, its file, what is counted, and what is shown."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from math import inf, isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import ROOT
from builders.pages import complete_text
from builders.races import trials
from evenfold.cli.report import write_report
from evenfold.errors import ResultsError
from evenfold.race.error_record import RACE_ERRORS, BenchRun, RaceErrors, write_race_errors
from evenfold.race.error_tables import errors_caption
from evenfold.race.selfcheck_tables import trial_table
from evenfold.report.options import ReportOptions
from strategies import PROPERTY

AA, ONE, TWO = (0.0, 0.01), (0.01, 0.0), (0.02, 0.005)
WHERE = {"schema": 1, "name": "tf9", "machine": "abacus", "python": "3.13", "flags": {},
         "versions": {"keras": "3.15"}}  # fmt: skip
ALONE = [(1.0, False, False), (1.05, False, True), (1.2, True, True)]


@pytest.fixture
def experiment(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "experiments"))
    import race_errors

    return race_errors


def done(*of, alone=ALONE):
    races = [replace(trial, margin=margin) for some, margin in of for trial in some]
    runs = tuple(BenchRun(*run) for run in alone)
    return RaceErrors(WHERE, "net", "cpu", 120.0, 10, 3, "median:3%", tuple(races), runs)


def some():
    return done((trials(0.0, equivalent=2), 0.02), (trials(0.05, slower=1, undecided=1), 0.02))


# The script


def test_finished_races_are_not_repeated(experiment):
    before = done((trials(0.0, equivalent=39), 0.01), (trials(0.02, slower=20), 0.005))
    left = Counter(
        None if kind is None else (kind.delay, kind.margin)
        for kind in experiment.remaining_work(before, experiment.RACES, 5)
    )
    assert {AA: 1, ONE: 20, None: 2} == left


def with_intervals(races, half_width, beyond=0):
    """Races of that half-width, the first of them with an interval without 1."""
    return [
        replace(one, ratio=1.0, low=(1 - half_width) if n >= beyond else 1.001, high=1 + half_width)
        for n, one in enumerate(races)
    ]


@pytest.mark.parametrize(
    ("equivalent", "beyond", "half_width", "one", "two", "short"),
    [
        (30, 1, 0.006, 18, 18, False),
        (29, 0, 0.006, 20, 20, True),
        (40, 2, 0.006, 20, 20, True),
        (40, 0, 0.007, 20, 20, True),
        (40, 0, 0.006, 17, 20, True),
        (40, 0, 0.006, 20, 17, True),
    ],
)
def test_races_fall_short_by_the_numbers_of_the_docstring(
    experiment, equivalent, beyond, half_width, one, two, short
):
    alike = trials(0.0, equivalent=equivalent, undecided=40 - equivalent)
    errors = done(
        (with_intervals(alike, half_width, beyond), 0.01),
        (trials(0.01, slower=one, undecided=20 - one), 0.0),
        (trials(0.02, slower=two, undecided=20 - two), 0.005),
    )
    assert short == experiment.fell_short(errors.summaries)


def test_races_of_the_first_schema_have_the_verdict_of_their_interval(tmp_path):
    """An estimate beyond the margin is no longer enough."""
    ends = [(1.03, 1.05), (1.01, 1.05), (0.99, 1.01), (0.97, 1.03), (0.5, 0.6)]
    races = [
        replace(trial, ratio=low, low=low, high=high, margin=0.02, verdict="slower")
        for (low, high), trial in zip(ends, trials(0.05, slower=5), strict=True)
    ]
    file = tmp_path / "race_errors.json"
    write_race_errors(file, done((races, 0.02)))
    content = json.loads(file.read_text())
    assert ["slower"] * 5 == [race["verdict"] for race in content["races"]]
    file.write_text(json.dumps({**content, "schema": 1}))
    words = [race.verdict for race in RACE_ERRORS.read(file).races]
    assert ["slower", "not faster", "equivalent", "undecided", "faster"] == words
    few = [{**race, "launches": 4} for race in content["races"]]
    file.write_text(json.dumps({**content, "schema": 1, "races": few}))
    assert {"undecided"} == {race.verdict for race in RACE_ERRORS.read(file).races}


OTHER = {
    "machine abacus, not slate": {"environment": {**WHERE, "machine": "slate"}},
    "Python was 3.13, is 3.14": {"environment": {**WHERE, "python": "3.14"}},
    "keras was 3.15, is None": {"environment": {**WHERE, "versions": {}}},
    "model net, not nets": {"model": "nets"},
    "clock cpu, not wall": {"clock": "wall"},
    "budget 120.0, not 60.0": {"budget": 60.0},
    "epochs 10, not 5": {"epochs": 5},
    "rounds 3, not 5": {"rounds": 5},
    "gate median:3%, not median:5%": {"gate": "median:5%"},
}


@pytest.mark.parametrize("message", OTHER)
def test_a_file_of_other_settings_is_not_continued(experiment, tmp_path, message):
    write_race_errors(tmp_path / "f.json", some())
    with pytest.raises(SystemExit, match=f"{message}.*: give another file"):
        experiment.read_record(tmp_path / "f.json", replace(some(), **OTHER[message]))


def test_a_file_of_the_same_settings_is_continued(experiment, tmp_path):
    file = tmp_path / "f.json"
    later = {**WHERE, "revision": "2", "versions": {**WHERE["versions"], "evenfold": "9"}}
    empty = replace(some(), races=(), runs=(), environment=later)
    assert empty == experiment.read_record(file, empty)
    write_race_errors(file, some())
    assert some() == experiment.read_record(file, empty)
    file.write_text("[]")
    with pytest.raises(SystemExit, match="is not of experiments"):
        experiment.read_record(file, empty)


# Its file


def test_a_file_is_read_as_it_was_written(tmp_path):
    write_race_errors(tmp_path / "f.json", some())
    assert some() == RACE_ERRORS.read(tmp_path / "f.json")


def test_a_race_without_an_interval_is_read_and_counts(tmp_path):
    (first,) = trials(0.0, undecided=1)
    write_race_errors(tmp_path / "f.json", done(([replace(first, low=nan, high=nan)], 0.02)))
    assert "NaN" not in (tmp_path / "f.json").read_text()
    errors = RACE_ERRORS.read(tmp_path / "f.json")
    assert isnan(errors.races[0].low)
    assert isnan(errors.races[0].high)
    (of_none,) = errors.summaries
    assert 1 == of_none.undecided.count
    assert isnan(of_none.half_width)
    assert "–" == trial_table(errors.summaries)["half-width"][0]


def race(**changes):
    return lambda content: content["races"][0].update(changes)


def run(**changes):
    return lambda content: content["runs"][0].update(changes)


def where(**changes):
    return lambda content: content["environment"].update(changes)


def top(**changes):
    return lambda content: content.update(changes)


BROKEN = {
    "is not of experiments/race_errors.py": lambda content: content.pop("runs"),
    "has schema 3, this evenfold knows up to 2": top(schema=3),
    "races is missing": lambda content: content.pop("races"),
    "missing required field `budget`": lambda content: content.pop("budget"),
    "races: expected `array`, got `object`": top(races={}),
    "'../x' is not a machine's name": where(machine="../x"),
    "None is not an environment's name": where(name=None),
    "flags of the environment: [1]": where(flags=[1]),
    "versions of the environment: None": where(versions=None),
    "gpus of the environment: 3": where(gpus=3),
    "python of the environment": where(python="\x07"),
    "model: 'a\\x00b' cannot be printed": top(model="a\x00b"),
    "model: expected `str`, got `null`": top(model=None),
    "clock: invalid enum value 'sun'": top(clock="sun"),
    "budget: expected `float`, got `str`": top(budget="long"),
    "budget: nan is out of range": top(budget=nan),
    "budget: expected `float`, got `bool`": top(budget=True),
    "rounds: -5 is out of range": top(rounds=-5),
    "races[0].verdict: invalid enum value 'quick'": race(verdict="quick"),
    "races[0].ratio: -1.0 is out of range": race(ratio=-1.0),
    "races[0].ratio: number out of range": race(ratio=10**400),
    "races[0].seconds: inf is out of range": race(seconds=inf),
    "races[0].delay: nan is out of range": race(delay=nan),
    "races[0].launches: expected `int`, got `bool`": race(launches=True),
    "races[0].low: 2.0 is not below the ratio": race(low=2.0),
    "races[0].high: inf is not above the ratio": race(high=inf),
    "races[0].more: unknown field": race(more=1),
    "expected `object`, got `int`": lambda content: content["races"].append(3),
    "runs[0].median_seconds: 0.0 is no time": run(median_seconds=0),
    "runs[0].median_seconds: expected `float`, got `str`": run(median_seconds="1"),
    "runs[0].regressed: expected `bool`, got `str`": run(regressed="yes"),
}


@pytest.mark.parametrize("message", BROKEN)
def test_a_bad_file_is_one_message(results, told_of, message):
    """The report shows the rest."""
    file = results / "abacus" / "experiments" / "race_errors.json"
    write_race_errors(file, some())
    content = json.loads(file.read_text())
    BROKEN[message](content)
    shown, problem = told_of(file, content)
    assert not shown.race_errors
    assert message in problem


@pytest.mark.parametrize("text", ['{"schema": 1', "1" * 5000, "[" * 100000], ids=len)
def test_a_file_that_is_not_json_is_one_message(tmp_path, text):
    (tmp_path / "f.json").write_text(text)
    with pytest.raises(ResultsError, match="is truncated or not JSON"):
        RACE_ERRORS.read(tmp_path / "f.json")


# Counts and tables


def test_regressed_runs_are_counted_among_compared_runs():
    alone = [*ALONE, (1.3, True, False)]
    assert (1, 2) == (done(alone=alone).gate_failures.count, done(alone=alone).gate_failures.total)


@given(st.lists(st.floats(0.1, 10), min_size=2, max_size=8), st.floats(0, 2))
@PROPERTY
def test_pairs_beyond_a_share_differ_by_more_than_it(medians, share):
    ordered = sorted(medians)
    ratios = [b / a for at, a in enumerate(ordered) for b in ordered[at + 1 :]]
    close = sum(abs(ratio - 1 - share) < 1e-9 for ratio in ratios)
    beyond = done(alone=[(seconds, False, False) for seconds in medians]).pairs_beyond(share)
    assert abs(beyond * len(ratios) - sum(ratio > 1 + share for ratio in ratios)) <= close + 1e-9


def test_the_caption_describes_races_and_benchmark_runs():
    text = " ".join(errors_caption(some()).split())
    assert "A training epoch of net raced against itself, on one thread and for 120 s" in text
    assert "CPU time is of all threads" in text
    assert "10 epochs of the same network" in text
    assert "3 runs of 3 fits, by wall time: medians of 1.00 to 1.20 s" in text
    assert "100 % differ by more than 3 % and 67 % differ by more than 10 %" in text
    assert "Of 2 runs that were compared with the one before, 1 failed" in text
    assert "CPU time" not in errors_caption(replace(some(), clock="wall"))
    assert "pytest-benchmark" not in errors_caption(replace(some(), runs=some().runs[:1]))
    assert "failed" not in errors_caption(replace(some(), runs=some().runs[:1] * 2))


def test_a_report_has_a_table_of_every_file_with_a_race(results):
    folder = results / "abacus" / "experiments"
    write_race_errors(folder / "race_errors_cpu.json", replace(some(), model="a|b<i>"))
    write_race_errors(folder / "race_errors_none.json", replace(some(), races=()))
    assert 0 == write_report(
        lambda text: None, lambda more: list(more), ReportOptions(results, format="csv")
    )
    text = complete_text(results)
    section = text[text.index("## Races") :]
    assert "### How often races err: a\\|b&lt;i>, epoch, CPU time, abacus\n" in section
    assert "epoch of a\\|b&lt;i> raced against itself" in section
    assert 1 == section.count("How often")
    assert "1 of 2 [1.3, 98.7 %]" in section
    assert "raced against itself" in (results / "report.html").read_text()
