"""``evenfold race --suite``, and what compare and report show of it."""

from __future__ import annotations

import json

import pytest

from builders.commands import run_command
from builders.suites import make_project, suite_race
from evenfold.report.reading import read_report_data
from evenfold.report.suite_sections import suite_sections
from evenfold.suite import run as run_module
from evenfold.suite.files import SUITE_FILE
from evenfold.suite.run import FinishedSuite


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Run evenfold in a project; a race is not run but is the given one."""
    project = make_project(tmp_path / "project")

    def run(*arguments, race=None):
        if race is not None:
            finished = FinishedSuite(race, tmp_path / "results" / "m" / "suites" / "one.json")
            monkeypatch.setattr(run_module, "run_suite", lambda *_: finished)
        return run_command(*arguments, cwd=project)

    return run


RACE = ("race", "--suite", "bench/test_mine.py", "base#main", "head")


def test_a_race_prints_its_conclusion_its_table_and_the_next_command(command):
    result = command(*RACE, "--format", "markdown", race=suite_race())
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].startswith("2 benchmarks, head against base: 1 is slower by more than 2 %")
    assert "| test_1 " in result.stdout
    assert lines[-1].startswith("Next: evenfold report --results")


@pytest.mark.parametrize(
    ("ratio", "options", "code"),
    [
        (1.1, ("--fail-on", "slower"), 1),
        (1.0, ("--fail-on", "slower"), 0),
        (1.1, ("--require", "not-slower"), 1),
        (1.0, ("--require", "not-slower"), 0),
        (1.1, (), 0),
    ],
)
def test_the_exit_code_is_of_the_verdicts(command, ratio, options, code):
    result = command(*RACE, *options, race=suite_race((1.0, ratio)))
    assert result.returncode == code, result.stderr


@pytest.mark.parametrize(("options", "code"), [((), 3), (("--require", "not-slower"), 1)])
def test_a_benchmark_that_fails_is_no_success(command, options, code):
    race = suite_race((1.0, 1.0)).without("test_1", "head: it failed", has_failed=True)
    result = command(*RACE, *options, race=race)
    assert result.returncode == code, result.stderr


def test_numbers_go_to_standard_output(command):
    result = command(*RACE, "--format", "json", race=suite_race())
    assert json.loads(result.stdout)["benchmarks"][1]["verdict"] == "slower"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--measure", "fit"), "--measure cannot apply: --suite races the benchmarks"),
        (("--rows", "3"), "--rows cannot apply"),
        (("--dataset", "wine"), "--dataset cannot apply"),
        (("--plan",), "--plan cannot apply"),
        (("--env", "other=/usr/bin/env"), "--env other cannot apply"),
        (("--clock", "cpu", "--threads", "2"), "one core"),
    ],
)
def test_options_of_models_are_refused(command, arguments, message):
    result = command(*RACE, *arguments)
    assert result.returncode == 2
    assert message in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("race", "--suite", "bench/test_mine.py", "a"), "at least two contenders"),
        (("race", "--suite", "bench/nope.py", "a", "b"), "a: there is no bench/nope.py in"),
        (("race", "--suite", "../x.py", "a", "b"), "run evenfold in the project"),
        (("race", "--suite", "bench", "--continue", "nope"), "no saved race of a suite 'nope'"),
    ],
)
def test_what_cannot_be_raced_is_refused(command, arguments, message):
    result = command(*arguments)
    assert result.returncode == 2
    assert message in " ".join(result.stderr.split())


def test_a_folder_that_cannot_be_written_is_refused_before_anything_runs(command, tmp_path):
    (tmp_path / "file").touch()
    arguments = ("race", "--suite", "bench/test_mine.py", "a", "b", "--results", tmp_path / "file")
    result = command(*arguments)
    assert result.returncode == 2
    message, announcement = result.stderr.splitlines()[::-1]
    assert "give another folder with --results" in message
    assert ": a, b" in announcement


def test_compare_shows_saved_races_and_fails_on_a_slower_benchmark(command, tmp_path):
    SUITE_FILE.write(tmp_path / "saved/m/suites/one.json", suite_race())
    result = command("compare", str(tmp_path / "saved"), "--fail-on", "slower")
    assert result.returncode == 1, result.stderr
    assert "1 is slower by more than 2 %" in result.stdout
    numbers = command("compare", str(tmp_path / "saved"), "--only", "suites", "--format", "csv")
    assert numbers.stdout.splitlines()[2].count(",slower,") == 1


def test_a_report_has_a_section_on_saved_races(tmp_path):
    SUITE_FILE.write(tmp_path / "m/suites/one.json", suite_race())
    report_data, problems = read_report_data(tmp_path)
    assert problems == []
    heading, section = suite_sections(report_data)
    assert heading.title == "Suites of benchmarks"
    assert section.title == "bench/test_mine.py: test_mine-base-vs-head, epyc-2c"


def test_the_function_of_python_gives_its_options_to_the_race(monkeypatch, tmp_path):
    import evenfold
    from evenfold.suite import answer

    given = []

    def finished(contenders, suite, options, monitor):
        given.extend([contenders, suite, options])
        return FinishedSuite(suite_race(), tmp_path / "one.json")

    monkeypatch.setattr(answer, "run_suite", finished)
    result = evenfold.race_suite("bench", "a#x", "b", budget="2m", margin="1%", env="o=p")
    contenders, suite, options = given
    assert (contenders, suite.name, options.budget) == (("a#x", "b"), "bench", 120.0)
    assert (options.margin, options.environments) == (0.01, ("o=p",))
    assert list(result.table["verdict"]) == ["equivalent", "slower"]
    assert repr(result).startswith(result.conclusion)
    assert "test_1" in result._repr_html_()
