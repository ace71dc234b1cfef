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

# Of each model, the median of its last fits is its time, so many at most.
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
        The time that the rest takes; None where it is known of no model, or not of the one that is
        fitted now.
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
        Training seconds of earlier fits of each model. Their median is its time until enough fits
        of this run are finished.
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
        self._known = {model: median(times) for model, times in known.items()}
        self._planned = dict(self._left)
        self._seconds: dict[str, deque[float]] = {}
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
        times = {model: self._usual_seconds(model) for model in left}
        timed = {model: left[model] for model, time in times.items() if time is not None}
        seconds = sum(count * (times[model] or 0.0) for model, count in timed.items())
        number = sum(left.values())
        # Models run one after the other: the first that is left, and has begun, runs now.
        begun = (model for model in left if self._seconds.get(model))
        is_known = next(begun, next(iter(timed), None)) in timed
        seconds = (seconds + sum(timed.values()) * self._overhead) / self._slots
        return StudyState(
            saved=self._saved,
            done=self._total - number,
            total=self._total,
            slots=self._slots,
            seconds_left=seconds if is_known or not left else None,
            is_least=len(timed) < len(left),
        )

    def _usual_seconds(self, model: str) -> float | None:
        """Return the time of a fit: of this run once there are enough, else of earlier ones.

        The first fit of a model in each worker compiles it: the median of these says little. The
        earlier time is too short if even the quickest of more fits than these took longer.
        """
        own = self._seconds.get(model, ())
        if own and len(own) >= min(2 * self._slots + 1, self._planned.get(model, 1)):
            return median(own)
        known = self._known.get(model)
        return max(known, min(own)) if known is not None and len(own) > self._slots else known

    @property
    def _overhead(self) -> float:
        """Seconds that a slot spends on a fit beside its training, since the first one."""
        if self._began is None or not self._finished:
            return 0.0
        busy = self._slots * (monotonic() - self._began)
        return max(busy - self._trained, 0.0) / self._finished
