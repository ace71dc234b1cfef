"""The model called as a function, eagerly: ``model(x, training=False)``."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np

from evenfold.worker.device import Framework
from evenfold.worker.train import require_network


def prepare(
    model: Any, framework: Framework, rows: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """The path as a function of one batch."""
    require_network(model)
    to_numpy = framework.backend.to_numpy
    return lambda x: to_numpy(model(x, training=False))
