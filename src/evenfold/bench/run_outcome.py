"""What a finished bench run has measured, and whether that is everything or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from evenfold.bench.benchmark_options import uses_xdist
from evenfold.bench.stash import DESELECTED, NOTES, SESSION

WITHOUT_FAILURE = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
OUTCOMES = ("passed", "failed", "error", "xfailed", "xpassed")


def notes(config: pytest.Config) -> list[str]:
    """Return lines on what was left out."""
    lines: list[str] = config.stash.get(NOTES, [])
    return lines


def measured(config: pytest.Config) -> dict[str, Any] | None:
    """Return the JSON object of pytest-benchmark; None where nothing was measured."""
    session: Any = config._benchmarksession  # type: ignore[attr-defined]
    if not session.benchmarks:
        return None
    # A benchmark whose check failed has no kind, and its time is not valid.
    valid = [entry for entry in session.benchmarks if "kind" in entry.extra_info]
    content: dict[str, Any] = config.hook.pytest_benchmark_generate_json(
        config=config,
        benchmarks=valid,
        include_data=True,
        machine_info=session.get_machine_info(),
        commit_info={},
    )
    return content


def nothing_ran(session: pytest.Session) -> bool:
    """Return whether all tests were skipped, which the main process of pytest-xdist knows."""
    config = session.config
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    if hasattr(config, "workerinput") or reporter is None or config.option.collectonly:
        return False
    if not session.items and not uses_xdist(config):
        return bool(notes(config))
    return bool(reporter.stats.get("skipped")) and not any(map(reporter.stats.get, OUTCOMES))


def runs_everything(session: pytest.Session) -> bool:
    """Return whether all benchmarks of all suites run, with the defaults."""
    config = session.config
    suites = {file.name for item in session.items for file in item.path.parent.glob("test_*.py")}
    words = [str(word) for word in config.invocation_params.args]
    tuned = [w for w in words if w.startswith("--benchmark-") and w != "--benchmark-only"]
    return (
        config.stash[SESSION].options.measures_everything
        and not config.stash.get(DESELECTED, False)
        and not (tuned or config.option.keyword or config.option.markexpr)
        and not any("::" in argument for argument in config.args)
        and {item.path.name for item in session.items} == suites
    )
