"""Requests for races of suites: contenders, settings, and where the race is saved."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from evenfold.errors import UsageError
from evenfold.option_checks import refuse_given
from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.race.options import DEFAULT_THREADS, SEED_LIMIT, RaceOptions
from evenfold.race.settings import prepares_ahead
from evenfold.runtime.interpreters import Interpreter, find_interpreter
from evenfold.stats.race_ratios import MARGIN
from evenfold.suite.budget import suite_budget
from evenfold.suite.contenders import SuiteSpec, parse_suite_contender, parse_suite_contenders
from evenfold.suite.files import SUITE_FILE, find_suite_race
from evenfold.suite.record import SuiteSettings

LONGEST_PART = 80


@dataclass(frozen=True)
class SuiteRequest:
    """A race of a suite that can be prepared.

    Parameters
    ----------
    contenders
        Contenders by name, the first of them the reference.
    settings
        What is measured, and for how long.
    root
        The project's folder.
    name
        Name of the race.
    has_budget
        Whether the user gave the budget: without one, it may be longer.
    timeout
        Seconds that a worker may take for an answer.
    results
        Folder below which the race is saved; None for one by time in ``.evenfold/runs``.
    interpreters
        Environments by name, beside those of the project.
    """

    contenders: Mapping[str, SuiteSpec]
    settings: SuiteSettings
    root: Path
    name: str
    has_budget: bool = False
    timeout: float = RaceOptions.timeout
    results: Path | None = None
    interpreters: Mapping[str, Interpreter] = field(default_factory=dict)


def suite_request(
    contenders: Sequence[str], suite: Path, options: RaceOptions, root: Path
) -> tuple[SuiteRequest, Path | None]:
    """Make a request from options, and find the file of the race that it continues, if any.

    Parameters
    ----------
    contenders
        Contenders as a user writes them; none for a race that is continued.
    suite
        The suite's file or folder.
    options
        The options, of which those of models must not be given.
    root
        The project's folder.

    Raises
    ------
    UsageError
        A contender, an environment or the suite does not exist, or options do not go together.
    ResultsError
        The race to continue does not exist or cannot be read.
    """
    _refuse_options_of_models(options)
    relative = _relative(suite, root)
    if options.continued is None:
        specs = parse_suite_contenders(contenders)
        settings = _settings(relative, options, len(specs))
        name, file = options.name or _race_name(relative, list(specs), settings), None
    else:
        if contenders:
            raise UsageError("the contenders come from the saved race: name none with --continue")
        folders = [root / "results", root / ".evenfold" / "runs"]
        given = [] if options.results is None else [options.results]
        file = find_suite_race(options.continued, [*given, *folders])
        saved = SUITE_FILE.read(file)
        if saved.settings.suite != relative.as_posix():
            raise UsageError(f"{file} is a race of {saved.settings.suite}: give that to --suite")
        specs = {one.name: _as_raced(one.spec, one.commit) for one in saved.contenders}
        budget = suite_budget(options.budget, len(specs))
        settings, name = replace(saved.settings, budget=budget), saved.name
    interpreters = [find_interpreter(spec, root) for spec in options.environments]
    _require_named(specs, interpreters)
    request = SuiteRequest(
        contenders=specs,
        settings=settings,
        root=root,
        name=name,
        has_budget=options.budget is not None,
        timeout=options.timeout,
        results=options.results,
        interpreters={str(interpreter.name): interpreter for interpreter in interpreters},
    )
    return request, file


def _refuse_options_of_models(options: RaceOptions) -> None:
    refuse_given(
        {
            "measure": options.measure,
            "rows": options.rows,
            "models": options.folders or None,
            "dataset": None if options.data == DatasetOptions() else options.data,
        },
        "--suite races the benchmarks of a suite, not models; leave it out",
    )


def _relative(suite: Path, root: Path) -> Path:
    """Return the suite's path in the project. Raises UsageError if it is elsewhere."""
    path = (root / suite).resolve()
    if root.resolve() not in path.parents:
        raise UsageError(f"--suite {suite}: it is not in {root}: run evenfold in the project")
    return path.relative_to(root.resolve())


def _settings(suite: Path, options: RaceOptions, contenders: int) -> SuiteSettings:
    return SuiteSettings(
        suite=suite.as_posix(),
        margin=MARGIN if options.margin is None else options.margin,
        threads=options.threads or DEFAULT_THREADS,
        seed=secrets.randbelow(SEED_LIMIT) if options.seed is None else options.seed,
        budget=suite_budget(options.budget, contenders),
        clock=options.clock or "wall",
        ahead=prepares_ahead(options.clock or "wall"),
    )


def _as_raced(spec: str, commit: str | None) -> SuiteSpec:
    """Return a contender with its commit in place of its revision."""
    return replace(parse_suite_contender(spec), revision=commit)


def _race_name(suite: Path, contenders: Sequence[str], settings: SuiteSettings) -> str:
    first, *others = contenders
    rest = others[0] if len(others) == 1 else f"{len(others)}-others"
    stem = re.sub(r"\W+", "-", suite.stem).strip("-")[:LONGEST_PART]
    suffix = "" if settings.clock == "wall" else f"-{settings.clock}"
    return f"{stem}-{first[:LONGEST_PART]}-vs-{rest[:LONGEST_PART]}{suffix}"


def _require_named(specs: Mapping[str, SuiteSpec], interpreters: Sequence[Interpreter]) -> None:
    used = {spec.environment for spec in specs.values()}
    unused = [str(one.name) for one in interpreters if one.name not in used]
    if unused:
        raise UsageError(f"--env {unused[0]} cannot apply: no contender names @{unused[0]}")
