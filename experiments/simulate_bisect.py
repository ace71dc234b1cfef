"""How often the answer of a bisect is false or misses a change, on simulated machines.

``python experiments/simulate_bisect.py`` searches paths of versions with known changes. Each
comparison is a race of two contenders on a machine of ``simulated_machine.py``, judged by the rule
of ``evenfold.stats`` with the share of the error that the search gives it; an open one gets more
launches, as ``evenfold bisect`` gives it. Beside it are a search whose comparisons are races with
99 % intervals each, and one by a threshold: one run of each version at a time of its own, and a
change where medians differ by more than 3 %. It prints one JSON object. Each share is ``[share,
low, high]`` with its 95 % interval (Wilson). Exit code 1 if the answers of the search are certainly
false more often than stated.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from time import perf_counter
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from commands import argument_parser
from evenfold.bisect.simulation_record import (
    BY_ITSELF,
    CASES,
    ERROR,
    FALSE,
    FOUND,
    MARGIN,
    MISSED,
    NARROWED,
    RACES,
    SCHEMA,
    SEARCH,
    STEPS,
    THOROUGH,
    THRESHOLD,
    THRESHOLD_SHARE,
    Case,
)
from evenfold.stats.change_search import CHANGED, HIGHER, SAME, ChangeSearch, PathStep
from evenfold.stats.launch_ratios import LaunchRatios, ratios_of_blocks
from evenfold.stats.race_looks import CONFIDENCE, confidence_at, planned_looks
from evenfold.stats.race_ratios import FINAL_VERDICTS, ratio_intervals
from evenfold.stats.verdicts import time_verdicts
from simulated_machine import SCENARIOS, Machine, apart, race
from simulated_rules import share

# A race is planned for 8 launches; an open comparison gets as many again, and then 16 more.
PLANNED, LOOKS = 8, (*planned_looks(8), 16, 32)
MACHINES = ("launch effects", "two modes", "everything")
LIMIT = float(np.log1p(MARGIN))
BANK = 1000
Report = dict[str, Any]
Compare = Callable[[int, int, float], tuple[float, float]]


@dataclass
class Bank:
    """Races at ratio 1, simulated many at once and each used once."""

    rng: Generator
    machine: Machine
    blocks: int
    _races: Iterator[LaunchRatios] = field(init=False)

    def __post_init__(self) -> None:
        self._races = self._simulated()

    def next_race(self) -> LaunchRatios:
        """The log ratios of all launches of the next race, of shape ``(1, 1, launches)``."""
        return next(self._races)

    def _simulated(self) -> Iterator[LaunchRatios]:
        while True:
            blocks = race(self.rng, self.machine, BANK, (LOOKS[-1], self.blocks, 2))
            ratios = ratios_of_blocks(blocks.logs, blocks.places)
            each = ratios.mapped(lambda values: values[..., 0].swapaxes(1, 2))
            for number in range(BANK):
                yield each.runs(np.arange(BANK) == number)


@dataclass
class Racer:
    """Compares versions of known log times by races; ``confidence`` replaces the search's share."""

    levels: Sequence[float]
    bank: Bank
    confidence: float | None = None
    races: int = 0
    launches: int = 0

    def __call__(self, first: int, last: int, error: float) -> tuple[float, float]:
        """Race until the verdict is final, or all looks are over."""
        self.races += 1
        each = self.bank.next_race()
        shift = self.levels[last] - self.levels[first]
        each = each.mapped(lambda values: values) if not shift else shifted(each, shift)
        low = high = 0.0
        for launches in LOOKS:
            overall = 1 - error if self.confidence is None else self.confidence
            confidence = confidence_at(launches, 1, PLANNED, overall)
            intervals = ratio_intervals(each.first(launches), confidence, MARGIN)
            low, high = float(intervals.lows[0, 0]), float(intervals.highs[0, 0])
            words = time_verdicts(np.array(low), np.array(high), MARGIN)
            if str(words) in FINAL_VERDICTS:
                break
        self.launches += launches
        return low, high


def shifted(each: LaunchRatios, shift: float) -> LaunchRatios:
    """Launches of a contender that is slower by a log ratio."""
    return LaunchRatios(
        each.medians + shift, each.means + shift, each.mean_variances, each.above, each.below
    )


def by_threshold(levels: Sequence[float], rng: Generator, machine: Machine, blocks: int) -> Compare:
    """A comparer of one run of each version, which takes its estimate for the truth."""
    samples = blocks * PLANNED
    medians = np.median(apart(rng, machine, 1, (len(levels), samples)), axis=-1)[0]
    found = medians + np.asarray(levels)

    def compare(first: int, last: int, error: float) -> tuple[float, float]:
        difference = float(found[last] - found[first])
        return difference, difference

    return compare


@dataclass
class Outcomes:
    """What the answers of many searches say, one entry each.

    ``are_equivalent`` is whether an answer also says which versions are equivalent, as that of a
    threshold does not.
    """

    are_equivalent: bool = True
    false: list[bool] = field(default_factory=list)
    found: list[bool] = field(default_factory=list)
    narrowed: list[bool] = field(default_factory=list)
    races: list[int] = field(default_factory=list)
    launches: list[int] = field(default_factory=list)

    def add(
        self, search: ChangeSearch, levels: NDArray[np.float64], changes: Sequence[int]
    ) -> None:
        """Compare an answer with the truth; ``changes`` are the steps that have one."""
        self.false.append(any(self.is_false(step, search.margin, levels) for step in search.steps))
        named = search.changes
        for step in changes:
            holding = [one for one in named if one.first <= step < one.last]
            self.narrowed.append(bool(holding))
            self.found.append(any(one.last - one.first == 1 for one in holding))

    def is_false(self, step: PathStep, margin: float, levels: NDArray[np.float64]) -> bool:
        """Whether a measured stretch is called changed or equivalent, and is not."""
        if not step.is_measured:
            return False
        true, finding = levels[step.last] - levels[step.first], step.finding(margin)
        beyond = abs(true) > margin + 1e-9
        if finding in CHANGED:
            return not beyond or (true > 0) != (finding == HIGHER)
        return bool(finding == SAME and beyond and self.are_equivalent)

    def report(self) -> Report:
        """Shares of the searches, and of the changes, with their intervals."""
        rates: Report = {FALSE: share(np.array(self.false))}
        if self.found:
            rates[FOUND] = share(np.array(self.found))
            rates[NARROWED] = share(np.array(self.narrowed))
            rates[MISSED] = share(~np.array(self.narrowed))
        if self.races:
            rates[RACES] = round(float(np.mean(self.races)), 2)
            rates["mean_launches"] = round(float(np.mean(self.launches)), 1)
        return rates


def history(case: Case, rng: Generator) -> tuple[NDArray[np.float64], list[int]]:
    """Log times of the versions of a random path, and its steps that are beyond the margin."""
    steps = np.full(STEPS, np.log1p(case.drift))
    places = np.sort(rng.choice(STEPS, len(case.sizes), replace=False))
    for place, size in zip(places, case.sizes, strict=True):
        steps[place] += np.log1p(size)
    # Which end is slower is no matter of the search.
    steps *= rng.choice([-1, 1])
    levels = np.concatenate([[0.0], np.cumsum(steps)])
    return levels, [int(place) for place in np.flatnonzero(np.abs(steps) > LIMIT + 1e-9)]


def simulate(case: Case, machine: Machine, options: argparse.Namespace, seed: int) -> Report:
    """Report of one kind of history on one machine, by design."""
    rng = np.random.default_rng([options.seed, seed])
    bank = Bank(rng, machine, options.blocks)
    outcomes: dict[str, Outcomes] = {}
    for _ in range(options.histories):
        levels, changes = history(case, rng)
        designs: dict[str, tuple[Compare, bool]] = {
            SEARCH: (Racer(levels, bank), False),
            THOROUGH: (Racer(levels, bank), True),
            BY_ITSELF: (Racer(levels, bank, CONFIDENCE), False),
            THRESHOLD: (by_threshold(levels, rng, machine, options.blocks), False),
        }
        for name, (compare, thorough) in designs.items():
            limit = np.log1p(THRESHOLD_SHARE) if name == THRESHOLD else LIMIT
            search = ChangeSearch(len(levels), compare, float(limit), ERROR, thorough).run()
            outcome = outcomes.setdefault(name, Outcomes(name != THRESHOLD))
            outcome.add(search, levels, changes)
            if isinstance(compare, Racer):
                outcome.races.append(compare.races)
                outcome.launches.append(compare.launches)
    return {name: outcome.report() for name, outcome in outcomes.items()}


def seed_of(machine: str, case: str) -> int:
    """Return a seed that does not depend on which others are simulated."""
    return 100 * list(SCENARIOS).index(machine) + list(CASES).index(case)


def worst_false(scenarios: dict[str, dict[str, Report]]) -> Report:
    """The largest share of false answers of the search, thorough or not."""
    shares = {
        f"{machine}, {case}, {design}": rates[design][FALSE]
        for machine, cases in scenarios.items()
        for case, rates in cases.items()
        for design in (SEARCH, THOROUGH)
    }
    where = max(shares, key=lambda name: shares[name])
    return {"share": shares[where], "where": where}


def read_options() -> argparse.Namespace:
    parser = argument_parser(__doc__)
    histories = "histories of each kind on each machine (default: 1,000)"
    parser.add_argument("--histories", type=int, default=1000, help=histories)
    parser.add_argument("--blocks", type=int, default=20, help="blocks of each launch")
    parser.add_argument("--machines", nargs="+", default=MACHINES, help="names of machines")
    parser.add_argument("--cases", nargs="+", default=list(CASES), help="kinds of histories")
    parser.add_argument("--seed", type=int, default=0, help="random seed (default: 0)")
    return parser.parse_args()


def main() -> int:
    options = read_options()
    started = perf_counter()
    scenarios = {
        machine: {
            case: simulate(CASES[case], SCENARIOS[machine], options, seed_of(machine, case))
            for case in options.cases
        }
        for machine in options.machines
    }
    worst = worst_false(scenarios)
    text = json.dumps(
        {"schema": SCHEMA, "histories": options.histories, "blocks": options.blocks,
         "steps": STEPS, "error": ERROR, "margin": MARGIN, "seed": options.seed,
         "numpy": np.__version__, "seconds": round(perf_counter() - started, 1),
         "machines": {name: asdict(SCENARIOS[name]) for name in options.machines},
         "most_false": worst, "scenarios": scenarios}, indent=1)  # fmt: skip
    # An object that holds no further object is written in one line.
    print(re.sub(r"{[^{}]+}", lambda match: re.sub(r"\s+", " ", match[0]), text))
    return int(worst["share"][1] > ERROR)


if __name__ == "__main__":
    sys.exit(main())
