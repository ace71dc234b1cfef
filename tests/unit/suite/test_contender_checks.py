"""Environments of a suite's race run what is installed in them, or are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenfold.errors import UsageError
from evenfold.runtime.interpreters import Interpreter
from evenfold.suite.contender_checks import require_installed
from evenfold.suite.contenders import SuiteContender, SuiteSpec


def contender(name, environment=None):
    spec = SuiteSpec(name, None, environment)
    suite = Path("perf/test_a.py")
    return SuiteContender(spec, Path(), suite, (), ("pkg",), None, "d", Interpreter(environment))


def check(*uninstalled):
    contenders = [contender("old", "one"), contender("new", "two")]
    answers = [{"benchmarks": [], "versions": {}, "uninstalled": names} for names in uninstalled]
    require_installed(contenders, answers)


def test_an_environment_without_the_package_is_refused():
    with pytest.raises(UsageError, match="new: package pkg is not installed in @two, and the work"):
        check([], ["pkg"])


def test_environments_that_run_the_same_files_are_compared():
    check(["pkg"], ["pkg"])
    check([], [])


def test_the_suites_own_package_is_that_of_the_working_tree():
    check([], ["perf"])
