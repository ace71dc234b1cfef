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
    """The path as a function of one batch; 500 of the training rows, spread evenly, tell ranges.

    The first ones may be a few people's, or of one class.
    """

    def quantize(converter: Any) -> None:
        import tensorflow as tf

        which = np.linspace(0, len(rows) - 1, min(CALIBRATED_BY, len(rows))).astype(int)
        shown = rows[which].astype(np.float32)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([row[np.newaxis]] for row in shown)

    return litert.converted(model, framework, quantize)
