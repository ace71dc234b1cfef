"""The plan of an upgrade: its fits and races, and the time they take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median

from evenfold.race.plan import detectable_before
from evenfold.race.request import RaceRequest
from evenfold.render.words import counted
from evenfold.score.detectable import detectable_change
from evenfold.score.run import StudyPlan, open_workers, plan_study
from evenfold.upgrade.request import UpgradeRequest


@dataclass(frozen=True)
class _FitsToRun:
    """The fits of one environment: how many, how many of them to run, and for how many seconds.

    ``is_complete`` is whether the seconds of every fit are known.
    """

    total: int
    left: int
    slots: int
    seconds: float
    is_complete: bool


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
        fits = _fits_to_run(plans)
        scores = detectable_change(plans, request.settings.metric, request.settings.rope)
    for name, study in zip(request.settings.environments, fits, strict=True):
        yield f"{name}: {counted(study.total, 'fit')}, {study.left} to run, {study.slots} at a time"
    yield scores
    races = [race for pair in request.races.values() for race in (pair.training, pair.prediction)]
    yield from _race_lines(races)
    seconds = sum(study.seconds for study in fits)
    minutes = (seconds + sum(race.settings.budget for race in races)) / 60
    is_complete = all(study.is_complete for study in fits)
    rest = "" if is_complete else ", plus the time of models that were never fitted"
    yield f"{minutes:.3g} minutes or less in all{rest}"


def _race_lines(races: Sequence[RaceRequest]) -> Iterator[str]:
    for measure in dict.fromkeys(race.settings.measure for race in races):
        alike = [race for race in races if race.settings.measure == measure]
        first = alike[0]
        count = f"{len(alike)} race{'s' * (len(alike) > 1)}"
        clock = " by CPU time" if first.settings.clock == "cpu" else ""
        minutes = f"{first.settings.budget / 60:.3g} minutes or less each"
        yield f"{count} of {measure}{clock}, {minutes}; {detectable_before(first)}"


def _fits_to_run(plans: Sequence[StudyPlan]) -> list[_FitsToRun]:
    finished = [plan.finished() for plan in plans]
    known, studies = set[str](), []
    for number, plan in enumerate(plans):
        # Fits of the same environment under two names run once.
        known |= set(finished[number])
        left = [fit for fit in plan.fits if fit.key not in known]
        known |= {fit.key for fit in plan.fits}
        seconds = [_fit_seconds(fit.model, number, plans, finished) for fit in left]
        slots = plan.workers.slots
        total = sum(time or 0.0 for time in seconds) / slots
        studies.append(_FitsToRun(len(plan.fits), len(left), slots, total, None not in seconds))
    return studies


def _fit_seconds(
    model: str, number: int, plans: Sequence[StudyPlan], finished: Sequence[Mapping[str, float]]
) -> float | None:
    """The median seconds of a model's fits: in this environment, or else in any."""
    for numbers in ([number], range(len(plans))):
        times = [
            finished[n][fit.key]
            for n in numbers
            for fit in plans[n].fits
            if fit.model == model and fit.key in finished[n]
        ]
        if times:
            return median(times)
    return None
