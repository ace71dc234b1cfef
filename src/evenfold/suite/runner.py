"""A running race of a suite: launches until no verdict can change, or until the time is up."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from evenfold.errors import UsageError
from evenfold.race.ahead import AheadLaunch
from evenfold.race.budget import MOST_LAUNCHES, TimeBudget
from evenfold.race.settings import prepares_ahead
from evenfold.render.words import counted
from evenfold.stats.race_looks import FEWEST_LAUNCHES, next_look
from evenfold.stats.race_outlook import useful_launches
from evenfold.suite.collected import benchmarks_text, with_benchmarks, without_missing
from evenfold.suite.contender_checks import (
    require_installed,
    require_same_packages,
    require_unchanged,
)
from evenfold.suite.contenders import SuiteContender
from evenfold.suite.files import SUITE_FILE
from evenfold.suite.launch import FailedBenchmarkError, SuiteConfig, SuiteLaunch
from evenfold.suite.record import BenchmarkSamples, SuiteRace
from evenfold.worker.suite_protocol import CollectResult

# Of blocks: each order twice.
FEWEST_PAIRS, MOST_PAIRS = 2, 50
# With fewer, Student's t at the confidence of one of many benchmarks is wide: shorter launches are
# better then.
ENOUGH_LAUNCHES = 12
# A launch may take so many times as long as the first.
LONGER_LAUNCH = 1.1


@dataclass(frozen=True)
class SuiteMonitor:
    """Functions that a running race calls: with a message, and with a line of progress.

    ``progress`` gets the share of the time that is spent too, from 0 to 1.
    """

    message: Callable[[str], None]
    progress: Callable[[str, float], None]


class SuiteRunner:
    """A race of a suite that is run; ``race`` has all whole launches so far."""

    def __init__(
        self,
        race: SuiteRace,
        config: SuiteConfig,
        contenders: Sequence[SuiteContender],
        budget: TimeBudget,
        has_budget: bool,
        monitor: SuiteMonitor,
    ) -> None:
        """Start nothing yet; ``race`` may have launches already."""
        self.race = race
        self.config = config
        self.contenders = contenders
        self.budget = budget
        self.has_budget = has_budget
        self.monitor = monitor
        self._before = len(race.launches)
        self._target: int | None = None
        self._pairs = FEWEST_PAIRS
        self._next: AheadLaunch[SuiteLaunch, CollectResult] | None = None
        # A race may be continued where there are fewer cores.
        self._ahead = race.settings.ahead and prepares_ahead(race.settings.clock)

    def run(self, file: Path) -> SuiteRace:
        """Run launches until no verdict can change after a look, or until the time is up.

        ``file`` has all whole launches at any moment.

        Raises
        ------
        UsageError
            The budget is too small for a verdict, or no benchmark can be raced.
        WorkerError
            A suite cannot be collected, or a process ends.
        """
        saved = self._before
        try:
            while True:
                self._run_launch()
                if self._target is None:
                    self._plan()
                last = self._is_last()
                self._look(last)
                SUITE_FILE.write(file, self.race)
                saved = len(self.race.launches)
                if last or self.race.is_settled:
                    return self.race
                self._fill_time()
        except BaseException as error:
            # A race whose code or environment has changed cannot be continued.
            if saved and not isinstance(error, UsageError):
                launches = "1 whole launch is" if saved == 1 else f"{saved} whole launches are"
                suite, path = map(shlex.quote, (self.race.settings.suite, str(file)))
                self.monitor.message(
                    f"{launches} saved: continue with evenfold race --suite {suite} --continue "
                    f"{path} and the same --env"
                )
            raise
        finally:
            if self._next is not None:
                self._next.stop()

    def _run_launch(self) -> None:
        number = len(self.race.launches)
        self._report("starting")
        first = number == self._before
        with self._collected_launch(first) as (launch, answers):
            require_installed(self.contenders, answers)
            require_unchanged(self.contenders)
            if not number:
                self.race = with_benchmarks(self.race, answers)
                self.monitor.message(benchmarks_text(self.race))
            else:
                if first:
                    require_same_packages(self.race.contenders, answers)
                self.race = without_missing(self.race, answers)
            with launch.pinned():
                # Processes start on the cores of this one, which are not those of the samples.
                self._begin_next()
                samples = self._measured(launch)
            record = launch.suite_record(samples)
        self.race = replace(self.race, launches=(*self.race.launches, record))

    @contextmanager
    def _collected_launch(
        self, first: bool
    ) -> Iterator[tuple[SuiteLaunch, Sequence[CollectResult]]]:
        """The next launch, whose processes end with it, and what its workers collected."""
        if self._next is not None:
            following, self._next = self._next, None
            try:
                following.launch.restart_clock()
                answers = following.answers()
                following.launch.ready_seconds = following.launch.elapsed
                yield following.launch, answers
            finally:
                following.stop()
            return
        with self._new_launch(len(self.race.launches), self._ahead) as launch:
            yield launch, launch.collect(describe=first)

    def _new_launch(self, number: int, leave_out_core: bool = False) -> SuiteLaunch:
        rng = np.random.default_rng([self.race.settings.seed, number])
        return SuiteLaunch(self.config, self.contenders, rng, leave_out_core)

    def _begin_next(self) -> None:
        """Begin to prepare the launch after this one, if that is done ahead and there is one."""
        number = len(self.race.launches) + 1
        if self._ahead and (self._target is None or number < self._target):
            launch = self._new_launch(number)
            self._next = AheadLaunch(launch, partial(launch.collect, describe=False))

    def _measured(self, launch: SuiteLaunch) -> list[BenchmarkSamples]:
        """Measure every benchmark; those that fail are dropped. Raises UsageError if all do."""
        samples: list[BenchmarkSamples] = []
        names = [benchmark.name for benchmark in self.race.benchmarks]
        for place, name in enumerate(names):
            self._report(f"{place + 1} of {counted(len(names), 'benchmark')}")
            benchmark = self.race.benchmarks[len(samples)]
            following = names[place + 1] if place + 1 < len(names) else None
            known = benchmark.repeats or None
            try:
                repeats, measured = launch.measure(name, following, known, self._pairs)
            except FailedBenchmarkError as error:
                reason = " ".join(str(error).split())
                self.monitor.message(f"{name} is left out: {reason}")
                self.race = self.race.without(name, reason, not error.is_skipped)
                continue
            benchmarks = list(self.race.benchmarks)
            benchmarks[len(samples)] = replace(benchmark, repeats=repeats)
            self.race = replace(self.race, benchmarks=tuple(benchmarks))
            samples.append(measured)
        if not samples:
            reasons = "; ".join(f"{one.name}: {one.reason}" for one in self.race.unraced)
            raise UsageError(f"no benchmark of {self.race.settings.suite} can be raced: {reasons}")
        return samples

    def _plan(self) -> None:
        """Decide on the number of launches in all, and on their length.

        Raises
        ------
        UsageError
            They are too few for a verdict.
        """
        latest = self.race.launches[-1]
        ready = latest.ready_seconds
        pair = max((latest.whole_seconds - ready) / FEWEST_PAIRS, 1e-6)
        needed = self._fewest_further()
        # Measured for as long as it takes to be ready, where the time allows it.
        self._pairs = min(max(math.ceil(ready / pair), FEWEST_PAIRS), MOST_PAIRS)
        count = 1 + max(0, int(self.budget.left // self._launch_seconds(ready, pair)))
        if count < max(needed, ENOUGH_LAUNCHES):
            self._pairs = FEWEST_PAIRS
            count = 1 + max(0, int(self.budget.left // self._launch_seconds(ready, pair)))
        if count < needed:
            count = self._extended(count, needed, self._launch_seconds(ready, pair))
        elif count > MOST_LAUNCHES:
            each = self.budget.left / (MOST_LAUNCHES - 1) - (0.0 if self._ahead else ready)
            self._pairs = min(max(int(each // pair), FEWEST_PAIRS), MOST_PAIRS)
            count = MOST_LAUNCHES
        self._target = self._before + count
        if not self._before:
            self.race = replace(self.race, planned=self._target)

    def _launch_seconds(self, ready: float, pair: float) -> float:
        """Seconds that a further launch adds: ahead, it is ready when the one before it ends."""
        measured = self._pairs * pair
        return max(ready, measured) if self._ahead else ready + measured

    def _fewest_further(self) -> int:
        """Return the launches without which there is no verdict, or intervals get no narrower."""
        if self._before < FEWEST_LAUNCHES:
            return FEWEST_LAUNCHES - self._before
        ratios = len(self.race.contenders) - 1
        return useful_launches(self._before, ratios, self.race.planned) - self._before

    def _fill_time(self) -> None:
        """Make the launches that are left as long as the time that is left allows.

        The first launch, from which they were planned, is longer: it finds the calls of a sample.
        """
        assert self._target is not None
        latest, following = self.race.launches[-1], self._target - len(self.race.launches)
        if following and len(self.race.launches) > self._before + 1:
            blocks = len(latest.samples[0].order) / len(self.race.contenders)
            pair = max((latest.whole_seconds - latest.ready_seconds) / (blocks / 2), 1e-6)
            each = self.budget.left / following - latest.ready_seconds
            self._pairs = min(max(int(each // pair), FEWEST_PAIRS), MOST_PAIRS)

    def _extended(self, count: int, needed: int, seconds: float) -> int:
        """Return the launches that a verdict needs, with the time for them.

        Raises
        ------
        UsageError
            The user gave a budget, which allows fewer.
        """
        smallest = needed * seconds * LONGER_LAUNCH + 1
        if self.has_budget:
            what = "a verdict" if self._before < FEWEST_LAUNCHES else "a narrower interval"
            raise UsageError(
                f"a budget of {self.budget.seconds:g} s allows {count} "
                f"launch{'es' * (count > 1)} of {seconds:.0f} s, and {what} needs {needed}: "
                f"use --budget {smallest:.0f}s or more"
            )
        total = self.race.settings.budget - self.budget.seconds + smallest
        self.budget = replace(self.budget, seconds=smallest)
        settings = replace(self.race.settings, budget=total)
        self.race = replace(self.race, settings=settings)
        self.monitor.message(f"{needed} launches take about {smallest:.0f} s")
        return needed

    def _is_last(self) -> bool:
        assert self._target is not None
        launches, latest = len(self.race.launches), self.race.launches[-1].whole_seconds
        if launches < FEWEST_LAUNCHES:
            return False
        return launches >= self._target or self.budget.left < latest

    def _look(self, last: bool) -> None:
        """Record that the data are looked at, if they are."""
        count, judged = len(self.race.launches), self.race.judged
        look = next_look(judged[-1] if judged else 0, self.race.planned)
        if count == look or (last and count >= FEWEST_LAUNCHES):
            self.race = replace(self.race, judged=(*judged, count))

    def _report(self, state: str) -> None:
        launch = len(self.race.launches) + 1
        launches = f" of {self._target}" if self._target else ""
        time = f"{self.budget.spent:.0f} of {self.budget.seconds:.0f} s"
        share = min(self.budget.spent / self.budget.seconds, 1.0)
        self.monitor.progress(f"launch {launch}{launches}, {state}, {time}", share)
