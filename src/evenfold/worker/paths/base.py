"""The interface of an inference path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Protocol

import numpy as np

from evenfold.worker.device import Framework

# From a batch in the model's dtype and layout to its outputs; the computation has ended when it
# returns.
BatchFunction = Callable[[np.ndarray], np.ndarray]


class InferencePath(Protocol):
    """One way to predict. The modules of this package implement it.

    A path with ``LOSSY`` rounds the model: its predictions may differ from those of ``predict``,
    and the difference is reported.
    """

    LOSSY: bool

    def missing(self, is_network: bool) -> str:
        """Return why this path cannot run here, or an empty text.

        Parameters
        ----------
        is_network
            Whether it is for a network rather than an estimator.
        """

    def prepare(self, model: Any, framework: Framework, rows: np.ndarray) -> BatchFunction:
        """Prepare a model for the path.

        Parameters
        ----------
        model
            A Keras model or an estimator.
        framework
            The framework that it was built with.
        rows
            Training rows, ``(rows, *input_shape)``: a path may calibrate itself with them.

        Returns
        -------
        callable
            The path as a function of one batch; a ``ConvertedPath`` if the model became a file.

        Raises
        ------
        Skip
            If the path does not apply to the model or the framework.
        """


def networks_only(is_network: bool) -> str:
    """Return the reason of a path that estimators lack."""
    return "" if is_network else "an estimator is no network: it has the paths predict and onnx"


@dataclass(frozen=True)
class ConvertedPath:
    """A path that runs a converted model, and the size on disk of the file to ship for it."""

    run: BatchFunction
    size_bytes: int

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return the outputs of a batch."""
        return self.run(x)
