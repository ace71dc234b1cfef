"""The model exported as TensorFlow's SavedModel and loaded again, as a server would."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from evenfold.worker.conversion import converting
from evenfold.worker.device import Framework
from evenfold.worker.paths.base import ConvertedPath, networks_only

LOSSY = False
missing = networks_only


def prepare(model: Any, framework: Framework, rows: np.ndarray) -> ConvertedPath:
    """Prepare the path as ``InferencePath.prepare`` describes."""
    import tensorflow as tf

    with tempfile.TemporaryDirectory(prefix="evenfold-") as folder, converting("SavedModel"):
        module = framework.backend.export_module(model)
        tf.saved_model.save(module, folder)
        # Loading reads the variables: the folder is not needed after that.
        loaded = tf.saved_model.load(folder)
        size = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
    return ConvertedPath(lambda x: loaded.serve(tf.convert_to_tensor(x)).numpy(), size)
