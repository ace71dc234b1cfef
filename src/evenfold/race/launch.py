"""One launch of a race: a fresh process a contender, made ready, kept on some cores, sampled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from time import monotonic
from typing import TypeVar, overload

import numpy as np

from evenfold.contract import Layout
from evenfold.errors import FitError, SkippedError, UsageError, WorkerError
from evenfold.race.contenders import Contender
from evenfold.race.record import WALL, LaunchRecord
from evenfold.runtime.worker_process import SECONDS_TO_START, WorkerProcess
from evenfold.worker.cores import available, pin
from evenfold.worker.inference import REFERENCE
from evenfold.worker.protocol import (
    CalibrateMessage,
    CalibrateResult,
    Clock,
    Measure,
    PinMessage,
    PinResult,
    PrepareMessage,
    PrepareResult,
    SampleMessage,
    SampleResult,
)

# Of a sample. One of epochs begins with an epoch that is not counted.
LEAST_SECONDS = {"epoch": 0.1, "fit": 0.05, "predict": 0.05}
MOST_PADDING = 4096  # bytes
# Beside those of the threads that compute: a framework has others, and waits for them.
SPARE_CORES = 1
NANOSECONDS = 1e-9
T = TypeVar("T")


@dataclass(frozen=True)
class Course:
    """What every contender of a race is given, in every launch.

    ``clock`` is wall, of samples in turns, or cpu, of samples at the same time on one core.
    ``folds`` are files of arrays by layout; ``timeout`` is seconds for an answer; ``staged`` the
    folder of the worker's files, and ``folder`` one for what is kept between launches.
    """

    measure: Measure
    clock: Clock
    rows: int | None
    threads: int
    folds: Mapping[Layout, Path]
    n_classes: int
    seeds: Mapping[str, int]
    timeout: float
    staged: Path
    folder: Path


class Crew:
    """The processes of one launch, ended with it; contenders are known by their numbers."""

    def __init__(
        self, course: Course, contenders: Sequence[Contender], rng: np.random.Generator
    ) -> None:
        """Starts a process for each, in random order. Raises UsageError when one cannot start."""
        self.course = course
        self.contenders = contenders
        self.rng = rng
        self.began, self.clock = datetime.now(timezone.utc), monotonic()
        count = len(contenders)
        # What else varies from process to process is varied on purpose: Mytkowicz et al., 2009.
        self.hash_seeds = [int(seed) for seed in rng.integers(0, 2**32, count)]
        self.paddings = [int(length) for length in rng.integers(0, MOST_PADDING, count)]
        self.started = [int(number) for number in rng.permutation(count)]
        self.workers: dict[int, WorkerProcess] = {}
        self.cores: list[int] = []
        self.ready_seconds = 0.0
        self.order: list[int] = []
        self.at: list[float] = []
        self.seconds: list[float] = []
        try:
            for number in self.started:
                self.workers[number] = self._start(number)
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def blocks(self) -> int:
        """Whole blocks so far."""
        return len(self.order) // len(self.contenders)

    @property
    def elapsed(self) -> float:
        """Seconds since the launch began."""
        return monotonic() - self.clock

    def prepare(self, scored: bool) -> list[PrepareResult]:
        """Makes all ready, side by side; with whole fits if ``scored``.

        Raises WorkerError, and UsageError for what no worker could do, with the contender's name.
        """
        numbers = range(len(self.contenders))
        return self._at_once(lambda number: self._prepare(number, scored), numbers)

    @contextmanager
    def pinned(self) -> Iterator[None]:
        """Keeps all on the same cores; this process on others, if any.

        These are one more than threads: on a single core an epoch of Keras 3 waits for a timer of
        ``tf.data`` that users rarely meet, as ``experiments/cores.py`` measures. Such waits are
        not in CPU time, and there all share one core.
        """
        before = available()
        spare = SPARE_CORES if self.course.clock == WALL else 0
        count = min(self.course.threads + spare, len(before))
        self.cores = sorted(int(core) for core in self.rng.choice(before, count, replace=False))
        for number in range(len(self.contenders)):
            self.ask(number, {"do": "pin", "cores": self.cores})
        self.ready_seconds = self.elapsed
        try:
            pin(set(before) - set(self.cores))
            yield
        finally:
            pin(before)

    def calibrate(self) -> list[int]:
        """Repeats of each for samples that are long enough; for epochs the same of all.

        Epochs of one training need not take equally long: other numbers of them would not be alike.
        Other samples of CPU time are of one length, for all to share the core throughout.
        """
        message: CalibrateMessage = {
            "do": "calibrate",
            "seconds": LEAST_SECONDS[self.course.measure],
        }
        numbers = range(len(self.contenders))
        answers = {number: self.ask(number, message) for number in numbers}
        for number in numbers:
            self._positive(number, answers[number])
        repeats = [int(answers[number]["repeats"]) for number in numbers]
        if self.course.measure == "epoch":
            return [max(repeats)] * len(repeats)
        return repeats if self.course.clock == WALL else self._of_one_length(repeats)

    def block(self, repeats: Sequence[int]) -> None:
        """One sample of every contender, in random order: in turns, or of CPU time at once."""
        order = [int(number) for number in self.rng.permutation(len(self.contenders))]

        def sample(number: int) -> tuple[float, float]:
            at = self.elapsed
            answer = self.ask(number, {"do": "sample", "repeats": repeats[number]})
            self._positive(number, answer)
            return at, answer["nanoseconds"] * NANOSECONDS / answer["units"]

        in_turns = self.course.clock == WALL
        taken = [sample(number) for number in order] if in_turns else self._at_once(sample, order)
        self.order += order
        self.at += [round(at, 6) for at, _ in taken]
        self.seconds += [seconds for _, seconds in taken]

    def _of_one_length(self, repeats: Sequence[int]) -> list[int]:
        seconds = []
        for number, count in enumerate(repeats):
            answer = self.ask(number, {"do": "sample", "repeats": count})
            self._positive(number, answer)
            seconds.append(answer["nanoseconds"])
        longest = max(seconds)
        return [
            max(1, round(count * longest / own))
            for count, own in zip(repeats, seconds, strict=True)
        ]

    def record(self) -> LaunchRecord:
        """What was measured, in whole blocks."""
        return LaunchRecord(
            began=self.began.isoformat(timespec="milliseconds"),
            cores=tuple(self.cores),
            started=tuple(self.started),
            hash_seeds=tuple(self.hash_seeds),
            paddings=tuple(self.paddings),
            ready_seconds=round(self.ready_seconds, 3),
            order=tuple(self.order),
            at=tuple(self.at),
            seconds=tuple(self.seconds),
        )

    @overload
    def ask(self, number: int, message: PrepareMessage) -> PrepareResult: ...
    @overload
    def ask(self, number: int, message: PinMessage) -> PinResult: ...
    @overload
    def ask(self, number: int, message: CalibrateMessage) -> CalibrateResult: ...
    @overload
    def ask(self, number: int, message: SampleMessage) -> SampleResult: ...
    def ask(
        self,
        number: int,
        message: PrepareMessage | PinMessage | CalibrateMessage | SampleMessage,
    ) -> PrepareResult | PinResult | CalibrateResult | SampleResult:
        """A contender's answer. Raises as ``prepare`` does."""
        name = self.contenders[number].name
        try:
            answer = self.workers[number].ask(message, self.course.timeout)
        except WorkerError as error:
            raise WorkerError(f"{name}: {error}") from error
        if "skip" in answer:
            raise SkippedError(f"{name} is skipped here: {answer['skip']}")
        if "failed" in answer:
            kind = WorkerError if answer.get("code") == FitError.exit_code else UsageError
            raise kind(f"{name}: {answer['failed']}")
        return answer

    def stop(self) -> None:
        """Ends all processes."""
        for worker in self.workers.values():
            worker.stop()

    def _at_once(self, do: Callable[[int], T], numbers: Sequence[int]) -> list[T]:
        """What is done with each of the contenders, side by side; all are ended if one fails."""
        with ThreadPoolExecutor(len(numbers)) as pool:
            try:
                pending = [pool.submit(do, number) for number in numbers]
                done, _ = wait(pending, return_when=FIRST_EXCEPTION)
                for future in done:
                    future.result()
            except BaseException:
                # Only so do the other threads end.
                self.stop()
                raise
        return [future.result() for future in pending]

    def _start(self, number: int) -> WorkerProcess:
        interpreter = self.contenders[number].interpreter
        variables = {
            **interpreter.variables(defaults={}),
            "PYTHONHASHSEED": str(self.hash_seeds[number]),
            "EVENFOLD_PADDING": "." * self.paddings[number],
        }
        return WorkerProcess(interpreter.python, self.course.staged, variables)

    def _prepare(self, number: int, scored: bool) -> PrepareResult:
        contender, course = self.contenders[number], self.course
        try:
            self.workers[number].greet(course.threads, False, min(SECONDS_TO_START, course.timeout))
        except UsageError as error:
            # Its environment has been found to be usable: it is this process that is not.
            raise WorkerError(f"{contender.name}: {error}") from error
        answer = self.ask(
            number,
            {
                "do": "prepare",
                "model": contender.spec.model,
                "path": str(contender.file),
                "folds": {layout: str(file) for layout, file in course.folds.items()},
                "n_classes": course.n_classes,
                "seed": course.seeds[contender.spec.model],
                "measure": course.measure,
                "clock": course.clock,
                "inference": contender.spec.path or REFERENCE,
                "rows": course.rows or 1,
                "delay": contender.delay,
                "weights": str(course.folder / f"{number}.npz"),
                "scored": scored,
            },
        )
        if scored and "probabilities" not in answer:
            raise WorkerError(f"{contender.name}: it answered {answer}")
        return answer

    def _positive(self, number: int, answer: CalibrateResult | SampleResult) -> None:
        """Raise WorkerError unless all that a contender answered are positive numbers."""
        if not all(isinstance(value, (int, float)) and value > 0 for value in answer.values()):
            raise WorkerError(f"{self.contenders[number].name}: it answered {answer}")
