"""The interface of a backend: everything that differs between frameworks."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any, Callable, ContextManager, Mapping, Protocol

import numpy as np

from evenfold.errors import UsageError


class Backend(Protocol):
    """One framework. The modules of this package implement it, and import it inside functions.

    A device is ``cpu``, ``gpu`` or, with a number, ``gpu:1``; a kind of device ``cpu`` or ``gpu``.
    """

    def is_installed(self) -> bool:
        """Return whether Keras can run on the framework here. Imports nothing."""

    def environment_name(self, versions: Mapping[str, str]) -> str:
        """Return the usual name of an environment with these package versions: ``tf2.21``."""

    def configure(self, threads: int | None, determinism: bool) -> None:
        """Import the framework and set threads and determinism, before it computes anything.

        ``threads`` None leaves the number to the framework. Raises UsageError if its Keras is too
        old.
        """

    def devices(self, kind: str) -> list[str]:
        """Return the names of the devices of a kind that the framework finds."""

    def missing(self, kind: str) -> str:
        """Say where devices of a kind were searched without a result."""

    def scope(self, device: str) -> ContextManager[Any]:
        """Place models and computations on a device."""

    def keep_random_state(self) -> ContextManager[Any]:
        """Keep predictions from drawing on the random numbers of a training."""

    def synchronize(self, model: Any) -> None:
        """Wait for the last weight update of a model."""

    def to_numpy(self, output: Any) -> np.ndarray:
        """Wait for a tensor's computation and return its values."""

    def compile_function(self, model: Any) -> Callable[[np.ndarray], Any]:
        """Compile a model into one function from a batch to a tensor. Raises Skip if it cannot."""

    def compile_with_xla(self, model: Any) -> Callable[[np.ndarray], Any]:
        """Compile a model into one XLA program per batch shape. Raises Skip if it cannot."""

    def export_module(self, model: Any) -> Any:
        """Return a ``tf.Module`` whose ``serve`` takes any number of rows. Raises Skip without."""

    def peak_gpu_bytes(self, device: str) -> int | None:
        """Return the most bytes in use on a GPU since the process began; None for a CPU."""

    def prepare_studies(self) -> None:
        """Make the settings that the compiled engine needs, before anything is computed."""


def is_importable(module: str) -> bool:
    """Return whether a module is installed, without importing it."""
    return module in sys.modules or importlib.util.find_spec(module) is not None


def require_keras_3(backend: str) -> None:
    """Raise UsageError if the installed Keras is older than Keras 3."""
    import keras

    if int(keras.__version__.split(".")[0]) < 3:
        raise UsageError(
            f"KERAS_BACKEND={backend} needs Keras 3, found {keras.__version__}: "
            "install another Keras, or unset KERAS_BACKEND"
        )
