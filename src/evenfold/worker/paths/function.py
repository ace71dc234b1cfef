"""The model compiled into one function of its framework: ``tf.function`` or ``jax.jit``."""

from __future__ import annotations

from typing import Any

import numpy as np

from evenfold.worker.conversion import compiled_call
from evenfold.worker.device import Framework
from evenfold.worker.paths.base import BatchFunction, networks_only

LOSSY = False
missing = networks_only


def prepare(model: Any, framework: Framework, rows: np.ndarray) -> BatchFunction:
    """Prepare the path as ``InferencePath.prepare`` describes."""
    function = framework.backend.compile_function(model)
    return compiled_call(function, framework.backend.to_numpy, "tracing")
