"""Requests for races: contenders and data, settings, and where the race is saved."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from evenfold.data.datasets import Dataset
from evenfold.errors import UsageError
from evenfold.plugins.datasets import open_dataset
from evenfold.plugins.models import find_models
from evenfold.race.budget import default_budget
from evenfold.race.contenders import ContenderSpec, name_contenders, parse_contender
from evenfold.race.files import find_race, read_race
from evenfold.race.options import SEED_LIMIT, RaceOptions
from evenfold.race.record import Race
from evenfold.race.settings import RaceSettings
from evenfold.render.progress import Tell
from evenfold.runtime import interpreters as environments
from evenfold.runtime.interpreters import Interpreter
from evenfold.worker.sources import Sources

LONGEST_NAME = 80


@dataclass(frozen=True)
class RaceRequest:
    """A race that can be prepared.

    Parameters
    ----------
    contenders
        Contenders by name, the first of them the reference.
    dataset
        The data.
    files
        Model files by the model's name.
    root
        The project's folder.
    settings
        What is measured, and for how long.
    timeout
        Seconds that a worker may take for an answer.
    results
        Folder below which the race is saved; None for one by time in ``.evenfold/runs``.
    name
        Name of the race; None for one made from its contenders.
    interpreters
        Environments by name, beside those of the project.
    delays
        Shares that are added to contenders' times, by name.
    sources
        Sources of models that are read already, by name with settings; others are read when the
        race is prepared.
    has_budget
        Whether the user gave the budget: without one, it may be longer.
    """

    contenders: Mapping[str, ContenderSpec]
    dataset: Dataset
    files: dict[str, Path]
    root: Path
    settings: RaceSettings
    timeout: float = RaceOptions.timeout
    results: Path | None = None
    name: str | None = None
    interpreters: Mapping[str, Interpreter] = field(default_factory=dict)
    delays: Mapping[str, float] = field(default_factory=dict)
    sources: Mapping[str, Sources] = field(default_factory=dict)
    has_budget: bool = True

    @property
    def result_folders(self) -> list[Path]:
        """Folders in which saved races are looked for."""
        folders = [] if self.results is None else [self.results]
        return [*folders, self.root / "results", self.root / ".evenfold" / "runs"]


def race_request(
    contenders: Sequence[str], options: RaceOptions, root: Path, message: Tell
) -> tuple[RaceRequest, Path | None]:
    """Make a request from options, and find the file of the race that it continues, if any.

    Parameters
    ----------
    contenders
        Contenders as a user writes them; none for a race that is continued.
    options
        The options.
    root
        The project's folder.
    message
        Called with notes about model files and data.

    Raises
    ------
    UsageError
        A contender, a model or an environment does not exist, or options do not go together.
    ResultsError
        The race to continue does not exist or cannot be read.
    DataError, PluginError
        The data are bad.
    """
    request = _new_request(contenders, options, root, message)
    if options.continued is None:
        if len(contenders) < 2:
            raise UsageError("name at least two contenders; the same one twice is a test of a race")
        _require_used(request)
        return request, None
    if contenders:
        raise UsageError("the contenders come from the saved race: name none with --continue")
    file = find_race(str(options.continued), request.result_folders)
    continued = _continued(read_race(file), request, options.budget)
    _require_used(continued)
    return continued, file


def race_name(contenders: Sequence[str], settings: RaceSettings) -> str:
    """Return the name of a race that is given none: it can be a file's name."""
    first, *others = (re.sub(r"\W+", "-", name).strip("-") for name in contenders)
    rest = others[0] if len(others) == 1 else f"{len(others)}-others"
    measure, clock = settings.measure, settings.clock
    suffix = measure if clock == "wall" else f"{measure}-{clock}"
    return f"{first[:LONGEST_NAME]}-vs-{rest[:LONGEST_NAME]}-{suffix}"


def _new_request(
    contenders: Sequence[str], options: RaceOptions, root: Path, message: Tell
) -> RaceRequest:
    models = find_models(options.folders, root)
    message(models.notes)
    interpreters = [environments.find_interpreter(spec, root) for spec in options.environments]
    specs = name_contenders(contenders)
    settings = options.settings(specs, seed=secrets.randbelow(SEED_LIMIT))
    dataset = open_dataset(options.data, root)
    message(dataset.notes)
    return RaceRequest(
        contenders=specs,
        dataset=dataset,
        files=models.files,
        root=root,
        settings=settings,
        timeout=options.timeout,
        results=options.results,
        name=options.name,
        interpreters={str(interpreter.name): interpreter for interpreter in interpreters},
        sources=options.sources,
        has_budget=options.budget is not None,
    )


def _require_used(request: RaceRequest) -> None:
    """Refuse an environment that no contender names. Raises UsageError."""
    used = {spec.environment for spec in request.contenders.values()}
    unused = [name for name in request.interpreters if name not in used]
    if unused:
        raise UsageError(
            f"--env {unused[0]} cannot apply: no contender names @{unused[0]}; write it after a "
            f"model, as in {next(iter(request.contenders.values())).model}@{unused[0]}"
        )


def _continued(race: Race, request: RaceRequest, budget: float | None) -> RaceRequest:
    """Return a request for more launches of a race, with a further budget."""
    contenders = {
        contender.name: replace(parse_contender(contender.spec), revision=contender.commit)
        for contender in race.contenders
    }
    further = budget or default_budget(race.settings.measure, len(contenders))
    return replace(
        request,
        contenders=contenders,
        settings=replace(race.settings, budget=further),
        name=race.name,
        delays={contender.name: contender.delay for contender in race.contenders},
    )
