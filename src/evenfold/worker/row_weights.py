"""Weights of rows in training, by class and by row, and how each kind of model takes them."""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from typing import Any, Iterator, Mapping

import numpy as np

from evenfold.contract import BALANCED, ClassWeight, Fold
from evenfold.errors import PluginError, did_you_mean

SAMPLE_WEIGHT = "sample_weight"
ADVICE = "leave the model out, or train without sample weights"


def weights_by_class(
    class_weight: ClassWeight,
    y: np.ndarray,
    fold: Fold,
    description: str,
    sample_weight: np.ndarray | None = None,
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
    sample_weight
        Weights of these rows, ``(rows,)``, which balance counts by; None: all count alike.

    Raises
    ------
    PluginError
        A mapping names a class that the data do not have.
    """
    classes = range(fold.task.n_classes)
    if class_weight == BALANCED:
        sums = np.bincount(y, sample_weight, minlength=len(classes)).astype(np.float64)
        present = int((sums > 0).sum())
        total = float(sums.sum())
        return {n: total / (present * float(sums[n])) if sums[n] else 1.0 for n in classes}
    assert not isinstance(class_weight, str)
    by_name = {str(label): float(weight) for label, weight in class_weight.items()}
    names = fold.class_names or (*by_name, *map(str, classes))[: len(classes)]
    unknown = sorted(set(by_name).difference(names)) if fold.class_names else []
    if unknown:
        raise PluginError(
            f"{description}: class_weight has the label {unknown[0]!r}, and the data have "
            f"{', '.join(names)}: write the labels as the data do{did_you_mean(unknown[0], names)}"
        )
    return {n: by_name.get(names[n], 1.0) for n in classes}


def weights_by_row(
    by_class: dict[int, float] | None, sample_weight: np.ndarray | None, y: np.ndarray
) -> np.ndarray | None:
    """Return the weight of each row: that of its class times its own; None without any.

    Parameters
    ----------
    by_class
        The weight of each class; None: all count alike.
    sample_weight
        The weight of each row, ``(rows,)``; None: all count alike.
    y
        The labels of the rows, ``(rows,)``.
    """
    if by_class is None:
        return sample_weight
    of_rows: np.ndarray = np.array([by_class[n] for n in range(len(by_class))])[y]
    return of_rows if sample_weight is None else of_rows * sample_weight


def network_arguments(model: Any, weights: np.ndarray, description: str) -> dict[str, Any]:
    """Return the arguments with which a network's ``fit`` takes weights of rows.

    Parameters
    ----------
    model
        The Keras model.
    weights
        The weights, float64 of shape ``(rows,)``.
    description
        What a message calls the model.

    Raises
    ------
    PluginError
        Its own ``fit`` takes no weights.
    """
    if not _takes(inspect.signature(model.fit).parameters, SAMPLE_WEIGHT):
        raise PluginError(
            f"{description}: its fit takes no sample_weight: {ADVICE}, or add the argument"
        )
    return {SAMPLE_WEIGHT: weights.astype(np.float32)}


@contextmanager
def explained(model: Any, arguments: Mapping[str, Any]) -> Iterator[None]:
    """Explain an error of a network's own ``train_step`` that may not expect weights.

    Parameters
    ----------
    model
        The Keras model.
    arguments
        Those of its ``fit`` for weights of rows; empty without any.

    Raises
    ------
    PluginError
        In place of any error, if there are weights and the step is the model's own.
    """
    try:
        yield
    except Exception as error:
        module = str(getattr(type(model).train_step, "__module__", ""))
        if not arguments or module.partition(".")[0] in ("keras", "tf_keras", "tensorflow"):
            raise
        last = ([line.strip() for line in str(error).splitlines() if line.strip()] or [""])[-1]
        raise PluginError(
            f"its own train_step fails with sample weights ({type(error).__name__}: {last}): it "
            "gets x, y and sample_weight in data, and compute_loss takes the last; or train "
            "without sample weights"
        ) from error


def _takes(parameters: Mapping[str, inspect.Parameter], name: str) -> bool:
    kinds = [each.kind for each in parameters.values()]
    return name in parameters or inspect.Parameter.VAR_KEYWORD in kinds


def weight_arguments(
    estimator: Any, weights: np.ndarray, description: str, of_classes: bool = True
) -> dict[str, Any]:
    """Return the arguments with which an estimator's ``fit`` takes weights of rows.

    Parameters
    ----------
    estimator
        The estimator.
    weights
        The weights, float64 of shape ``(rows,)``.
    description
        What a message calls the model.
    of_classes
        Whether the model's ``class_weight`` alone makes the weights.

    Raises
    ------
    PluginError
        It takes no weights.
    """
    name = _weight_argument(estimator)
    if name is not None:
        return {name: weights}
    head = f"{description}: {type(estimator).__name__} takes no sample_weight"
    if of_classes:
        raise PluginError(
            f"{head}, so class_weight cannot apply: leave it out, or set a parameter of the "
            "estimator"
        )
    raise PluginError(f"{head}: {ADVICE}")


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
    if SAMPLE_WEIGHT in parameters:
        # With what takes none inside, CalibratedClassifierCV weights the calibration alone.
        is_calibrated = type(estimator).__name__ == "CalibratedClassifierCV"
        inner = getattr(estimator, "estimator", None)
        is_lost = is_calibrated and inner is not None and _weight_argument(inner) != SAMPLE_WEIGHT
        return None if is_lost else SAMPLE_WEIGHT
    if not any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values()):
        return None
    # A search or a stack passes its arguments on to what is inside it.
    inside = [each[1] for each in getattr(estimator, "estimators", None) or ()]
    inside = [getattr(estimator, "estimator", None), *inside]
    names = {_weight_argument(each) for each in inside if hasattr(each, "fit")}
    return names.pop() if len(names) == 1 else None
