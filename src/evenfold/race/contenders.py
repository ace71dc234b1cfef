"""Contenders of a race, parsed from ``model[settings]#revision@environment/path`` and resolved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from evenfold.errors import UsageError, did_you_mean
from evenfold.plugins.folders import locate
from evenfold.plugins.sources import read_sources
from evenfold.race.revisions import sources_at_revision
from evenfold.runtime import interpreters as environments
from evenfold.runtime.interpreters import Interpreter
from evenfold.worker.inference import path_names
from evenfold.worker.plugin import canonical_spec
from evenfold.worker.sources import Sources

CONTENDER_SYNTAX = "model[settings]#revision@environment/path"


@dataclass(frozen=True)
class ContenderSpec:
    """The parts of a contender's text; parts that were left out are None.

    ``model`` is in its canonical form, with its settings.
    """

    model: str
    revision: str | None = None
    environment: str | None = None
    path: str | None = None

    def __str__(self) -> str:
        parts = (("#", self.revision), ("@", self.environment), ("/", self.path))
        return self.model + "".join(f"{sign}{part}" for sign, part in parts if part is not None)


@dataclass(frozen=True)
class Contender:
    """A contender that can be raced: a model's sources and the interpreter that runs them.

    Parameters
    ----------
    name
        Its name in tables.
    spec
        The parts of its text.
    sources
        The model's sources, at the contender's revision.
    commit
        The commit that the revision resolves to; None without a revision.
    interpreter
        The Python of its environment.
    delay
        Share that is added to its measured time: 0.05 adds 5 %.
    """

    name: str
    spec: ContenderSpec
    sources: Sources
    commit: str | None
    interpreter: Interpreter
    delay: float = 0.0


def parse_contender(text: str) -> ContenderSpec:
    """Parse a contender.

    Text after a slash is an inference path only if it names one, so branches may have slashes:
    ``conv1d#fix/predict-twice``.

    Raises
    ------
    UsageError
        The text is not a contender.
    """
    match = _contender_pattern().fullmatch(text)
    if match is None:
        meant = did_you_mean(text.rpartition("/")[2], path_names())
        raise UsageError(
            f"{text!r} is not a contender: write {CONTENDER_SYNTAX}, all but the model optional; "
            f"paths are {', '.join(path_names())}{meant}"
        )
    parts = match.group("revision", "environment", "path")
    return ContenderSpec(canonical_spec(match["model"]), *parts)


def name_contenders(texts: Iterable[str]) -> dict[str, ContenderSpec]:
    """Parse contenders and give each a name of its own: ``conv1d``, ``conv1d (2)``.

    Raises
    ------
    UsageError
        A text is not a contender.
    """
    specs: dict[str, ContenderSpec] = {}
    for spec in map(parse_contender, texts):
        name, count = str(spec), 1
        while name in specs:
            count += 1
            name = f"{spec} ({count})"
        specs[name] = spec
    return specs


def resolve_contenders(
    specs: Mapping[str, ContenderSpec],
    files: dict[str, Path],
    interpreters: Mapping[str, Interpreter],
    root: Path,
    folder: Path,
    sources: Mapping[str, Sources] = MappingProxyType({}),
) -> tuple[Contender, ...]:
    """Resolve contenders to sources and interpreters.

    Parameters
    ----------
    specs
        Contenders by name.
    files
        Model files by the model's name.
    interpreters
        Environments by name, beside those that the project at ``root`` has.
    root
        The project's folder.
    folder
        Folder for the files of other revisions.
    sources
        The sources of models that have been read before, by the model's name with its settings,
        and with ``#`` and the commit for those of a revision.

    Raises
    ------
    UsageError
        A model, a revision or an environment does not exist.
    PluginError
        A file cannot be read.
    """
    contenders = []
    for name, spec in specs.items():
        commit = None
        known = sources.get(f"{spec.model}#{spec.revision}")
        if spec.revision is not None and known is not None:
            read, commit = known, spec.revision
        elif spec.revision is not None:
            file = locate(spec.model, files)
            read, commit = sources_at_revision(file, spec.revision, folder)
        else:
            read = sources.get(spec.model) or read_sources(locate(spec.model, files))
        interpreter = interpreters.get(spec.environment or "")
        if interpreter is None:
            interpreter = environments.find_interpreter(spec.environment, root, interpreters)
        contenders.append(Contender(name, spec, read, commit, interpreter))
    return tuple(contenders)


def _contender_pattern() -> re.Pattern[str]:
    # The revision matches as little as possible, so that an environment and a path are found where
    # they can be. Braces belong to a revision: main@{1}.
    paths = "|".join(map(re.escape, path_names()))
    return re.compile(
        r"(?P<model>[^\[\]#@/]*(?:\[[^\[\]]*\])?)(?:#(?P<revision>.+?))?"
        rf"(?:@(?P<environment>[^@/{{}}]+))?(?:/(?P<path>{paths}))?"
    )
