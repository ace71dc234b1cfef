"""The model called as a function, eagerly: ``model(x, training=False)``."""

from __future__ import annotations

from typing import Any

import numpy as np

from evenfold.worker.device import Framework
from evenfold.worker.paths.base import BatchFunction, networks_only

LOSSY = False
missing = networks_only


def prepare(model: Any, framework: Framework, rows: np.ndarray) -> BatchFunction:
    """Prepare the path as ``InferencePath.prepare`` describes."""
    to_numpy = framework.backend.to_numpy
    return lambda x: to_numpy(model(x, training=False))
