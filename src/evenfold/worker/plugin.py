"""A model: its spec such as ``conv1d[epochs=100]``, loaded from its sources with its settings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from evenfold.contract import Model
from evenfold.errors import EvenfoldError, PluginError, UsageError
from evenfold.worker.error_text import shorten
from evenfold.worker.import_errors import describe_import_error
from evenfold.worker.process_state.keras_names import NameCounters, name_counters
from evenfold.worker.source_modules import SourceModules, active
from evenfold.worker.sources import Sources

NAME = re.compile(r"[A-Za-z0-9_](?:[\w.-]*\w)?")
POSITIVE = re.compile("0{0,9}[1-9][0-9]{0,8}")
SPEC = re.compile(r"(?P<name>[^\[\]]*)(?:\[(?P<settings>[^\[\]]*)\])?")


@dataclass(frozen=True)
class Plugin:
    """A model that is ready to be built; ``name`` is what tables show, settings included.

    ``names`` are the counters of Keras' names after its file has run: a build begins with them.
    """

    name: str
    modules: SourceModules
    model: Model
    settings: dict[str, int] = field(default_factory=dict)
    names: NameCounters = field(default_factory=dict)

    @property
    def sources(self) -> Sources:
        """The model's sources."""
        return self.modules.sources

    @property
    def path(self) -> Path:
        """The model's own file."""
        return self.sources.path


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
        if not (key and POSITIVE.fullmatch(value)) or key in settings:
            raise UsageError(
                f"{shorten(repr(spec))}: {shorten(repr(part.strip()))} is not a setting: write "
                "epochs=100 or batch_size=64, each once, each from 1 to 999999999"
            )
        settings[key] = int(value)
    return match.group("name"), settings


def canonical_spec(spec: str) -> str:
    """Return the one way to write a model with its settings: sorted, without blanks."""
    name, settings = parse_spec(spec)
    inside = ",".join(f"{key}={settings[key]}" for key in sorted(settings))
    return f"{name}[{inside}]" if inside else name


def load_plugin(spec: str, sources: Sources) -> Plugin:
    """Load a model and apply the settings of its spec. **This runs its code.**

    Parameters
    ----------
    spec
        The model's name, with settings if any.
    sources
        The model's sources.

    Raises
    ------
    UsageError
        If ``spec`` is not a name with settings.
    PluginError
        If the sources break the contract; the message names the model and its file.
    """
    name, settings = parse_spec(spec)
    modules = SourceModules(sources)
    try:
        model = getattr(load_module(modules), "MODEL", None)
        if model is None:
            raise PluginError("has no MODEL: end the file with MODEL = Model(build, ...)")
        if not isinstance(model, Model):
            raise PluginError(f"MODEL must be an evenfold.Model, found {type(model).__name__}")
        model = model.with_settings(settings)
    except PluginError as error:
        raise PluginError(f"model {name} ({sources.path}): {error}") from error
    return Plugin(canonical_spec(spec), modules, model, settings, name_counters())


def require_complete(plugin: Plugin) -> None:
    """Check that all local modules that a model has imported are among its sources.

    Raises
    ------
    PluginError
        There is another one; names the model and that module.
    """
    try:
        plugin.modules.require_complete()
    except PluginError as error:
        raise PluginError(f"model {plugin.name} ({plugin.path}): {error}") from error


def load_module(modules: SourceModules) -> ModuleType:
    """Load a plug-in's own file as a module. **This runs its code.**

    Raises
    ------
    PluginError
        If a source is not Python, fails when it is imported, or imports a local module that is none
        of the sources.
    """
    try:
        with active(modules):
            module = modules.load()
            modules.require_complete()
    except EvenfoldError as error:
        raise PluginError(str(error)) from error
    # SystemExit too: a script's sys.exit() must not end the harness.
    except (Exception, SystemExit) as error:
        raise PluginError(describe_import_error(error, modules.sources)) from error
    return module
