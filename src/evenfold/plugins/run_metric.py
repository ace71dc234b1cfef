"""A metric's file in a process of its own: ``python -m evenfold.plugins.run_metric``.

It sends the fields of ``METRIC``, and then answers each line of standard input, which holds the
labels and probabilities of a fit, with the metric's value. Where the line also holds units of rows,
further answers follow: the values without each of them.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
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


class FunctionError(Exception):
    """A plug-in's function raised an error, or returned no number; the message says which."""


def main(sources: str, _folder: str) -> None:
    """Load a metric, and compute it until the input ends."""
    send, stdin = take_stdout(), take_stdin()
    modules = SourceModules(read_saved(Path(sources)))
    metric = _load(modules, send)
    if metric is None:
        return
    for line in stdin:
        with active(modules):
            for answer in _computed(metric, json.loads(line)):
                send(answer)


def encoded(
    y: np.ndarray,
    probabilities: np.ndarray,
    positive: int | None,
    units: np.ndarray | None = None,
) -> dict[str, Any]:
    """Return the arguments of a metric as JSON has them, with units of rows to leave out."""
    arrays = {"y": np.asarray(y, np.int64), "probabilities": np.asarray(probabilities, np.float64)}
    if units is not None:
        arrays["units"] = np.asarray(units, np.int64)
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
    return replace(metric, function=_guarded(metric.function))


def _computed(metric: Metric, message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    y, positive = _array(message["y"], np.int64), message["positive"]
    probabilities = _array(message["probabilities"], np.float64).reshape(message["shape"])
    if "units" in message:
        units = _array(message["units"], np.int64)
        for value in metric.leave_out(y, probabilities, positive, units):
            yield {"value": value}
        return
    try:
        yield {"value": metric.function(y, probabilities, positive)}
    except FunctionError as error:
        yield {"raised": str(error)}


def _array(text: str, kind: type[np.generic]) -> np.ndarray:
    # A user's function may write into its arguments.
    return np.frombuffer(base64.b64decode(text), kind).copy()


def _guarded(function: Callable[..., Any]) -> Callable[..., float]:
    """A plug-in's function, which may raise anything and return anything."""

    def call(*arguments: object) -> float:
        try:
            return float(function(*arguments))
        except BaseException as error:
            raise FunctionError(describe_error(error)) from error

    return call


if __name__ == "__main__":
    main(*sys.argv[1:])
