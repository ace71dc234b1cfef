"""How often a race's intervals cover and its verdicts err, on a machine whose ratios are known.

``python experiments/simulate_races.py`` races on the machines of ``experiments/synthetic.py`` by the rule of
``evenfold.stats.race_ratios`` and prints one JSON object (two minutes). Beside it, on the same
machines and with as many samples as 8 launches have: timing one contender after the other, with
Welch's t-test on the samples, and pytest-benchmark's ``--benchmark-compare-fail=median:3%`` against
a run saved earlier. Each share is ``[share, low, high]`` with its 95 % interval (Wilson). Exit code
1 where a race's intervals surely cover less than 98 or more than 99.7 %, or its false positives are
surely more than 1 %.
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

from evenfold.race.simulation_record import (
    GATE,
    LAUNCHES,
    QUESTIONS,
    SAVED,
    SCHEMA,
    WELCH,
    at,
    planned,
    promised,
    question,
)
from evenfold.stats.race_ratios import CONFIDENCE, confidence_at, interval, looks, verdicts
from evenfold.stats.verdicts import EQUIVALENT, SLOWER, UNDECIDED
from synthetic import SCENARIOS, Machine, apart, race, sequential

# Ways to look that were not taken: the launches of each look and its share of the error.
OTHERS = {
    "looks after 5 and 8, a third and two": ((5, 1 / 3), (8, 2 / 3)),
    "looks after 5 and 12, a third and two": ((5, 1 / 3), (12, 2 / 3)),
    "looks after 5, 8 and 12, a third each": ((5, 1 / 3), (8, 1 / 3), (12, 1 / 3)),
    "looks after 5, 8 and 12, the whole error each": ((5, 1.0), (8, 1.0), (12, 1.0)),
}
COVERS, ERRS = (0.98, 0.997), 0.01
AT_ONCE = 500
RESAMPLES, BOOTSTRAPPED = 1000, 2000
Values = NDArray[np.float64]
Intervals = tuple[Values, Values]  # means and half-widths of log-ratios, (runs, ratios) each
Report = dict[str, Any]


@dataclass(frozen=True)
class Runs:
    """What was timed at ratio 1, reduced to log-ratios to the first contender.

    ``medians`` of each launch of each race, ``(runs, ratios, launches)``; ``welch``'s intervals;
    ``changes`` of medians since they were saved, ``(runs, ratios)``.
    """

    medians: Values
    welch: Intervals
    changes: Values


def simulate(rng: Generator, machine: Machine, contenders: int, asked: argparse.Namespace) -> Runs:
    """All three designs, ``asked.races`` times; the latter two with a race's samples."""
    medians, welchs, changes = [], [], []
    samples = asked.blocks * LAUNCHES[1]
    for begun in range(0, asked.races, AT_ONCE):
        runs = min(AT_ONCE, asked.races - begun)
        logs = race(rng, machine, runs, (max(LAUNCHES), asked.blocks, contenders))
        medians.append(np.median(logs[..., 1:] - logs[..., :1], axis=2).swapaxes(1, 2))
        welchs.append(welch(sequential(rng, machine, runs, (contenders, samples))))
        pairs = np.median(apart(rng, machine, runs, (2 * contenders - 2, samples)), axis=-1)
        changes.append(pairs[:, ::2] - pairs[:, 1::2])
    means, halves = (np.concatenate(parts) for parts in zip(*welchs, strict=True))
    return Runs(np.concatenate(medians), (means, halves), np.concatenate(changes))


def welch(samples: Values) -> Intervals:
    """Welch's intervals for differences to the first; ``samples`` (runs, contenders, samples)."""
    count = samples.shape[-1]
    means, squares = samples.mean(axis=-1), samples.var(axis=-1, ddof=1) / count
    both = squares[:, 1:] + squares[:, :1]
    freedom = both**2 * (count - 1) / (squares[:, 1:] ** 2 + squares[:, :1] ** 2)
    adjusted = confidence_at(count, both.shape[1])
    return means[:, 1:] - means[:, :1], stdtrit(freedom, (1 + adjusted) / 2) * np.sqrt(both)


def stopped(
    medians: Values, ladder: Sequence[tuple[int, float]], margin: float
) -> tuple[Intervals, Values]:
    """Intervals where each race stopped, all decided or no look left, and after which launches.

    ``ladder``: the launches of each look, and the confidence of an interval there.
    """
    means, halves = np.zeros((2, *medians.shape[:2]))
    used, going = np.zeros(len(medians)), np.ones(len(medians), bool)
    for after, confidence in ladder:
        seen = interval(medians[going, :, :after], confidence)
        means[going], halves[going] = seen
        used[going] = after
        going[going] = (verdicts(*seen, margin) == UNDECIDED).any(axis=1)
    return (means, halves), used


def ladders(ratios: int) -> Iterator[tuple[str, list[tuple[int, float]]]]:
    """Each way to look at a race: its name, and the ladder for ``stopped``."""
    for after in LAUNCHES:
        yield at(after), [(after, confidence_at(after, ratios))]
    for plan in LAUNCHES:
        ladder = [(after, confidence_at(after, ratios, plan)) for after in looks(plan)]
        yield planned(plan), ladder
    for name, shares in OTHERS.items():
        yield name, [(after, 1 - (1 - CONFIDENCE) * part / ratios) for after, part in shares]


def bootstrap(medians: Values, rng: Generator) -> Report:
    """Coverage by the percentile bootstrap over launches of the second contender's ratio."""
    medians = medians[:BOOTSTRAPPED, 0]
    launches = medians.shape[1]
    weights = rng.multinomial(launches, np.full(launches, 1 / launches), RESAMPLES) / launches
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(medians @ weights.T, [tail, 1 - tail], axis=1)
    return {"coverage": share((low <= 0) & (high >= 0))}


def truth(ratios: int, effect: float) -> Values:
    """Log-ratios where the second contender is slower by ``effect`` and others are alike."""
    return np.log1p(np.eye(1, ratios)[0] * effect)


def share(found: NDArray[np.bool_]) -> list[float]:
    """How many of the runs, with Wilson's interval."""
    around = binomtest(int(found.sum()), len(found)).proportion_ci(method="wilson")
    return [round(float(value), 5) for value in (found.mean(), around.low, around.high)]


def tell(intervals: Intervals, effect: float, margin: float) -> Report:
    """Coverage by all intervals of a run at once, and what its verdicts were."""
    means, halves = intervals
    words = verdicts(means, halves, margin)
    covered = np.abs(means - truth(means.shape[1], effect)) <= halves
    alike = words[:, 1:] if effect else words
    called = (alike != EQUIVALENT) & (alike != UNDECIDED)
    told: Report = {"coverage": share(covered.all(axis=1))}
    if not effect or alike.size:
        told["false_positives"] = share(called.any(axis=1))
    if not effect:
        return {**told, "equivalent": share((words == EQUIVALENT).all(axis=1))}
    wrong = (words[:, 0] != SLOWER) & (words[:, 0] != UNDECIDED)
    return {**told, "found": share(words[:, 0] == SLOWER), "called_wrongly": share(wrong)}


def tell_all(runs: Runs, rng: Generator) -> Report:
    """One scenario with one number of contenders: by question and design."""
    ratios = runs.changes.shape[1]
    told: Report = {}
    for effect, margin in QUESTIONS:
        found: Report = {}
        true = truth(ratios, effect)
        for name, ladder in ladders(ratios):
            intervals, used = stopped(runs.medians + true[:, None], ladder, margin)
            mean = {"mean_launches": round(float(used.mean()), 2)}
            found[name] = tell(intervals, effect, margin) | mean
        means, halves = runs.welch
        found[WELCH] = tell((means + true, halves), effect, margin)
        failed = runs.changes + true > np.log1p(GATE)
        word, failed = ("found", failed[:, :1]) if effect else ("false_positives", failed)
        found[SAVED] = {word: share(failed.any(axis=1))}
        told[question(effect, margin)] = found
    for after in LAUNCHES:
        covered = bootstrap(runs.medians[..., :after], rng)
        told[f"percentile bootstrap over {after} launches"] = covered
    for beyond in (0.03, 0.1):
        far = np.abs(runs.changes[:, 0]) > np.log1p(beyond)
        told[f"saved medians differ by more than {beyond:.0%}"] = share(far)
    return told


def extremes(scenarios: dict[str, Report]) -> Report:
    """Least and most of what is required, over all questions asked of races, and where it was."""
    found = {
        (measure, f"{scenario}, {where}"): shares
        for scenario, told in scenarios.items()
        for measure, where, shares in promised(told)
    }
    told: Report = {}
    for name, measure, best in (
        ("least coverage", "coverage", min),
        ("most coverage", "coverage", max),
        ("most false positives", "false_positives", max),
    ):
        key = best((key for key in found if key[0] == measure), key=lambda key: found[key])
        told[name] = {"share": found[key], "where": key[1]}
    return told


def main() -> int:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--races", type=int, default=40_000, help="for each scenario")
    parser.add_argument("--blocks", type=int, default=20, help="of each launch")
    parser.add_argument("--contenders", type=int, nargs="+", default=[2, 4])
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    started = perf_counter()
    scenarios = {}
    for number, (name, machine) in enumerate(SCENARIOS.items()):
        for contenders in asked.contenders:
            rng = np.random.default_rng([asked.seed, number, contenders])
            runs = simulate(rng, machine, contenders, asked)
            scenarios[f"{name}, {contenders} contenders"] = tell_all(runs, rng)
    worst = extremes(scenarios)
    text = json.dumps(
        {"schema": SCHEMA, **vars(asked), "numpy": np.__version__,
         "seconds": round(perf_counter() - started, 1),
         "machines": {name: asdict(machine) for name, machine in SCENARIOS.items()},
         "extremes": worst, "scenarios": scenarios}, indent=1)  # fmt: skip
    # What holds no further object is one line.
    print(re.sub(r"{[^{}]+}", lambda found: re.sub(r"\s+", " ", found[0]), text))
    least, most, false = (found["share"] for found in worst.values())
    return int(least[2] < COVERS[0] or most[1] > COVERS[1] or false[1] > ERRS)


if __name__ == "__main__":
    sys.exit(main())
