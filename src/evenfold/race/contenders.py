"""Contenders of a race: ``model[settings]#revision@environment/path``, read and resolved."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from evenfold.errors import UsageError
from evenfold.plugins.folders import locate
from evenfold.runtime import interpreters as environments
from evenfold.runtime.interpreters import Interpreter
from evenfold.worker.inference import path_names
from evenfold.worker.plugin import canonical_spec

WRITTEN = "model[settings]#revision@environment/path"


@dataclass(frozen=True)
class Spec:
    """A contender as it was written; ``model`` in its canonical form, what was left out None."""

    model: str
    revision: str | None = None
    environment: str | None = None
    path: str | None = None

    def __str__(self) -> str:
        parts = (("#", self.revision), ("@", self.environment), ("/", self.path))
        return self.model + "".join(f"{sign}{part}" for sign, part in parts if part is not None)


@dataclass(frozen=True)
class Contender:
    """What is raced: a model's file, in an environment.

    ``name`` is what tables say, ``commit`` what the revision was resolved to, ``digest`` the
    SHA-256 of the file, ``delay`` what is added to its time, as a share of it.
    """

    name: str
    spec: Spec
    file: Path
    commit: str | None
    digest: str
    interpreter: Interpreter
    delay: float = 0.0


def parse(text: str) -> Spec:
    """A contender's parts; what follows a slash is a path only if it names one.

    So branches with slashes work: ``conv1d#fix/predict-twice``. Raises UsageError for anything
    that cannot be a contender.
    """
    match = _grammar().fullmatch(text)
    if match is None:
        raise UsageError(
            f"{text!r} is not a contender: write {WRITTEN}, all but the model optional; "
            f"paths are {', '.join(path_names())}"
        )
    return Spec(canonical_spec(match["model"]), *match.group("revision", "environment", "path"))


def named(texts: Iterable[str]) -> dict[str, Spec]:
    """Contenders by name, in their order: as they are written, one written again with ``(2)``."""
    found: dict[str, Spec] = {}
    for spec in map(parse, texts):
        name, count = str(spec), 1
        while name in found:
            count += 1
            name = f"{spec} ({count})"
        found[name] = spec
    return found


def resolve(
    specs: Mapping[str, Spec],
    files: dict[str, Path],
    interpreters: Mapping[str, Interpreter],
    root: Path,
    folder: Path,
) -> tuple[Contender, ...]:
    """The contenders of those names.

    ``files`` are models by name, ``interpreters`` environments by name beside those that are
    found from ``root``. Files at another revision are put into ``folder``. Raises UsageError for
    what is not there.
    """
    found = []
    for name, spec in specs.items():
        file, commit = locate(spec.model, files), None
        if spec.revision is not None:
            file, commit = _at_revision(file, spec.revision, folder)
        where = spec.environment
        interpreter = interpreters.get(where or "") or environments.find(where, root)
        found.append(Contender(name, spec, file, commit, digest(file), interpreter))
    return tuple(found)


def digest(file: Path) -> str:
    """The SHA-256 of a file's content."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _grammar() -> re.Pattern[str]:
    # The revision takes no more than it must, so that an environment and a path are what they can
    # be; braces are a revision's: main@{1}.
    paths = "|".join(map(re.escape, path_names()))
    return re.compile(
        r"(?P<model>[^\[\]#@/]*(?:\[[^\[\]]*\])?)(?:#(?P<revision>.+?))?"
        rf"(?:@(?P<environment>[^@/{{}}]+))?(?:/(?P<path>{paths}))?"
    )


def _at_revision(file: Path, revision: str, folder: Path) -> tuple[Path, str]:
    """A file as it was at a git revision, copied into ``folder``, and the revision's commit."""
    if revision.startswith("-"):
        raise UsageError(f"{revision!r} is not a git revision")
    top = _git(file.parent, "rev-parse", "--show-toplevel")
    if top is None:
        raise UsageError(f"#{revision}: {file} is in no git repository")
    commit = _git(file.parent, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if commit is None:
        raise UsageError(f"#{revision}: no such revision in {top.decode().strip()}")
    name = commit.decode().strip()
    inside = file.resolve().relative_to(Path(top.decode().strip()).resolve()).as_posix()
    content = _git(file.parent, "show", f"{name}:{inside}")
    if content is None:
        raise UsageError(f"#{revision}: there is no {inside} at {name[:12]}")
    copy = folder / name / file.name
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(content)
    return copy, name


def _git(where: Path, *arguments: str) -> bytes | None:
    try:
        done = subprocess.run(["git", "-C", str(where), *arguments], capture_output=True)
    except FileNotFoundError as error:
        raise UsageError("a contender's #revision needs git, which is not installed") from error
    return done.stdout if done.returncode == 0 else None
