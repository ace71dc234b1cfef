"""The model compiled by XLA as a whole: ``tf.function(jit_compile=True)``."""

from __future__ import annotations

from typing import Any

import numpy as np

from evenfold.worker.device import Framework
from evenfold.worker.paths.base import BatchFunction
from evenfold.worker.train import require_network

LOSSY = False


def prepare(model: Any, framework: Framework, rows: np.ndarray) -> BatchFunction:
    """Prepare the path as ``InferencePath.prepare`` describes."""
    require_network(model)
    function = framework.backend.compile_with_xla(model)
    to_numpy = framework.backend.to_numpy
    return lambda x: to_numpy(function(x))
