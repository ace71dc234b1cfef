"""Models that Python code hands over: estimators, builders and ``Model`` values, as sources."""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from typing import Any, Final, TypeAlias

from evenfold.contract import Model, Task
from evenfold.errors import UsageError
from evenfold.plugins.imports import stated_imports
from evenfold.plugins.sources import read_sources
from evenfold.plugins.value_source import SourceWriter
from evenfold.runtime.environment import PACKAGES
from evenfold.worker.local_files import is_installed
from evenfold.worker.plugin import canonical_spec
from evenfold.worker.sources import Sources

# The epochs of a network that a function builds which is handed over without a Model.
BUILDER_EPOCHS: Final = 50
LONGEST_NAME = 60
Builder = Callable[[Task], Any]
# An estimator is any object with ``fit`` and ``predict_proba``.
PythonModel: TypeAlias = str | Model | Builder | Any


@dataclass(frozen=True)
class ModelList:
    """Models in the order of the user.

    Parameters
    ----------
    names
        The name of each model, as tables show it.
    sources
        The sources of those that were handed over by value, by name.
    notes
        Sentences on what evenfold chose for them.
    """

    names: tuple[str, ...]
    sources: Mapping[str, Sources] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


def list_models(
    models: PythonModel | Iterable[PythonModel] | Mapping[str, PythonModel],
) -> ModelList:
    """Name models, and write those that are handed over by value as sources.

    Parameters
    ----------
    models
        One model or several: the name of a model, an estimator, a ``Model``, or a function that
        builds a model for a ``Task``. A mapping gives them names; otherwise an estimator has the
        name of its class and a builder its own, with a number where two have the same.

    Raises
    ------
    UsageError
        There is no model, or something else.
    PluginError
        A model cannot be written as source.
    """
    if isinstance(models, Mapping):
        pairs = [(_checked_name(name, model), model) for name, model in models.items()]
    else:
        pairs = _with_names([models] if _is_model(models) else _several(models))
    sources: dict[str, Sources] = {}
    notes: dict[str, str] = {}
    for name, model in pairs:
        if isinstance(model, str):
            continue
        _check_builder(name, model)
        sources[name] = model_sources(name, model)
        if not isinstance(model, Model) and not _is_estimator(model):
            notes[name] = (
                f"{name} trains {BUILDER_EPOCHS} epochs, the default of a function; "
                f"evenfold.Model({name}, epochs=...) sets another number."
            )
    return ModelList(tuple(name for name, _ in pairs), sources, notes)


def _with_names(models: Sequence[PythonModel]) -> list[tuple[str, PythonModel]]:
    """Name models: one that is named as a text keeps its name, whatever comes before it."""
    # Of a contender's text, only the model: conv1d[epochs=9]@tf2.8/predict.
    taken = {re.split(r"[\[#@/]", each)[0] for each in models if isinstance(each, str)}
    pairs = []
    for model in models:
        name = model if isinstance(model, str) else _free_name(_name_of(model), taken)
        taken.add(name)
        pairs.append((name, model))
    return pairs


def model_sources(name: str, model: PythonModel) -> Sources:
    """Write a model as the source of a plug-in, and read the local modules that it imports.

    Parameters
    ----------
    name
        Its name in messages.
    model
        An estimator, a ``Model`` or a function of a ``Task``.

    Raises
    ------
    PluginError
        It cannot be written as source; says what to do instead.
    """
    writer = SourceWriter(name)
    title = f"{name}, as Python code handed it over."
    if _is_estimator(model):
        call = writer.expression(model, type(model).__name__)
        imports = [f"    {statement}" for statement in writer.imports.values()]
        build = ["", "", "def _build(task):", *imports, "", f"    return {call}", "", ""]
        body = [*build, "MODEL = evenfold.Model(_build)"]
    else:
        arguments = _model_arguments(model, writer)
        imports = [*writer.imports.values()]
        body = [*imports, "", f"MODEL = evenfold.Model({arguments})"]
    content = writer.module(title, ["import evenfold", *body])
    sources = read_sources(_file_of(name, writer), content=content)
    noted = writer.module(title, ["import evenfold", *_packages(sources), *body])
    return replace(sources, entry=replace(sources.entry, content=noted))


def _model_arguments(model: PythonModel, writer: SourceWriter) -> str:
    if not isinstance(model, Model):
        build = writer.expression(model, "it")
        return f"{build}, epochs={BUILDER_EPOCHS}"
    arguments = []
    for each in fields(Model):
        value = getattr(model, each.name)
        is_default = value == each.default if each.name != "expected_failures" else not value
        if not is_default:
            arguments.append(f"{each.name}={writer.expression(value, each.name)}")
    return ", ".join(arguments)


def _is_model(value: Any) -> bool:
    """Whether a value is one model. An ensemble of scikit-learn is one, and iterable."""
    return isinstance(value, (str, Model, type)) or callable(value) or _is_estimator(value)


def _several(models: Any) -> list[PythonModel]:
    if not isinstance(models, Iterable) or hasattr(models, "columns"):  # a DataFrame is data
        raise UsageError(f"models is a {type(models).__name__}: {_ADVICE}")
    several = list(models)
    for model in several:
        if not _is_model(model):
            raise UsageError(f"a {type(model).__name__} among the models is none: {_ADVICE}")
    return several


_ADVICE = "give the name of a model, an estimator, or a function of a Task that builds a model"


def _is_estimator(value: Any) -> bool:
    """Whether a value is an estimator; an instance of a class that is itself one is refused."""
    if isinstance(value, (str, Model)):
        return False
    if isinstance(value, type):
        raise UsageError(
            f"{value.__name__} is a class: hand over an estimator, such as {value.__name__}()"
        )
    if hasattr(value, "train_step") and hasattr(value, "compile"):
        raise UsageError(
            "a Keras model was handed over, which is built and trains further with each fold: hand "
            "over a function of a Task that builds and compiles it"
        )
    return callable(getattr(value, "fit", None))


def _check_builder(name: str, model: PythonModel) -> None:
    """Refuse a function that cannot be called with a Task alone. Raises UsageError."""
    build: Any = model.build if isinstance(model, Model) else model
    if _is_estimator(build):
        return
    try:
        inspect.signature(build).bind(None)
    except TypeError as error:
        raise UsageError(
            f"{name} takes a Task alone as a builder, and it cannot be called so: {error}; set "
            "other arguments with functools.partial"
        ) from error
    except ValueError:  # not every function that is not Python has a signature
        pass


def _name_of(model: PythonModel) -> str:
    if isinstance(model, Model):
        return _name_of(model.build)
    if isinstance(model, partial):
        return _name_of(model.func)
    name = getattr(model, "__name__", None) or _class_name(model)
    module = str(getattr(model, "__module__", "")).rpartition(".")[2]
    if name == "build" and module not in ("", "__main__"):  # of a model's file, which has the name
        name = module
    return re.sub(r"\W+", "", name)[:LONGEST_NAME] if name != "<lambda>" else "lambda"


def _class_name(estimator: Any) -> str:
    """``StandardScaler-SVC`` of a pipeline, ``GridSearchCV-SVC`` of a search, else the class."""
    name = type(estimator).__name__
    steps = getattr(estimator, "steps", None)
    if isinstance(steps, list) and all(isinstance(step, tuple) for step in steps):
        parts = [type(step[-1]).__name__ for step in steps if not isinstance(step[-1], str)]
        return "_".join(parts) or name
    parameters = estimator.get_params(deep=False) if hasattr(estimator, "get_params") else {}
    inner = parameters.get("estimator")
    return f"{name}_{_class_name(inner)}" if hasattr(inner, "fit") else name


def _free_name(name: str, taken: set[str]) -> str:
    free, count = name, 1
    while free in taken:
        count += 1
        free = f"{name}-{count}"
    return free


def _checked_name(name: Any, model: PythonModel) -> str:
    """Refuse a key that is no name of a model. Raises UsageError."""
    if isinstance(model, str):
        if name != model:
            raise UsageError(
                f"{model!r} is the name of a model already, and {name!r} another: give both alike"
            )
        return model
    if not isinstance(name, str) or canonical_spec(name) != name or "[" in name:
        raise UsageError(f"{name!r} cannot be the name of a model: use letters, digits, _ . -")
    return name


def _packages(sources: Sources) -> list[str]:
    """Comments with the versions of packages that are not part of an environment's record.

    They are those that the model or a module of the user imports, wherever in it.
    """
    modules = [sources.entry, *sources.helpers]
    imports = [each for module in modules for each in stated_imports(module.content or b"")]
    roots = {each.module.partition(".")[0] for each in imports if not each.level}
    names = {name for root in roots for name in _distributions(root)} - {*PACKAGES}
    return [f"# {name} {metadata.version(name)}" for name in sorted(names)]


@cache
def _distributions(root: str) -> tuple[str, ...]:
    """The installed packages that a module belongs to; none for a local one or Python's own."""
    if root in sys.stdlib_module_names:
        return ()
    return tuple(dict.fromkeys(metadata.packages_distributions().get(root, ())))


def _file_of(name: str, writer: SourceWriter) -> Path:
    """The script that defines the model; else a name in the folder of the script or notebook.

    A module that can be imported is no such script: what the model takes from it is imported.
    """
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    if script is None or is_installed(script):
        return Path.cwd() / f"<{name}>.py"
    path = Path(script).absolute()
    is_its_own = any(os.path.realpath(file) == os.path.realpath(path) for file in writer.files)
    return path if is_its_own and path.suffix == ".py" else path.parent / f"<{name}>.py"
