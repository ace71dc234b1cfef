"""Races of suites that are run or continued, and the files that they are saved in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from time import monotonic

from evenfold.errors import ResultsError, UsageError
from evenfold.race.budget import TimeBudget
from evenfold.race.options import RaceOptions
from evenfold.runtime import environment
from evenfold.runtime.bytecode import bytecode_folder, remove_bytecode
from evenfold.runtime.cleanup import scratch
from evenfold.runtime.interpreters import Interpreter
from evenfold.runtime.lock import timing_lock
from evenfold.runtime.results_folder import require_writable, results_base
from evenfold.runtime.staging import stage
from evenfold.runtime.worker_process import SECONDS_TO_START, WorkerProcess
from evenfold.stats.race_looks import FEWEST_LAUNCHES
from evenfold.suite.contender_checks import require_same_environment
from evenfold.suite.contenders import SuiteContender, resolve_suite_contenders
from evenfold.suite.files import SUITE_FILE
from evenfold.suite.launch import SuiteConfig
from evenfold.suite.record import SuiteContenderRecord, SuiteRace
from evenfold.suite.request import SuiteRequest, suite_request
from evenfold.suite.runner import SuiteMonitor, SuiteRunner
from evenfold.worker.cores import available_cores


@dataclass(frozen=True)
class FinishedSuite:
    """A race of a suite that has been run, and the file that it is saved in."""

    race: SuiteRace
    file: Path


def run_suite(
    contenders: Sequence[str], suite: Path, options: RaceOptions, monitor: SuiteMonitor
) -> FinishedSuite:
    """Run or continue a race of a suite in the project of the working directory.

    Parameters
    ----------
    contenders
        Contenders as a user writes them; none for a race that is continued.
    suite
        The suite's file or folder.
    options
        The options.
    monitor
        Called while the race runs.

    Raises
    ------
    UsageError
        The contenders cannot be raced, or the race that is continued is decided or of other code.
    WorkerError
        A worker fails; whole launches are saved.
    ResultsError
        The race cannot be read or saved.
    """
    request, file = suite_request(contenders, suite, options, Path.cwd())
    if file is not None:
        _read_undecided(file)
    require_writable((request.results or request.root) if file is None else file.parent)
    with (
        timing_lock(monitor.message, request.settings.budget),
        _prepared(request) as (config, resolved),
    ):
        race = _new_race(request, config, resolved)
        if file is None:
            file = _new_file(request, race)
        else:
            # Another run may have added launches while this one waited for the lock.
            before = _read_undecided(file)
            _require_same_code(before, race)
            budget = before.settings.budget + request.settings.budget
            race = replace(before, settings=replace(before.settings, budget=budget))
        time = TimeBudget(monotonic(), request.settings.budget)
        runner = SuiteRunner(race, config, resolved, time, request.has_budget, monitor)
        return FinishedSuite(runner.run(file), file)


def _read_undecided(file: Path) -> SuiteRace:
    """Read the race that is continued. Raises UsageError if it is decided."""
    race = SUITE_FILE.read(file)
    if race.is_decided:
        raise UsageError(f"every verdict of {file} is decided: there is nothing to continue")
    return race


@contextmanager
def _prepared(request: SuiteRequest) -> Iterator[tuple[SuiteConfig, tuple[SuiteContender, ...]]]:
    """Resolve the contenders in a folder that is removed after the race. Raises UsageError."""
    settings = request.settings
    if settings.clock == "cpu" and (settings.threads > 1 or not available_cores()):
        raise UsageError("CPU time is raced on one core that processes can be kept on: use wall")
    with scratch() as folder:
        config = SuiteConfig(
            clock=settings.clock,
            threads=settings.threads,
            timeout=request.timeout,
            staged=stage(folder / "worker", "suite_serve"),
            bytecode=bytecode_folder(),
        )
        contenders = resolve_suite_contenders(
            request.contenders, Path(settings.suite), request.root, folder, request.interpreters
        )
        try:
            yield config, contenders
        finally:
            remove_bytecode(config.bytecode, folder)


def _new_race(
    request: SuiteRequest, config: SuiteConfig, contenders: Sequence[SuiteContender]
) -> SuiteRace:
    """Return the race before its first launch."""
    records = tuple(
        SuiteContenderRecord(
            name=contender.name,
            spec=str(contender.spec),
            commit=contender.commit,
            digest=contender.digest,
            environment=_environment(request, config, contender.interpreter).to_json(),
        )
        for contender in contenders
    )
    return SuiteRace(
        name=request.name,
        machine=environment.current_machine(),
        settings=request.settings,
        planned=FEWEST_LAUNCHES,
        judged=(),
        contenders=records,
    )


def _new_file(request: SuiteRequest, race: SuiteRace) -> Path:
    base = results_base(request.root, request.results, False, datetime.now())
    file = base / race.machine / "suites" / f"{race.name}.json"
    if file.exists():
        raise ResultsError(
            f"{file} already exists: give another --name, or continue it with --continue"
        )
    return file


def _environment(
    request: SuiteRequest, config: SuiteConfig, interpreter: Interpreter
) -> environment.Environment:
    timeout = min(SECONDS_TO_START, request.timeout)
    process = WorkerProcess(interpreter.python, config.staged, interpreter.variables(defaults={}))
    try:
        info = process.greet(1, False, timeout)
    finally:
        process.stop()
    return environment.current_environment(
        None,
        threads=request.settings.threads,
        flags=dict(interpreter.flags),
        root=request.root,
        name=interpreter.name or f"python{info['python']}",
        python=info["python"],
        versions=info["versions"],
    )


def _require_same_code(before: SuiteRace, now: SuiteRace) -> None:
    """Raise UsageError with what differs, if launches cannot be added."""
    if before.machine != now.machine:
        raise UsageError(f"the race is of {before.machine}, this is {now.machine}: start another")
    for old, new in zip(before.contenders, now.contenders, strict=True):
        if old.digest != new.digest:
            raise UsageError(f"{old.name}: its code has changed since the race: start another race")
        # The first launch compares the versions of packages, which it collects.
        versions = {"versions": old.environment["versions"]}
        require_same_environment(old, {**new.environment, **versions})
