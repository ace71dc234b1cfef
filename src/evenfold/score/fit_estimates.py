"""The time of a model's fit before it runs: from saved fits of the study, or of the same data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from evenfold.render.words import counted, rough_duration
from evenfold.score.stored_scores import read_usual_seconds

if TYPE_CHECKING:
    from evenfold.score.run import StudyPlan


@dataclass(frozen=True)
class FitEstimate:
    """Seconds of a model's fit, and where they come from."""

    seconds: float
    source: str

    @property
    def time(self) -> str:
        """The seconds with their unit, or minutes."""
        return f"{self.seconds:.3g} s" if self.seconds < 90 else rough_duration(self.seconds)


def fit_estimates(plan: StudyPlan, finished: Mapping[str, float]) -> dict[str, FitEstimate]:
    """Return the time of a fit of each model that has saved ones.

    Parameters
    ----------
    plan
        The study.
    finished
        Training seconds of the fits of the study that the store has, by key.
    """
    dataset = plan.study.dataset.name
    usual = read_usual_seconds(plan.request.store_file, dataset)
    estimates = {
        model: FitEstimate(seconds, f"other saved fits on {dataset}")
        for model, seconds in usual.items()
    }
    own: dict[str, list[float]] = {}
    for fit in plan.fits:
        if fit.key in finished:
            own.setdefault(fit.model, []).append(finished[fit.key])
    for model, times in own.items():
        estimates[model] = FitEstimate(median(times), f"{counted(len(times), 'saved fit')}")
    return estimates
