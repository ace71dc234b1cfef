"""The path of a bisect: versions of an environment, or revisions of a model, in order."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evenfold.errors import PluginError, UsageError
from evenfold.plugins.folders import locate
from evenfold.race.contenders import ContenderSpec, parse_contender
from evenfold.race.revisions import sources_at_revision
from evenfold.render.media import visible
from evenfold.render.progress import Tell
from evenfold.render.words import counted
from evenfold.runtime.cleanup import scratch
from evenfold.runtime.interpreters import Interpreter, find_interpreter
from evenfold.runtime.version_environments import names_between

RANGE = ".."
COMMIT_DIGITS = 10


@dataclass(frozen=True)
class PathVersion:
    """A version on the path.

    Parameters
    ----------
    name
        Its name: that of the environment, or the first digits of the commit.
    contender
        The model in this version, as a contender.
    note
        The subject of the commit; empty for an environment.
    """

    name: str
    contender: ContenderSpec
    note: str = ""


def version_path(
    first: str, last: str, model: str, via: Sequence[str], installs: bool, root: Path
) -> tuple[PathVersion, ...]:
    """Return a model in all environments from one to another.

    Parameters
    ----------
    first, last
        The names of the environments at both ends.
    model
        The model, with settings and a revision if it has them.
    via
        The environments between; without any, all versions between the ends.
    installs
        Whether versions that no environment exists of may be on the path.
    root
        The folder of the project.

    Raises
    ------
    UsageError
        The model names an environment, or there is nothing between the ends.
    """
    spec = parse_contender(model)
    if spec.environment is not None:
        raise UsageError(f"{model!r} names an environment, and the path is of environments")
    names = (first, *via, last) if via else names_between(first, last)
    if len(set(names)) < len(names):
        raise UsageError(f"an environment is twice on the path {', '.join(names)}")
    if not installs:
        names = tuple(name for name in names if name in (first, last) or _exists(name, root))
    return tuple(PathVersion(name, replace(spec, environment=name)) for name in names)


def revision_path(
    text: str, model: str, files: Mapping[str, Path], tell: Tell
) -> tuple[PathVersion, ...]:
    """Return a model at the revisions of a range at which it changed, both ends of it among them.

    A revision at which the model's file and all files that it imports are as before is left out:
    there is nothing to compare. Merges count as one revision (first parents).

    Parameters
    ----------
    text
        The range: ``main~40..main``.
    model
        The model, with settings and an environment if it has them.
    files
        Model files by the model's name.
    tell
        Called with what is left out.

    Raises
    ------
    UsageError
        The range is none, or the model is not in one of its ends.
    """
    spec = parse_contender(model)
    if spec.revision is not None:
        raise UsageError(f"{model!r} names a revision, and the path is of revisions")
    file = locate(spec.model, dict(files))
    commits = _commits(text, file)
    versions, left_out, digest = [], [], ""
    with scratch() as folder:
        for number, (commit, subject) in enumerate(commits):
            try:
                sources, _ = sources_at_revision(file, commit, folder)
            except (UsageError, PluginError) as error:
                if number in (0, len(commits) - 1):
                    raise
                left_out.append(f"{commit[:COMMIT_DIGITS]} is left out: {error}")
                continue
            if sources.digest != digest:
                name = commit[:COMMIT_DIGITS]
                versions.append(PathVersion(name, replace(spec, revision=commit), visible(subject)))
            digest = sources.digest
    tell(left_out)
    tell([f"{counted(len(versions), 'version')} of {spec.model} in {len(commits)} revisions"])
    return tuple(versions)


def _commits(text: str, file: Path) -> list[tuple[str, str]]:
    """The commits of a range with their subjects, from its start to its end."""
    start, _, end = text.partition(RANGE)
    # With three dots git lists the revisions of both sides, and those are no path.
    if not start or not end or end.startswith(".") or text.startswith("-"):
        raise UsageError(f"{text!r} is not a range of revisions: write FIRST..LAST")
    form = "--format=%H %s"
    log = ("log", "--no-show-signature", form)
    first = _git(file.parent, *log, "-1", f"{start}^{{commit}}", "--")
    rest = _git(file.parent, *log, "--reverse", "--first-parent", text, "--")
    if first is None or rest is None:
        raise UsageError(f"{text!r} is not a range of revisions of {file.parent}")
    # A subject may have other characters that end a line.
    lines = [line for line in f"{first}\n{rest}".split("\n") if line]
    if len(lines) < 2:
        raise UsageError(f"there is no revision in {text}: its end comes after its start")
    pairs = (line.partition(" ") for line in lines)
    return [(commit, subject) for commit, _, subject in pairs]


def _git(folder: Path, *arguments: str) -> str | None:
    """Return git's output; None if the command fails."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True)
    except FileNotFoundError as error:
        raise UsageError("a range of revisions needs git, which is not installed") from error
    return os.fsdecode(done.stdout).strip() if done.returncode == 0 else None


def _exists(name: str, root: Path) -> bool:
    try:
        find_interpreter(name, root)
    except UsageError:
        return False
    return True


def named_environments(texts: Sequence[str], root: Path) -> dict[str, Interpreter]:
    """Return the environments that a user names with their Pythons. Raises UsageError."""
    found = [find_interpreter(text, root) for text in texts]
    return {str(interpreter.name): interpreter for interpreter in found}
