"""Changed files beside a model's sources that may change what the model does."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from evenfold.errors import UsageError
from evenfold.plugins.imports import stated_imports
from evenfold.race.revisions import git_output
from evenfold.worker import local_files
from evenfold.worker.sources import Sources

# Files that decide which packages a job installs.
ENVIRONMENT = re.compile(
    r"pyproject\.toml|setup\.(py|cfg)|tox\.ini|noxfile\.py|Pipfile|\.python-version|runtime\.txt"
    r"|(pixi|uv|\.?mise|pylock\..*|pylock)\.toml|\.tool-versions|.*\.lock"
    r"|.*(requirements|constraints).*\.(txt|in)|.*(environment|conda).*\.ya?ml"
    r"|(Dockerfile|Containerfile).*|.*\.(Dockerfile|Containerfile)"
    r"|\.gitlab-ci.*\.ya?ml|(azure|bitbucket)-pipelines\.ya?ml|Jenkinsfile",
    re.IGNORECASE,
)
WORKFLOWS = (".github", ".circleci")
# Files that no model reads: those of evenfold itself, compiled modules, and text for people.
UNREAD_FOLDERS = frozenset({".evenfold", "__pycache__"})
# Folders that an installation writes; git need not ignore them.
INSTALLED = local_files.INSTALLED | {"build"}
TEXT_SUFFIXES = (".md", ".rst")
UNREAD_SUFFIXES = (".py", *TEXT_SUFFIXES)


@dataclass(frozen=True)
class ChangedFiles:
    """The files of a repository that differ from those of a commit.

    Parameters
    ----------
    names
        Their paths in the repository; of a renamed file, the former one too.
    """

    names: Sequence[str]

    def of_environment(self, sources: Sources) -> Iterator[str]:
        """Yield the files that decide which packages are installed, or are part of such a package.

        A package of the repository that a job installs is no local module: the installed one is
        imported.
        """
        packages = _imported_packages(sources)
        for name in self.names:
            path = PurePosixPath(name)
            in_requirements = "requirements" in path.parts[:-1] and path.suffix in (".txt", ".in")
            is_listed = ENVIRONMENT.fullmatch(path.name) or path.parts[0] in WORKFLOWS
            if is_listed or in_requirements or packages & _module_names(path):
                yield name

    def beside(self, folder: str) -> Iterator[str]:
        """Yield the files in a model's folder that a model may read without naming them."""
        for name in self.names:
            path = PurePosixPath(name)
            is_read = path.suffix not in UNREAD_SUFFIXES and not UNREAD_FOLDERS & {*path.parts}
            if is_read and path.is_relative_to(folder):
                yield name


def changed_files(repository: Path, commit: str) -> ChangedFiles:
    """Return the files of the working copy that differ from a commit; those that are new too.

    Raises
    ------
    UsageError
        Git cannot compare them.
    """
    options = ("--name-only", "--no-renames", "--ignore-submodules=untracked", "-z")
    changed = git_output(repository, "diff", *options, commit, "--")
    new = git_output(repository, "ls-files", "--others", "--exclude-standard", "-z")
    if changed is None or new is None:
        raise UsageError(
            f"git cannot compare {repository} with {commit[:12]}: see what git diff {commit[:12]} "
            "prints there"
        )
    sources = (name for name in new.split("\0") if not INSTALLED & {*PurePosixPath(name).parts})
    names = [*changed.split("\0"), *sources]
    return ChangedFiles(list(dict.fromkeys(filter(None, names))))


def _module_names(path: PurePosixPath) -> frozenset[str]:
    """Return the names of packages and modules that a file may be part of."""
    if path.suffix in TEXT_SUFFIXES:
        return frozenset()
    # A submodule is listed by the name of its folder.
    is_module = path.suffix in ("", ".py")
    return frozenset([*path.parts[:-1], *([path.stem] if is_module else [])])


def _imported_packages(sources: Sources) -> frozenset[str]:
    """Return the top-level names that sources import and that are no part of them."""
    files = (sources.entry, *sources.helpers)
    local = {file.module.partition(".")[0] for file in files}
    imported = {
        statement.module.partition(".")[0]
        for file in files
        for statement in stated_imports(file.content or b"")
        if not statement.level
    }
    return frozenset(imported - local - sys.stdlib_module_names - {""})
