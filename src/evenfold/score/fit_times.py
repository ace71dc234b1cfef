"""How far the fits of a study are, and the time that they still take: from each model's median."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from time import monotonic
from typing import Any

from evenfold.runtime.pool import JobAnswer
from evenfold.runtime.record_checks import is_number
from evenfold.worker.protocol import FitJob

# Of each model, the median of so many fits is its time.
MOST_TIMES = 50
LONGEST = 1e9  # seconds of a fit
JobRunner = Callable[[Iterable[FitJob]], Iterator[JobAnswer]]


@dataclass(frozen=True)
class StudyState:
    """How far the fits of a study are.

    Attributes
    ----------
    saved : int
        Fits that were finished before.
    done, total : int
        Finished fits, and all fits, of this run.
    slots : int
        How many fits run at a time.
    seconds_left : float or None
        The time that the rest takes; None where it is known of no model.
    is_least : bool
        Whether models whose time is unknown come on top.
    """

    saved: int
    done: int
    total: int
    slots: int
    seconds_left: float | None
    is_least: bool


class FitTimes:
    """The fits of a study that have to run, and how long they take.

    Parameters
    ----------
    saved
        The number of fits that were finished before.
    left
        The number of fits of each model to run.
    known
        Training seconds of earlier fits of each model.
    slots
        How many fits run at a time.
    """

    def __init__(
        self, saved: int, left: Mapping[str, int], known: Mapping[str, Iterable[float]], slots: int
    ) -> None:
        """Start no clock yet: the first fit waits for its framework."""
        self._saved, self._slots = saved, max(slots, 1)
        self._left = Counter(left)
        self._total = self._left.total()
        self._seconds = {model: deque(times, MOST_TIMES) for model, times in known.items()}
        self._began: float | None = None
        self._trained = 0.0
        self._finished = 0

    def watch(self, run_jobs: JobRunner) -> JobRunner:
        """Return a function that runs jobs as another does, and records the time of each fit."""

        def watched(jobs: Iterable[FitJob]) -> Iterator[JobAnswer]:
            for job, answer in run_jobs(jobs):
                seconds: Any = answer.get("seconds")
                self.finish(job["model"], seconds if is_number(seconds, 0, LONGEST) else None)
                yield job, answer

        return watched

    def finish(self, model: str, seconds: float | None) -> None:
        """Record that a fit is finished; of one that failed there are no seconds."""
        self._left[model] -= 1
        if seconds is not None:
            self._seconds.setdefault(model, deque(maxlen=MOST_TIMES)).append(seconds)
        if self._began is None:
            self._began = monotonic()
            return
        self._finished += 1
        self._trained += seconds or 0.0

    @property
    def state(self) -> StudyState:
        """How far the fits are."""
        left = {model: count for model, count in self._left.items() if count > 0}
        timed = {model: count for model, count in left.items() if self._seconds.get(model)}
        seconds = sum(count * median(self._seconds[model]) for model, count in timed.items())
        number = sum(left.values())
        seconds = (seconds + sum(timed.values()) * self._overhead) / self._slots
        return StudyState(
            saved=self._saved,
            done=self._total - number,
            total=self._total,
            slots=self._slots,
            seconds_left=seconds if timed or not left else None,
            is_least=len(timed) < len(left),
        )

    @property
    def _overhead(self) -> float:
        """Seconds that a slot spends on a fit beside its training, since the first one."""
        if self._began is None or not self._finished:
            return 0.0
        busy = self._slots * (monotonic() - self._began)
        return max(busy - self._trained, 0.0) / self._finished
