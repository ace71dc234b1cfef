"""A model file: its spec such as ``conv1d[epochs=100]``, loaded with its settings."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from evenfold.contract import Model
from evenfold.errors import EvenfoldError, PluginError, UsageError

NAME = re.compile(r"[A-Za-z0-9_](?:[\w.-]*\w)?")
SPEC = re.compile(r"(?P<name>[^\[\]]*)(?:\[(?P<settings>[^\[\]]*)\])?")


@dataclass(frozen=True)
class Plugin:
    """A model that is ready to be built; ``name`` is what tables show, settings included."""

    name: str
    path: Path
    model: Model
    settings: dict[str, int] = field(default_factory=dict)


def parse_spec(spec: str) -> tuple[str, dict[str, int]]:
    """Split ``conv1d[epochs=100]`` into its name and its settings.

    Raises
    ------
    UsageError
        If the text is not a name, or a setting is not a positive whole number given once.
    """
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


def canonical_spec(spec: str) -> str:
    """Return the one way to write a model with its settings: sorted, without blanks."""
    name, settings = parse_spec(spec)
    inside = ",".join(f"{key}={settings[key]}" for key in sorted(settings))
    return f"{name}[{inside}]" if inside else name


def load_plugin(spec: str, path: Path) -> Plugin:
    """Load a model file and apply the settings of its spec. **This runs the file's code.**

    Parameters
    ----------
    spec
        The model's name, with settings if any.
    path
        The model's file.

    Raises
    ------
    UsageError
        If ``spec`` is not a name with settings.
    PluginError
        If the file breaks the contract; the message names the model and its file.
    """
    name, settings = parse_spec(spec)
    try:
        model = getattr(load_module(path), "MODEL", None)
        if model is None:
            raise PluginError("has no MODEL: end the file with MODEL = Model(build, ...)")
        if not isinstance(model, Model):
            raise PluginError(f"MODEL must be an evenfold.Model, found {type(model).__name__}")
        model = model.with_settings(settings)
    except PluginError as error:
        raise PluginError(f"model {name} ({path}): {error}") from error
    return Plugin(canonical_spec(spec), path, model, settings)


def load_module(path: Path) -> ModuleType:
    """Load a plug-in file as a module. **This runs the file's code.**

    Raises
    ------
    PluginError
        If the file is not Python, or fails when it is imported.
    """
    # The digest keeps two files of one name apart.
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:8]
    name = f"evenfold_plugin_{re.sub(r'[^0-9A-Za-z_]', '_', path.stem)}_{digest}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PluginError("cannot be loaded as Python source")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
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
    return module
