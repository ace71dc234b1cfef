"""The progress of a study: finished fits, their rate and the time that is left."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic

from evenfold.render.progress import Line, Tell
from evenfold.render.words import counted, duration, rough_duration
from evenfold.score.fit_times import StudyState

Progress = Callable[[StudyState], None]
# Seconds between two drawings of the line.
LEAST_WAIT = 0.1
RATE_SECONDS = 30.0


class StudyProgress:
    """Shows the progress of a study: first what runs, then how far it is.

    Parameters
    ----------
    tell
        Prints messages.
    prefix
        A text before each message.
    line
        Where progress is shown; None for stderr.
    """

    def __init__(self, tell: Tell, prefix: str = "", line: Line | None = None) -> None:
        """Start the clock."""
        self.prefix = prefix
        self.line = Line(tell) if line is None else line
        self._started = self._shown = monotonic()
        # Times and numbers of finished fits of the last seconds: the first fits are no rate.
        self._recent: deque[tuple[float, int]] = deque()

    def __call__(self, state: StudyState) -> None:
        """Show how far the study is."""
        now = monotonic()
        if not state.done:
            self._started = now
            self._recent.clear()
            self.line.say(self.prefix + plan_text(state))
            return
        self._recent.append((now, state.done))
        while now - self._recent[0][0] > RATE_SECONDS and len(self._recent) > 2:
            self._recent.popleft()
        is_over = state.done == state.total
        if is_over or now - self._shown > LEAST_WAIT:
            self._shown = now
            text = progress_text(state, now - self._started, self._rate)
            self.line.show(self.prefix + text, end=is_over, share=state.done / state.total)

    @property
    def _rate(self) -> float | None:
        """Fits a second over the last seconds; None before the second fit."""
        (began, first), (now, last) = self._recent[0], self._recent[-1]
        return (last - first) / max(now - began, 1e-9) if last > first else None

    def close(self) -> None:
        """End the line, so that what follows begins a new one."""
        self.line.close()


def plan_text(state: StudyState) -> str:
    """Return what runs: ``100 fits: 40 saved, 60 to run, 2 at a time, about 3 min``."""
    fits = counted(state.saved + state.total, "fit")
    if not state.total:
        return f"{fits}: all of them saved, none to run"
    to_run = f": {state.saved:,} saved, {state.total:,} to run" if state.saved else " to run"
    return f"{fits}{to_run}, {state.slots} at a time{_time(state)}"


def progress_text(state: StudyState, seconds: float, rate: float | None = None) -> str:
    """Return how far the fits are after some seconds, and how long the rest takes.

    Parameters
    ----------
    state
        How far they are.
    seconds
        Seconds since the start.
    rate
        Fits a second, None where it is unknown.
    """
    if state.done == state.total:
        return f"{counted(state.total, 'fit')} in {duration(seconds)}"
    fits = f"{state.done:,} of {counted(state.total, 'fit')}"
    if state.seconds_left is None:
        # The first fits wait for frameworks and compile models: their rate says little too.
        return f"{fits}, estimating the time left"
    speed = ""
    if rate:
        speed = f", {rate:.1f} fits/s" if rate >= 1 else f", {1 / rate:.1f} s/fit"
    time = _time(state)
    return f"{fits}{speed}{f'{time} left' if time else ''}"


def _time(state: StudyState) -> str:
    is_nothing = state.is_least and (state.seconds_left or 0) < 1
    if state.seconds_left is None or is_nothing:
        return ""
    return f", {'at least' if state.is_least else 'about'} {rough_duration(state.seconds_left)}"
