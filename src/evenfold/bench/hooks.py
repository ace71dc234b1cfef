"""The pytest plug-in of a bench run: hooks and fixtures, for a suite's conftest.py to import."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from time import monotonic
from typing import Any

import pytest
from pytest_benchmark.session import PerformanceRegression

from evenfold.bench.benchmark_options import (
    check_benchmark_options,
    is_timed,
    print_what_is_saved,
    quieten,
    uses_xdist,
)
from evenfold.bench.ends import watch_interrupts
from evenfold.bench.inference import Inference
from evenfold.bench.measurements import LATENCY_ROWS
from evenfold.bench.messages import (
    print_message,
    reported_outcomes,
    uncaptured,
    usage_errors,
)
from evenfold.bench.options import add_options, read_options
from evenfold.bench.progress import BenchProgress, training_seconds
from evenfold.bench.run_outcome import (
    WITHOUT_FAILURE,
    measured,
    notes,
    nothing_ran,
    runs_everything,
)
from evenfold.bench.selection import FULL, Selection, of_main_table, parameters, runnable
from evenfold.bench.session import BenchSession
from evenfold.bench.stash import (
    DESELECTED,
    LINE,
    NOTES,
    NOTHING_RAN,
    PROGRESS,
    PYTEST_SESSION,
    SELECTING,
    SESSION,
    SILENCED,
    STACK,
)
from evenfold.bench.summary import summary
from evenfold.plugins.folders import locate
from evenfold.plugins.models import find_models
from evenfold.render.media import for_terminal
from evenfold.render.progress import Line
from evenfold.worker.cores import let_waiting_threads_sleep
from evenfold.worker.plugin import Plugin, canonical_spec

# The 99th percentile needs a hundred samples.
ENOUGH_FOR_PERCENTILES = pytest.mark.benchmark(min_rounds=100, max_time=0.5)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a bench run."""
    add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Refuse options of pytest-benchmark that cannot apply, and leave out its table."""
    check_benchmark_options(config)
    # Our tests turn warnings into errors; those of a framework do not fail a benchmark.
    config.addinivalue_line("filterwarnings", "default")
    config.addinivalue_line("filterwarnings", "ignore::DeprecationWarning")
    config.addinivalue_line("markers", f"{FULL}: a benchmark that only --full runs")
    let_waiting_threads_sleep()
    config.add_cleanup(watch_interrupts())
    config.stash[SILENCED] = config.option.benchmark_quiet
    config.stash[SELECTING] = False
    quieten(config)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Find the models by file name; collection imports none of them."""
    config = session.config
    config.stash[PYTEST_SESSION] = session
    print_what_is_saved(config, config.stash[SILENCED])
    with usage_errors(config):
        options = read_options(config)
        models = find_models(options.folders, config.rootpath)
        specs = [canonical_spec(spec) for spec in options.models] or sorted(models.files)
        for spec in specs:
            locate(spec, models.files)
    unique = list(dict.fromkeys(specs))
    config.stash[SESSION] = BenchSession(options, models.files, unique, config.rootpath)
    for note in models.notes:
        print_message(config, note)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every benchmark on every model and device."""
    session = metafunc.config.stash[SESSION]
    if "contender" in metafunc.fixturenames:
        metafunc.parametrize("contender", session.specs, indirect=True)
    if "device" in metafunc.fixturenames:
        metafunc.parametrize("device", session.device_kinds, indirect=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only --full runs; put training first, so that inference uses its models."""
    config.stash[NOTES] = []
    if config.stash[SESSION].options.full:
        for item in items:
            if parameters(item).get("rows") == LATENCY_ROWS:
                item.add_marker(ENOUGH_FOR_PERCENTILES, append=False)
    else:
        _select(config, items, of_main_table(items))
    items.sort(key=lambda item: not item.path.name.startswith("test_training"))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Open data and framework before the first test, so that their errors come at once."""
    config = session.config
    if config.option.collectonly or not session.items:
        return
    with usage_errors(config):
        stack = config.stash[STACK] = ExitStack()
        timed = is_timed(config)
        run = config.stash[SESSION]
        run.open(stack, lambda text: print_message(config, text), timed)
        print_message(config, run.description)
        # The main process of pytest-xdist knows the items by their numbers.
        if not uses_xdist(config):
            _select(config, session.items, runnable(session.items, run))
    if timed and config.option.verbose == 0:
        _start_progress(config, session.items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Show which benchmark runs, and count its time."""
    stash = item.config.stash
    if PROGRESS not in stash:
        return (yield)
    progress, line = stash[PROGRESS], stash[LINE]
    line.show(progress.line(item.nodeid))
    began = monotonic()

    def advance(finished: int, count: int) -> None:
        nonlocal began
        if finished:
            progress.advance(item.nodeid, finished / count, monotonic() - began)
            began = monotonic()
            with uncaptured(item.config):
                line.show(progress.line(item.nodeid, f", fit {finished + 1} of {count}"))

    stash[SESSION].on_fit = advance
    try:
        return (yield)
    finally:
        progress.advance(item.nodeid, 1.0, monotonic() - began)


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(
    report: pytest.TestReport, config: pytest.Config
) -> tuple[str, str, str] | None:
    """Count outcomes without a letter each: the live line shows what runs."""
    is_shown = PROGRESS in config.stash and report.when == "call"
    return (report.outcome, "", "") if is_shown and not hasattr(report, "wasxfail") else None


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """Report a skip or an error of a benchmark by its message."""
    with reported_outcomes(pyfuncitem.config):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(request: pytest.FixtureRequest) -> Iterator[None]:
    """Report a skip or an error of a fixture by its message."""
    with reported_outcomes(request.config):
        return (yield)


@pytest.fixture(scope="session")
def bench(request: pytest.FixtureRequest) -> BenchSession:
    """Return the run: its data, split and framework."""
    return request.config.stash[SESSION]


@pytest.fixture(scope="session")
def inference(bench: BenchSession) -> Inference:
    """Return the batches and inference paths of the run's models."""
    return Inference(bench)


@pytest.fixture
def contender(request: pytest.FixtureRequest, bench: BenchSession) -> Iterator[Plugin]:
    """Return a loaded model, whose modules are importable during the test."""
    with bench.running(request.param) as plugin:
        yield plugin


@pytest.fixture
def device(request: pytest.FixtureRequest, bench: BenchSession) -> str:
    """Return ``cpu`` or ``gpu``; skip a device that the machine lacks."""
    if reason := bench.absent[request.param]:
        pytest.skip(reason)
    return str(request.param)


def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """Leave the host's name out of results."""
    machine_info.pop("node", None)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Note that some benchmarks do not run."""
    if items and not items[0].config.stash[SELECTING]:
        items[0].config.stash[DESELECTED] = True


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Save what was measured, that of an incomplete run in a folder of its own."""
    config = session.config
    if exitstatus in WITHOUT_FAILURE and nothing_ran(session):
        config.stash[NOTHING_RAN] = True
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED
    if PROGRESS in config.stash:
        config.stash[LINE].close()
        # The summary of failures has the usual words.
        del config.stash[PROGRESS]
    if STACK not in config.stash:
        return
    with usage_errors(config), config.stash[STACK]:
        content = measured(config)
        if content is not None:
            complete = exitstatus == 0 and runs_everything(session)
            if note := config.stash[SESSION].save(content, complete):
                config.stash[NOTES].append(note)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Iterator[None]:
    """Print the tables of the run after what pytest-benchmark prints, also where that fails."""
    try:
        return (yield)
    except PerformanceRegression:  # of --benchmark-compare-fail, which has printed the benchmarks
        config.stash[PYTEST_SESSION].exitstatus = pytest.ExitCode.TESTS_FAILED
    finally:
        for line in summary(config.stash[SESSION], notes(config)):
            terminalreporter.write_line(for_terminal(line))
        if config.stash.get(NOTHING_RAN, False):
            terminalreporter.write_line(
                "evenfold: nothing was measured: every benchmark was left out or skipped; "
                "-rs shows why it was skipped"
            )


def _select(config: pytest.Config, items: list[pytest.Item], selection: Selection) -> None:
    """Run the selection alone, and note what is left out."""
    chosen = set(selection.items)
    config.stash[SELECTING] = True
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    config.stash[SELECTING] = False
    items[:] = selection.items
    config.stash[NOTES] += selection.notes()


def _start_progress(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """Show progress on one line, in place of a letter for each benchmark."""
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    reporter.showfspath = False
    line = config.stash[LINE] = Line(lambda texts: print_message(config, "\n".join(texts)))
    seconds = training_seconds(items, config.stash[SESSION], line)
    config.stash[PROGRESS] = BenchProgress(items, seconds)


# What a conftest.py gets by ``import *``.
__all__ = ["bench", "contender", "device", "inference"]
__all__ += [name for name in globals() if name.startswith("pytest_")]
