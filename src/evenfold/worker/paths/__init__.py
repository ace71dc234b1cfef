"""The inference paths by name; one module each, the reference first."""

from __future__ import annotations

from typing import Mapping

from evenfold.worker.paths import (
    call,
    function,
    litert,
    litert_float16,
    litert_int8,
    onnx,
    predict,
    savedmodel,
    xla,
)
from evenfold.worker.paths.base import InferencePath

PATHS: Mapping[str, InferencePath] = {
    "predict": predict,
    "call": call,
    "function": function,
    "litert": litert,
    "litert_float16": litert_float16,
    "litert_int8": litert_int8,
    "onnx": onnx,
    "savedmodel": savedmodel,
    "xla": xla,
}
