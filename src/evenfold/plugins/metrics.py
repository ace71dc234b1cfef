"""Metrics by name: built-in ones and plug-ins."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from evenfold.config import read_config
from evenfold.errors import PluginError, UsageError
from evenfold.option_checks import refuse_given
from evenfold.plugins.folders import find_plugins
from evenfold.plugins.sources import read_sources
from evenfold.render.words import unknown_name
from evenfold.stats.metric_names import METRIC_NAMES, register_metric
from evenfold.stats.metrics import Labels, Metric, Probabilities
from evenfold.worker.plugin import load_module
from evenfold.worker.source_modules import SourceModules, active

Function = Callable[[Labels, Probabilities, "int | None"], float]


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
    modules = SourceModules(read_sources(files[name]))
    try:
        metric = getattr(load_module(modules), "METRIC", None)
        if not isinstance(metric, Metric):
            raise PluginError("has no METRIC: end the file with METRIC = Metric(function)")
    except PluginError as error:
        raise PluginError(f"metric {name} ({files[name]}): {error}") from error
    register_metric(name, metric.rope, metric.lower_is_better)
    return SelectedMetric(name, replace(metric, function=_with_modules(metric, modules)))


def _with_modules(metric: Metric, modules: SourceModules) -> Function:
    """The function of a metric, with the modules that it may import while it runs."""

    def function(y: Labels, probabilities: Probabilities, positive: int | None) -> float:
        with active(modules):
            return metric.function(y, probabilities, positive)

    return function
