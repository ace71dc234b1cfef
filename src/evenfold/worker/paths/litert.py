"""The model converted for LiteRT (TensorFlow Lite), run by its interpreter."""

from __future__ import annotations

import os
from typing import Any, Callable

import numpy as np

from evenfold.worker.conversion import cannot_convert, converting
from evenfold.worker.device import Framework
from evenfold.worker.paths.base import ConvertedPath, networks_only

LOSSY = False
missing = networks_only
CONVERTER = "LiteRT"


def prepare(model: Any, framework: Framework, rows: np.ndarray) -> ConvertedPath:
    """Prepare the path as ``InferencePath.prepare`` describes.

    The interpreter allocates its tensors again for a batch of another size.
    """
    return convert(model, framework, lambda converter: None)


def convert(model: Any, framework: Framework, tune: Callable[[Any], None]) -> ConvertedPath:
    """Convert a model after ``tune`` has set the converter's options.

    Raises Skip where the model cannot be exported or is not supported.
    """
    # Its default is one.
    threads = framework.threads or os.cpu_count() or 1
    with converting(CONVERTER):
        content = _content(framework.backend.export_module(model), tune)
        interpreter = _interpreter()(model_content=content, num_threads=threads)
    (source,), (target,) = interpreter.get_input_details(), interpreter.get_output_details()
    allocated_rows = [0]

    def run(x: np.ndarray) -> np.ndarray:
        if allocated_rows != [len(x)]:
            try:
                interpreter.resize_tensor_input(source["index"], x.shape)
                interpreter.allocate_tensors()
            except (RuntimeError, ValueError) as error:  # an operator that it does not have
                raise cannot_convert(CONVERTER, error) from error
            allocated_rows[:] = [len(x)]
        interpreter.set_tensor(source["index"], x)
        interpreter.invoke()
        outputs: np.ndarray = interpreter.get_tensor(target["index"])
        return outputs

    return ConvertedPath(run, len(content))


def _content(module: Any, tune: Callable[[Any], None]) -> bytes:
    """Return the converted model."""
    import tensorflow as tf

    traced = module.serve.get_concrete_function()
    # With the object that holds the variables, Keras 3's become NaN (TensorFlow 2.20, 2.21).
    converter = tf.lite.TFLiteConverter.from_concrete_functions([traced])
    tune(converter)
    content: bytes = converter.convert()
    return content


def _interpreter() -> Any:
    """Return LiteRT's own interpreter if it is installed, else TensorFlow's."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        import tensorflow as tf

        return tf.lite.Interpreter
    return Interpreter
