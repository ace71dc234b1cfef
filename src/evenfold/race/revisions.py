"""Models at a git revision: their sources, and the files beside them, as they were then."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from evenfold.errors import UsageError, did_you_mean
from evenfold.plugins.lookup import Relocation
from evenfold.plugins.sources import read_sources
from evenfold.worker.sources import Sources

# Everywhere in the repository; of the model's own folder, all files.
EVERYWHERE = (":(top,glob)**/*.py", ":(top,glob)**/pyproject.toml")


def sources_at_revision(
    file: Path, revision: str, folder: Path, also: Iterable[str] = ()
) -> tuple[Sources, str]:
    """Read a model as it was at a revision, with the modules that it imported then.

    Parameters
    ----------
    file
        The model's file, in a git repository.
    revision
        A commit, branch or tag.
    folder
        A folder for files of the revision: all Python files of the repository, and all files of the
        model's folder.
    also
        Further files and folders to write, by their paths in the repository, if the revision has
        them.

    Returns
    -------
    Sources
        The sources, in that folder.
    str
        The commit that the revision resolves to.

    Raises
    ------
    UsageError
        There is no such revision, or the model is not in it.
    PluginError
        A file cannot be read.
    """
    top, commit = _resolve(file, file.parent, revision)
    relocation = Relocation(top, (folder / commit).resolve())
    path = file.resolve().relative_to(relocation.old).as_posix()
    if not _has(file.parent, commit, path):
        raise UsageError(f"#{revision}: there is no {path} at {commit[:12]}")
    if not (relocation.new / path).exists():
        known = [name for name in also if name == "." or _has(relocation.old, commit, name)]
        _extract(relocation, commit, [Path(path).parent.as_posix(), *known])
    return read_sources(relocation.new / path, relocation), commit


def tree_at_revision(project: Path, revision: str, folder: Path) -> tuple[Path, str]:
    """Write all files of a project as they were at a revision.

    Parameters
    ----------
    project
        The project's folder: that of a git repository, or one in it.
    revision
        A commit, branch or tag.
    folder
        A folder for files of revisions.

    Returns
    -------
    Path
        The project's folder at that revision.
    str
        The commit that the revision resolves to.

    Raises
    ------
    UsageError
        There is no such revision, or git fails.
    """
    top, commit = _resolve(project, project, revision)
    tree = (folder / commit).resolve()
    if not tree.exists():
        _check_out(Relocation(top, tree), commit, ["."])
    return tree / project.resolve().relative_to(top), commit


def _resolve(what: Path, folder: Path, revision: str) -> tuple[Path, str]:
    """Return the repository's folder and the commit of a revision. Raises UsageError."""
    if revision.startswith("-"):
        raise UsageError(f"{revision!r} is not a git revision")
    top = git_output(folder, "rev-parse", "--show-toplevel")
    if top is None:
        raise UsageError(f"#{revision}: {what} is in no git repository")
    commit = git_output(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if commit is None:
        names = git_output(folder, "for-each-ref", "--format=%(refname:short)") or ""
        raise UsageError(
            f"#{revision}: no such revision in {top}{did_you_mean(revision, names.split())}"
        )
    return Path(top).resolve(), commit


def _has(repository: Path, commit: str, path: str) -> bool:
    return git_output(repository, "cat-file", "-e", f"{commit}:{path}") is not None


def _extract(relocation: Relocation, commit: str, names: Sequence[str]) -> None:
    """Write files of a commit, as a checkout does, and leave the repository as it is.

    Raises
    ------
    UsageError
        Git fails.
    """
    paths = EVERYWHERE if _has_project(relocation.old, commit) else EVERYWHERE[:1]
    own = [":/" if name == "." else f":(top,literal){name}" for name in names]
    _check_out(relocation, commit, [*paths, *own])


def _check_out(relocation: Relocation, commit: str, paths: Sequence[str]) -> None:
    relocation.new.mkdir(parents=True, exist_ok=True)
    index = relocation.new.parent / f"{relocation.new.name}.index"
    settings = ["-c", "core.hooksPath=/dev/null", "-c", "core.sparseCheckout=false"]
    command = [*settings, f"--work-tree={relocation.new}", "checkout", "--quiet", commit]
    if git_output(relocation.old, *command, "--", *paths, index=index) is None:
        raise UsageError(f"git cannot read the files of {commit[:12]} in {relocation.old}")


def _has_project(repository: Path, commit: str) -> bool:
    """Whether a commit has a pyproject.toml: git refuses a pattern without a file."""
    listed = git_output(repository, "ls-tree", "-r", "--name-only", "-z", commit) or ""
    return any(Path(name).name == "pyproject.toml" for name in listed.split("\0"))


def git_output(folder: Path, *arguments: str, index: Path | None = None) -> str | None:
    """Return git's output; None if the command fails.

    Parameters
    ----------
    folder
        Where git runs; one that is gone stands for the folder that it was in.
    arguments
        The command and its arguments.
    index
        The index file; None for that of the repository.

    Raises
    ------
    UsageError
        Git is not installed.
    """
    variables = {} if index is None else {"GIT_INDEX_FILE": str(index)}
    here = next((each for each in (folder, *folder.parents) if each.is_dir()), folder)
    try:
        result = subprocess.run(
            ["git", "-C", str(here), *arguments],
            capture_output=True,
            env={**os.environ, **variables},
        )
    except FileNotFoundError as error:
        raise UsageError("comparing revisions needs git, which is not installed") from error
    return os.fsdecode(result.stdout).strip() if result.returncode == 0 else None
