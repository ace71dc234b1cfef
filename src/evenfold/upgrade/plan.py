"""The plan of an upgrade: its fits and races, and the time they take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from evenfold.race.plan import detectable_before
from evenfold.race.request import RaceRequest
from evenfold.render.words import counted, duration, listed, rough_duration
from evenfold.score.detectable import detectable_change
from evenfold.score.fit_estimates import FitEstimate, fit_estimates
from evenfold.score.run import StudyPlan, open_workers, plan_study
from evenfold.upgrade.announcement import LONGER_RACES
from evenfold.upgrade.request import UpgradeRequest

# Seconds of a fit of a model that has no saved one. The plan says where it assumes them.
ASSUMED_SECONDS = 2.0


@dataclass(frozen=True)
class _FitsToRun:
    """The fits of one environment: how many, how many of them to run, and for how many seconds."""

    total: int
    left: int
    slots: int
    seconds: float


@contextmanager
def plan_studies(request: UpgradeRequest) -> Iterator[list[StudyPlan]]:
    """Plan both studies, so that an environment that cannot be used fails before any fit."""
    with ExitStack() as stack:
        yield [
            plan_study(study, stack.enter_context(open_workers(study))) for study in request.studies
        ]


def upgrade_plan_lines(request: UpgradeRequest) -> Iterator[str]:
    """Yield the lines of a plan; nothing is run."""
    with plan_studies(request) as plans:
        fits, times = _fits_to_run(plans)
        scores = detectable_change(plans, request.settings.metric, request.settings.rope)
    for name, study in zip(request.settings.environments, fits, strict=True):
        time = f", about {rough_duration(study.seconds)}" if study.left else ""
        yield (
            f"{name}: {counted(study.total, 'fit')}, {study.left} to run, {study.slots} at a time"
            f"{time}"
        )
    yield from source_lines(times)
    yield scores
    races = [race for pair in request.races.values() for race in (pair.training, pair.prediction)]
    yield from _race_lines(races)
    seconds = sum(study.seconds for study in fits)
    seconds += sum(race.settings.budget for race in races)
    yield f"about {rough_duration(seconds)} or less in all"
    if not all(race.has_budget for race in races):
        yield LONGER_RACES


def source_lines(times: Mapping[str, FitEstimate | None]) -> Iterator[str]:
    """Yield where the times of fits come from, of the models that have fits to run."""
    known = [
        f"{time.time} for {model}, by {time.source}"
        for model, time in times.items()
        if time is not None
    ]
    if known:
        yield f"time of a fit: {'; '.join(known)}"
    unknown = [model for model, time in times.items() if time is None]
    if unknown:
        yield (
            f"time of a fit: {ASSUMED_SECONDS:g} s assumed for {listed(unknown)}, of which no fit "
            "is saved; a network may take much longer"
        )


def _race_lines(races: Sequence[RaceRequest]) -> Iterator[str]:
    for measure in dict.fromkeys(race.settings.measure for race in races):
        alike = [race for race in races if race.settings.measure == measure]
        first = alike[0]
        count = f"{len(alike)} race{'s' * (len(alike) > 1)}"
        clock = " by CPU time" if first.settings.clock == "cpu" else ""
        time = f"{duration(first.settings.budget)} or less each"
        yield f"{count} of {measure}{clock}, {time}; {detectable_before(first)}"


def _fits_to_run(
    plans: Sequence[StudyPlan],
) -> tuple[list[_FitsToRun], dict[str, FitEstimate | None]]:
    """Return the fits of each environment, and the time of a fit of each model that has some."""
    finished = [plan.finished() for plan in plans]
    estimates = [fit_estimates(*pair) for pair in zip(plans, finished, strict=True)]
    known, studies = set[str](), []
    used: dict[str, FitEstimate | None] = {}
    for plan, done, own in zip(plans, finished, estimates, strict=True):
        # Fits of the same environment under two names run once.
        known |= set(done)
        left = [fit for fit in plan.fits if fit.key not in known]
        known |= {fit.key for fit in plan.fits}
        seconds = 0.0
        for fit in left:
            estimate = own.get(fit.model) or _of_any(fit.model, estimates)
            used.setdefault(fit.model, estimate)
            seconds += ASSUMED_SECONDS if estimate is None else estimate.seconds
        slots = plan.workers.slots
        studies.append(_FitsToRun(len(plan.fits), len(left), slots, seconds / slots))
    return studies, used


def _of_any(model: str, estimates: Sequence[Mapping[str, FitEstimate]]) -> FitEstimate | None:
    """The time of a model's fits in another environment of the upgrade."""
    return next((own[model] for own in estimates if model in own), None)
