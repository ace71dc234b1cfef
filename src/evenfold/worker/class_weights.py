"""Weights of classes in the loss, and how each kind of model takes them."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from evenfold.contract import BALANCED, ClassWeight, Fold
from evenfold.errors import PluginError


def weights_by_class(
    class_weight: ClassWeight, y: np.ndarray, fold: Fold, description: str
) -> dict[int, float]:
    """Return the weight of each class.

    Parameters
    ----------
    class_weight
        That of the model.
    y
        Labels of the rows that are trained on, int64 of shape ``(rows,)``.
    fold
        The fold, which has the names of the classes. If it has none, as in the contract suite, the
        weights of a mapping go to the classes in order.
    description
        What a message calls the model.

    Raises
    ------
    PluginError
        A mapping names a class that the data do not have.
    """
    classes = range(fold.task.n_classes)
    if class_weight == BALANCED:
        counts = np.bincount(y, minlength=len(classes))
        present = int((counts > 0).sum())
        return {n: len(y) / (present * int(counts[n])) if counts[n] else 1.0 for n in classes}
    assert not isinstance(class_weight, str)
    by_name = {str(label): float(weight) for label, weight in class_weight.items()}
    names = fold.class_names or (*by_name, *map(str, classes))[: len(classes)]
    unknown = sorted(set(by_name).difference(names)) if fold.class_names else []
    if unknown:
        raise PluginError(
            f"{description}: class_weight has the label {unknown[0]!r}, and the data have "
            f"{', '.join(names)}: write the labels as the data do"
        )
    return {n: by_name.get(names[n], 1.0) for n in classes}


def weight_arguments(estimator: Any, weights: np.ndarray, description: str) -> dict[str, Any]:
    """Return the arguments with which an estimator's ``fit`` takes weights of rows.

    Parameters
    ----------
    estimator
        The estimator.
    weights
        The weights, float64 of shape ``(rows,)``.
    description
        What a message calls the model.

    Raises
    ------
    PluginError
        It takes no weights.
    """
    name = _weight_argument(estimator)
    if name is None:
        raise PluginError(
            f"{description}: {type(estimator).__name__} takes no sample_weight, so class_weight "
            "cannot apply: leave it out, or set a parameter of the estimator"
        )
    return {name: weights}


def _weight_argument(estimator: Any) -> str | None:
    """Return the argument for the weights, ``svc__sample_weight`` of a pipeline; None without.

    All models inside a stack must take them by one argument.
    """
    steps = getattr(estimator, "steps", None)
    if isinstance(steps, list) and steps:
        step, last = steps[-1]
        inner = _weight_argument(last)
        return None if inner is None else f"{step}__{inner}"
    try:
        parameters = inspect.signature(estimator.fit).parameters
    except (ValueError, TypeError):
        return None
    if "sample_weight" in parameters:
        return "sample_weight"
    if not any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values()):
        return None
    # A search or a stack passes its arguments on to what is inside it.
    inside = [each[1] for each in getattr(estimator, "estimators", None) or ()]
    inside = [getattr(estimator, "estimator", None), *inside]
    names = {_weight_argument(each) for each in inside if hasattr(each, "fit")}
    return names.pop() if len(names) == 1 else None
