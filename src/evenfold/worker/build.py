"""Building a model for a task, and the checks of what a plug-in returns."""

from __future__ import annotations

from typing import Any

import numpy as np

from evenfold.contract import Task
from evenfold.errors import PluginError, Skip
from evenfold.worker.error_text import error_message
from evenfold.worker.import_errors import describe_syntax_error, helper_place, missing_helper
from evenfold.worker.plugin import Plugin, require_complete
from evenfold.worker.source_modules import active


class OutputWidthError(PluginError):
    """A network whose output has another width than its task; ``units`` is what it has."""

    def __init__(self, message: str, units: int | None) -> None:
        """Keep the width beside the message."""
        super().__init__(message)
        self.units = units


def is_keras(model: Any) -> bool:
    """Return whether a built model is a Keras model; otherwise it is an estimator."""
    return hasattr(model, "train_step") and hasattr(model, "compile")


def build(plugin: Plugin, task: Task) -> Any:
    """Call a plug-in's ``build`` and check the model: compiled, and of the right output width.

    Raises
    ------
    Skip
        With the plug-in's reason, or because a module is not installed.
    PluginError
        If ``build`` fails or returns a model that cannot be trained.
    """
    with active(plugin.modules):
        try:
            model = plugin.model.build(task)
        except Skip:
            raise
        except Exception as error:
            raise _build_error(error, plugin, task) from error
        require_complete(plugin)
    if is_keras(model):
        _check_network(plugin, task, model)
    else:
        _check_estimator(plugin, model)
    return model


def _check_estimator(plugin: Plugin, model: Any) -> None:
    if not _has_method(model, "fit"):
        raise PluginError(
            f"{describe_model(plugin)}: build must return a compiled Keras model or an estimator "
            f"with fit and predict_proba, found {type(model).__name__}"
        )
    if not _has_method(model, "predict_proba"):
        raise PluginError(f"{describe_model(plugin)}: {without_probabilities(model)}")


def _has_method(model: Any, name: str) -> bool:
    """Whether an object has a method, or will have it.

    Some estimators, such as stacked ones, have it on an object only once they are fitted; others
    pass it on from an object inside them by ``__getattr__``, which their class does not show.
    """
    return hasattr(type(model), name) or hasattr(model, name)


def without_probabilities(model: Any) -> str:
    """Return what to do about an estimator that predicts labels alone."""
    name = type(model).__name__
    return (
        f"{name} has no predict_proba: return a CalibratedClassifierCV of it, from "
        "sklearn.calibration"
    )


def _check_network(plugin: Plugin, task: Task, model: Any) -> None:
    if getattr(model, "optimizer", None) is None:
        raise PluginError(
            f"{describe_model(plugin)}: the model is not compiled: call model.compile(...)"
        )
    if not model.built:
        model.build((None, *task.input_shape))
    try:
        shape = tuple(model.output_shape)
    except (AttributeError, RuntimeError, ValueError):  # a subclassed model may not know
        shape = tuple(model(np.zeros((1, *task.input_shape), np.float32), training=False).shape)
    if len(shape) != 2 or shape[-1] != task.output_units:
        raise OutputWidthError(
            f"{describe_model(plugin)}: the output has shape {shape}, "
            f"expected (rows, {task.output_units}): end with Dense(task.output_units)",
            shape[-1] if len(shape) == 2 else None,
        )


def _build_error(error: Exception, plugin: Plugin, task: Task) -> Exception:
    """What an error in ``build`` means: the model is skipped, or it is broken."""
    sources = plugin.sources
    if isinstance(error, ModuleNotFoundError):
        missing = missing_helper(error, sources)
        if not missing:
            root = str(error.name).partition(".")[0]
            return Skip(
                f"{error.name} is not installed (and no {root}.py lies beside {sources.path.name})"
            )
        return PluginError(f"{describe_model(plugin)}: build {missing}")
    if isinstance(error, SyntaxError) and helper_place(error, sources) == "":
        return PluginError(f"{describe_model(plugin)}: {describe_syntax_error(error, sources)}")
    place = helper_place(error, sources)
    return PluginError(
        f"{describe_model(plugin)}: build raised {type(error).__name__} for {task}"
        f"{f', in {place}' if place else ''}: {error_message(error)}"
    )


def describe_model(plugin: Plugin) -> str:
    """Return a model's name and file, for messages."""
    return f"model {plugin.name} ({plugin.path})"
