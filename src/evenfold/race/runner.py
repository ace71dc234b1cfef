"""A running race: launches until every verdict is decided, or until the time is up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from evenfold.errors import UsageError
from evenfold.race.budget import (
    FEWEST_BLOCKS,
    SECONDS_TO_END,
    Pace,
    TimeBudget,
    affordable_launches,
    measuring_seconds,
    sufficient_budget,
)
from evenfold.race.files import write_race
from evenfold.race.launch import Launch
from evenfold.race.prepare import PreparedRace
from evenfold.race.progress import RaceMonitor, RaceProgress
from evenfold.race.record import ContenderRecord, Race
from evenfold.render.words import counted
from evenfold.stats.race_looks import FEWEST_LAUNCHES, next_look
from evenfold.stats.race_ratios import all_decided
from evenfold.worker.protocol import PrepareResult

# A budget that is suggested has more time than a verdict is expected to need.
SUGGESTED_SHARE = 1.2


class RaceRunner:
    """A race that is run; ``race`` has all whole launches so far."""

    def __init__(
        self, race: Race, prepared: PreparedRace, budget: TimeBudget, monitor: RaceMonitor
    ) -> None:
        """Start nothing yet; ``race`` may have launches already."""
        self.race = race
        self.prepared = prepared
        self.budget = budget
        self.monitor = monitor
        self._launches_before = len(race.launches)
        self._pace: Pace | None = None
        self._target: int | None = None

    def run(self, file: Path) -> Race:
        """Run launches until every verdict is decided at a look, or until the time is up.

        ``file`` has all whole launches at any moment.

        Raises
        ------
        WorkerError
            A worker fails.
        """
        saved = self._launches_before
        try:
            while True:
                self._run_launch()
                last = self._is_last()
                self._look(last)
                write_race(file, self.race)
                saved = len(self.race.launches)
                if last or (self.race.is_judged and all_decided(self.race.ratios)):
                    return self.race
        except BaseException as error:
            # A race whose machine has changed cannot be continued.
            if saved and not isinstance(error, UsageError):
                launches = "1 whole launch is" if saved == 1 else f"{saved} whole launches are"
                self.monitor.message(
                    f"{launches} saved: continue with evenfold race --continue {file} and the same "
                    "--models, data and --env"
                )
            raise

    def _run_launch(self) -> None:
        number = len(self.race.launches)
        first = number == self._launches_before
        rng = np.random.default_rng([self.race.settings.seed, number])
        self._report(0)
        with Launch(self.prepared.config, self.prepared.contenders, rng) as launch:
            answers = launch.prepare(scored=first)
            with launch.pinned():
                if first:
                    self._describe_contenders(launch, answers)
                self._run_blocks(launch, answers)
            record = launch.record()
        self.race = replace(self.race, launches=(*self.race.launches, record))

    def _run_blocks(self, launch: Launch, answers: Sequence[PrepareResult]) -> None:
        """Take blocks for as long as this launch is to be measured, and the fewest at least."""
        repeats = [contender.repeats for contender in self.race.contenders]
        began = launch.elapsed
        launch.run_block(repeats)
        block_seconds = launch.elapsed - began
        pace = Pace(_ready_seconds(launch, answers), block_seconds)
        target = self._plan(pace)
        following = max(target - len(self.race.launches) - 1, 0)
        until = launch.elapsed + measuring_seconds(self.budget.left, following, pace)
        while launch.blocks < FEWEST_BLOCKS or launch.elapsed + block_seconds < until:
            launch.run_block(repeats)
            block_seconds = (launch.elapsed - began) / launch.blocks
            self._report(launch.blocks)

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
        """Return the number of launches in all, from the pace of the first."""
        self._pace = pace
        if self._target is not None:
            return self._target
        count = affordable_launches(self.budget.left, pace)
        self._target = self._launches_before + count
        if self._target < FEWEST_LAUNCHES:
            self._warn_of_few_launches(count, pace)
        if not self._launches_before:
            self.race = replace(self.race, planned=max(self._target, FEWEST_LAUNCHES))
        return self._target

    def _warn_of_few_launches(self, count: int, pace: Pace) -> None:
        missing = FEWEST_LAUNCHES - self._launches_before
        sufficient = sufficient_budget(self.budget.spent, missing, pace) + SECONDS_TO_END
        self.monitor.message(
            f"a budget of {self.budget.seconds:g} s allows {count} launch{'es' * (count > 1)}, and "
            f"a verdict needs {missing}: it will be undecided; use --budget "
            f"{SUGGESTED_SHARE * sufficient:.0f}s"
        )

    def _is_last(self) -> bool:
        assert self._pace is not None
        assert self._target is not None
        return len(self.race.launches) >= self._target or self.budget.left < self._pace.shortest

    def _look(self, last: bool) -> None:
        """Record that the data are looked at, if they are."""
        count, judged = len(self.race.launches), self.race.judged
        look = next_look(judged[-1] if judged else 0, self.race.planned)
        if count == look or (last and count >= FEWEST_LAUNCHES):
            self.race = replace(self.race, judged=(*judged, count))

    def _report(self, blocks: int) -> None:
        launch = len(self.race.launches) + 1
        self.monitor.progress(RaceProgress(launch, self._target, blocks, self.budget))


def _ready_seconds(launch: Launch, answers: Sequence[PrepareResult]) -> float:
    """Return seconds until the next launch is ready: it has no fit of full length."""
    whole_fit = max((answer.get("whole_seconds", 0.0) for answer in answers), default=0.0)
    return max(launch.ready_seconds - whole_fit, launch.ready_seconds / 3)
