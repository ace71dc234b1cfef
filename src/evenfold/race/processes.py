"""The processes of a launch: one for each contender, pinned to cores, sampled in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from datetime import datetime, timezone
from time import monotonic
from typing import Any, Generic, TypeVar, overload

import numpy as np

from evenfold.errors import FitError, SkippedError, UsageError, WorkerError
from evenfold.race.process_types import (
    ContenderMessage,
    ContenderResult,
    HasProcess,
    ProcessConfig,
)
from evenfold.runtime.bytecode import with_bytecode
from evenfold.runtime.record_checks import is_number
from evenfold.runtime.worker_process import SECONDS_TO_START, WorkerProcess
from evenfold.stats.block_orders import counterbalanced_orders
from evenfold.worker.cores import available_cores, pin
from evenfold.worker.error_text import shorten
from evenfold.worker.protocol import (
    CalibrateMessage,
    CalibrateResult,
    PinMessage,
    PinResult,
    PrepareMessage,
    PrepareResult,
    SampleMessage,
    SampleResult,
)
from evenfold.worker.suite_protocol import (
    CloseMessage,
    CloseResult,
    CollectMessage,
    CollectResult,
    OpenMessage,
    OpenResult,
)

MOST_PADDING_BYTES = 4096
# Beside those of the threads that compute: a framework has other threads, and waits for them.
SPARE_CORES = 1
SECONDS_PER_NANOSECOND = 1e-9
MOST_COUNT = 2**53  # of repeats and nanoseconds: months
T = TypeVar("T")
Self = TypeVar("Self", bound="ContenderProcesses[Any, Any]")
Config = TypeVar("Config", bound=ProcessConfig)
Racer = TypeVar("Racer", bound=HasProcess)


class ContenderProcesses(Generic[Config, Racer]):
    """The processes of one launch, which end with it; contenders are known by their numbers.

    ``survives_failures`` is whether processes go on after one could not do what was asked of it.
    """

    survives_failures = False

    def __init__(
        self,
        config: Config,
        contenders: Sequence[Racer],
        rng: np.random.Generator,
        leave_out_core: bool = False,
    ) -> None:
        """Start a process for each contender, in random order.

        With ``leave_out_core`` each process starts on all cores but one, another one each time: as
        many as launches see that start while another is measured, for a framework makes as many
        threads as it sees cores.

        Raises
        ------
        UsageError
            An interpreter cannot be started.
        """
        self.config = config
        self.contenders = contenders
        self.rng = rng
        self.began, self.start = datetime.now(timezone.utc), monotonic()
        count = len(contenders)
        # What else differs between processes is varied on purpose: Mytkowicz et al., 2009.
        self.hash_seeds = [int(seed) for seed in rng.integers(0, 2**32, count)]
        self.paddings = [int(length) for length in rng.integers(0, MOST_PADDING_BYTES, count)]
        self.started = [int(number) for number in rng.permutation(count)]
        self.workers: dict[int, WorkerProcess] = {}
        self.cores: list[int] = []
        self.ready_seconds = 0.0
        self._orders = counterbalanced_orders(count, rng)
        self.order: list[int] = []
        self.at: list[float] = []
        self.seconds: list[float] = []
        try:
            for place, number in enumerate(self.started):
                with _left_out(place) if leave_out_core else nullcontext():
                    self.workers[number] = self._start(number)
        except BaseException:
            self.stop()
            raise

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def blocks(self) -> int:
        """Number of whole blocks so far."""
        return len(self.order) // len(self.contenders)

    @property
    def elapsed(self) -> float:
        """Seconds since the launch began."""
        return monotonic() - self.start

    def restart_clock(self) -> None:
        """Let the launch begin now: it was prepared while another one was measured."""
        self.began, self.start = datetime.now(timezone.utc), monotonic()

    @contextmanager
    def pinned(self) -> Iterator[None]:
        """Pin all contenders to the same cores, and this process to others if there are any.

        By wall time there is one core more than threads: on a single core an epoch of Keras 3 waits
        for a timer of ``tf.data`` that users rarely meet, as ``experiments/cores.py`` measures. CPU
        time does not count such waits, so by CPU time all contenders share one core.
        """
        before = available_cores()
        spare = SPARE_CORES if self._takes_turns else 0
        count = min(self.config.threads + spare, len(before))
        self.cores = sorted(int(core) for core in self.rng.choice(before, count, replace=False))
        for number in range(len(self.contenders)):
            self.ask(number, {"do": "pin", "cores": self.cores})
        try:
            pin(set(before) - set(self.cores))
            yield
        finally:
            pin(before)

    def calibrate(self) -> list[int]:
        """Return the repeats of each contender for samples that are long enough.

        Epochs have the same number of repeats for all contenders: epochs of one training need not
        take equally long, so that samples of other numbers would not be alike. Other samples of CPU
        time have one length, so that all contenders share the core throughout.
        """
        message: CalibrateMessage = {
            "do": "calibrate",
            "seconds": self.config.least_seconds,
        }
        answers = [self.ask(number, message) for number in range(len(self.contenders))]
        for number, answer in enumerate(answers):
            self._require_positive(number, answer)
        repeats = [int(answer["repeats"]) for answer in answers]
        if self.config.has_equal_repeats:
            return [max(repeats)] * len(repeats)
        return repeats if self._takes_turns else self._repeats_of_one_length(repeats)

    def run_pair(self, repeats: Sequence[int]) -> None:
        """Take two blocks, the second in the reverse order of the first."""
        self.run_block(repeats)
        self.run_block(repeats)

    def run_block(self, repeats: Sequence[int]) -> None:
        """Take one sample of every contender: in turns, or CPU time at once."""
        order = [int(number) for number in next(self._orders)]

        def sample(number: int) -> tuple[float, float]:
            at = self.elapsed
            answer = self.ask(number, {"do": "sample", "repeats": repeats[number]})
            self._require_positive(number, answer)
            return at, answer["nanoseconds"] * SECONDS_PER_NANOSECOND / answer["units"]

        in_turns = self._takes_turns
        samples = [sample(number) for number in order] if in_turns else self.at_once(sample, order)
        self.order += order
        self.at += [round(at, 6) for at, _ in samples]
        self.seconds += [seconds for _, seconds in samples]

    @overload
    def ask(self, number: int, message: PrepareMessage) -> PrepareResult: ...
    @overload
    def ask(self, number: int, message: PinMessage) -> PinResult: ...
    @overload
    def ask(self, number: int, message: CalibrateMessage) -> CalibrateResult: ...
    @overload
    def ask(self, number: int, message: SampleMessage) -> SampleResult: ...
    @overload
    def ask(self, number: int, message: CollectMessage) -> CollectResult: ...
    @overload
    def ask(self, number: int, message: OpenMessage) -> OpenResult: ...
    @overload
    def ask(self, number: int, message: CloseMessage) -> CloseResult: ...
    def ask(self, number: int, message: ContenderMessage) -> ContenderResult:
        """Send a message to a contender's worker and return its answer.

        Raises
        ------
        WorkerError
            The worker fails; the message names its contender.
        UsageError
            The worker could not do it; the message names the contender.
        """
        name = self.contenders[number].name
        try:
            answer = self.workers[number].ask(message, self.config.timeout)
        except WorkerError as error:
            raise WorkerError(f"{name}: {error}") from error
        if "skip" in answer:
            raise SkippedError(f"{name} is skipped here: {answer['skip']}")
        if "failed" in answer:
            kind = WorkerError if answer.get("code") == FitError.exit_code else UsageError
            raise kind(f"{name}: {answer['failed']}")
        return answer

    def greet(self, number: int) -> None:
        """Exchange the first messages with a contender's worker. Raises WorkerError."""
        try:
            timeout = min(SECONDS_TO_START, self.config.timeout)
            self.workers[number].greet(self.config.threads, False, timeout)
        except UsageError as error:
            # Its environment is known to be usable, so it is this process that failed.
            raise WorkerError(f"{self.contenders[number].name}: {error}") from error

    def stop(self) -> None:
        """End all processes."""
        for worker in self.workers.values():
            worker.stop()

    @property
    def _takes_turns(self) -> bool:
        return self.config.clock == "wall"

    def at_once(self, action: Callable[[int], T], numbers: Sequence[int]) -> list[T]:
        """Run an action for some contenders at the same time.

        If one fails, all processes end, unless they survive failures: then all are waited for.
        """
        with ThreadPoolExecutor(len(numbers)) as pool:
            try:
                pending = [pool.submit(action, number) for number in numbers]
                done, _ = wait(pending, return_when=FIRST_EXCEPTION)
                for future in () if self.survives_failures else done:
                    future.result()
            except BaseException:
                # The other threads wait for answers: they end with the processes.
                self.stop()
                raise
        return [future.result() for future in pending]

    def _start(self, number: int) -> WorkerProcess:
        interpreter = self.contenders[number].interpreter
        variables = {
            **with_bytecode(interpreter.variables(defaults={}), self.config.bytecode),
            "PYTHONHASHSEED": str(self.hash_seeds[number]),
            "EVENFOLD_PADDING": "." * self.paddings[number],
        }
        return WorkerProcess(interpreter.python, self.config.staged, variables)

    def _repeats_of_one_length(self, repeats: Sequence[int]) -> list[int]:
        """Return repeats with which samples of all contenders take equally long."""
        nanoseconds = []
        for number, count in enumerate(repeats):
            answer = self.ask(number, {"do": "sample", "repeats": count})
            self._require_positive(number, answer)
            nanoseconds.append(answer["nanoseconds"])
        longest = max(nanoseconds)
        return [
            max(1, round(count * longest / own))
            for count, own in zip(repeats, nanoseconds, strict=True)
        ]

    def _require_positive(self, number: int, answer: CalibrateResult | SampleResult) -> None:
        """Raise WorkerError unless all values of a contender's answer can be counts and times."""
        if not all(is_number(value, most=MOST_COUNT) for value in answer.values()):
            quoted = shorten(repr(answer))
            raise WorkerError(f"{self.contenders[number].name}: unexpected answer {quoted}")


@contextmanager
def _left_out(place: int) -> Iterator[None]:
    """Keep this process, and those that it starts meanwhile, off one core."""
    before = available_cores()
    pin(set(before) - {before[place % len(before)]})
    try:
        yield
    finally:
        pin(before)
