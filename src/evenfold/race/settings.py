"""Settings of a race that its request, its launches and its file share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from evenfold.stats.race_looks import CONFIDENCE
from evenfold.worker.cores import available_cores
from evenfold.worker.protocol import Clock, Measure

MEASURES: tuple[Measure, ...] = get_args(Measure)
CLOCKS: tuple[Clock, ...] = get_args(Clock)


@dataclass(frozen=True)
class RaceSettings:
    """What is measured, and for how long.

    Parameters
    ----------
    measure
        What one sample times: a training epoch, a whole fit, or a prediction.
    rows
        Rows of a prediction; None for other measures.
    margin
        Practical threshold: 0.02 for ratios from 1/1.02 to 1.02.
    threads
        Threads of each contender.
    seed
        Random seed of the order of samples and of the fits.
    budget
        Seconds of wall time, over all continuations of the race.
    clock
        ``wall``: contenders are sampled in turns. ``cpu``: CPU time of their processes, sampled at
        the same time on one core.
    confidence
        Confidence of all intervals of all looks together. The races of a bisect share one error:
        each has a higher confidence than a race by itself.
    ahead
        Whether each launch after the first is prepared while the one before it is measured.
    """

    measure: Measure
    rows: int | None
    margin: float
    threads: int
    seed: int
    budget: float
    clock: Clock = "wall"
    confidence: float = CONFIDENCE
    ahead: bool = False


def prepares_ahead(clock: Clock) -> bool:
    """Return whether races by this clock prepare the next launch while one is measured.

    Only CPU time leaves a core to prepare on: contenders that are timed by wall time would wait for
    processes that start beside them.
    """
    return clock == "cpu" and len(available_cores()) > 1
