"""Metrics by name: built-in ones and plug-ins."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from weakref import finalize

import numpy as np

from evenfold.config import read_config
from evenfold.errors import EvenfoldError, UsageError
from evenfold.option_checks import refuse_given
from evenfold.plugins.folders import find_plugins
from evenfold.plugins.plugin_process import PluginProcess
from evenfold.plugins.run_metric import encoded
from evenfold.plugins.sources import read_sources
from evenfold.render.words import unknown_name
from evenfold.runtime.cleanup import scratch
from evenfold.stats.metric_names import METRIC_NAMES, register_metric
from evenfold.stats.metrics import Labels, Metric, Probabilities

SECONDS_TO_LOAD, SECONDS_TO_COMPUTE = 120.0, 120.0


@dataclass(frozen=True)
class SelectedMetric:
    """The metric that a user selects; ``plugin`` is None for a built-in one."""

    name: str
    plugin: Metric | None = None


def find_metric(name: str, folders: Iterable[Path], root: Path) -> SelectedMetric:
    """Find a metric by name. **Runs the code of a plug-in.**

    Parameters
    ----------
    name
        The name of a built-in metric, or the stem of a plug-in's file.
    folders
        Folders of plug-ins, beside those of the project.
    root
        The project's folder.

    Raises
    ------
    UsageError
        There is no such metric, or a plug-in has the name of a built-in one.
    PluginError
        The plug-in's file breaks the contract.
    """
    folders = list(folders)
    files = find_plugins([*read_config(root).metrics, *folders], "metrics").files
    if name in METRIC_NAMES and name in files:
        raise UsageError(f"{files[name]}: {name} is a built-in metric: give the file another name")
    if name in METRIC_NAMES:
        refuse_given({"metrics": folders or None}, f"{name} is a built-in metric")
        return SelectedMetric(name)
    if name not in files:
        raise UsageError(unknown_name("metric", name, [*METRIC_NAMES, *sorted(files)]))
    metric = _MetricProcess(name, files[name]).metric()
    register_metric(name, metric.rope, metric.lower_is_better)
    return SelectedMetric(name, metric)


class _MetricProcess:
    """The process that computes the metric of a plug-in; it ends when that is not used any more."""

    def __init__(self, name: str, file: Path) -> None:
        """Start the process."""
        stack = ExitStack()
        self._end = finalize(self, stack.close)
        folder = stack.enter_context(scratch())
        title = f"metric {name} ({file})"
        self._process = PluginProcess("run_metric", title, read_sources(file), folder)
        stack.callback(self._process.stop)

    def metric(self) -> Metric:
        """Return the metric, whose function runs in the process."""
        try:
            values = self._process.answer(SECONDS_TO_LOAD)["metric"]
            return ProcessMetric(self._compute, **values, process=self)
        except (EvenfoldError, KeyError, TypeError, ValueError):
            self._end()
            raise

    def _compute(self, y: Labels, probabilities: Probabilities, positive: int | None) -> float:
        answer = self._process.answer(SECONDS_TO_COMPUTE, encoded(y, probabilities, positive))
        return float(answer["value"])

    def leave_out(
        self, y: Labels, probabilities: Probabilities, positive: int | None, units: Labels
    ) -> Iterator[float]:
        """Yield what ``Metric.leave_out`` does; the process gets the rows once."""
        message = encoded(y, probabilities, positive, units)
        try:
            whole = float(self._process.answer(SECONDS_TO_COMPUTE, message)["value"])
            yield whole
            for _ in np.unique(units) if math.isfinite(whole) else ():
                yield float(self._process.answer(SECONDS_TO_COMPUTE)["value"])
        except BaseException:  # further answers would be taken for those of the next message
            self._process.stop()
            raise


@dataclass(frozen=True)
class ProcessMetric(Metric):
    """A metric whose function runs in a process, which gets the rows of a fit once."""

    process: _MetricProcess = field(kw_only=True, repr=False)

    def leave_out(
        self, y: Labels, probabilities: Probabilities, positive: int | None, units: Labels
    ) -> Iterator[float]:
        """Yield what ``Metric.leave_out`` does."""
        return self.process.leave_out(y, probabilities, positive, units)
