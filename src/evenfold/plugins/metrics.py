"""Metrics: a built-in one by its name, or a plug-in's, computed from kept predictions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.config import read_config
from evenfold.errors import PluginError, ResultsError, UsageError
from evenfold.plugins.folders import find_plugins
from evenfold.score.predictions import read_predictions
from evenfold.score.studies import STORE, StudyScores
from evenfold.stats.metric_names import METRIC_NAMES
from evenfold.stats.metrics import Metric, by_fit
from evenfold.stats.score_intervals import register
from evenfold.worker.plugin import load_module

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Asked:
    """The metric that a user asks for; ``own`` is a plug-in's, None for one that is built in."""

    name: str
    own: Metric | None = None

    def added(self, study: StudyScores) -> StudyScores:
        """The study with the metric among its scores, computed where it is a plug-in's.

        Raises ResultsError for a study without its predictions, PluginError when the function
        fails or gives no number.
        """
        if self.own is None or self.name in study.scores:
            return study
        if study.file.suffix == STORE:
            raise ResultsError(
                f"{study.file}: a store has no labels to compute {self.name} with: "
                "compare folders of results"
            )
        values = _values(self.name, self.own, study)
        return replace(study, scores=study.scores.assign(**{self.name: values}))

    def column(self, file: Path, scores: pd.DataFrame) -> pd.DataFrame:
        """The scores of a file that has just been written, with the metric among them."""
        from evenfold.score.studies import read_studies

        if self.own is None or scores.empty:
            return scores
        (study,) = read_studies([file]).studies
        return scores.assign(**{self.name: self.added(study).scores[self.name].to_numpy()})


def find_metric(name: str, folders: Iterable[Path], root: Path) -> Asked:
    """The metric of that name: built in, or in a file of the project's folders or of ``folders``.

    **Runs a plug-in's code.** Raises UsageError when there is none, PluginError for a file that
    breaks the contract.
    """
    files = find_plugins([*read_config(root).metrics, *folders], "metrics").files
    if name in METRIC_NAMES and name in files:
        raise UsageError(f"{files[name]}: {name} is a built-in metric: give the file another name")
    if name in METRIC_NAMES:
        return Asked(name)
    if name not in files:
        known = ", ".join([*METRIC_NAMES, *sorted(files)])
        raise UsageError(f"no metric {name!r}: there are {known}")
    try:
        metric = getattr(load_module(files[name]), "METRIC", None)
        if not isinstance(metric, Metric):
            raise PluginError("has no METRIC: end the file with METRIC = Metric(function)")
    except PluginError as error:
        raise PluginError(f"metric {name} ({files[name]}): {error}") from error
    register(name, metric.rope, metric.lower_is_better)
    return Asked(name, metric)


def _values(name: str, metric: Metric, study: StudyScores) -> Sequence[float]:
    kept = read_predictions(study)
    try:
        return by_fit(metric, kept.table, kept.positive)
    # A plug-in's own mistakes.
    except Exception as error:
        raise PluginError(
            f"metric {name}: it raised {type(error).__name__} for {study.file}: {error}"
        ) from error
