"""A metric's file in a process of its own: ``python -m evenfold.plugins.run_metric``.

It sends the fields of ``METRIC``, and then answers each line of standard input, which holds the
labels and probabilities of a fit, with the metric's value.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from evenfold.errors import EvenfoldError, PluginError
from evenfold.stats.metrics import Metric
from evenfold.worker.error_text import describe_error, error_message
from evenfold.worker.pipes import Send, take_stdin, take_stdout
from evenfold.worker.plugin import load_module
from evenfold.worker.source_modules import SourceModules, active
from evenfold.worker.sources import read_saved


def main(sources: str, _folder: str) -> None:
    """Load a metric, and compute it until the input ends."""
    send, stdin = take_stdout(), take_stdin()
    modules = SourceModules(read_saved(Path(sources)))
    metric = _load(modules, send)
    if metric is None:
        return
    for line in stdin:
        with active(modules):
            send(_computed(metric, json.loads(line)))


def encoded(y: np.ndarray, probabilities: np.ndarray, positive: int | None) -> dict[str, Any]:
    """Return the arguments of a metric as JSON has them."""
    arrays = {"y": np.asarray(y, np.int64), "probabilities": np.asarray(probabilities, np.float64)}
    parts = {name: base64.b64encode(array.tobytes()).decode() for name, array in arrays.items()}
    return {**parts, "shape": list(probabilities.shape), "positive": positive}


def _load(modules: SourceModules, send: Send) -> Metric | None:
    try:
        metric = getattr(load_module(modules), "METRIC", None)
        if not isinstance(metric, Metric):
            raise PluginError("has no METRIC: end the file with METRIC = Metric(function)")
        values = {"rope": float(metric.rope), "low": float(metric.low), "high": float(metric.high)}
        send({"metric": {**values, "lower_is_better": bool(metric.lower_is_better)}})
    except EvenfoldError as error:
        send({"error": error_message(error), "kind": type(error).__name__})
        return None
    # A plug-in may raise anything; nobody but it interrupts this process.
    except BaseException as error:
        send({"error": f"METRIC: {describe_error(error)}", "kind": PluginError.__name__})
        return None
    return metric


def _computed(metric: Metric, message: Mapping[str, Any]) -> dict[str, Any]:
    try:
        y = np.frombuffer(base64.b64decode(message["y"]), np.int64).copy()
        flat = np.frombuffer(base64.b64decode(message["probabilities"]), np.float64).copy()
        probabilities = flat.reshape(message["shape"])
        return {"value": float(metric.function(y, probabilities, message["positive"]))}
    except BaseException as error:
        return {"raised": describe_error(error)}


if __name__ == "__main__":
    main(*sys.argv[1:])
