"""Metrics by name: built-in ones and plug-ins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from evenfold.config import read_config
from evenfold.errors import PluginError, UsageError
from evenfold.plugins.folders import find_plugins
from evenfold.stats.metric_names import METRIC_NAMES, register_metric
from evenfold.stats.metrics import Metric
from evenfold.worker.plugin import load_module


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
    files = find_plugins([*read_config(root).metrics, *folders], "metrics").files
    if name in METRIC_NAMES and name in files:
        raise UsageError(f"{files[name]}: {name} is a built-in metric: give the file another name")
    if name in METRIC_NAMES:
        return SelectedMetric(name)
    if name not in files:
        known = ", ".join([*METRIC_NAMES, *sorted(files)])
        raise UsageError(f"no metric {name!r}: there are {known}")
    try:
        metric = getattr(load_module(files[name]), "METRIC", None)
        if not isinstance(metric, Metric):
            raise PluginError("has no METRIC: end the file with METRIC = Metric(function)")
    except PluginError as error:
        raise PluginError(f"metric {name} ({files[name]}): {error}") from error
    register_metric(name, metric.rope, metric.lower_is_better)
    return SelectedMetric(name, metric)
