"""The launches of a race, one after the other: as many as the time is for, looked at as planned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

import numpy as np

from evenfold.errors import UsageError
from evenfold.race.budget import FEWEST_BLOCKS, Pace, affordable, enough, share
from evenfold.race.contenders import Contender, digest
from evenfold.race.launch import Course, Crew
from evenfold.race.record import Race, write_race
from evenfold.stats.race_ratios import FEWEST_LAUNCHES, finished, next_look
from evenfold.worker.protocol import PrepareResult

# Of the budget, for ending processes and for the statistics.
SECONDS_TO_END = 1.0
# More than a verdict is thought to need.
AMPLE = 1.2


@dataclass(frozen=True)
class Entered:
    """What launches are made of; ``accuracy`` is that of the predictions in an answer."""

    course: Course
    contenders: Sequence[Contender]
    accuracy: Callable[[PrepareResult], float]


@dataclass(frozen=True)
class Clock:
    """The time of a race: ``began`` as ``monotonic`` has it, ``budget`` in seconds."""

    began: float
    budget: float

    @property
    def spent(self) -> float:
        """Seconds since it began."""
        return monotonic() - self.began

    @property
    def left(self) -> float:
        """Seconds for launches."""
        return self.budget - SECONDS_TO_END - self.spent


@dataclass(frozen=True)
class Standing:
    """How far a race is: its launch, of so many once that is known, and the blocks of it."""

    launch: int
    launches: int | None
    blocks: int
    clock: Clock


@dataclass(frozen=True)
class Watch:
    """Who is told: ``say`` a line, ``progress`` how far it is after each block."""

    say: Callable[[str], None]
    progress: Callable[[Standing], None]


class Launches:
    """A race as it goes on; ``race`` is what has been measured, in whole launches."""

    def __init__(self, race: Race, entered: Entered, clock: Clock, watch: Watch) -> None:
        """Nothing is started yet. ``race`` may have launches already."""
        self.race = race
        self.entered = entered
        self.clock = clock
        self.watch = watch
        self._before = len(race.launches)
        self._pace: Pace | None = None
        self._target: int | None = None

    def run(self, file: Path) -> Race:
        """Launches until every verdict is decided at a look, or the time is up.

        ``file`` holds the whole launches at any moment. Raises WorkerError when a worker fails.
        """
        saved = self._before
        try:
            while True:
                self._launch()
                last = self._is_last()
                self._look(last)
                write_race(file, self.race)
                saved = len(self.race.launches)
                if last or (self.race.is_judged and finished(self.race.ratios)):
                    return self.race
        except BaseException as error:
            # A race that is not the same any more cannot go on.
            if saved and not isinstance(error, UsageError):
                told = "1 whole launch is" if saved == 1 else f"{saved} whole launches are"
                self.watch.say(
                    f"{told} saved: evenfold race --continue {file}, with the --models, data and "
                    "--env of before, goes on"
                )
            raise

    def _launch(self) -> None:
        course, contenders = self.entered.course, self.entered.contenders
        _require_unchanged(contenders)
        done = len(self.race.launches)
        first = done == self._before
        self._tell(0)
        with Crew(course, contenders, np.random.default_rng([self.race.seed, done])) as crew:
            answers = crew.prepare(scored=first)
            with crew.pinned():
                if first:
                    self._introduce(crew, answers)
                repeats = [runner.repeats for runner in self.race.contenders]
                began = crew.elapsed
                crew.block(repeats)
                block = crew.elapsed - began
                self._plan(Pace(_ready(crew, answers), block))
                until = crew.elapsed + self._share(done)
                while crew.blocks < FEWEST_BLOCKS or crew.elapsed + block < until:
                    crew.block(repeats)
                    block = (crew.elapsed - began) / crew.blocks
                    self._tell(crew.blocks)
            record = crew.record()
        self.race = replace(self.race, launches=(*self.race.launches, record))

    def _introduce(self, crew: Crew, answers: Sequence[PrepareResult]) -> None:
        """What a first launch tells of the contenders: devices, accuracies, and repeats."""
        self._require_same(crew, answers)
        known = [runner.repeats for runner in self.race.contenders]
        repeats = known if all(known) else crew.calibrate()
        contenders = tuple(
            replace(
                runner,
                device=answer["device"],
                accuracy=self.entered.accuracy(answer),
                difference=answer.get("difference"),
                jit_compile=answer.get("jit_compile"),
                repeats=count,
            )
            for runner, answer, count in zip(self.race.contenders, answers, repeats, strict=True)
        )
        self.race = replace(self.race, contenders=contenders)

    def _require_same(self, crew: Crew, answers: Sequence[PrepareResult]) -> None:
        """Raises UsageError where launches of before, if any, had other devices or cores."""
        if not self.race.launches:
            return
        before, now = len(self.race.launches[-1].cores), len(crew.cores)
        if before != now:
            raise UsageError(f"the race had {before} of the cores, now {now}: start another race")
        for runner, answer in zip(self.race.contenders, answers, strict=True):
            if runner.device != answer["device"]:
                raise UsageError(
                    f"{runner.name}: it was on {runner.device}, and is on {answer['device']}: "
                    "start another race"
                )

    def _plan(self, pace: Pace) -> None:
        """The number of launches, once, from the pace of the first."""
        self._pace = pace
        if self._target is not None:
            return
        count = affordable(self.clock.left, pace)
        self._target = self._before + count
        if self._target < FEWEST_LAUNCHES:
            missing = FEWEST_LAUNCHES - self._before
            ample = AMPLE * (enough(self.clock.spent, missing, pace) + SECONDS_TO_END)
            self.watch.say(
                f"a budget of {self.clock.budget:g} s is for {count} launches, and a verdict needs "
                f"{missing}: it will be undecided; give it {ample:.0f} s"
            )
        if not self._before:
            planned = max(self._target, FEWEST_LAUNCHES)
            self.race = replace(self.race, planned=planned)

    def _share(self, done: int) -> float:
        assert self._pace is not None
        assert self._target is not None
        return share(self.clock.left, max(self._target - done - 1, 0), self._pace)

    def _is_last(self) -> bool:
        assert self._pace is not None
        assert self._target is not None
        return len(self.race.launches) >= self._target or self.clock.left < self._pace.shortest

    def _look(self, last: bool) -> None:
        """Notes that the data are looked at, where they are."""
        count, judged = len(self.race.launches), self.race.judged
        at = next_look(judged[-1] if judged else 0, self.race.planned)
        if count == at or (last and count >= FEWEST_LAUNCHES):
            self.race = replace(self.race, judged=(*judged, count))

    def _tell(self, blocks: int) -> None:
        launch = len(self.race.launches) + 1
        self.watch.progress(Standing(launch, self._target, blocks, self.clock))


def _ready(crew: Crew, answers: Sequence[PrepareResult]) -> float:
    """Seconds that the next launch will take to be ready: it has no fit of full length."""
    once = max((answer.get("whole_seconds", 0.0) for answer in answers), default=0.0)
    return max(crew.ready_seconds - once, crew.ready_seconds / 3)


def _require_unchanged(contenders: Sequence[Contender]) -> None:
    for contender in contenders:
        if digest(contender.file) != contender.digest:
            raise UsageError(f"{contender.name}: {contender.file} has changed during the race")
