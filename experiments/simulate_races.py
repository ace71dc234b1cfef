"""Coverage and error rates of a race's rule on simulated machines with known ratios.

``python experiments/simulate_races.py`` applies the rule of ``evenfold.stats`` to races on the
machines of ``simulated_machine.py`` and prints one JSON object. Races stop by their rule, are
continued, and have no history, one of their machine, or a stale one, of launches that had half the
variance. Beside them are three other designs, with as many samples as 8 launches have: the former
rule of races, one contender after the other with Welch's t-test, and pytest-benchmark's
``--benchmark-compare-fail=median:3%`` against a run saved earlier. Each share is ``[share, low,
high]`` with its 95 % interval (Wilson). Exit code 1 if the intervals of races certainly cover less
than 98 %, or false positives are certainly above 1 %, but for those with a stale history.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import asdict, dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import stdtrit

from commands import argument_parser
from evenfold.race.simulation_record import (
    COVERAGE,
    FALSE,
    GATE,
    LAUNCHES,
    MEAN_COVERAGE,
    QUESTIONS,
    SAVED,
    SCHEMA,
    STALE,
    UNKNOWABLE,
    WELCH,
    promised_rates,
    question_name,
)
from evenfold.stats.launch_ratios import LaunchRatios, ratios_of_blocks
from evenfold.stats.race_looks import confidence_at
from evenfold.stats.race_signs import odd_launches
from simulated_machine import RARE, SCENARIOS, Machine, apart, race, sequential
from simulated_rules import race_rates, rates_before, share, verdict_rates

COVERAGE_LIMIT, ERROR_LIMIT = 0.98, 0.01
CHUNK_RUNS = 500
# Carry-over from the reference does not cancel with more contenders: all others follow it, and
# itself hardly.
PAIRS_ONLY = ("carry-over",)
Values = NDArray[np.float64]
Report = dict[str, Any]


@dataclass(frozen=True)
class Runs:
    """Simulated timings at ratio 1, reduced to log ratios to the first contender.

    ``each`` has all launches of all races, ``before`` medians of blocks in random order, ``welch``
    the intervals of Welch's test, and ``changes`` those of medians since an earlier run. ``slow``
    says which races met a slow launch of the second contender. ``true`` is the log ratio of medians
    that launches have on average, ``true_mean`` that of means.
    """

    each: LaunchRatios
    before: Values
    welch: tuple[Values, Values]
    changes: Values
    slow: NDArray[np.bool_]
    true: Values
    true_mean: Values


def simulate(
    rng: Generator, machine: Machine, contenders: int, options: argparse.Namespace
) -> Runs:
    """Simulate all designs ``options.races`` times."""
    each, before, welchs, changes, slow = [], [], [], [], []
    samples = options.blocks * LAUNCHES[1]
    for start in range(0, options.races, CHUNK_RUNS):
        runs = min(CHUNK_RUNS, options.races - start)
        shape = (max(LAUNCHES), options.blocks, contenders)
        blocks = race(rng, machine, runs, shape)
        each.append(by_race(ratios_of_blocks(blocks.logs, blocks.places)))
        slow.append(blocks.slow)
        logs = race(rng, machine, runs, (LAUNCHES[1], *shape[1:]), counterbalanced=False).logs
        before.append(np.median(logs[..., 1:] - logs[..., :1], axis=2).swapaxes(1, 2))
        welchs.append(welch(sequential(rng, machine, runs, (contenders, samples))))
        pairs = np.median(apart(rng, machine, runs, (2 * contenders - 2, samples)), axis=-1)
        changes.append(pairs[:, ::2] - pairs[:, 1::2])
    means, halves = (np.concatenate(parts) for parts in zip(*welchs, strict=True))
    true, true_mean = true_logs(rng, machine, contenders, options)
    return Runs(all_races(each), np.concatenate(before), (means, halves), np.concatenate(changes),
                np.concatenate(slow), true, true_mean)  # fmt: skip


def by_race(ratios: LaunchRatios) -> LaunchRatios:
    """Launches on the last axis, from ratios of shape ``(runs, launches, ratios, 1)``."""
    return ratios.mapped(lambda values: values[..., 0].swapaxes(1, 2))


def all_races(parts: list[LaunchRatios]) -> LaunchRatios:
    """The races of all parts."""
    names = ("medians", "means", "mean_variances", "above", "below")
    return LaunchRatios(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))


def true_logs(
    rng: Generator, machine: Machine, contenders: int, options: argparse.Namespace
) -> tuple[Values, Values]:
    """Expected log ratios of a launch, of medians and of means, where the second is as fast.

    All contenders are alike, but the second in what it alone has.
    """
    true, true_mean = np.zeros((2, contenders - 1))
    true[0] = true_mean[0] = machine.rare * RARE
    true_mean[0] += np.log1p(machine.doubled)
    if machine.doubled:
        runs = race(rng, machine, options.truth, (LAUNCHES[1], options.blocks, contenders))
        true[0] += ratios_of_blocks(runs.logs, runs.places).medians[:, :, 0].mean()
    return true, true_mean


def welch(samples: Values) -> tuple[Values, Values]:
    """Welch's intervals of differences to the first contender.

    ``samples`` has the shape ``(runs, contenders, samples)``.
    """
    count = samples.shape[-1]
    means, squares = samples.mean(axis=-1), samples.var(axis=-1, ddof=1) / count
    both = squares[:, 1:] + squares[:, :1]
    freedom = both**2 * (count - 1) / (squares[:, 1:] ** 2 + squares[:, :1] ** 2)
    adjusted = confidence_at(count, both.shape[1])
    return means[:, 1:] - means[:, :1], stdtrit(freedom, (1 + adjusted) / 2) * np.sqrt(both)


def summarise_scenario(runs: Runs, history: LaunchRatios) -> Report:
    """Report of one scenario with one number of contenders, by question and design."""
    report: Report = {}
    for effect, margin in QUESTIONS:
        added = np.eye(1, runs.changes.shape[1])[0] * np.log1p(effect)
        true, true_mean = runs.true + added, runs.true_mean + added
        shifted = replace(
            runs.each,
            medians=runs.each.medians + added[:, None],
            means=runs.each.means + added[:, None],
        )
        designs = race_rates(shifted, history, true, true_mean, effect, margin)
        designs |= rates_before(runs.before + added[:, None], true, true_mean, effect, margin)
        means, halves = runs.welch
        ends = (means + added - halves, means + added + halves)
        designs[WELCH] = verdict_rates(*ends, true, true_mean, effect, margin)
        failed = runs.changes + added > np.log1p(GATE)
        word, failed = ("found", failed[:, :1]) if effect else (FALSE, failed)
        designs[SAVED] = {word: share(failed.any(axis=1))}
        report[question_name(effect, margin)] = designs
    for beyond in (0.03, 0.1):
        far = np.abs(runs.changes[:, 0]) > np.log1p(beyond)
        report[f"saved medians differ by more than {beyond:.0%}"] = share(far)
    for launches in LAUNCHES:
        met = runs.slow[:, :launches].any(axis=1) & ~runs.slow[:, :launches].all(axis=1)
        odd = odd_launches(runs.each.medians[..., :launches])[:, 0]
        name = f"warning of a launch unlike the others, {launches} launches"
        report[name] = share(odd[met] if met.any() else odd)
    return report


def extremes(scenarios: dict[str, Report]) -> Report:
    """Least and most of the required shares over all questions, and where they occur."""
    shares = {
        (measure, f"{scenario}, {where}"): bounds
        for scenario, report in scenarios.items()
        if not (scenario.startswith(UNKNOWABLE))
        for measure, where, bounds in promised_rates(report)
    }
    worst: Report = {}
    for name, measure, best in (
        ("least coverage", COVERAGE, min),
        ("least coverage of means", MEAN_COVERAGE, min),
        ("most false positives", FALSE, max),
    ):
        key = best((key for key in shares if key[0] == measure), key=lambda key: shares[key])
        worst[name] = {"share": shares[key], "where": key[1]}
    stale = {
        f"{scenario}, {question}, {design}": rates[FALSE]
        for scenario, report in scenarios.items()
        for question, designs in report.items()
        if question.startswith("ratio")
        for design, rates in designs.items()
        if design.endswith(STALE)
    }
    where = max(stale, key=lambda key: stale[key])
    worst["most false positives with a stale history"] = {"share": stale[where], "where": where}
    return worst


def read_options() -> argparse.Namespace:
    parser = argument_parser(__doc__)
    races = "races of each scenario (default: 5,000)"
    parser.add_argument("--races", type=int, default=5000, help=races)
    parser.add_argument("--blocks", type=int, default=20, help="blocks of each launch")
    parser.add_argument("--contenders", type=int, nargs="+", default=[2, 4], help="of a race")
    parser.add_argument("--history", type=int, default=20, help="races of a history (default: 20)")
    truth = "races that show the expected ratio of slow samples (default: 2,000)"
    parser.add_argument("--truth", type=int, default=2000, help=truth)
    parser.add_argument("--seed", type=int, default=0, help="random seed (default: 0)")
    return parser.parse_args()


def simulate_scenarios(options: argparse.Namespace) -> dict[str, Report]:
    """Report of every scenario with every number of contenders."""
    scenarios = {}
    for number, (name, machine) in enumerate(SCENARIOS.items()):
        for contenders in options.contenders:
            if name in PAIRS_ONLY and contenders > 2:
                continue
            rng = np.random.default_rng([options.seed, number, contenders])
            alike = replace(machine, rare=0.0, doubled=0.0)
            past = race(rng, alike, options.history, (LAUNCHES[1], options.blocks, 2))
            history = by_race(ratios_of_blocks(past.logs, past.places))
            runs = simulate(rng, machine, contenders, options)
            scenarios[f"{name}, {contenders} contenders"] = summarise_scenario(runs, history)
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
    least, least_mean, false, _ = (extreme["share"] for extreme in worst.values())
    too_few = min(least[2], least_mean[2]) < COVERAGE_LIMIT
    return int(too_few or false[1] > ERROR_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
