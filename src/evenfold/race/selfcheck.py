"""Races whose outcome is known beforehand, run one after the other for a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np

from evenfold.race.launches import Watch
from evenfold.race.run import run_race
from evenfold.race.selfcheck_record import Trial, margin_of
from evenfold.race.setup import Request

AA = "aa"


@dataclass(frozen=True)
class Kind:
    """A race of a contender against itself, with a share added to the second's time or none."""

    delay: float
    margin: float

    @property
    def name(self) -> str:
        """As ``aa``, or ``delay2`` for 2 %; with the margin where it is not the usual one."""
        told = f"delay{100 * self.delay:g}" if self.delay else AA
        usual = self.margin == margin_of(self.delay)
        return told if usual else f"{told}-margin{100 * self.margin:g}"


def kinds(delays: Sequence[float]) -> list[Kind]:
    """Each delay with its usual margin."""
    return [Kind(delay, margin_of(delay)) for delay in delays]


def in_rounds(every: Sequence[Kind], seed: int) -> Iterator[Kind]:
    """Round after round of all kinds without an end, each round in a random order."""
    rng = np.random.default_rng(seed)
    while True:
        yield from (every[number] for number in rng.permutation(len(every)))


def run_trials(
    request: Request, order: Iterator[Kind], seconds: float, watch: Watch
) -> Iterator[Trial]:
    """Races in that order while there is time for another.

    ``request`` has the same contender twice; seed, margin, delays and name are set for each race.
    Raises as ``run_race`` does.
    """
    began = monotonic()
    _, second = request.contenders
    for number, kind in enumerate(order, 1):
        if monotonic() - began + request.seconds > seconds:
            return
        asked = replace(
            request,
            seed=request.seed + number,
            margin=kind.margin,
            delays={second: kind.delay},
            name=f"{kind.name}-{number}",
        )
        yield Trial.of(run_race(asked, watch).race)
