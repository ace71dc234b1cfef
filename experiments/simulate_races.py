"""Coverage and error rates of a race's rule on simulated machines with known ratios.

``python experiments/simulate_races.py`` applies the rule of ``evenfold.stats.race_ratios`` to
races on the machines of ``simulated_machine.py`` and prints one JSON object, in two minutes. For
comparison it simulates two other designs on the same machines, with as many samples as 8 launches
have: one contender after the other with Welch's t-test on the samples, and pytest-benchmark's
``--benchmark-compare-fail=median:3%`` against a run saved earlier. Each share is ``[share, low,
high]`` with its 95 % interval (Wilson). Exit code 1 if the intervals of races certainly cover less
than 98 or more than 99.7 %, or false positives are certainly above 1 %.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import stdtrit
from scipy.stats import binomtest

from commands import argument_parser
from evenfold.race.simulation_record import (
    GATE,
    LAUNCHES,
    QUESTIONS,
    SAVED,
    SCHEMA,
    WELCH,
    planned_race,
    promised_rates,
    question_name,
    single_look,
)
from evenfold.stats.race_ratios import (
    CONFIDENCE,
    confidence_at,
    planned_looks,
    student_interval,
)
from evenfold.stats.verdicts import (
    EQUIVALENT,
    FASTER,
    NOT_SLOWER,
    SLOWER,
    UNDECIDED,
    time_verdicts,
)
from simulated_machine import SCENARIOS, Machine, apart, race, sequential

# Plans that were rejected: the launches of each look and its share of the error.
OTHERS = {
    "looks after 5 and 8, a third and two": ((5, 1 / 3), (8, 2 / 3)),
    "looks after 5 and 12, a third and two": ((5, 1 / 3), (12, 2 / 3)),
    "looks after 5, 8 and 12, a third each": ((5, 1 / 3), (8, 1 / 3), (12, 1 / 3)),
    "looks after 5, 8 and 12, the whole error each": ((5, 1.0), (8, 1.0), (12, 1.0)),
}
COVERAGE_LIMITS, ERROR_LIMIT = (0.98, 0.997), 0.01
CHUNK_RUNS = 500
RESAMPLES, BOOTSTRAPPED = 1000, 2000
Values = NDArray[np.float64]
Intervals = tuple[Values, Values]  # means and half-widths of log-ratios, (runs, ratios) each
Report = dict[str, Any]


@dataclass(frozen=True)
class Runs:
    """Simulated timings at ratio 1, reduced to log-ratios to the first contender.

    ``medians`` of each launch of each race have the shape ``(runs, ratios, launches)``, ``welch``
    holds the intervals of Welch's test, and ``changes`` those of medians since an earlier run,
    of shape ``(runs, ratios)``.
    """

    medians: Values
    welch: Intervals
    changes: Values


def simulate(
    rng: Generator, machine: Machine, contenders: int, options: argparse.Namespace
) -> Runs:
    """Simulate all three designs ``options.races`` times."""
    medians, welchs, changes = [], [], []
    samples = options.blocks * LAUNCHES[1]
    for start in range(0, options.races, CHUNK_RUNS):
        runs = min(CHUNK_RUNS, options.races - start)
        logs = race(rng, machine, runs, (max(LAUNCHES), options.blocks, contenders))
        medians.append(np.median(logs[..., 1:] - logs[..., :1], axis=2).swapaxes(1, 2))
        welchs.append(welch(sequential(rng, machine, runs, (contenders, samples))))
        pairs = np.median(apart(rng, machine, runs, (2 * contenders - 2, samples)), axis=-1)
        changes.append(pairs[:, ::2] - pairs[:, 1::2])
    means, halves = (np.concatenate(parts) for parts in zip(*welchs, strict=True))
    return Runs(np.concatenate(medians), (means, halves), np.concatenate(changes))


def welch(samples: Values) -> Intervals:
    """Welch's intervals of differences to the first contender.

    ``samples`` has the shape ``(runs, contenders, samples)``.
    """
    count = samples.shape[-1]
    means, squares = samples.mean(axis=-1), samples.var(axis=-1, ddof=1) / count
    both = squares[:, 1:] + squares[:, :1]
    freedom = both**2 * (count - 1) / (squares[:, 1:] ** 2 + squares[:, :1] ** 2)
    adjusted = confidence_at(count, both.shape[1])
    return means[:, 1:] - means[:, :1], stdtrit(freedom, (1 + adjusted) / 2) * np.sqrt(both)


def stopped(
    medians: Values, ladder: Sequence[tuple[int, float]], margin: float
) -> tuple[Intervals, Values]:
    """Intervals at which each race stopped, and the launches it took.

    A race stops when all its verdicts are decided or no look is left. ``ladder`` holds the launches
    of each look and the confidence of its intervals.
    """
    means, halves = np.zeros((2, *medians.shape[:2]))
    used, going = np.zeros(len(medians)), np.ones(len(medians), bool)
    for after, confidence in ladder:
        mean, half = student_interval(medians[going, :, :after], confidence)
        means[going], halves[going] = mean, half
        used[going] = after
        going[going] = (time_verdicts(mean - half, mean + half, margin) == UNDECIDED).any(axis=1)
    return (means, halves), used


def ladders(ratios: int) -> Iterator[tuple[str, list[tuple[int, float]]]]:
    """Name of each plan of looks, and its ladder for ``stopped``."""
    for after in LAUNCHES:
        yield single_look(after), [(after, confidence_at(after, ratios))]
    for plan in LAUNCHES:
        ladder = [(after, confidence_at(after, ratios, plan)) for after in planned_looks(plan)]
        yield planned_race(plan), ladder
    for name, shares in OTHERS.items():
        yield name, [(after, 1 - (1 - CONFIDENCE) * part / ratios) for after, part in shares]


def bootstrap(medians: Values, rng: Generator) -> Report:
    """Coverage of the percentile bootstrap over launches, for the second contender's ratio."""
    medians = medians[:BOOTSTRAPPED, 0]
    launches = medians.shape[1]
    weights = rng.multinomial(launches, np.full(launches, 1 / launches), RESAMPLES) / launches
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(medians @ weights.T, [tail, 1 - tail], axis=1)
    return {"coverage": share((low <= 0) & (high >= 0))}


def true_logs(ratios: int, effect: float) -> Values:
    """True log-ratios: the second contender is slower by ``effect``, the others are alike."""
    return np.log1p(np.eye(1, ratios)[0] * effect)


def share(events: NDArray[np.bool_]) -> list[float]:
    """Share of runs with the event, with Wilson's 95 % interval."""
    bounds = binomtest(int(events.sum()), len(events)).proportion_ci(method="wilson")
    return [round(float(value), 5) for value in (events.mean(), bounds.low, bounds.high)]


def summarise(intervals: Intervals, effect: float, margin: float) -> Report:
    """Joint coverage of all intervals of a run, and the shares of its verdicts."""
    means, halves = intervals
    words = time_verdicts(means - halves, means + halves, margin)
    covered = np.abs(means - true_logs(means.shape[1], effect)) <= halves
    alike = words[:, 1:] if effect else words
    called = np.isin(alike, (FASTER, SLOWER))
    report: Report = {"coverage": share(covered.all(axis=1))}
    if not effect or alike.size:
        report["false_positives"] = share(called.any(axis=1))
    if not effect:
        return {**report, "equivalent": share((words == EQUIVALENT).all(axis=1))}
    wrong = np.isin(words[:, 0], (FASTER, EQUIVALENT, NOT_SLOWER))
    return {**report, "found": share(words[:, 0] == SLOWER), "called_wrongly": share(wrong)}


def summarise_scenario(runs: Runs, rng: Generator) -> Report:
    """Report of one scenario with one number of contenders, by question and design."""
    ratios = runs.changes.shape[1]
    report: Report = {}
    for effect, margin in QUESTIONS:
        designs: Report = {}
        true = true_logs(ratios, effect)
        for name, ladder in ladders(ratios):
            intervals, used = stopped(runs.medians + true[:, None], ladder, margin)
            mean = {"mean_launches": round(float(used.mean()), 2)}
            designs[name] = summarise(intervals, effect, margin) | mean
        means, halves = runs.welch
        designs[WELCH] = summarise((means + true, halves), effect, margin)
        failed = runs.changes + true > np.log1p(GATE)
        word, failed = ("found", failed[:, :1]) if effect else ("false_positives", failed)
        designs[SAVED] = {word: share(failed.any(axis=1))}
        report[question_name(effect, margin)] = designs
    for after in LAUNCHES:
        covered = bootstrap(runs.medians[..., :after], rng)
        report[f"percentile bootstrap over {after} launches"] = covered
    for beyond in (0.03, 0.1):
        far = np.abs(runs.changes[:, 0]) > np.log1p(beyond)
        report[f"saved medians differ by more than {beyond:.0%}"] = share(far)
    return report


def extremes(scenarios: dict[str, Report]) -> Report:
    """Least and most of the required shares over all questions, and where they occur."""
    shares = {
        (measure, f"{scenario}, {where}"): bounds
        for scenario, report in scenarios.items()
        for measure, where, bounds in promised_rates(report)
    }
    worst: Report = {}
    for name, measure, best in (
        ("least coverage", "coverage", min),
        ("most coverage", "coverage", max),
        ("most false positives", "false_positives", max),
    ):
        key = best((key for key in shares if key[0] == measure), key=lambda key: shares[key])
        worst[name] = {"share": shares[key], "where": key[1]}
    return worst


def read_options() -> argparse.Namespace:
    parser = argument_parser(__doc__)
    races = "races of each scenario (default: 40,000)"
    parser.add_argument("--races", type=int, default=40_000, help=races)
    parser.add_argument("--blocks", type=int, default=20, help="blocks of each launch")
    parser.add_argument("--contenders", type=int, nargs="+", default=[2, 4], help="of a race")
    parser.add_argument("--seed", type=int, default=0, help="random seed (default: 0)")
    return parser.parse_args()


def simulate_scenarios(options: argparse.Namespace) -> dict[str, Report]:
    """Report of every scenario with every number of contenders."""
    scenarios = {}
    for number, (name, machine) in enumerate(SCENARIOS.items()):
        for contenders in options.contenders:
            rng = np.random.default_rng([options.seed, number, contenders])
            runs = simulate(rng, machine, contenders, options)
            scenarios[f"{name}, {contenders} contenders"] = summarise_scenario(runs, rng)
    return scenarios


def main() -> int:
    options = read_options()
    started = perf_counter()
    scenarios = simulate_scenarios(options)
    worst = extremes(scenarios)
    text = json.dumps(
        {"schema": SCHEMA, **vars(options), "numpy": np.__version__,
         "seconds": round(perf_counter() - started, 1),
         "machines": {name: asdict(machine) for name, machine in SCENARIOS.items()},
         "extremes": worst, "scenarios": scenarios}, indent=1)  # fmt: skip
    # An object that holds no further object is written in one line.
    print(re.sub(r"{[^{}]+}", lambda match: re.sub(r"\s+", " ", match[0]), text))
    least, most, false = (extreme["share"] for extreme in worst.values())
    low, high = COVERAGE_LIMITS
    return int(least[2] < low or most[1] > high or false[1] > ERROR_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
