"""A session of pytest that runs one benchmark at a time, as the harness asks for it."""

from __future__ import annotations

import gc
import hashlib
import inspect
import os
import sys
from importlib import metadata
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

from evenfold.worker import cores
from evenfold.worker.calibration import CPU, calibrate
from evenfold.worker.cpu_time import children_seconds
from evenfold.worker.error_text import describe_error, shorten
from evenfold.worker.protocol import Clock, Failed
from evenfold.worker.suite_imports import InstalledFinder, foreign_package
from evenfold.worker.suite_protocol import CollectMessage, SuiteAnswer, SuiteMessage
from evenfold.worker.suite_samples import BenchmarkStandIn, CallSampler

FIXTURE = "benchmark"
CODE = 3  # the exit code of a test that failed
# A user's own options could spread the tests over processes, or measure their coverage.
OPTIONS = ("--override-ini=addopts=", "--capture=sys", "-p", "no:cacheprovider", "-q")
# During a sample: the system reports the CPU time of other processes in steps of 0.01 s.
MOST_CHILDREN_SECONDS = 0.015


class SuiteSession:
    """The benchmarks of a suite in this process.

    Parameters
    ----------
    receive
        Waits for the next message.
    reply
        Answers the message that was received last.
    """

    def __init__(
        self, receive: Callable[[], SuiteMessage], reply: Callable[[Mapping[str, Any]], None]
    ) -> None:
        """Collect nothing yet."""
        self._receive = receive
        self._reply = reply
        self._is_answered = False
        self.clock: Clock = "wall"
        self.errors: list[str] = []
        self.finder: InstalledFinder | None = None
        self.outcome: SuiteAnswer | None = None
        self.item: Any = None

    def run(self, message: CollectMessage) -> None:
        """Collect the suite and answer messages about it; returns if it cannot be collected."""
        try:
            import pytest
        except ImportError:
            self.reply(failed(f"pytest is not installed in {sys.executable}: install it there"))
            return
        self.message, self.clock = message, message["clock"]
        os.environ.pop("PYTEST_ADDOPTS", None)
        if not message["paths"]:
            self.finder = InstalledFinder(message["packages"])
            sys.meta_path.insert(0, self.finder)
        os.chdir(message["root"])
        sys.path[:0] = message["paths"]
        arguments = [message["suite"], f"--rootdir={message['root']}", *OPTIONS]
        try:
            code = int(pytest.main(arguments, plugins=[make_plugin(self)]))
        except BaseException as error:  # a conftest.py may do anything
            self.errors.append(describe_error(error))
            code = 1
        if not self._is_answered:
            self._refuse("\n".join(self.errors) or f"pytest ended with code {code}")

    def serve(self, tests: Sequence[Any]) -> None:
        """Answer with the benchmarks among these tests, and run those that are asked for."""
        message, finder = self.message, self.finder
        problem = "\n".join(self.errors) or (not finder and foreign_package(message))
        if problem:
            self._refuse(problem)
            return
        suite = Path(self.message["suite"])
        items = {benchmark_name(item.nodeid, suite): item for item in tests if is_benchmark(item)}
        benchmarks = [{"name": name, "digest": digest(item)} for name, item in items.items()]
        versions = installed_packages() if message["describe"] else {}
        uninstalled = finder and finder.uninstalled(message["packages"], Path(message["root"]))
        # These objects stay: later collections need not scan all modules of a project.
        gc.collect()
        gc.freeze()
        self.reply(
            {"benchmarks": benchmarks, "versions": versions, "uninstalled": uninstalled or []}
        )
        while True:
            order = self.receive()
            if order["do"] == "pin":
                cores.pin(order["cores"])
                self.reply({})
            elif order["do"] == "open":
                following = order["following"]
                self._run_item(items[order["name"]], following and items[following])
            elif order["do"] == "close":
                self.reply(self.outcome or {})
            else:
                self.reply(failed("no benchmark is open"))

    def sample_calls(self, sampler: CallSampler) -> None:
        """Answer messages about a benchmark until it is closed; its test waits meanwhile."""
        self.reply({})
        while True:
            message = self.receive()
            if message["do"] == "close":
                return
            try:
                self.reply(self._sampled(sampler, message))
            except BaseException as error:
                self.outcome = failed(describe_error(error))
                self.reply(self.outcome)
                raise

    def note_report(self, report: Any) -> None:
        """Keep the first failure or skip of the test that runs."""
        if self.outcome is not None:
            return
        if report.failed:
            self.outcome = failed(crash_line(report))
        elif report.skipped:
            reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else "xfail"
            self.outcome = {"skip": str(reason).replace("Skipped: ", "", 1)}

    def receive(self) -> SuiteMessage:
        """Wait for the next message."""
        message = self._receive()
        self._is_answered = False
        return message

    def reply(self, answer: Mapping[str, Any]) -> None:
        """Answer the message that was received last."""
        self._is_answered = True
        self._reply(answer)

    def _sampled(self, sampler: CallSampler, message: SuiteMessage) -> SuiteAnswer:
        if message["do"] == "pin":
            cores.pin(message["cores"])
            return {}
        gc.collect()
        if message["do"] == "calibrate":
            return {"repeats": calibrate(sampler, message["seconds"])}
        if message["do"] != "sample":
            return failed(f"an open benchmark cannot {message['do']}")
        before = children_seconds() if self.clock == CPU else None
        sample = sampler.take(message["repeats"])
        if before is not None and children_seconds() - before > MOST_CHILDREN_SECONDS:
            raise RuntimeError(
                "it computes in other processes, whose CPU time is not its own: race it by wall "
                "time"
            )
        return {"nanoseconds": sample.nanoseconds, "units": sample.units}

    def _run_item(self, item: Any, following: Any) -> None:
        """Run a test, whose benchmark answers meanwhile; answer what it has left open."""
        self.outcome, self.item = None, item
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        is_opened, self.item = self.item is None, None
        if not self._is_answered:
            unused: SuiteAnswer = {} if is_opened else failed("its test never calls benchmark")
            self.reply(self.outcome or unused)

    def _refuse(self, problem: str) -> None:
        self.reply(failed(shorten(f"the suite cannot be collected: {problem}")))

    def open(self, sampler: CallSampler) -> None:
        """Sample the calls of the test that runs."""
        self.item = None
        self.sample_calls(sampler)


def make_plugin(session: SuiteSession) -> object:
    """Return a plug-in of pytest that hands tests and their benchmarks to a session."""
    import pytest

    class Plugin:
        @pytest.fixture
        def benchmark(self) -> BenchmarkStandIn:
            return BenchmarkStandIn(session.open, session.clock)

        def pytest_configure(self, config: Any) -> None:
            config.addinivalue_line("markers", f"{FIXTURE}: a benchmark")

        def pytest_collectreport(self, report: Any) -> None:
            if report.failed:
                session.errors.append(shorten(str(report.longrepr)))

        def pytest_internalerror(self, excrepr: Any) -> None:
            session.errors.append(shorten(str(excrepr)))

        def pytest_collection_modifyitems(self, config: Any, items: Sequence[Any]) -> None:
            # A test waits while others are sampled: a limit by pytest-timeout would end it.
            if config.pluginmanager.hasplugin("timeout"):
                for item in items:
                    item.add_marker(pytest.mark.timeout(0), append=False)

        @pytest.hookimpl(tryfirst=True)
        def pytest_runtestloop(self, session: Any) -> bool:
            self.serve(session.items)
            return True

        @pytest.hookimpl(tryfirst=True)
        def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Any:
            # That of pytest-benchmark or another plug-in; not a fixture that extends it.
            if fixturedef.argname != FIXTURE or FIXTURE in fixturedef.argnames:
                return None
            value = BenchmarkStandIn(session.open, session.clock)
            fixturedef.cached_result = (value, fixturedef.cache_key(request), None)
            return value

        @pytest.hookimpl(tryfirst=True)
        def pytest_pyfunc_call(self, pyfuncitem: Any) -> bool | None:
            if FIXTURE in pyfuncitem.fixturenames:
                return None
            names = pyfuncitem._fixtureinfo.argnames
            arguments = {name: pyfuncitem.funcargs[name] for name in names}
            BenchmarkStandIn(session.open, session.clock)(pyfuncitem.obj, **arguments)
            return True

        @pytest.hookimpl(hookwrapper=True, tryfirst=True)
        def pytest_runtest_makereport(self, item: Any, call: Any) -> Any:
            # pytest-benchmark refuses a fixture of another type here.
            values = getattr(item, "funcargs", {})
            value = values.pop(FIXTURE, None)
            yield
            if value is not None:
                values[FIXTURE] = value

        def pytest_runtest_logreport(self, report: Any) -> None:
            session.note_report(report)

        serve = staticmethod(session.serve)

    return Plugin()


def is_benchmark(item: Any) -> bool:
    """Whether a test has the fixture, or is marked to be a benchmark as a whole."""
    fixtures = getattr(item, "fixturenames", ())
    return FIXTURE in fixtures or (
        hasattr(item, "_fixtureinfo") and item.get_closest_marker(FIXTURE) is not None
    )


def benchmark_name(node: str, suite: Path) -> str:
    """Return a test's name in its suite: ``test_f[1]``, or ``test_a.py::test_f[1]`` in a folder."""
    file, _, name = node.partition("::")
    inner = Path(file).as_posix()
    if inner == suite.as_posix() or not name:
        return name or inner
    with_folder = suite.as_posix() + "/"
    return f"{inner[len(with_folder) :] if inner.startswith(with_folder) else inner}::{name}"


def digest(item: Any) -> str:
    """Return the SHA-256 of the source of a test's function; empty if there is none."""
    function = getattr(item, "function", None)
    if function is None:
        return ""
    try:
        source = inspect.getsource(inspect.unwrap(function))
    except (OSError, TypeError):
        return ""
    return hashlib.sha256(source.encode()).hexdigest()


def installed_packages() -> dict[str, str]:
    """Return the versions of all packages of this environment."""
    found = ((one.metadata["Name"], one.version) for one in metadata.distributions())
    return {str(name): str(version) for name, version in found if name}


def crash_line(report: Any) -> str:
    """Return where a test failed, and with what."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is None:
        return shorten(str(report.longrepr))
    return shorten(f"{Path(crash.path).name}, line {crash.lineno}: {crash.message}")


def failed(reason: str) -> Failed:
    """Return the answer of a test that failed."""
    return {"failed": reason, "code": CODE}
