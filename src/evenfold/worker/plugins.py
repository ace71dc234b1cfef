"""Finding model files by name, and loading one with its settings: one file, one model."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Iterable

from evenfold.contract import Model
from evenfold.errors import EvenfoldError, PluginError, UsageError

NAME = re.compile(r"[A-Za-z0-9_](?:[\w.-]*\w)?")
SPEC = re.compile(r"(?P<name>[^\[\]]*)(?:\[(?P<settings>[^\[\]]*)\])?")


@dataclass(frozen=True)
class Found:
    """The model files of some folders: ``files`` by name, and ``notes`` for the user."""

    files: dict[str, Path]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plugin:
    """One model ready to be built: ``name`` is what tables say, settings included."""

    name: str
    path: Path
    model: Model
    settings: dict[str, int] = field(default_factory=dict)


def built_in_folder() -> Path:
    """Where the models that come with evenfold are: in the package, or beside a checkout's src."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "models"
    return installed if installed.is_dir() else package.parents[1] / "models"


def find(folders: Iterable[Path], kind: str = "models") -> Found:
    """Every plug-in file of the folders, by name; a later folder overrides an earlier one.

    A file found twice is one plug-in. Files whose names begin with ``_`` or ``.`` are none.
    Nothing is imported. Raises UsageError when a folder is not there.
    """
    files: dict[str, Path] = {}
    notes: list[str] = []
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"no folder of {kind} at {folder}: give a folder of .py files")
        for path in sorted(folder.glob("*.py")):
            name, path = path.stem, path.resolve()
            if name.startswith(("_", ".")):
                continue
            if not NAME.fullmatch(name):
                allowed = "its name may hold letters, digits, _ . -"
                notes.append(f"{path} is none of the {kind}: {allowed}")
                continue
            if name in files and files[name] != path:
                notes.append(f"{name}: {path} overrides {files[name]}")
            files[name] = path
    return Found(files, tuple(notes))


def parse(spec: str) -> tuple[str, dict[str, int]]:
    """``conv1d[epochs=100]`` as its name and settings. Raises UsageError for anything else."""
    match = SPEC.fullmatch(spec)
    if not match or not NAME.fullmatch(match.group("name")):
        raise UsageError(f"{spec!r} is not a model's name: write name or name[epochs=100]")
    settings: dict[str, int] = {}
    for part in (match.group("settings") or "").split(","):
        if not part.strip():
            continue
        key, _, value = (piece.strip() for piece in part.partition("="))
        if not (key and value.isascii() and value.isdigit() and int(value) > 0) or key in settings:
            raise UsageError(
                f"{spec!r}: {part.strip()!r} is not a setting: write epochs=100 or batch_size=64, "
                "each once, each at least 1"
            )
        settings[key] = int(value)
    return match.group("name"), settings


def canonical(spec: str) -> str:
    """The one way to write a model with its settings: sorted, without blanks."""
    name, settings = parse(spec)
    inside = ",".join(f"{key}={settings[key]}" for key in sorted(settings))
    return f"{name}[{inside}]" if inside else name


def locate(spec: str, files: dict[str, Path]) -> Path:
    """The file of the model that ``spec`` names. Raises UsageError when there is none."""
    name, _ = parse(spec)
    if name not in files:
        raise UsageError(f"no model {name!r}: there are {', '.join(sorted(files)) or 'none'}")
    return files[name]


def load(spec: str, files: dict[str, Path]) -> Plugin:
    """The model that ``spec`` names, from its file. **Runs that file's code.**

    Raises UsageError for a name that is not there, PluginError (naming model and file) for a
    file that breaks the contract.
    """
    path = locate(spec, files)
    name, settings = parse(spec)
    try:
        model = getattr(module(path), "MODEL", None)
        if model is None:
            raise PluginError("has no MODEL: end the file with MODEL = Model(build, ...)")
        if not isinstance(model, Model):
            raise PluginError(f"MODEL must be an evenfold.Model, found {type(model).__name__}")
        model = model.with_settings(settings)
    except PluginError as error:
        raise PluginError(f"model {name} ({path}): {error}") from error
    return Plugin(canonical(spec), path, model, settings)


def module(path: Path) -> ModuleType:
    """A plug-in file as a module. **Runs its code.** Raises PluginError when that goes wrong."""
    # The digest keeps two files of one name apart.
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:8]
    name = f"evenfold_plugin_{re.sub(r'[^0-9A-Za-z_]', '_', path.stem)}_{digest}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PluginError("cannot be loaded as Python source")
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    try:
        spec.loader.exec_module(made)
    except EvenfoldError as error:
        raise PluginError(str(error)) from error
    except SyntaxError as error:
        raise PluginError(f"line {error.lineno} is not Python: {error.msg}") from error
    except ModuleNotFoundError as error:
        raise PluginError(
            f"imports {error.name}, which is not installed here: import it inside build, "
            "and the model is skipped with that reason"
        ) from error
    # SystemExit too: a script's sys.exit() must not end the harness.
    except (Exception, SystemExit) as error:
        raise PluginError(f"raised {type(error).__name__} at import: {error}") from error
    return made
