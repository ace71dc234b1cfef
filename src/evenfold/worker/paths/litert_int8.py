"""LiteRT with weights and activations in int8, calibrated by training rows; float32 in and out."""

from __future__ import annotations

from typing import Any

import numpy as np

from evenfold.worker.device import Framework
from evenfold.worker.paths import Converted, litert

LOSSY = True
# What TensorFlow's guide to post-training quantization calls enough: 100 to 500 rows.
CALIBRATED_BY = 500


def prepare(model: Any, framework: Framework, rows: np.ndarray) -> Converted:
    """The path as a function of one batch; the first 500 training rows tell its ranges."""

    def quantize(converter: Any) -> None:
        import tensorflow as tf

        shown = rows[:CALIBRATED_BY].astype(np.float32)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([row[np.newaxis]] for row in shown)

    return litert.converted(model, framework, quantize)
