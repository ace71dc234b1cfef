"""Option values as Python code gives them: one or several, paths as texts, durations as texts."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias, TypeVar, overload

from evenfold.errors import UsageError
from evenfold.option_checks import parse_duration

PathName: TypeAlias = str | os.PathLike[str]
Paths: TypeAlias = PathName | Iterable[PathName]
# A column of a table that was made from an array has a number as its name.
Names: TypeAlias = str | int | Iterable[str | int] | None
Other = TypeVar("Other")


def as_path(path: PathName | None) -> Path | None:
    """Return a path, which may be a text; None stays None. Raises UsageError."""
    return None if path is None else _path(path)


def as_paths(paths: Paths) -> tuple[Path, ...]:
    """Return one path or several as paths. Raises UsageError."""
    if isinstance(paths, (str, os.PathLike)) or not isinstance(paths, Iterable):
        return (_path(paths),)
    return tuple(map(_path, paths))


def _path(value: object) -> Path:
    if not isinstance(value, (str, os.PathLike)):
        raise UsageError(f"{value!r} is not a path: give a text or a pathlib.Path")
    return Path(value)


def as_names(names: Names) -> tuple[str, ...]:
    """Return one name or several as names; a number is the name of a column, and None is none."""
    if names is None:
        return ()
    if isinstance(names, str) or not isinstance(names, Iterable):
        return (str(names),)
    return tuple(map(str, names))


def as_environment(env: object) -> str | None:
    """Return the name of one environment; None stays None. Raises UsageError."""
    if env is None or isinstance(env, str):
        return env
    raise UsageError(f"env is {env!r}: give the name of one environment as a text")


def as_text(path: os.PathLike[str] | Other) -> str | Other:
    """Return a path as text, and anything else as it is."""
    return os.fspath(path) if isinstance(path, os.PathLike) else path


@overload
def as_seconds(duration: float | str) -> float: ...
@overload
def as_seconds(duration: None) -> None: ...
@overload
def as_seconds(duration: float | str | None) -> float | None: ...


def as_seconds(duration: float | str | None) -> float | None:
    """Return a duration in seconds, which may be a text such as ``"60s"``. Raises UsageError."""
    return parse_duration(duration) if isinstance(duration, str) else duration
