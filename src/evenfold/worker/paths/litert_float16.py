"""LiteRT with weights rounded to float16: half the file; sums are in float32."""

from __future__ import annotations

from typing import Any

import numpy as np

from evenfold.worker.device import Framework
from evenfold.worker.paths import Converted, litert

LOSSY = True


def prepare(model: Any, framework: Framework, rows: np.ndarray) -> Converted:
    """The path as a function of one batch."""
    return litert.converted(model, framework, _halve)


def _halve(converter: Any) -> None:
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
