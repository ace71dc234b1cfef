"""How often races of a suite err: the record, its counts, the table, and the experiment's edits."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace

import pytest

from builders import ROOT
from evenfold.errors import ResultsError
from evenfold.race.selfcheck_record import Share
from evenfold.suite.error_record import SUITE_ERRORS, GateTrial, SuiteErrors, SuiteTrial
from evenfold.suite.error_tables import (
    suite_errors_caption,
    suite_errors_conclusion,
    suite_errors_table,
)

FILE = "m/experiments/suite_errors.json"


def some():
    environment = {"machine": "m", "name": "python3.13", "versions": {}, "flags": {}, "python": "3"}
    return SuiteErrors(
        environment, "cattrs 26.2.1, bench/test_tuples.py", "wall", 0.01, 45.0, "median:3%",
        trials=(
            SuiteTrial(0.0, (1.0, 1.0, 1.03), ("equivalent", "undecided", "slower"), 12, 45.0),
            SuiteTrial(0.05, (1.05, 1.0, 0.9), ("slower", "equivalent", "faster"), 12, 45.0),
        ),
        gate_trials=(
            GateTrial(0.0, (1.04, 1.0), (True, False), 20.0),
            GateTrial(0.05, (1.05, 1.06), (True, True), 20.0),
        ),
    )  # fmt: skip


def saved(folder, errors):
    (folder / FILE).parent.mkdir(parents=True)
    (folder / FILE).write_text(json.dumps({"schema": 1, **asdict(errors)}))
    return folder / FILE


def test_a_record_is_read_as_it_was_written(tmp_path):
    assert SUITE_ERRORS.read(saved(tmp_path, some())) == some()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["trials"][0]["verdicts"].pop(), "each benchmark needs a ratio"),
        (lambda c: c["gate_trials"][0]["regressed"].pop(), "each benchmark needs a ratio"),
        (lambda c: c["trials"][0].update(added=2), "out of range"),
        (lambda c: c["trials"][0].update(ratios=[0, 1, 1]), "a ratio is out of range"),
        (lambda c: c["trials"][0].update(verdicts=["slow", "slower", "slower"]), "slow"),
        (lambda c: c.update(gate="\x1b"), "cannot be printed"),
        (lambda c: c.update(margin=-1), "margin or budget"),
    ],
)
def test_a_record_that_is_not_whole_is_refused(tmp_path, change, message):
    file = saved(tmp_path, some())
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))
    with pytest.raises(ResultsError, match=message):
        SUITE_ERRORS.read(file)


def test_false_alarms_and_misses_are_counted_over_benchmarks():
    errors = some()
    assert (errors.slower(0.0), errors.wrong(0.0)) == (Share(1, 3), Share(1, 3))
    assert (errors.slower(0.05), errors.wrong(0.05)) == (Share(1, 3), Share(2, 3))
    assert (errors.regressed(0.0), errors.regressed(0.05)) == (Share(1, 2), Share(2, 2))


def test_the_table_has_both_beside_each_other():
    table = suite_errors_table(some())
    assert list(table["added"]) == ["none (identical)", "5 %"]
    assert table["slower"][0].startswith("1 of 3 [")
    assert table["regressed"][1].startswith("2 of 2 [")
    assert "1 of 3 verdicts of races are slower, and 1 of 2 benchmarks" in (
        suite_errors_conclusion(some())
    )
    assert suite_errors_conclusion(some()).endswith(
        "With 5 % added, races find 1 of 3, and the comparison finds 2 of 2."
    )
    assert "for 45 s at a margin of 1 %" in " ".join(suite_errors_caption(some()).split())


@pytest.fixture
def experiment(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "experiments"))
    import suite_errors

    yield suite_errors
    sys.modules.pop("suite_errors", None)


def test_the_suite_makes_more_calls_and_is_otherwise_as_it_was(experiment):
    text = "import x\n\nHETERO_TUPLE = 1\n\ndef test_a(benchmark):\n    benchmark(x.f, 1)\n"
    edited = experiment.edited(text, 105)
    assert "CALLS = 105" in edited
    assert "    benchmark(repeated, x.f, 1)\n" in edited
    calls = []
    scope = {"benchmark": lambda function, *args: function(*args)}
    exec(edited.replace("import x", ""), scope)
    scope["x"] = type("x", (), {"f": staticmethod(lambda value: calls.append(value))})
    scope["test_a"](scope["benchmark"])
    assert calls == [1] * 105


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"clock": "cpu"}, "is of clock wall, not cpu"),
        ({"budget": 60.0}, "is of budget 45.0, not 60.0"),
        ({"environment": {**some().environment, "python": "4"}}, "Python was 3, is 4"),
        ({"environment": {**some().environment, "machine": "n"}}, "is of machine m, not n"),
    ],
    ids=["clock", "budget", "environment", "machine"],
)
def test_trials_of_another_design_are_not_added(experiment, tmp_path, fields, message):
    file = saved(tmp_path, some())
    assert experiment.read_saved(file, replace(some(), trials=())) == some()
    with pytest.raises(SystemExit, match=message):
        experiment.read_saved(file, replace(some(), **fields))


def test_what_remains_is_measured_in_turns(experiment):
    work = experiment.remaining(some(), 2)
    assert [(measure.__name__, added) for measure, added in work] == [
        ("race", 0.02), ("compare_runs", 0.02),
        ("race", 0.0), ("compare_runs", 0.0), ("race", 0.02), ("compare_runs", 0.02),
        ("race", 0.05), ("compare_runs", 0.05),
    ]  # fmt: skip
