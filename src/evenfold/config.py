"""A project's own settings: ``[tool.evenfold]`` in its pyproject.toml."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evenfold.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True)
class Config:
    """``models``, ``datasets``, ``metrics``: folders of plug-ins, used beside what is built in.

    ``environments``: by name, ``PATH/TO/PYTHON[,FLAG=VALUE...]``. ``references``: models whose
    mean scores figures draw as lines.
    """

    models: tuple[Path, ...] = ()
    environments: Mapping[str, str] = field(default_factory=dict)
    references: tuple[str, ...] = ()
    datasets: tuple[Path, ...] = ()
    metrics: tuple[Path, ...] = ()


def read_config(start: Path) -> Config:
    """The settings of the nearest pyproject.toml at or above ``start``; none, none.

    Raises UsageError, naming the file, when it is not TOML or a setting is not known.
    """
    for folder in (start, *start.parents):
        file = folder / "pyproject.toml"
        if file.is_file():
            return _read(file)
    return Config()


def _read(file: Path) -> Config:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} is not TOML: {error}") from error
    ours = table.get("tool", {}).get("evenfold", {})
    unknown = set(ours) - {"models", "datasets", "metrics", "environments", "references"}
    if unknown:
        raise UsageError(
            f"{file}: [tool.evenfold] has no setting {min(unknown)!r}: "
            "there are models, datasets, metrics, environments, references"
        )
    models = _texts(file, "models", "folders", ours)
    datasets = _texts(file, "datasets", "folders", ours)
    metrics = _texts(file, "metrics", "folders", ours)
    references = _texts(file, "references", "models' names", ours)
    named = ours.get("environments", {})
    if not isinstance(named, dict) or not all(isinstance(text, str) for text in named.values()):
        raise UsageError(
            f'{file}: [tool.evenfold.environments] must be NAME = "PATH/TO/PYTHON", found {named!r}'
        )
    return Config(
        models=tuple(file.parent / folder for folder in models),
        environments=named,
        references=tuple(references),
        datasets=tuple(file.parent / folder for folder in datasets),
        metrics=tuple(file.parent / folder for folder in metrics),
    )


def _texts(file: Path, setting: str, what: str, ours: Mapping[str, Any]) -> list[str]:
    found = ours.get(setting, [])
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise UsageError(
            f"{file}: [tool.evenfold] {setting} must be a list of {what}, found {found!r}"
        )
    return found
