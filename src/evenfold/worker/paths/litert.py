"""The model converted for LiteRT (TensorFlow Lite), run by its interpreter."""

from __future__ import annotations

import os
from typing import Any, Callable

import numpy as np

from evenfold.worker.device import Framework
from evenfold.worker.paths import Converted
from evenfold.worker.train import require_network


def prepare(model: Any, framework: Framework, rows: np.ndarray) -> Converted:
    """The path as a function of one batch; a batch of another size is planned for anew."""
    return converted(model, framework, lambda converter: None)


def converted(model: Any, framework: Framework, tune: Callable[[Any], None]) -> Converted:
    """The same with the converter's options as ``tune`` sets them."""
    require_network(model)
    traced = framework.backend.serving(model).serve.get_concrete_function()
    import tensorflow as tf

    # Told what holds the variables, it makes NaN of Keras 3's (TensorFlow 2.20, 2.21).
    converter = tf.lite.TFLiteConverter.from_concrete_functions([traced])
    tune(converter)
    content = converter.convert()
    # Not told, it takes one.
    threads = framework.threads or os.cpu_count() or 1
    interpreter = _interpreter()(model_content=content, num_threads=threads)
    (put,), (get,) = interpreter.get_input_details(), interpreter.get_output_details()
    planned = [0]

    def run(x: np.ndarray) -> np.ndarray:
        if planned != [len(x)]:
            interpreter.resize_tensor_input(put["index"], x.shape)
            interpreter.allocate_tensors()
            planned[:] = [len(x)]
        interpreter.set_tensor(put["index"], x)
        interpreter.invoke()
        outputs: np.ndarray = interpreter.get_tensor(get["index"])
        return outputs

    return Converted(run, len(content))


def _interpreter() -> Any:
    """LiteRT's own where it is installed, else the one that TensorFlow brings."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        import tensorflow as tf

        return tf.lite.Interpreter
    return Interpreter
