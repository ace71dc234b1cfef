"""LiteRT with weights and activations in int8, calibrated by training rows; float32 in and out."""

from __future__ import annotations

from typing import Any

import numpy as np

from evenfold.worker.device import Framework
from evenfold.worker.paths import litert
from evenfold.worker.paths.base import ConvertedPath, networks_only

LOSSY = True
missing = networks_only
# TensorFlow's guide to post-training quantization recommends 100 to 500 rows.
CALIBRATION_ROWS = 500


def prepare(model: Any, framework: Framework, rows: np.ndarray) -> ConvertedPath:
    """Prepare the path as ``InferencePath.prepare`` describes.

    500 of the training rows, spread evenly, calibrate the ranges: the first ones may all be of one
    person or one class.
    """

    def quantize(converter: Any) -> None:
        import tensorflow as tf

        indices = np.linspace(0, len(rows) - 1, min(CALIBRATION_ROWS, len(rows))).astype(int)
        sample = rows[indices].astype(np.float32)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([row[np.newaxis]] for row in sample)

    return litert.convert(model, framework, quantize)
