"""Settings of a project: ``[tool.evenfold]`` in its pyproject.toml."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evenfold.errors import UsageError, did_you_mean
from evenfold.files.reading import read_file

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


SETTINGS = (
    "models", "datasets", "metrics", "environments", "references", "silence", "tables",
    "time_to",
)  # fmt: skip
TEXTS_OF_TABLES = (
    "target", "positive", "group", "missing", "preprocess", "sample_weight", "sheet",
)  # fmt: skip
LISTS_OF_TABLES = ("drop", "categorical", "ordinal")
ROOT = 0  # files of containers often belong to it


@dataclass(frozen=True)
class Config:
    """Settings of ``[tool.evenfold]``.

    Attributes
    ----------
    models, datasets, metrics : tuple of Path
        Folders of plug-ins, in addition to the built-in ones.
    tables : mapping
        Options of tables by file, as ``DatasetOptions`` has them: ``target = "species"``.
    environments : mapping
        ``PATH/TO/PYTHON[,FLAG=VALUE...]`` by name.
    references : tuple of str
        Models whose mean scores are lines in figures; without any, those that predict the same for
        every row.
    silence : tuple of str
        Codes of diagnostics that are not shown, as they are written.
    time_to : str
        The score whose time to be reached the report shows, as it is written; "" for none.
    """

    models: tuple[Path, ...] = ()
    environments: Mapping[str, str] = field(default_factory=dict)
    references: tuple[str, ...] = ()
    datasets: tuple[Path, ...] = ()
    metrics: tuple[Path, ...] = ()
    silence: tuple[str, ...] = ()
    tables: Mapping[Path, Mapping[str, Any]] = field(default_factory=dict)
    time_to: str = ""


def read_config(start: Path) -> Config:
    """Read the pyproject.toml of the project that ``start`` lies in; without one, the defaults.

    It is the nearest one at or above ``start``. The search ends with the root of a repository, at
    a folder or a file of another owner, and below the home folder: what lies further out belongs
    to other projects or other people, and a configuration names code that is run. A file of the
    administrator is read; see ``skipped_file`` for one of another user.

    Raises
    ------
    UsageError
        If the file is not TOML, or a setting is unknown or of a wrong type.
    """
    file = project_file(start)
    return Config() if file is None else _read(file)


def project_file(start: Path) -> Path | None:
    """Return the pyproject.toml of the project that a folder lies in, if it has one."""
    file = _nearest_file(start)
    return file if file is not None and _is_trusted(file, start) else None


def skipped_file(start: Path) -> Path | None:
    """Return the pyproject.toml that is not read because it belongs to another user, if any."""
    file = _nearest_file(start)
    return None if file is None or _is_trusted(file, start) else file


def _is_trusted(file: Path, start: Path) -> bool:
    """Whether a file's owner is that of the folder, the user, or the administrator."""
    return _owner(file) in (_owner(start), _user(), ROOT)


def _nearest_file(start: Path) -> Path | None:
    owner = _owner(start)
    for folder in (start, *start.parents):
        if folder != start and (_owner(folder) != owner or folder == _home()):
            return None
        file = folder / "pyproject.toml"
        if file.is_file():
            return file
        if (folder / ".git").exists():
            return None
    return None


def _owner(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except OSError:
        return None


def _user() -> int | None:
    return os.geteuid() if hasattr(os, "geteuid") else None


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:  # a user without one
        return None


def _read(file: Path) -> Config:
    try:
        table = tomllib.loads(read_file(file).decode("utf-8"))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    except RecursionError as error:
        raise UsageError(f"{file} is nested too deeply") from error
    except ValueError as error:  # TOMLDecodeError, UnicodeDecodeError, numbers of 5,000 digits
        raise UsageError(f"{file} is not TOML: {error}") from error
    settings: Any = table
    for name in ("tool", "evenfold"):
        settings = settings.get(name, {})
        if not isinstance(settings, dict):
            raise UsageError(f"{file}: {name} is {settings!r}, expected a table")
    if unknown := set(settings) - set(SETTINGS):
        raise UsageError(
            f"{file}: [tool.evenfold] has no setting {min(unknown)!r}: settings are "
            f"{', '.join(SETTINGS)}{did_you_mean(min(unknown), SETTINGS)}"
        )
    models = _texts(file, "models", "folders", settings)
    datasets = _texts(file, "datasets", "folders", settings)
    metrics = _texts(file, "metrics", "folders", settings)
    references = _texts(file, "references", "models' names", settings)
    silence = _texts(file, "silence", "codes of diagnostics", settings)
    time_to = settings.get("time_to", "")
    if not isinstance(time_to, str):
        raise UsageError(
            f'{file}: [tool.evenfold] time_to must be a text such as "accuracy=0.95", found '
            f"{time_to!r}"
        )
    environments = settings.get("environments", {})
    if not isinstance(environments, dict) or not all(
        isinstance(text, str) for text in environments.values()
    ):
        raise UsageError(
            f'{file}: [tool.evenfold.environments] must be NAME = "PATH/TO/PYTHON", '
            f"found {environments!r}"
        )
    return Config(
        models=tuple(file.parent / folder for folder in models),
        environments=environments,
        references=tuple(references),
        datasets=tuple(file.parent / folder for folder in datasets),
        metrics=tuple(file.parent / folder for folder in metrics),
        silence=tuple(silence),
        tables=_tables(file, settings),
        time_to=time_to,
    )


def _texts(file: Path, name: str, content: str, settings: Mapping[str, Any]) -> list[str]:
    texts = settings.get(name, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise UsageError(
            f"{file}: [tool.evenfold] {name} must be a list of {content}, found {texts!r}"
        )
    return texts


def _tables(file: Path, settings: Mapping[str, Any]) -> dict[Path, dict[str, Any]]:
    """Read the options of tables, ``[tool.evenfold.tables."FILE"]``; lists become tuples."""
    tables = settings.get("tables", {})
    if not isinstance(tables, dict) or not all(isinstance(one, dict) for one in tables.values()):
        raise UsageError(
            f"{file}: [tool.evenfold.tables] must hold a table for each file, as "
            f'[tool.evenfold.tables."iris.csv"], found {tables!r}'
        )
    return {
        file.parent / name: dict(_table_option(file, name, *option) for option in one.items())
        for name, one in tables.items()
    }


def _table_option(file: Path, table: str, name: str, value: Any) -> tuple[str, Any]:
    place = f'{file}: [tool.evenfold.tables."{table}"]'
    if name in TEXTS_OF_TABLES and isinstance(value, str):
        return name, value
    if name in LISTS_OF_TABLES:
        if isinstance(value, list) and all(isinstance(text, str) for text in value):
            return name, tuple(value)
        raise UsageError(f"{place} {name} must be a list of columns, found {value!r}")
    if name in TEXTS_OF_TABLES:
        raise UsageError(f"{place} {name} must be a text, found {value!r}")
    known = ", ".join((*TEXTS_OF_TABLES, *LISTS_OF_TABLES))
    raise UsageError(f"{place} has no setting {name!r}: settings are {known}")
