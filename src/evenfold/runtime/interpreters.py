"""Environments for workers: this interpreter, one of tox's, or any that the user names."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evenfold.config import read_config
from evenfold.errors import UsageError, did_you_mean
from evenfold.files.path_names import is_slug, similar_path

# For studies: oneDNN is slower than plain Eigen at their sizes, and its rounding depends on the
# machine.
DEFAULT_FLAGS = {"TF_ENABLE_ONEDNN_OPTS": "0"}
# Below a project: the environments that evenfold installs.
INSTALLED = Path(".evenfold", "environments")


@dataclass(frozen=True)
class Interpreter:
    """A Python that runs workers, and their environment variables; ``name`` None is this one."""

    name: str | None = None
    python: Path = field(default_factory=lambda: Path(sys.executable))
    flags: Mapping[str, str] = field(default_factory=dict)

    def variables(self, defaults: Mapping[str, str] = DEFAULT_FLAGS) -> dict[str, str]:
        """Return the environment variables of its processes, with ``defaults`` for unset ones.

        Another interpreter does not inherit this one's search path of packages.
        """
        inherited = dict(os.environ)
        if self.name is not None:
            inherited.pop("PYTHONPATH", None)
            inherited.pop("PYTHONHOME", None)
        return {**defaults, **inherited, **self.flags}


def find_interpreter(spec: str | None, root: Path, others: Iterable[str] = ()) -> Interpreter:
    """Find the interpreter of an environment.

    Parameters
    ----------
    spec
        ``NAME=PATH[,FLAG=VALUE...]``; or ``NAME``, which is looked up in
        ``[tool.evenfold.environments]``, then among those of tox and those that evenfold has
        installed; or None for this interpreter.
    root
        The folder of the project.
    others
        Names of further environments that a message lists.

    Raises
    ------
    UsageError
        There is no such environment, or no Python at its path.
    """
    if spec is None:
        return Interpreter()
    name, has_path, rest = spec.partition("=")
    if not is_slug(name):
        raise UsageError(f"{spec!r} is not an environment: write NAME or NAME=PATH/TO/PYTHON")
    if has_path:
        return _interpreter(name, rest, root)
    configured = read_config(root).environments
    if name in configured:
        return _interpreter(name, configured[name], root)
    places = (root / ".tox", root / INSTALLED)
    python = next(filter(None, (_python_in(place / name) for place in places)), None)
    if python is None:
        known = [*others, *known_environments(root)]
        raise UsageError(
            f"no environment {name!r}: there are {', '.join(known) or 'none'}; create it with "
            f"`tox run -e {name} --notest`, or name its Python with --env {name}=PATH/TO/PYTHON"
            f"{did_you_mean(name, known)}"
        )
    return Interpreter(name, python)


def known_environments(root: Path) -> list[str]:
    """Return the names of the environments of a project, of tox, and of evenfold's own.

    Raises
    ------
    UsageError
        The project's settings cannot be read.
    """
    places = (root / ".tox", root / INSTALLED)
    created = (folder for place in places for folder in sorted(place.glob("*")))
    made = [folder.name for folder in created if _python_in(folder)]
    return [*read_config(root).environments, *made]


def _interpreter(name: str, text: str, root: Path) -> Interpreter:
    path, *settings = text.split(",")
    flags = dict(setting.partition("=")[::2] for setting in settings)
    if not all(flags) or not all("=" in setting for setting in settings):
        raise UsageError(f"environment {name}: {text!r}: write PATH,FLAG=VALUE,FLAG=VALUE")
    python = root / os.path.expanduser(path)
    if not os.path.isfile(python):  # also where a name is too long to look for
        raise UsageError(f"environment {name}: no Python at {path}{similar_path(python)}")
    return Interpreter(name, python, flags)


def _python_in(folder: Path) -> Path | None:
    for place in ("bin/python", "Scripts/python.exe"):
        if (folder / place).is_file():
            return folder / place
    return None
