"""Predictions: the inference paths by name, and a model's outputs as probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from evenfold.errors import FitError, Skip, UsageError, did_you_mean
from evenfold.worker.build import is_keras
from evenfold.worker.device import Framework
from evenfold.worker.paths import PATHS
from evenfold.worker.paths.base import BatchFunction, ConvertedPath, InferencePath

REFERENCE = "predict"
TOLERANCE = 1e-5  # absolute, on probabilities: what another order of float32 sums may change
ROUNDING = 1e-3  # how far a float32 or float16 softmax may be from summing to 1
STEP = 1 / 256  # of a probability in int8


def path_names() -> tuple[str, ...]:
    """Return the names of all paths, the reference first."""
    return tuple(PATHS)


def is_exact(name: str) -> bool:
    """Return whether a path has to predict what the reference predicts.

    Raises
    ------
    UsageError
        If there is no such path.
    """
    return not _path(name).LOSSY


def missing_path(name: str, is_network: bool) -> str:
    """Return why a path cannot run here for a network or an estimator, or an empty text.

    Raises
    ------
    UsageError
        If there is no such path.
    """
    return _path(name).missing(is_network)


def prepare_path(
    name: str, model: Any, framework: Framework, rows: np.ndarray, device: str = "cpu"
) -> BatchFunction:
    """Prepare a path as a function of one batch on a device.

    Parameters
    ----------
    name
        The path.
    model
        A Keras model or an estimator.
    framework
        The framework that it was built with.
    rows
        Training rows in the model's layout, ``(rows, *input_shape)``: a path may calibrate itself
        with them.
    device
        ``cpu``, ``gpu`` or, with a number, ``gpu:1``.

    Raises
    ------
    UsageError
        If there is no such path.
    Skip
        If the path does not apply.
    """
    run = prepare_unplaced_path(name, model, framework, rows)

    def run_on_device(x: np.ndarray) -> np.ndarray:
        with framework.scope(device):
            return run(x)

    size = size_bytes(run)
    return run_on_device if size is None else ConvertedPath(run_on_device, size)


def prepare_unplaced_path(
    name: str, model: Any, framework: Framework, rows: np.ndarray
) -> BatchFunction:
    """Prepare a path to be called inside a device's scope, which many calls share."""
    if reason := missing_path(name, is_keras(model)):
        raise Skip(reason)
    return _path(name).prepare(model, framework, rows)


def size_bytes(run: BatchFunction) -> int | None:
    """Return the size on disk of a path's converted model; None where nothing is converted."""
    return run.size_bytes if isinstance(run, ConvertedPath) else None


def batch_bytes(model: Any, rows: int) -> int | None:
    """Estimate the bytes that one batch needs: the two largest layers' float32 outputs.

    None for an estimator, and for a network whose layers' shapes are unknown.
    """
    try:
        shapes = [tuple(layer.output.shape[1:]) for layer in model.layers]
        sizes = sorted(int(np.prod(shape)) for shape in shapes)
    except (AttributeError, TypeError, ValueError, RuntimeError):
        return None
    return 4 * rows * sum(sizes[-2:])


def agreement(name: str, expected: np.ndarray, predicted: np.ndarray, model: str) -> float:
    """Return the largest absolute difference between a path's probabilities and the reference's.

    Parameters
    ----------
    name
        The path.
    expected, predicted
        Probabilities of the reference and of the path, both ``(rows, n_classes)``.
    model
        The model's name, for the message.

    Raises
    ------
    FitError
        If an exact path differs by more than ``TOLERANCE``.
    """
    difference = float(np.abs(predicted - expected).max(initial=0.0))
    if difference > TOLERANCE and is_exact(name):
        raise FitError(
            f"{model}: {name} gives probabilities that differ from {REFERENCE}'s by "
            f"{difference:.2g}, allowed is {TOLERANCE:g}"
        )
    return difference


def as_input(model: Any, x: np.ndarray) -> np.ndarray:
    """Return rows in the model's dtype: float32 for Keras, float64 for an estimator."""
    dtype: Any = np.float32 if is_keras(model) else np.float64
    return x.astype(dtype)


def probabilities(outputs: np.ndarray, n_classes: int, path: str = REFERENCE) -> np.ndarray:
    """Return outputs as probabilities, normalised to sum to 1.

    Parameters
    ----------
    outputs
        ``(rows, n_classes)``, or ``(rows, 1)`` with the probability of class 1 of two.
    n_classes
        The number of classes.
    path
        The path that gave them; the sums of a lossy path may be further from 1.

    Returns
    -------
    numpy.ndarray
        float64 of shape ``(rows, n_classes)``.

    Raises
    ------
    FitError
        If the shape is wrong, an output is not finite or lies outside [0, 1], or a row does not
        sum to 1.
    """
    if np.iscomplexobj(outputs):
        raise FitError("outputs are complex numbers, expected probabilities")
    outputs = np.asarray(outputs, dtype=np.float64)
    if n_classes == 2 and outputs.ndim == 2 and outputs.shape[1] == 1:
        outputs = np.hstack([1.0 - outputs, outputs])
    if outputs.ndim != 2 or outputs.shape[1] != n_classes:
        raise FitError(f"outputs have shape {outputs.shape}, expected (rows, {n_classes})")
    if not np.isfinite(outputs).all():
        raise FitError(
            "an output is not finite: the training diverged, or the inputs are not finite"
        )
    if outputs.min(initial=0) < 0 or outputs.max(initial=0) > 1:
        raise FitError("an output lies outside [0, 1]: end with task.output_activation")
    sums = outputs.sum(axis=1, keepdims=True)
    rounding = ROUNDING if is_exact(path) else max(ROUNDING, n_classes * STEP)
    if np.abs(sums - 1).max(initial=0) > rounding:
        raise FitError("a row of probabilities does not sum to 1: end with task.output_activation")
    normalised: np.ndarray = outputs / sums
    return normalised


def predict(
    model: Any, x: np.ndarray, framework: Framework, device: str, n_classes: int
) -> np.ndarray:
    """Return the probabilities of rows on the reference path: float64, ``(rows, n_classes)``."""
    rows = as_input(model, x)
    run = prepare_path(REFERENCE, model, framework, rows, device)
    return require_rows(probabilities(run(rows), n_classes), x)


def require_rows(predicted: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return probabilities of rows. Raises FitError if they are of more or fewer rows."""
    if len(predicted) != len(x):
        raise FitError(f"outputs have {len(predicted)} rows, expected {len(x)}: one for each input")
    return predicted


def _path(name: str) -> InferencePath:
    if name not in PATHS:
        raise UsageError(
            f"no inference path {name!r}: there are {', '.join(PATHS)}{did_you_mean(name, PATHS)}"
        )
    return PATHS[name]
