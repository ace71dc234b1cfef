"""The progress of checks: a first line at once, failures as they come."""

from __future__ import annotations

import pytest

from evenfold.check.progress import CheckProgress
from evenfold.worker.checks import CheckOutcome


@pytest.fixture
def lines():
    return []


def test_the_first_line_says_what_runs(lines):
    CheckProgress(lines.extend, ["one", "two"])
    assert [
        "2 models × 17 checks on small generated data, in a process that starts a framework "
        "first: one, two"
    ] == lines


def test_the_first_line_of_studies_names_the_data(lines):
    CheckProgress(lines.extend, ["one"], "patients.csv")
    assert [
        "checks of score studies of patients.csv, each of which trains 1 model many times: one"
    ] == lines


def test_a_failure_is_printed_at_once_with_its_reason(lines):
    progress = CheckProgress(lines.extend, ["one"])
    progress(CheckOutcome("one", "builds", "passed"))
    progress(CheckOutcome("one", "finite", "failed", "found 3 that are NaN"))
    assert ["one: finite: failed: found 3 that are NaN"] == lines[1:]


def test_a_later_model_counts_on_where_one_before_it_had_fewer_checks(lines, monkeypatch):
    monkeypatch.setattr("evenfold.render.progress.SECONDS_BETWEEN_LINES", -1.0)
    progress = CheckProgress(lines.extend, ["one", "two"])
    progress(CheckOutcome("one", "loads", "failed"))
    progress(CheckOutcome("two", "builds", "passed"))
    assert "18 of 34 checks, two: builds: passed" == lines[-1]
