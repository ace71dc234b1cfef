"""Files of results: the folder of a run, and JSON that is written whole or not at all."""

from __future__ import annotations

import atexit
import json
import re
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from evenfold.errors import ResultsError
from evenfold.files.reading import read_file
from evenfold.files.writing import write_whole
from evenfold.runtime.environment import Environment
from evenfold.runtime.record_checks import HALF_OF_PAIR

Content = TypeVar("Content")


def run_folder(
    environment: Environment, root: Path, results: Path | None, complete: bool, when: datetime
) -> Path:
    """Return the folder of a run's files: ``<base>/<machine>/<environment>``."""
    base = results_base(root, results, complete, when)
    return base / environment.machine / environment.name


def results_base(
    root: Path, results: Path | None, complete: bool, when: datetime, create: bool = True
) -> Path:
    """Return the folder below which a run's files go; one by time is new and created at once.

    Parameters
    ----------
    root
        The folder of the project.
    results
        The folder that the user names, or None.
    complete
        Whether it is a complete run with the defaults: it goes to ``results``, another one to a
        folder by time in ``.evenfold/runs``.
    when
        The time of the run.
    create
        Whether a folder by time is created, so that no other run has it; False for a plan.
    """
    if results is not None:
        return results
    if complete:
        return root / "results"
    runs, name = root / ".evenfold" / "runs", when.strftime("%Y%m%dT%H%M%S")
    return _new_folder(runs, name) if create else runs / name


def _new_folder(parent: Path, name: str) -> Path:
    """Create a folder that no other run has, with ``-2`` and so on where the name is taken.

    If nothing is written, as where the run is refused, it is removed when this process ends.

    Raises
    ------
    ResultsError
        No folder can be created.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)
        for number in count(1):
            folder = parent / (name if number == 1 else f"{name}-{number}")
            with suppress(FileExistsError):
                folder.mkdir()
                atexit.register(_remove_empty, folder)
                return folder
    except OSError as error:
        raise _not_writable(parent, error) from error
    raise AssertionError("numbers do not end")


def _remove_empty(folder: Path) -> None:
    """Remove the folder of a run, and those above it, where they are empty."""
    with suppress(OSError):
        for empty in (folder, *folder.parents[:2]):
            empty.rmdir()


def require_writable(folder: Path) -> None:
    """Check before a run that its results can be written.

    Raises
    ------
    ResultsError
        The folder cannot be created or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _not_writable(folder, error) from error


def _not_writable(folder: Path, error: OSError) -> ResultsError:
    return ResultsError(
        f"results cannot be written in {folder}: {error.strerror}: give another folder with "
        "--results"
    )


def read_each(
    files: Iterable[Path], read: Callable[[Path], Content]
) -> tuple[list[tuple[Path, Content]], list[str]]:
    """Read several files.

    Returns
    -------
    contents
        Each file that can be read, with its content.
    problems
        The message of the ResultsError of each other file.
    """
    contents: list[tuple[Path, Content]] = []
    problems: list[str] = []
    for file in files:
        try:
            contents.append((file, read(file)))
        except ResultsError as error:
            problems.append(str(error))
    return contents, problems


def natural(path: Path) -> list[tuple[int, str]]:
    """Return a key to sort paths by, with numbers as numbers: tf2.8 before tf2.12."""
    return natural_text(str(path))


def natural_text(text: str) -> list[tuple[int, str]]:
    """Return a key to sort texts by, with numbers as numbers."""
    parts = re.split(r"([0-9]+)", text)
    # The number of digits stands for the number: a text may have more digits than Python converts.
    return [
        (len(digits := part.lstrip("0")), digits) if place % 2 else (0, part)
        for place, part in enumerate(parts)
    ]


def write_json(file: Path, value: Any) -> None:
    """Write JSON so that a reader finds the old file or the whole new one.

    Raises
    ------
    ResultsError
        The file cannot be written; the old one is unchanged.
    """
    text = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
    # A name from a file may have half of a pair of surrogates, which is no character.
    write_whole(file, text.encode("utf-8", "backslashreplace"))


def read_json(file: Path) -> Any:
    """Return a file's JSON. Raises ResultsError where it is missing, truncated or not JSON."""
    try:
        text = read_file(file).decode("utf-8")
        content = json.loads(text)
        if "\\u" in text and HALF_OF_PAIR.search(json.dumps(content, ensure_ascii=False)):
            raise ValueError("a text has half of a pair of surrogates, which is no character")
        return content
    except OSError as error:
        raise ResultsError(f"{file} cannot be read: {error.strerror}") from error
    # ValueError: not JSON, not UTF-8, or a number of too many digits.
    except (ValueError, RecursionError) as error:
        raise ResultsError(f"{file} is truncated or not JSON: {error}") from error
