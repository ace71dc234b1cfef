"""A score study over several data sets, from a user's options to one verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from evenfold.data.datasets import Dataset
from evenfold.errors import UsageError
from evenfold.option_checks import refuse_given
from evenfold.plugins.dataset_options import DatasetOptions, dataset_name
from evenfold.plugins.datasets import open_dataset
from evenfold.render.progress import Tell
from evenfold.runtime.results_folder import results_base
from evenfold.score.compare_models import score_models
from evenfold.score.datasets_comparison import DatasetsComparison
from evenfold.score.options import ScoreOptions
from evenfold.score.progress import Progress
from evenfold.stats.metric_names import POSITIVE_CLASS_METRICS


def score_datasets(
    options: ScoreOptions,
    datasets: Sequence[DatasetOptions],
    root: Path,
    tell: Tell,
    progress: Callable[[str], Progress],
) -> DatasetsComparison:
    """Fit models on the splits of each of several data sets, save the scores and compare them.

    Finished fits are in one store, so that an interrupted study goes on where it was.

    Parameters
    ----------
    options
        The user's options; their dataset is not used.
    datasets
        The data sets.
    root
        The project's folder.
    tell
        Called with notes on models and data.
    progress
        Returns, for the prefix of a study's messages, the function that shows its progress.

    Raises
    ------
    UsageError, DataError, PluginError
        An option, a data set or a model's file cannot be used, or the metric does not suit a data
        set.
    ResultsError
        The store or the results cannot be written.
    """
    # A mistake in the last one is found before the first is fitted.
    opened = [open_dataset(one, root) for one in datasets]
    _require_suitable_metric(options, opened)
    _require_groups(options, opened)
    options = _in_one_folder(options, root)
    studies = {}
    for data, dataset in zip(datasets, opened, strict=True):
        prefix = f"{dataset_name(data)}: "
        study = score_models(
            replace(options, data=data, ungrouped=options.ungrouped or dataset.groups is None),
            root,
            partial(_tell_of, prefix, tell),
            partial(_progress_of, prefix, progress),
            dataset,
        )
        studies[dataset_name(data)] = study
    return DatasetsComparison(studies)


def _tell_of(prefix: str, tell: Tell, lines: Iterable[str]) -> None:
    tell(prefix + line for line in lines)


def _progress_of(prefix: str, progress: Callable[[str], Progress], part: str) -> Progress:
    return progress(prefix + part)


def _in_one_folder(options: ScoreOptions, root: Path) -> ScoreOptions:
    """Return options with which all studies are saved in one folder, and share the usual store."""
    if options.results is not None:
        return options
    store = options.store or root.resolve() / ".evenfold" / "fits.sqlite"
    return replace(options, results=results_base(root, None, False, datetime.now()), store=store)


def _require_groups(options: ScoreOptions, datasets: Sequence[Dataset]) -> None:
    """Refuse to leave out studies that ignore groups if no data set has groups."""
    if not options.ungrouped and all(one.groups is None for one in datasets):
        refuse_given({"no-ungrouped": True}, "none of the data sets has groups; leave it out")


def _require_suitable_metric(options: ScoreOptions, datasets: Sequence[Dataset]) -> None:
    """Refuse a metric of the positive class, before any fit, if a data set has none."""
    if options.metric not in POSITIVE_CLASS_METRICS:
        return
    without = [one.name for one in datasets if one.positive is None]
    if without:
        raise UsageError(
            f"{options.metric} needs a positive class, and there is none in {', '.join(without)}: "
            "leave these data sets out, or use another --metric"
        )
