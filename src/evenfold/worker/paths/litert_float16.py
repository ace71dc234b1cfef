"""LiteRT with weights rounded to float16: half the file; sums are in float32."""

from __future__ import annotations

from typing import Any

import numpy as np

from evenfold.worker.device import Framework
from evenfold.worker.paths import litert
from evenfold.worker.paths.base import ConvertedPath, networks_only

LOSSY = True
missing = networks_only


def prepare(model: Any, framework: Framework, rows: np.ndarray) -> ConvertedPath:
    """Prepare the path as ``InferencePath.prepare`` describes."""
    return litert.convert(model, framework, _halve)


def _halve(converter: Any) -> None:
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
