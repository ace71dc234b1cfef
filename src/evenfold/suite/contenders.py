"""Contenders of a suite's race, parsed from ``name#revision@environment`` and resolved."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evenfold.errors import UsageError
from evenfold.files.path_names import is_slug
from evenfold.race.revisions import tree_at_revision
from evenfold.runtime.interpreters import Interpreter, find_interpreter

SUITE_CONTENDER_SYNTAX = "name#revision@environment"
# Braces belong to a revision: main@{1}.
PATTERN = re.compile(r"(?P<name>[^#@]+)(?:#(?P<revision>.+?))?(?:@(?P<environment>[^@/{}]+))?")
# Folders that are no part of a project's code.
SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "build", "dist", "site-packages"})
# Names of modules in a project's folder that no environment has installed.
NOT_INSTALLED = frozenset({"bench", "benchmarks", "conftest", "docs", "examples", "noxfile",
                           "scripts", "setup", "test", "tests", "tools"})  # fmt: skip


@dataclass(frozen=True)
class SuiteSpec:
    """The parts of a contender's text; parts that were left out are None."""

    name: str
    revision: str | None = None
    environment: str | None = None

    def __str__(self) -> str:
        parts = (("#", self.revision), ("@", self.environment))
        return self.name + "".join(f"{sign}{part}" for sign, part in parts if part is not None)


@dataclass(frozen=True)
class SuiteContender:
    """A contender that can be raced: a project's files, and the interpreter that runs its suite.

    Parameters
    ----------
    spec
        The parts of its text.
    root
        The project's folder.
    suite
        The suite's file or folder, relative to it.
    paths
        Folders that come first on the search path of modules.
    packages
        Packages that must be imported from there; without such folders, those that must be imported
        from the environment.
    commit
        The commit that the revision resolves to; None without a revision.
    digest
        Identifies the project's code.
    interpreter
        The Python of its environment.
    """

    spec: SuiteSpec
    root: Path
    suite: Path
    paths: tuple[Path, ...]
    packages: tuple[str, ...]
    commit: str | None
    digest: str
    interpreter: Interpreter

    @property
    def name(self) -> str:
        """Its name in tables."""
        return self.spec.name

    @property
    def has_changed(self) -> bool:
        """Whether its files are others than when it was resolved; those of a revision stay."""
        return self.commit is None and self.digest != _digest_of(self._code)

    @property
    def _code(self) -> Path:
        return self.root if self.paths else self.root / self.suite


def parse_suite_contender(text: str) -> SuiteSpec:
    """Parse a contender. Raises UsageError if the text is none."""
    match = PATTERN.fullmatch(text)
    if match is None or not is_slug(match["name"]):
        raise UsageError(
            f"{text!r} is not a contender of a suite: write {SUITE_CONTENDER_SYNTAX}, with a name "
            "of your choice, and revision and environment optional, as in base#main head"
        )
    return SuiteSpec(*match.group("name", "revision", "environment"))


def parse_suite_contenders(texts: Sequence[str]) -> dict[str, SuiteSpec]:
    """Parse contenders, two at least, each of a name of its own. Raises UsageError."""
    specs: dict[str, SuiteSpec] = {}
    for spec in map(parse_suite_contender, texts):
        if spec.name in specs:
            raise UsageError(f"two contenders are called {spec.name}: give each its own name")
        specs[spec.name] = spec
    if len(specs) < 2:
        raise UsageError("name at least two contenders, as in base#main head")
    return specs


def resolve_suite_contenders(
    specs: Mapping[str, SuiteSpec],
    suite: Path,
    root: Path,
    folder: Path,
    interpreters: Mapping[str, Interpreter],
) -> tuple[SuiteContender, ...]:
    """Resolve contenders to files and interpreters.

    A revision's files come first on the search path, and so do those of the working folder for a
    contender without an environment. With an environment alone, its installed packages are raced.

    Parameters
    ----------
    specs
        Contenders by name.
    suite
        The suite's file or folder, relative to the project's folder.
    root
        The project's folder.
    folder
        A folder for files of revisions.
    interpreters
        Environments by name, beside those that the project has.

    Raises
    ------
    UsageError
        A revision or an environment does not exist, or a contender has no such suite.
    """
    contenders = []
    for spec in specs.values():
        tree, commit = root.resolve(), None
        if spec.revision is not None:
            tree, commit = tree_at_revision(root, spec.revision, folder)
        if not (tree / suite).exists():
            raise UsageError(f"{spec.name}: there is no {suite.as_posix()} in {commit or tree}")
        interpreter = interpreters.get(spec.environment or "")
        if interpreter is None:
            interpreter = find_interpreter(spec.environment, root)
        own = spec.revision is not None or spec.environment is None
        places = tuple(path for path in (tree / "src", tree) if path.is_dir())
        contenders.append(
            SuiteContender(
                spec=spec,
                root=tree,
                suite=suite,
                paths=places if own else (),
                packages=_packages(places) if own else _installable(places),
                commit=commit,
                digest=commit or _digest_of(tree if own else tree / suite),
                interpreter=interpreter,
            )
        )
    return tuple(contenders)


def _packages(paths: Sequence[Path]) -> tuple[str, ...]:
    """Return the names of the packages in folders."""
    names = (file.parent.name for path in paths for file in sorted(path.glob("*/__init__.py")))
    return tuple(dict.fromkeys(names))


def _installable(paths: Sequence[Path]) -> tuple[str, ...]:
    """Return the names of packages and modules in folders that an environment may have."""
    modules = (file.stem for path in paths for file in sorted(path.glob("*.py")))
    names = dict.fromkeys([*_packages(paths), *modules])
    return tuple(name for name in names if name not in NOT_INSTALLED | sys.stdlib_module_names)


def _digest_of(path: Path) -> str:
    """Return the SHA-256 of all Python files that a path is or holds."""
    sha256 = hashlib.sha256()
    files = [path] if path.is_file() else sorted(path.rglob("*.py"))
    for file in files:
        parts = file.relative_to(path).parts if file != path else ()
        if any(part.startswith(".") or part in SKIPPED_FOLDERS for part in parts[:-1]):
            continue
        sha256.update("/".join(parts).encode() + b"\0" + file.read_bytes())
    return sha256.hexdigest()
