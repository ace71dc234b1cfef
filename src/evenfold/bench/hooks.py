"""Options, fixtures and the end of a bench run, for a suite's conftest.py to import."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from evenfold.bench.inference import Inference
from evenfold.bench.session import Session
from evenfold.bench.summary import summary
from evenfold.config import read_config
from evenfold.errors import EvenfoldError, Skip
from evenfold.plugins.folders import built_in_folder, find_plugins, locate
from evenfold.worker.plugin import Plugin, canonical_spec

SESSION = pytest.StashKey[Session]()
HELD = pytest.StashKey[ExitStack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """What is measured, and on what."""
    add = parser.getgroup("evenfold", "what is measured, and on what").addoption
    add("--dataset", help="a name, breast_cancer by default, or a file: .csv, .tsv, .npz, .ts")
    add("--data", metavar="PATH", type=Path, help="the file that a named dataset is made from")
    own = "a folder of datasets; the file of the one that is named is run as code"
    add("--datasets", metavar="DIR", action="append", default=[], type=Path, help=own)
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


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Timings need the cores for themselves."""
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


def pytest_sessionstart(session: pytest.Session) -> None:
    """Finds the models by file name: to collect, nothing of theirs is imported."""
    config = session.config
    with _usage_errors(config):
        further = [config.invocation_params.dir / folder for folder in config.option.models]
        own = read_config(config.rootpath).models
        found = find_plugins([built_in_folder(), *own, *further])
        specs = [canonical_spec(spec) for spec in config.option.model] or sorted(found.files)
        for spec in specs:
            locate(spec, found.files)
    config.stash[SESSION] = Session(config, found.files, list(dict.fromkeys(specs)))
    for note in found.notes:
        _say(config, note)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every model on every device."""
    session = metafunc.config.stash[SESSION]
    if "contender" in metafunc.fixturenames:
        metafunc.parametrize("contender", session.specs, indirect=True)
    if "device" in metafunc.fixturenames:
        metafunc.parametrize("device", session.device_kinds, indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Training comes first: inference then uses its models."""
    items.sort(key=lambda item: not item.path.name.startswith("test_training"))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Opens data and framework before the first test, so that what is wrong is said at once."""
    config = session.config
    if config.option.collectonly or not session.items:
        return
    with _usage_errors(config):
        held = config.stash[HELD] = ExitStack()
        config.stash[SESSION].items = session.items
        config.stash[SESSION].open(held, lambda text: _say(config, text))


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """Of a benchmark."""
    with _reasons(pyfuncitem.config):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(request: pytest.FixtureRequest) -> Iterator[None]:
    """Of what a benchmark is given."""
    with _reasons(request.config):
        return (yield)


@pytest.fixture(scope="session")
def bench(request: pytest.FixtureRequest) -> Session:
    """The run: data, split, framework."""
    return request.config.stash[SESSION]


@pytest.fixture(scope="session")
def inference(bench: Session) -> Inference:
    """Batches and paths of the run's models."""
    return Inference(bench)


@pytest.fixture
def contender(request: pytest.FixtureRequest, bench: Session) -> Plugin:
    """A model, loaded."""
    return bench.plugin(request.param)


@pytest.fixture
def device(request: pytest.FixtureRequest, bench: Session) -> str:
    """``cpu`` or ``gpu``; one that is not there is skipped."""
    if reason := bench.absent[request.param]:
        pytest.skip(reason)
    return str(request.param)


def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """Results name no host."""
    machine_info.pop("node", None)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """A run without all benchmarks is no whole one."""
    if items:
        items[0].config.stash[SESSION].everything = False


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Saves what was measured."""
    config = session.config
    if HELD in config.stash:
        with _usage_errors(config), config.stash[HELD]:
            config.stash[SESSION].save(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Ends in one table."""
    for line in summary(config.stash[SESSION]):
        terminalreporter.write_line(line)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


@contextmanager
def _usage_errors(config: pytest.Config) -> Iterator[None]:
    try:
        yield
    except EvenfoldError as error:
        if config.option.debug:
            raise
        raise pytest.UsageError(str(error)) from error


@contextmanager
def _reasons(config: pytest.Config) -> Iterator[None]:
    # A skip with its reason, and an error of the user's with its message and no traceback.
    try:
        yield
    except Skip as skip:
        pytest.skip(str(skip))
    except EvenfoldError as error:
        pytest.fail(str(error), pytrace=config.option.debug is not None)


def _say(config: pytest.Config, text: str) -> None:
    config.get_terminal_writer().line(f"evenfold: {text}")


# What a conftest.py takes by ``import *``.
__all__ = ["bench", "contender", "device", "inference"]
__all__ += [name for name in globals() if name.startswith("pytest_")]
