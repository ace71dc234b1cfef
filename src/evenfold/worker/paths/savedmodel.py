"""The model exported as TensorFlow's SavedModel and loaded again, as a server would."""

from __future__ import annotations

import tempfile
from typing import Any, Callable

import numpy as np

from evenfold.worker.device import Framework
from evenfold.worker.train import require_network


def prepare(model: Any, framework: Framework) -> Callable[[np.ndarray], np.ndarray]:
    """The path as a function of one batch."""
    require_network(model)
    module = framework.backend.serving(model)
    import tensorflow as tf

    with tempfile.TemporaryDirectory(prefix="evenfold-") as folder:
        tf.saved_model.save(module, folder)
        # Variables are read when it is loaded: nothing is needed of the folder after that.
        loaded = tf.saved_model.load(folder)
    return lambda x: loaded.serve(tf.convert_to_tensor(x)).numpy()
