"""Predictions: the inference paths by name, and a model's outputs as probabilities."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, Callable

import numpy as np

from evenfold.errors import FitError, UsageError
from evenfold.worker import paths
from evenfold.worker.device import Framework
from evenfold.worker.train import is_keras

REFERENCE = "predict"
TOLERANCE = 1e-5  # absolute, on probabilities: what another order of float32 sums may change
ROUNDING = 1e-3  # how far a float32 or float16 softmax may be from summing to 1
STEP = 1 / 256  # of a probability in int8


def path_names() -> tuple[str, ...]:
    """Names of all paths, the reference first: one a file in ``worker/paths``."""
    names = {p.stem for p in Path(paths.__file__).parent.glob("*.py") if p.stem != "__init__"}
    return (REFERENCE, *sorted(names - {REFERENCE}))


def is_exact(name: str) -> bool:
    """Whether a path has to predict what the reference does; else it states by how much it differs.

    Raises UsageError for a name that is no path's.
    """
    return not getattr(_module(name), "LOSSY", False)


def prepare_path(
    name: str, model: Any, framework: Framework, rows: np.ndarray, device: str = "cpu"
) -> Callable[[np.ndarray], np.ndarray]:
    """The path as a function of one batch on a device.

    ``rows`` are of the training part, in the model's layout: a path may be calibrated by them.
    Raises Skip where it does not apply.
    """
    run = unplaced_path(name, model, framework, rows)

    def placed(x: np.ndarray) -> np.ndarray:
        with framework.scope(device):
            outputs: np.ndarray = run(x)
            return outputs

    size = size_bytes(run)
    return placed if size is None else paths.Converted(placed, size)


def unplaced_path(
    name: str, model: Any, framework: Framework, rows: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """The path as a function to be called inside a device's scope, entered once for many calls."""
    run: Callable[[np.ndarray], np.ndarray] = _module(name).prepare(model, framework, rows)
    return run


def size_bytes(run: Callable[[np.ndarray], np.ndarray]) -> int | None:
    """Bytes on disk of the file that a path's model was converted to; None where there is none."""
    return run.size_bytes if isinstance(run, paths.Converted) else None


def batch_bytes(model: Any, rows: int) -> int | None:
    """About what a network's batch needs in one step: its two largest layers' float32 outputs.

    None for an estimator, and for a network that does not tell its layers' shapes.
    """
    try:
        shapes = [tuple(layer.output.shape[1:]) for layer in model.layers]
        sizes = sorted(int(np.prod(shape)) for shape in shapes)
    except (AttributeError, TypeError, ValueError, RuntimeError):
        return None
    return 4 * rows * sum(sizes[-2:])


def agreement(name: str, expected: np.ndarray, found: np.ndarray, model: str) -> float:
    """The largest absolute difference between a path's probabilities and the reference's.

    Both have shape ``(rows, n_classes)``. Raises FitError, with the model's name, where an exact
    path differs by more than ``TOLERANCE``.
    """
    furthest = float(np.abs(found - expected).max(initial=0.0))
    if furthest > TOLERANCE and is_exact(name):
        raise FitError(
            f"{model}: {name} gives probabilities that differ from {REFERENCE}'s by "
            f"{furthest:.2g}, allowed is {TOLERANCE:g}"
        )
    return furthest


def as_input(model: Any, x: np.ndarray) -> np.ndarray:
    """Rows in the dtype that the model is handed: float32 for Keras, float64 for an estimator."""
    dtype: Any = np.float32 if is_keras(model) else np.float64
    return x.astype(dtype)


def probabilities(outputs: np.ndarray, n_classes: int, path: str = REFERENCE) -> np.ndarray:
    """Outputs as float64 of shape ``(rows, n_classes)``; a single unit is the one of class 1.

    Those of a path that rounds the model need not sum to 1 as nearly, and are made to.

    Raises FitError when an output is not finite, lies outside [0, 1], or rows do not sum to 1.
    """
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
    """Probabilities of rows, float64 of shape ``(rows, n_classes)``, on the reference path."""
    rows = as_input(model, x)
    run = prepare_path(REFERENCE, model, framework, rows, device)
    return probabilities(run(rows), n_classes)


def _module(name: str) -> Any:
    if name not in path_names():
        raise UsageError(f"no inference path {name!r}: one of {', '.join(path_names())}")
    return importlib.import_module(f"evenfold.worker.paths.{name}")
