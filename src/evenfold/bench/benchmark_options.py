"""Options of pytest-benchmark in a bench run: when it prints, and which cannot apply."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Final

import pytest

# Options that ask pytest-benchmark for its table, by the name of their value, with its defaults.
_REPORTING: Final[dict[str, object]] = {
    "benchmark_compare": [],
    "benchmark_compare_fail": None,
    "benchmark_histogram": [],
    "benchmark_cprofile": None,
    "benchmark_sort": "min",
    "benchmark_group_by": "group",
    "benchmark_columns": None,
    "benchmark_name": "normal",
    "benchmark_time_unit": None,
}
# Options about measured times, which do not exist where nothing is timed.
_OF_TIMES: Final = (
    "benchmark_compare",
    "benchmark_compare_fail",
    "benchmark_histogram",
    "benchmark_save",
    "benchmark_autosave",
    "benchmark_json",
    "benchmark_cprofile",
)


def is_timed(config: pytest.Config) -> bool:
    """Whether benchmarks are timed, and not run once as tests."""
    return bool(config.option.benchmark_enable or not config.option.benchmark_disable)


def uses_xdist(config: pytest.Config) -> bool:
    """Whether pytest-xdist distributes the tests: in its main process or in one of its workers."""
    if hasattr(config, "workerinput"):
        return True
    has_processes = bool(config.getoption("numprocesses", None))
    return has_processes or config.getoption("dist", "no") != "no"


def check_benchmark_options(config: pytest.Config) -> None:
    """Refuse options of pytest-benchmark that cannot apply.

    Raises
    ------
    pytest.UsageError
        Timings would share the cores with other processes, times are compared where nothing is
        timed, a limit is given with nothing to compare with, or a package is missing.
    """
    option = config.option
    if is_timed(config):
        # Some versions of pytest-benchmark time benchmarks that they call disabled by pytest-xdist.
        if uses_xdist(config):
            raise pytest.UsageError(
                "timings under pytest-xdist would share the cores: run without -n, "
                "or with --benchmark-disable"
            )
    elif given := [name for name in _OF_TIMES if getattr(option, name, None)]:
        raise pytest.UsageError(
            f"{_flag(given[0])} is about times, and --benchmark-disable measures none: leave one "
            "of them out"
        )
    if option.benchmark_histogram and find_spec("pygal") is None:
        raise pytest.UsageError(
            "--benchmark-histogram draws with pygal, which is not installed: "
            "pip install 'pytest-benchmark[histogram]'"
        )
    if option.benchmark_compare_fail and not option.benchmark_compare:
        raise pytest.UsageError(
            "--benchmark-compare-fail needs a saved run to compare with: give --benchmark-compare"
        )


def quieten(config: pytest.Config) -> None:
    """Leave out the table of pytest-benchmark, unless an option asks for it or for its content."""
    option = config.option
    asks = any(getattr(option, name, default) != default for name, default in _REPORTING.items())
    option.benchmark_quiet |= option.verbose < 1 and not asks


def print_what_is_saved(config: pytest.Config, was_quiet: bool) -> None:
    """Let pytest-benchmark print the files that it writes, though its table is left out.

    Parameters
    ----------
    config
        The configured session.
    was_quiet
        Whether the user silenced pytest-benchmark.
    """
    session: Any = config._benchmarksession  # type: ignore[attr-defined]
    if not was_quiet and (session.save or session.autosave or session.json):
        from pytest_benchmark.logger import Logger

        session.logger.level = max(session.logger.level, Logger.NORMAL)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
