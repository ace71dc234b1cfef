"""Options, fixtures and the end of a bench run: what every suite here shares."""

from __future__ import annotations

import argparse
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from evenfold.config import read_config
from evenfold.errors import EvenfoldError, Skip
from evenfold.worker import plugins
from session import Session

SESSION = pytest.StashKey[Session]()
HELD = pytest.StashKey[ExitStack]()


def pytest_addoption(parser):
    add = parser.getgroup("evenfold", "what is measured, and on what").addoption
    add("--dataset", help="breast_cancer (default), wine, digits, or a .csv or .tsv table")
    add("--target", metavar="COLUMN", help="the table's column of labels")
    add("--positive", metavar="LABEL", help="the label that sensitivity is about")
    add("--group", metavar="COLUMN", help="rows that share a value here are never split")
    folder = "a further folder of models; the files in it are run as code"
    add("--models", metavar="DIR", action="append", default=[], help=folder)
    name = "measure this model alone, as conv1d or conv1d[epochs=100]; repeatable"
    add("--model", metavar="NAME", action="append", default=[], help=name)
    devices = ("cpu", "gpu", "all", "auto")
    add("--device", choices=devices, default="auto", help="auto: the GPU too, if there is one")
    add("--epochs", type=_positive, help="epochs of every network, in place of its own")
    add("--rounds", type=_positive, help="fits a training benchmark, a seed each; 3 by default")
    add("--seed", type=int, default=0, help="the run's seed: each fit's is derived from it")
    add("--threads", type=_positive, help="CPU threads; by default what the framework takes")
    add("--determinism", action="store_true", help="deterministic operations")
    add("--results", metavar="DIR", type=Path, help="where results go, whatever was run")
    add("--machine", metavar="NAME", help="the machine's name in results")


def _positive(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    timed = not config.option.benchmark_disable
    if timed and (hasattr(config, "workerinput") or config.getoption("numprocesses", None)):
        raise pytest.UsageError(
            "timings under pytest-xdist would share the cores: run without -n, "
            "or with --benchmark-disable"
        )
    # Tests of ours take warnings for errors; a framework's own are no failure of a benchmark.
    config.addinivalue_line("filterwarnings", "default")
    config.addinivalue_line("filterwarnings", "ignore::DeprecationWarning")
    # pytest-benchmark's own tables, a line a benchmark, are shown with -v.
    config.option.benchmark_quiet |= config.option.verbose < 1


@contextmanager
def usage_errors(config):
    try:
        yield
    except EvenfoldError as error:
        if config.option.debug:
            raise
        raise pytest.UsageError(str(error)) from error


def pytest_sessionstart(session):
    """Finds the models by file name: to collect, nothing of theirs is imported."""
    config = session.config
    with usage_errors(config):
        own = [*read_config(config.rootpath).models]
        own += [config.invocation_params.dir / folder for folder in config.option.models]
        found = plugins.find([plugins.built_in_folder(), *own])
        specs = [plugins.canonical(spec) for spec in config.option.model] or sorted(found.files)
        for spec in specs:
            plugins.locate(spec, found.files)
    config.stash[SESSION] = Session(config, found.files, list(dict.fromkeys(specs)), bool(own))
    for note in found.notes:
        say(config, note)


def say(config, text):
    config.get_terminal_writer().line(f"evenfold: {text}")


def pytest_generate_tests(metafunc):
    session = metafunc.config.stash[SESSION]
    if "contender" in metafunc.fixturenames:
        metafunc.parametrize("contender", session.specs, indirect=True)
    if "device" in metafunc.fixturenames:
        metafunc.parametrize("device", session.device_kinds, indirect=True)


def pytest_collection_modifyitems(items):
    """Training comes first: inference then uses its models."""
    items.sort(key=lambda item: not item.path.name.startswith("test_training"))


def pytest_collection_finish(session):
    """Opens data and framework before the first test, so that what is wrong is said at once."""
    config = session.config
    if config.option.collectonly or not session.items:
        return
    with usage_errors(config):
        held = config.stash[HELD] = ExitStack()
        config.stash[SESSION].items = session.items
        config.stash[SESSION].open(held, lambda text: say(config, text))


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    with reasons(pyfuncitem.config):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(request):
    with reasons(request.config):
        return (yield)


@contextmanager
def reasons(config):
    """A skip with its reason, and an error of the user's with its message and no traceback."""
    try:
        yield
    except Skip as skip:
        pytest.skip(str(skip))
    except EvenfoldError as error:
        pytest.fail(str(error), pytrace=config.option.debug is not None)


@pytest.fixture(scope="session")
def bench(request):
    return request.config.stash[SESSION]


@pytest.fixture
def contender(request, bench):
    return bench.plugin(request.param)


@pytest.fixture
def device(request, bench):
    if reason := bench.absent[request.param]:
        pytest.skip(reason)
    return request.param


def pytest_benchmark_update_machine_info(config, machine_info):
    """Results name no host."""
    machine_info.pop("node", None)


def pytest_deselected(items):
    if items:
        items[0].config.stash[SESSION].everything = False


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session, exitstatus):
    config = session.config
    if HELD in config.stash:
        with usage_errors(config), config.stash[HELD]:
            config.stash[SESSION].save(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter, config):
    for line in config.stash[SESSION].summary():
        terminalreporter.write_line(line)
