"""A whole score study, from a user's options to the comparison of the models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evenfold.data.datasets import Dataset
from evenfold.errors import UsageError
from evenfold.plugins.datasets import has_default_positive
from evenfold.plugins.metrics import SelectedMetric, find_metric
from evenfold.render.progress import Tell
from evenfold.render.words import listed
from evenfold.runtime.energy import EnergyMeter, energy_counters
from evenfold.score.comparison import ScoreComparison, UnfinishedFit
from evenfold.score.engine_notes import engine_notes
from evenfold.score.failures import failure_messages
from evenfold.score.fit_energy import EnergyRecorder
from evenfold.score.options import ScoreOptions
from evenfold.score.own_metrics import scores_with_metric
from evenfold.score.progress import Progress
from evenfold.score.request import ScoreRequest, open_request
from evenfold.score.run import (
    ScoredStudy,
    StudyPlan,
    early_reader,
    open_workers,
    plan_study,
    run_study,
)
from evenfold.score.split_counts import with_split_counts
from evenfold.score.time_to_target import TimeToTarget, time_to_target
from evenfold.stats.metric_names import POSITIVE_CLASS_METRICS

GROUPS_IGNORED = "groups ignored: "
SECOND_STUDY = (
    "the data have groups: after the study with each group in one fold, a second one ignores the "
    "groups, and shows how much too good a score would look that splits them. It has as many fits "
    "again; --no-ungrouped leaves it out"
)


def score_models(
    options: ScoreOptions,
    root: Path,
    tell: Tell,
    progress: Callable[[str], Progress],
    dataset: Dataset | None = None,
) -> ScoreComparison:
    """Fit models on the same splits, save their scores and compare them.

    Data with groups are scored twice, unless ``options.ungrouped`` is off: with each group in one
    fold, and as if there were no groups.

    Parameters
    ----------
    options
        The user's options.
    root
        The project's folder.
    tell
        Called with notes on models and data.
    progress
        Returns, for the prefix of a study's messages, the function that shows its progress.
    dataset
        The dataset that the options name, if it is open already.

    Raises
    ------
    UsageError, DataError, PluginError
        An option, the data or a model's file cannot be used.
    ResultsError
        The store or the results cannot be written.
    """
    with early_reader(options, root) as reader:
        request = open_request(options, root, tell, dataset)
        metric = find_metric(options.metric, options.metrics, root)
        require_defined(metric, request)
        if request.has_second_study:
            tell([SECOND_STUDY])
        with _energy_recorder(options) as energy, open_workers(request, reader) as workers:
            plan = plan_study(request, workers)
            _require_networks(plan)
            scored = run_study(plan, progress(""), diagnose=True, energy=energy)
            tell(scored.notes)
            ungrouped = None
            if request.has_second_study:
                plan = plan_study(request.ignoring_groups(), workers)
                ungrouped = run_study(plan, progress(GROUPS_IGNORED))
                tell(GROUPS_IGNORED + note for note in ungrouped.notes)
    return scored_comparison(request, metric, scored, ungrouped)


def _require_networks(plan: StudyPlan) -> None:
    """Refuse a target where no model has epochs. Raises UsageError."""
    if plan.request.options.time_to is not None and not plan.epochs:
        raise UsageError(
            "--time-to cannot apply: it counts the epochs of networks, and there is none among "
            f"{listed(list(plan.request.models))}: leave it out"
        )


@contextmanager
def _energy_recorder(options: ScoreOptions) -> Iterator[EnergyRecorder | None]:
    """Open the energy counters of this machine; raises UsageError where there is none."""
    if not options.energy:
        yield None
        return
    with EnergyMeter(energy_counters()) as meter:
        yield EnergyRecorder(meter)


def scored_comparison(
    request: ScoreRequest,
    metric: SelectedMetric,
    scored: ScoredStudy,
    ungrouped: ScoredStudy | None = None,
) -> ScoreComparison:
    """Return the comparison of the models of a study that has run.

    Parameters
    ----------
    request
        The study.
    metric
        The metric of the verdicts.
    scored
        What it has scored.
    ungrouped
        The same rows scored as if there were no groups, if they were.

    Raises
    ------
    PluginError
        A metric of a plug-in fails in every fit.
    """
    failed = failure_messages(scored.results.failed.values())
    scores, undefined = scores_with_metric(scored, metric)
    without_groups, tested_ignoring_groups = None, {}
    if ungrouped is not None:
        failures = failure_messages(ungrouped.results.failed.values())
        failed += [GROUPS_IGNORED + message for message in failures]
        without_groups, _ = scores_with_metric(ungrouped, metric)
        tested_ignoring_groups = ungrouped.tested_rows()
    return ScoreComparison(
        scores=scores,
        models=list(request.models),
        metric=metric.name,
        design=with_split_counts(request.options.design, scored.scores),
        rope=request.options.rope,
        failed=failed,
        skipped=scored.results.skipped,
        file=scored.file,
        unfinished=_unfinished(scored),
        undefined=undefined,
        positive=request.dataset.positive_name,
        positive_is_default=has_default_positive(request.options.data, request.root),
        groups_ignored=without_groups,
        duplicates=scored.plan.study.duplicates,
        findings=scored.findings,
        data_notes=request.dataset.notes,
        engines=engine_notes(scored.plan.fits, scored.results.fits),
        tested=scored.tested_rows(),
        tested_ignoring_groups=tested_ignoring_groups,
        interval=request.options.interval,
        is_weighted=request.dataset.sample_weight is not None,
        own_metrics={} if metric.plugin is None else {metric.name: metric.plugin},
        times=_times(request, scored),
        energy=scored.energy,
    )


def _times(request: ScoreRequest, scored: ScoredStudy) -> TimeToTarget | None:
    """How networks reach the target of the options, if there is one."""
    target, fits = request.options.time_to, scored.results.fits
    if target is None:
        return None
    histories: dict[str, list[dict[str, NDArray[np.float64]]]] = {}
    for planned in scored.plan.fits:
        fit = fits.get(planned.key)
        if fit is not None and fit.history:
            curves = {name: np.array(values) for name, values in fit.history.items()}
            histories.setdefault(planned.model, []).append(curves)
    design = with_split_counts(request.options.design, scored.scores)
    return time_to_target(target, histories, design, scored.plan.epochs)


def _unfinished(scored: ScoredStudy) -> list[UnfinishedFit]:
    results = scored.results
    return [
        UnfinishedFit(
            fit.model,
            fit.split.name,
            fit.seed,
            "skipped" if fit.model in results.skipped else "failed",
        )
        for fit in scored.plan.fits
        if fit.key not in results.fits
    ]


def require_defined(metric: SelectedMetric, request: ScoreRequest) -> None:
    """Refuse a metric of the positive class where the data have none. Raises UsageError."""
    dataset = request.dataset
    if metric.name in POSITIVE_CLASS_METRICS and dataset.positive is None:
        raise UsageError(
            f"{metric.name} needs a positive class, and {dataset.name} has none: name it with "
            "--positive LABEL if the data are a table or series, or use another --metric"
        )
