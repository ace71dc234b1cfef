"""The rule of races applied to simulated ones, all at once, and the rates of what it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit
from scipy.stats import binomtest

from evenfold.race.simulation_record import (
    BEFORE,
    CONTINUED,
    COVERAGE,
    EQUIVALENT,
    FALSE,
    FOUND,
    HISTORIES,
    LAUNCHES,
    MEAN_COVERAGE,
    planned_race,
)
from evenfold.stats.launch_ratios import LaunchRatios
from evenfold.stats.launch_variance import VariancePrior, fit_prior
from evenfold.stats.race_looks import CONFIDENCE, confidence_at, planned_looks
from evenfold.stats.race_outlook import verdict_is_settled
from evenfold.stats.race_ratios import FINAL_VERDICTS, RatioIntervals, ratio_intervals
from evenfold.stats.verdicts import FASTER, NOT_SLOWER, SLOWER, time_verdicts

# A contender whose launches vary less gives the history that misleads most.
CALMER = 0.5
BEFORE_LOOKS, BEFORE_SHARE = (5, 8), 0.425
Values = NDArray[np.float64]
Report = dict[str, Any]


def share(events: NDArray[np.bool_]) -> list[float]:
    """Share of runs with the event, with Wilson's 95 % interval."""
    bounds = binomtest(int(events.sum()), len(events)).proportion_ci(method="wilson")
    return [round(float(value), 5) for value in (events.mean(), bounds.low, bounds.high)]


def priors(history: LaunchRatios) -> dict[str, VariancePrior | None]:
    """The prior of each kind of history; None without one, and where none fits."""
    variances = history.medians[:, 0].var(axis=-1, ddof=1)
    fitted = fit_prior(list(variances), [history.launches - 1] * len(variances))
    prior = None if isinstance(fitted, str) else fitted
    calmer = prior and replace(prior, variance=CALMER * prior.variance)
    return dict(zip(HISTORIES, (None, prior, calmer), strict=True))


def race_rates(
    each: LaunchRatios,
    history: LaunchRatios,
    true: Values,
    true_mean: Values,
    effect: float,
    margin: float,
) -> Report:
    """Rates of every design of a race, by its name."""
    rates = {}
    for kind, prior in priors(history).items():
        for launches in LAUNCHES:
            looks = planned_looks(launches)
            stop = stopped(each, looks, launches, margin, prior)
            rates[planned_race(launches, kind)] = _rates(*stop, true, true_mean, effect, margin)
    plan = LAUNCHES[0]
    stop = stopped(each, (plan, 2 * plan), plan, margin, None)
    return {**rates, CONTINUED: _rates(*stop, true, true_mean, effect, margin)}


def stopped(
    each: LaunchRatios,
    looks: tuple[int, ...],
    plan: int,
    margin: float,
    prior: VariancePrior | None,
) -> tuple[RatioIntervals, Values]:
    """Intervals at which each race stopped, and the launches it took.

    A race stops where no later look can change a verdict, or no look is left. Beyond the plan it
    stops where its verdicts are final.
    """
    runs, ratios, _ = each.medians.shape
    ends = RatioIntervals(*np.zeros((4, runs, ratios)), np.zeros((runs, ratios), bool), None)
    used, going = np.zeros(runs), np.ones(runs, bool)
    for after in looks:
        confidence = confidence_at(after, ratios, plan)
        intervals = ratio_intervals(each.first(after).runs(going), confidence, margin, prior)
        for name in ("medians", "median_halves", "means", "mean_halves", "differs"):
            getattr(ends, name)[going] = getattr(intervals, name)
        used[going] = after
        words = time_verdicts(intervals.lows, intervals.highs, margin)
        settled = verdict_is_settled(intervals, after, plan, margin)
        going[going] = ~(np.isin(words, FINAL_VERDICTS) | settled).all(axis=1)
    return ends, used


def verdict_rates(
    lows: Values, highs: Values, true: Values, true_mean: Values, effect: float, margin: float
) -> Report:
    """Shares of races with false and with right verdicts, of intervals of log ratios.

    A verdict is false if it does not hold for the ratio of medians and for that of means.
    """
    words = time_verdicts(lows, highs, margin)
    return _word_rates(words, true, true_mean, effect, margin)


def rates_before(
    medians: Values, true: Values, true_mean: Values, effect: float, margin: float
) -> Report:
    """Rates of the former rule: the interval excludes 1 and the estimate is beyond the margin."""
    runs, ratios, _ = medians.shape
    limit, words = np.log1p(margin), np.full((runs, ratios), "undecided", dtype="<U10")
    for after in BEFORE_LOOKS:
        confidence = 1 - (1 - CONFIDENCE) * BEFORE_SHARE / ratios
        means = medians[..., :after].mean(axis=-1)
        errors = medians[..., :after].std(axis=-1, ddof=1) / np.sqrt(after)
        halves = stdtrit(after - 1, (1 + confidence) / 2) * errors
        differs = (np.abs(means) > halves) & (np.abs(means) > limit)
        same = np.abs(means) + halves <= limit
        direction = np.where(means > 0, SLOWER, FASTER)
        now = np.select([differs, same], [direction, np.full(means.shape, EQUIVALENT)], "undecided")
        going = (words == "undecided").any(axis=1)
        words[going] = now[going]
    return {BEFORE: _word_rates(words, true, true_mean, effect, margin)}


def _rates(
    ends: RatioIntervals,
    used: Values,
    true: Values,
    true_mean: Values,
    effect: float,
    margin: float,
) -> Report:
    covered = np.abs(ends.medians - true) <= ends.median_halves
    mean_covered = np.abs(ends.means - true_mean) <= ends.mean_halves
    return {
        COVERAGE: share(covered.all(axis=1)),
        MEAN_COVERAGE: share(mean_covered.all(axis=1)),
        **verdict_rates(ends.lows, ends.highs, true, true_mean, effect, margin),
        "mean_launches": round(float(used.mean()), 2),
        "half_width": round(float(np.median(ends.median_halves[:, 0])), 5),
    }


def _word_rates(
    words: NDArray[np.str_], true: Values, true_mean: Values, effect: float, margin: float
) -> Report:
    limit = np.log1p(margin)
    # Rounding makes a ratio at the margin no other one.
    lower, upper = np.minimum(true, true_mean) - 1e-12, np.maximum(true, true_mean) + 1e-12
    false = (words == SLOWER) & (lower <= limit) | (words == FASTER) & (upper >= -limit)
    rates: Report = {FALSE: share(false.any(axis=1))}
    beyond = (upper > limit + 1e-9) | (lower < -limit - 1e-9)
    if beyond.any():
        wrong = (words == EQUIVALENT) & beyond | (words == NOT_SLOWER) & (lower > limit + 1e-9)
        rates["called_wrongly"] = share(wrong.any(axis=1))
    if effect:
        return {**rates, FOUND: share(words[:, 0] == SLOWER)}
    return {**rates, EQUIVALENT: share((words == EQUIVALENT).all(axis=1))}
