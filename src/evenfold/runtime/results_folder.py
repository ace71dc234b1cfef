"""Results on disk: which folder a run belongs in, and files that are whole or not there."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from evenfold.errors import ResultsError
from evenfold.runtime.environment import MACHINE, SCHEMA, Environment

Found = TypeVar("Found")


def folder_of(
    environment: Environment, root: Path, chosen: Path | None, complete: bool, when: datetime
) -> Path:
    """Where a run's files go: ``<base>/<machine>/<environment>``."""
    base = base_of(root, chosen, complete, when)
    return base / environment.machine / environment.name


def base_of(root: Path, chosen: Path | None, complete: bool, when: datetime) -> Path:
    """What a run's files go below.

    ``chosen`` where given; else ``results`` for a complete default run, and a folder by time in
    ``.evenfold/runs`` for any other.
    """
    if chosen is not None:
        return chosen
    if complete:
        return root / "results"
    return root / ".evenfold" / "runs" / when.strftime("%Y%m%dT%H%M%S")


def require_writable(folder: Path) -> None:
    """Raises ResultsError at once where results could not be written in the end."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ResultsError(
            f"results cannot be written in {folder}: {error.strerror}: "
            "give another folder with --results"
        ) from error


def read_environment(file: Path) -> dict[str, Any]:
    """An ``environment.json``, checked. Raises ResultsError, naming it, for one that is not."""
    foreign = "is not an environment.json of evenfold"
    told = read_record(file, "name", SCHEMA, foreign)
    if not isinstance(told["name"], str):
        raise ResultsError(f"{file} {foreign}")
    if not MACHINE.fullmatch(str(told.get("machine"))):
        raise ResultsError(f"{file}: {told.get('machine')!r} is not a machine's name")
    return told


def read_record(file: Path, key: str, known: int, foreign: str) -> dict[str, Any]:
    """A JSON object with a ``schema`` up to the ``known`` one, and with a ``key``.

    Raises ResultsError, naming the file: not there, not whole, newer, or with ``foreign`` words.
    """
    told = read_json(file)
    schema = told.get("schema") if isinstance(told, dict) else None
    if not isinstance(schema, int) or key not in told:
        raise ResultsError(f"{file} {foreign}")
    if schema > known:
        raise ResultsError(
            f"{file} has schema {schema}, this evenfold knows up to {known}: "
            "read it with a newer evenfold"
        )
    return told  # type: ignore[no-any-return]


def read_each(
    files: Iterable[Path], read: Callable[[Path], Found]
) -> tuple[list[tuple[Path, Found]], list[str]]:
    """What ``read`` gives of each file, and the words of the ResultsErrors of those it cannot."""
    found: list[tuple[Path, Found]] = []
    problems: list[str] = []
    for file in files:
        try:
            found.append((file, read(file)))
        except ResultsError as error:
            problems.append(str(error))
    return found, problems


def natural(path: Path) -> list[tuple[int, str]]:
    """A key to sort paths by: tf2.8 before tf2.12."""
    parts = re.split(r"(\d+)", str(path))
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts]


def write_json(file: Path, value: Any) -> None:
    """Writes JSON so that a reader finds the old file or the whole new one."""
    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(part, file)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise ResultsError(f"{file} cannot be written: {error.strerror}") from error


def read_json(file: Path) -> Any:
    """A file's JSON. Raises ResultsError, naming it, when it is not there or not whole."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ResultsError(f"{file} cannot be read: {error.strerror}") from error
    # ValueError: not JSON, not UTF-8, or a number of too many digits.
    except (ValueError, RecursionError) as error:
        raise ResultsError(f"{file} is truncated or not JSON: {error}") from error
