"""Environments of TensorFlow's versions: the names of all between two, and how one is installed."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from filelock import FileLock

from evenfold.config import read_config
from evenfold.errors import UsageError
from evenfold.runtime.interpreters import INSTALLED, Interpreter, find_interpreter
from evenfold.runtime.results_folder import natural

VERSION_NAME = re.compile(r"tf([0-9]{1,3})\.([0-9]{1,3})")
# The newest comes first: a version is installed on the newest Python that it has wheels for.
PYTHONS = ("3.13", "3.12", "3.11", "3.10", "3.9", "3.8")
# What versions below do not work with, although their requirements allow it.
CONSTRAINTS = (((2, 8), "numpy<1.24"), ((2, 12), "protobuf<3.21"), ((2, 18), "numpy<2"))
LAST_CHARACTERS = 500


def names_between(first: str, last: str) -> tuple[str, ...]:
    """Return the names of all minor versions from one to another: tf2.3, tf2.4, …, tf2.21.

    Raises
    ------
    UsageError
        They are not names of versions of one major version, in ascending or descending order.
    """
    numbers = [VERSION_NAME.fullmatch(name) for name in (first, last)]
    if not all(numbers):
        raise UsageError(
            f"{first!r} and {last!r} are not both names of TensorFlow versions, as tf2.3: name "
            "the environments between them with --via"
        )
    (major, start), (other, end) = ((int(m[1]), int(m[2])) for m in numbers if m)
    if major != other or start == end:
        raise UsageError(
            f"there are no versions between {first} and {last}: give two minor versions of one "
            "major version, or name the environments between them with --via"
        )
    step = 1 if end > start else -1
    return tuple(f"tf{major}.{minor}" for minor in range(start, end + step, step))


def requirements_of(name: str) -> list[str]:
    """Return the requirements of a version, without those of its own."""
    match = VERSION_NAME.fullmatch(name)
    assert match is not None, name
    version = int(match[1]), int(match[2])
    package = "tensorflow-cpu" if platform.machine() in ("x86_64", "AMD64") else "tensorflow"
    further = [text for below, text in CONSTRAINTS if version < below]
    return [f"{package}=={match[1]}.{match[2]}.*", *further]


def open_environment(name: str, root: Path, message: Callable[[str], None]) -> Interpreter:
    """Return the environment of a name; that of a TensorFlow version is installed if needed.

    Parameters
    ----------
    name
        A name of the project's environments, of tox's, or such as tf2.15.
    root
        The folder of the project.
    message
        Called before something is installed.

    Raises
    ------
    UsageError
        There is no such environment, and it cannot be installed.
    """
    try:
        return find_interpreter(name, root)
    except UsageError:
        if not is_installable(name, root):
            raise
    folder = root / INSTALLED / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    message(f"{name}: installing it in {folder}")
    with FileLock(folder.with_name(f"{name}.lock")):
        try:
            return find_interpreter(name, root)  # another process may have installed it meanwhile
        except UsageError:
            _install(requirements_of(name), folder)
    return find_interpreter(name, root)


def is_installable(name: str, root: Path) -> bool:
    """Return whether a name is of a version that can be installed, and no one of the project's own.

    Raises
    ------
    UsageError
        The project's settings cannot be read.
    """
    return bool(VERSION_NAME.fullmatch(name)) and name not in read_config(root).environments


def versions_to_install(specs: Iterable[str], root: Path) -> list[str]:
    """Return the names of versions that no environment has, which are installed when needed.

    Parameters
    ----------
    specs, root
        Environments, as of `find_interpreter`.

    Raises
    ------
    UsageError
        There is no such environment, and it cannot be installed.
    """
    missing = []
    for spec in specs:
        try:
            find_interpreter(spec, root)
        except UsageError:
            if not is_installable(spec, root):
                raise
            missing.append(spec)
    return missing


def _install(requirements: list[str], folder: Path) -> None:
    """Install requirements into a new environment. Raises UsageError."""
    package = requirements[0]
    python, pinned = _resolved(requirements)
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    _require_uv(["venv", "--quiet", "--python", _python_of(python), str(partial)], "", package)
    interpreter = next(
        file
        for file in (partial / "bin" / "python", partial / "Scripts" / "python.exe")
        if file.exists()
    )
    install = ["pip", "install", "--quiet", "--python", str(interpreter), "--requirements", "-"]
    _require_uv(install, pinned, package)
    # A reader finds no environment, or a whole one.
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def _resolved(requirements: list[str]) -> tuple[str, str]:
    """Return the newest Python that has the requirements, and all of them with their versions."""
    package = requirements[0].partition("=")[0]
    problem = ""
    for python in PYTHONS:
        command = ["pip", "compile", "--quiet", "--no-header", "--no-annotate",
                   "--python-version", python, "--only-binary", package, "-"]  # fmt: skip
        done = _uv(command, "\n".join(requirements))
        if done.returncode == 0:
            return python, done.stdout
        problem = problem or done.stderr
    raise UsageError(_problem_text(requirements[0], problem))


def _python_of(version: str) -> str:
    """Return a Python of a version that is installed; the version, for uv to download, if none is.

    uv does not find those of pyenv that are not selected.
    """
    found = _uv(["python", "find", "--no-python-downloads", version], "")
    if found.returncode == 0:
        return found.stdout.strip()
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    pythons = sorted((root / "versions").glob(f"{version}.*/bin/python"), key=natural)
    return str(pythons[-1]) if pythons else version


def _require_uv(arguments: list[str], text: str, package: str) -> None:
    """Run uv. Raises UsageError if it fails."""
    done = _uv(arguments, text)
    if done.returncode:
        raise UsageError(_problem_text(package, done.stderr))


def _problem_text(package: str, output: str) -> str:
    last = " ".join(output.split())[-LAST_CHARACTERS:]
    return f"{package} cannot be installed: {last or 'uv gives no reason'}"


def _uv(arguments: list[str], text: str) -> subprocess.CompletedProcess[str]:
    """Run uv with a text on its standard input. Raises UsageError if it is not there."""
    try:
        return subprocess.run(["uv", *arguments], input=text, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise UsageError(
            "installing a version needs uv, which is not installed: install uv, or create the "
            "environments with tox"
        ) from error
