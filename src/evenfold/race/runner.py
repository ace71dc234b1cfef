"""A running race: launches until no verdict can change, or until the time is up."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from evenfold.errors import InterruptedRun, UsageError
from evenfold.race.ahead import AheadLaunch
from evenfold.race.budget import (
    FEWEST_BLOCKS,
    MOST_EXTENSION,
    Pace,
    TimeBudget,
    affordable_launches,
    has_time_for_launch,
    measuring_seconds,
    smallest_budget,
)
from evenfold.race.files import write_race
from evenfold.race.launch import Launch
from evenfold.race.prepare import PreparedRace
from evenfold.race.progress import RaceMonitor, RaceProgress
from evenfold.race.record import ContenderRecord, Race
from evenfold.race.settings import prepares_ahead
from evenfold.render.words import counted, duration
from evenfold.stats.race_looks import FEWEST_LAUNCHES, next_look
from evenfold.stats.race_outlook import nothing_can_change, useful_launches
from evenfold.stats.race_ratios import all_decided
from evenfold.worker.protocol import PrepareResult


class RaceRunner:
    """A race that is run; ``race`` has all whole launches so far."""

    def __init__(
        self,
        race: Race,
        prepared: PreparedRace,
        budget: TimeBudget,
        monitor: RaceMonitor,
        has_budget: bool = True,
    ) -> None:
        """Start nothing yet; ``race`` may have launches already.

        A budget that no user gave becomes longer where the launches of a verdict need it.
        """
        self.race = race
        self.prepared = prepared
        self.budget = budget
        self.monitor = monitor
        self._has_budget = has_budget
        self._launches_before = len(race.launches)
        self._pace: Pace | None = None
        self._target: int | None = None
        self._next: AheadLaunch[Launch, PrepareResult] | None = None
        # A race may be continued where there are fewer cores.
        self._ahead = race.settings.ahead and prepares_ahead(race.settings.clock)

    def run(self, file: Path) -> Race:
        """Run launches until no verdict can change after a look, or until the time is up.

        ``file`` has all whole launches at any moment.

        Raises
        ------
        UsageError
            The budget is too small for a verdict.
        WorkerError
            A worker fails.
        InterruptedRun
            Ctrl-C; says which launches are saved.
        """
        saved = self._launches_before
        try:
            while True:
                self._run_launch()
                last = self._is_last()
                self._look(last)
                write_race(file, self.race)
                saved = len(self.race.launches)
                if last or self._is_settled():
                    return self.race
        except KeyboardInterrupt as error:
            raise InterruptedRun(_how_to_continue(saved, file)) from error
        except BaseException as error:
            # A race whose machine has changed cannot be continued.
            if saved and not isinstance(error, UsageError):
                self.monitor.message(_how_to_continue(saved, file))
            raise
        finally:
            if self._next is not None:
                self._next.stop()

    def _run_launch(self) -> None:
        first = len(self.race.launches) == self._launches_before
        self._report(0)
        with self._prepared_launch(first) as (launch, answers):
            with launch.pinned():
                if first:
                    self._describe_contenders(launch, answers)
                self._run_blocks(launch, answers)
            record = launch.record()
        self.race = replace(self.race, launches=(*self.race.launches, record))

    @contextmanager
    def _prepared_launch(self, first: bool) -> Iterator[tuple[Launch, list[PrepareResult]]]:
        """The next launch, whose processes end with it, and the answers of its workers."""
        if self._next is not None:
            following, self._next = self._next, None
            try:
                yield following.launch, following.answers()
            finally:
                following.stop()
            return
        with self._new_launch(len(self.race.launches), leave_out_core=self._ahead) as launch:
            yield launch, launch.prepare(scored=first)

    def _new_launch(self, number: int, leave_out_core: bool = False) -> Launch:
        rng = np.random.default_rng([self.race.settings.seed, number])
        return Launch(self.prepared.config, self.prepared.contenders, rng, leave_out_core)

    def _run_blocks(self, launch: Launch, answers: Sequence[PrepareResult]) -> None:
        """Take pairs of blocks for as long as this launch is to be measured, two at least."""
        repeats = [contender.repeats for contender in self.race.contenders]
        self._begin_next()
        began = launch.elapsed
        launch.run_pair(repeats)
        block_seconds = (launch.elapsed - began) / launch.blocks
        clock = self.race.settings.clock
        pace = Pace(_ready_seconds(launch, answers), block_seconds, clock, self._ahead)
        target = self._plan(pace)
        self._begin_next()
        following = max(target - len(self.race.launches) - 1, 0)
        until = launch.elapsed + measuring_seconds(self.budget.left, following, pace)
        while (
            launch.blocks < FEWEST_BLOCKS
            or launch.elapsed + 2 * block_seconds < until
            or self._waits_for_next()
        ):
            launch.run_pair(repeats)
            block_seconds = (launch.elapsed - began) / launch.blocks
            self._report(launch.blocks)

    def _begin_next(self) -> None:
        """Begin to prepare the next launch if that is done ahead, and it is planned."""
        number = len(self.race.launches) + 1
        if self._ahead and self._next is None and self._target and number < self._target:
            launch = self._new_launch(number)
            # Without fits of full length, which the first launch has.
            self._next = AheadLaunch(launch, partial(launch.prepare, scored=False))

    def _waits_for_next(self) -> bool:
        """Return whether there is time for the next launch, and it is not ready."""
        return self._next is not None and not self._next.is_ready and self.budget.left > 0

    def _describe_contenders(self, launch: Launch, answers: Sequence[PrepareResult]) -> None:
        """Record devices, accuracies and repeats, which the first launch finds."""
        self._require_same(launch, answers)
        known = [contender.repeats for contender in self.race.contenders]
        repeats = known if all(known) else launch.calibrate()
        contenders = tuple(
            self._described(contender, answer, count)
            for contender, answer, count in zip(self.race.contenders, answers, repeats, strict=True)
        )
        self.race = replace(self.race, contenders=contenders)

    def _described(
        self, contender: ContenderRecord, answer: PrepareResult, repeats: int
    ) -> ContenderRecord:
        return replace(
            contender,
            device=answer["device"],
            accuracy=self.prepared.accuracy(answer),
            difference=answer.get("difference"),
            jit_compile=answer.get("jit_compile"),
            repeats=repeats,
        )

    def _require_same(self, launch: Launch, answers: Sequence[PrepareResult]) -> None:
        """Raise UsageError if earlier launches had other devices or another number of cores."""
        if not self.race.launches:
            return
        before, now = len(self.race.launches[-1].cores), len(launch.cores)
        if before != now:
            raise UsageError(
                f"the race ran on {counted(before, 'core')} and would run on {now} now: start "
                "another race"
            )
        for contender, answer in zip(self.race.contenders, answers, strict=True):
            if contender.device != answer["device"]:
                raise UsageError(
                    f"{contender.name} ran on {contender.device} and runs on {answer['device']} "
                    "now: start another race"
                )

    def _plan(self, pace: Pace) -> int:
        """Return the number of launches in all, from the pace of the first.

        Raises
        ------
        UsageError
            They are too few for a verdict, or for a narrower interval than a continued race has.
        """
        self._pace = pace
        if self._target is not None:
            return self._target
        count = affordable_launches(self.budget.left, pace)
        if count < FEWEST_LAUNCHES and self._may_extend(pace):
            count = affordable_launches(self.budget.left, pace)
        self._target = self._launches_before + count
        self._require_enough(count, pace)
        if not self._launches_before:
            self.race = replace(self.race, planned=self._target)
        return self._target

    def _may_extend(self, pace: Pace) -> bool:
        """Make a default budget long enough for a verdict, if that is not much longer."""
        seconds = smallest_budget(self.budget.spent, FEWEST_LAUNCHES, pace)
        is_long = seconds > MOST_EXTENSION * self.budget.seconds
        if self._has_budget or self._launches_before or is_long:
            return False
        self.monitor.message(
            f"the {FEWEST_LAUNCHES} launches of a verdict take about {duration(seconds)} on this "
            f"machine, instead of {duration(self.budget.seconds)}; --budget sets a limit"
        )
        self.budget = replace(self.budget, seconds=seconds)
        settings = replace(self.race.settings, budget=seconds)
        self.race = replace(self.race, settings=settings)
        return True

    def _require_enough(self, count: int, pace: Pace) -> None:
        """Refuse a budget that cannot decide anything. Raises UsageError."""
        before = self._launches_before
        if before < FEWEST_LAUNCHES:
            needed, purpose = FEWEST_LAUNCHES - before, "a verdict"
        else:
            ratios = len(self.race.contenders) - 1
            needed = useful_launches(before, ratios, self.race.planned) - before
            purpose = "a narrower interval"
        if count >= needed:
            return
        further = "further " if before else ""
        smallest = smallest_budget(self.budget.spent, needed, pace)
        raise UsageError(
            f"a budget of {self.budget.seconds:g} s allows {further}{count} "
            f"launch{'es' * (count > 1)}, and {purpose} needs {further}{needed}: use --budget "
            f"{smallest:.0f}s or more"
        )

    def _is_last(self) -> bool:
        assert self._pace is not None
        assert self._target is not None
        launches, left, seconds = len(self.race.launches), self.budget.left, self.budget.seconds
        has_time = has_time_for_launch(left, seconds, launches, self._pace)
        return launches >= self._target or not has_time

    def _look(self, last: bool) -> None:
        """Record that the data are looked at, if they are."""
        count, judged = len(self.race.launches), self.race.judged
        look = next_look(judged[-1] if judged else 0, self.race.planned)
        if count == look or (last and count >= FEWEST_LAUNCHES):
            self.race = replace(self.race, judged=(*judged, count))

    def _is_settled(self) -> bool:
        """Return whether no later look can change a verdict; say so where one is not final."""
        race = self.race
        if not race.is_judged or not nothing_can_change(
            race.timed_blocks,
            race.settings.margin,
            race.planned,
            race.prior,
            race.settings.confidence,
        ):
            return False
        if not all_decided(race.ratios):
            self.monitor.message(
                f"stopped after {len(race.launches)} of {self._target} launches: the rest of the "
                "budget would change no verdict"
            )
        return True

    def _report(self, blocks: int) -> None:
        launch = len(self.race.launches) + 1
        self.monitor.progress(RaceProgress(launch, self._target, blocks, self.budget))


def _how_to_continue(launches: int, file: Path) -> str:
    """Return how a race goes on that ended after some whole launches."""
    if not launches:
        return "no launch was finished, so nothing is saved; the same command starts the race again"
    saved = "1 whole launch is" if launches == 1 else f"{launches} whole launches are"
    return (
        f"{saved} saved: continue with evenfold race --continue {shlex.quote(str(file))} and the "
        "same --models, data and --env"
    )


def _ready_seconds(launch: Launch, answers: Sequence[PrepareResult]) -> float:
    """Return seconds until the next launch is ready: it has no fit of full length."""
    whole_fit = max((answer.get("whole_seconds", 0.0) for answer in answers), default=0.0)
    return max(launch.ready_seconds - whole_fit, launch.ready_seconds / 3)
