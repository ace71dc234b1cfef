"""Running a bisect: comparisons until the answer is there, each saved as it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from evenfold.bisect.comparers import RaceComparer, ScoreComparer
from evenfold.bisect.conclusions import step_sentence
from evenfold.bisect.record import BISECT_FILE, Bisect, BisectStep
from evenfold.bisect.request import BisectRequest
from evenfold.bisect.versions import OpenVersions, one_line
from evenfold.errors import PluginError, SkippedError, UsageError, WorkerError
from evenfold.race.progress import line_monitor
from evenfold.render.progress import Line, Tell
from evenfold.runtime.cleanup import scratch
from evenfold.runtime.results_folder import require_writable
from evenfold.stats.change_search import UnusableVersionError

Comparer = Callable[[int, int, float], BisectStep]


@dataclass
class SavedComparer:
    """Compares two versions once: what is saved is not compared again.

    Parameters
    ----------
    request
        The bisect, with what is saved of it.
    versions
        Opens versions.
    compare
        Makes a comparison.
    message
        Prints the result of each comparison.
    """

    request: BisectRequest
    versions: OpenVersions
    compare: Comparer
    message: Callable[[str], None]
    bisect: Bisect = field(init=False)
    _failed_workers: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.bisect = self.request.bisect

    def __call__(self, first: int, last: int, error: float) -> tuple[float, float]:
        """Return the interval of a comparison, on the scale of the search.

        Raises
        ------
        UnusableVersionError
            A version that was in no comparison before cannot be measured.
        """
        step = self.bisect.step(first, last)
        if step is None:
            for place in (first, last):
                self._require_usable(place)
            step = self._made(first, last, error)
            self._save(self.bisect.with_step(step))
            self.message(step_sentence(self.bisect, step))
        return self.bisect.ends(step)

    def _require_usable(self, place: int) -> None:
        if self.bisect.versions[place].unusable is not None:
            raise UnusableVersionError(place)
        problem = self.versions.problem(place)
        if problem is not None:
            self._drop(place, problem)

    def _made(self, first: int, last: int, error: float) -> BisectStep:
        try:
            return self.compare(first, last, error)
        except (SkippedError, PluginError, WorkerError) as failure:
            new = [place for place in (first, last) if place not in self._measured]
            # What was measured before is not the cause, and neither is a machine on which every
            # worker fails.
            self._failed_workers += isinstance(failure, WorkerError)
            if len(new) == 1 and self._failed_workers <= 1:
                self._drop(new[0], one_line(failure))
            raise

    @property
    def _measured(self) -> set[int]:
        return {place for step in self.bisect.steps for place in (step.first, step.last)}

    def _drop(self, place: int, problem: str) -> None:
        """Record that a version cannot be measured. Raises UnusableVersionError or UsageError."""
        name = self.bisect.versions[place].name
        if place in self._measured:
            raise UsageError(f"{name} can no longer be measured: {problem}")
        if place in (0, len(self.bisect.versions) - 1):
            raise UsageError(f"{name} is an end of the path, and cannot be measured: {problem}")
        self._save(self.bisect.with_unusable(place, problem))
        self.message(f"{name} is left out: {problem}")
        raise UnusableVersionError(place)

    def _save(self, bisect: Bisect) -> None:
        self.bisect = bisect
        BISECT_FILE.write(self.request.file, bisect)


def run_bisect(request: BisectRequest, tell: Tell) -> Bisect:
    """Run or continue a bisect; each comparison is saved as soon as it is made.

    Parameters
    ----------
    request
        The bisect.
    tell
        Prints messages: progress, and the result of each comparison.

    Raises
    ------
    UsageError
        An end of the path cannot be measured.
    WorkerError, ResultsError
        A comparison failed; the same command goes on with it.
    """
    require_writable(request.file.parent)
    line = Line(tell)
    try:
        with scratch() as folder:
            versions = OpenVersions(request, folder, line.say)
            if request.options.metric is None:
                compare: Comparer = RaceComparer(
                    request, versions, lambda label: line_monitor(line, lambda: f"{label}: ")
                )
            else:
                compare = ScoreComparer(request, versions, tell)
            saved = SavedComparer(request, versions, compare, line.say)
            request.bisect.new_search(saved).run()
            return saved.bisect
    except (KeyboardInterrupt, SystemExit, WorkerError):
        line.say("what is compared is saved: the same evenfold bisect goes on with it")
        raise
    finally:
        line.close()
