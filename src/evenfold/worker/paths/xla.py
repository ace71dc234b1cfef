"""The model compiled by XLA as a whole: ``tf.function(jit_compile=True)``."""

from __future__ import annotations

from typing import Any

import numpy as np

from evenfold.worker.conversion import compiled_call
from evenfold.worker.device import Framework
from evenfold.worker.paths.base import BatchFunction, networks_only

LOSSY = False
missing = networks_only
# What TensorFlow raises if XLA lacks an operator.
COMPILER_ERRORS = ("InvalidArgumentError", "UnimplementedError", "NotFoundError")


def prepare(model: Any, framework: Framework, rows: np.ndarray) -> BatchFunction:
    """Prepare the path as ``InferencePath.prepare`` describes."""
    function = framework.backend.compile_with_xla(model)
    return compiled_call(function, framework.backend.to_numpy, "XLA", COMPILER_ERRORS)
