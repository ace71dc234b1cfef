"""The model converted to ONNX, run by ONNX Runtime on the CPU."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from evenfold.errors import Skip
from evenfold.worker.backends.base import is_importable
from evenfold.worker.build import is_keras
from evenfold.worker.conversion import converting
from evenfold.worker.device import Framework
from evenfold.worker.paths.base import ConvertedPath

LOSSY = False


def missing(is_network: bool) -> str:
    """Return which package is not installed, or an empty text."""
    packages = ("onnxruntime", "tf2onnx" if is_network else "skl2onnx")
    return next((f"{name} is not installed" for name in packages if not is_importable(name)), "")


def prepare(model: Any, framework: Framework, rows: np.ndarray) -> ConvertedPath:
    """Prepare the path as ``InferencePath.prepare`` describes."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = framework.threads or os.cpu_count() or 1
    with converting("ONNX"):
        converted = (_convert_network if is_keras(model) else _convert_estimator)(model, framework)
        content = converted.SerializeToString()
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    # An estimator's first output is its labels.
    name, output = session.get_inputs()[0].name, session.get_outputs()[-1].name
    return ConvertedPath(lambda x: session.run([output], {name: x})[0], len(content))


def _convert_network(model: Any, framework: Framework) -> Any:
    module = framework.backend.export_module(model)
    import tf2onnx

    converted, _ = tf2onnx.convert.from_function(
        module.serve, input_signature=module.serve.input_signature
    )
    return converted


def _convert_estimator(model: Any, framework: Framework) -> Any:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import DoubleTensorType
    from skl2onnx.common.exceptions import MissingConverter, MissingShapeCalculator

    any_rows = DoubleTensorType([None, model.n_features_in_])
    try:
        converted = to_onnx(model, initial_types=[("x", any_rows)], options={"zipmap": False})
    except (MissingConverter, MissingShapeCalculator):
        raise Skip(f"skl2onnx cannot convert {type(model).__name__}") from None
    if any(node.op_type.startswith("TreeEnsemble") for node in converted.graph.node):
        raise Skip("ONNX has thresholds of trees in float32: rows near one would change sides")
    return converted
