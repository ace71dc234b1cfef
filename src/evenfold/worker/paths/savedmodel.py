"""The model exported as TensorFlow's SavedModel and loaded again, as a server would."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from evenfold.worker.device import Framework
from evenfold.worker.paths import Converted
from evenfold.worker.train import require_network


def prepare(model: Any, framework: Framework, rows: np.ndarray) -> Converted:
    """The path as a function of one batch."""
    require_network(model)
    module = framework.backend.serving(model)
    import tensorflow as tf

    with tempfile.TemporaryDirectory(prefix="evenfold-") as folder:
        tf.saved_model.save(module, folder)
        # Variables are read when it is loaded: nothing is needed of the folder after that.
        loaded = tf.saved_model.load(folder)
        size = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
    return Converted(lambda x: loaded.serve(tf.convert_to_tensor(x)).numpy(), size)
