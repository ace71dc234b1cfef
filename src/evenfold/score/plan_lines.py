"""The lines of ``evenfold score --plan``: the fits, the time they take, and what they detect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evenfold.plugins.metrics import find_metric
from evenfold.render.progress import Tell
from evenfold.render.words import counted, listed, rough_duration
from evenfold.score.compare_models import GROUPS_IGNORED, require_defined
from evenfold.score.detectable import detectable_lines
from evenfold.score.fit_estimates import FitEstimate, fit_estimates
from evenfold.score.options import ScoreOptions
from evenfold.score.request import open_request
from evenfold.score.run import StudyPlan, open_workers, plan_study

MOST_NAMED = 3


@dataclass(frozen=True)
class ModelFits:
    """The fits of a model in a study, how many of them have to run, and the time of one."""

    model: str
    total: int
    left: int
    estimate: FitEstimate | None

    @property
    def line(self) -> str:
        """What the plan shows of the model."""
        time = ""
        if self.estimate is not None:
            time = f", {self.estimate.time} each by {self.estimate.source}"
        return f"{self.model}: {counted(self.total, 'fit')}, {self.left:,} to run{time}"


def describe_plan(
    options: ScoreOptions, root: Path, tell: Tell, detect: float | None = None
) -> Iterator[str]:
    """Yield how many fits each model has, the time they take, and what the study will detect.

    ``detect`` is the difference that the user wants to detect; None for twice the margin.
    """
    request = open_request(options, root, tell)
    metric = find_metric(options.metric, options.metrics, root)
    require_defined(metric, request)
    with open_workers(request) as workers:
        plans = {"": plan_study(request, workers)}
        if request.has_second_study:
            plans[GROUPS_IGNORED] = plan_study(request.ignoring_groups(), workers)
    fits = {prefix: model_fits(plan) for prefix, plan in plans.items()}
    for prefix, of_plan in fits.items():
        for each in of_plan:
            yield prefix + each.line
    yield total_line([each for of_plan in fits.values() for each in of_plan], workers.slots)
    yield from detectable_lines(plans[""], metric, detect)


def model_fits(plan: StudyPlan) -> list[ModelFits]:
    """Return the fits of each model of a study."""
    finished = plan.finished()
    estimates = fit_estimates(plan, finished)
    rows = []
    for model in plan.request.models:
        keys = [fit.key for fit in plan.fits if fit.model == model]
        left = sum(key not in finished for key in keys)
        rows.append(ModelFits(model, len(keys), left, estimates.get(model)))
    return rows


def total_line(fits: Sequence[ModelFits], slots: int) -> str:
    """Return the fits of all models in a sentence, with the time of those that have to run."""
    left = sum(each.left for each in fits)
    to_run = f"{counted(sum(each.total for each in fits), 'fit')} in all, {left:,} to run"
    line = f"{to_run}, {slots} at a time"
    if not left:
        return line
    seconds = sum(each.left * each.estimate.seconds for each in fits if each.estimate)
    unknown = list(
        dict.fromkeys(each.model for each in fits if each.left and each.estimate is None)
    )
    time = rough_duration(seconds / max(slots, 1))
    if not unknown:
        return f"{line}, about {time}"
    if len(unknown) == len({each.model for each in fits if each.left}):
        names = listed(unknown) if len(unknown) <= MOST_NAMED else "these models"
        return f"{line}; no fit of {names} is saved, so the first ones will show the time"
    return f"{line}, about {time} and the time of {listed(unknown)}, which the first fits will show"
