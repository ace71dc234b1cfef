"""The energy of a study's fits: of the whole machine, from one answer of its worker to the next."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from evenfold.render.cells import MedianRange
from evenfold.runtime.energy import EnergyMeter
from evenfold.runtime.pool import JobAnswer
from evenfold.score.captions import WIDTH
from evenfold.score.fit_times import JobRunner
from evenfold.worker.protocol import FitJob

if TYPE_CHECKING:
    import pandas as pd

ENERGY_CAPTION = (
    "Energy: joules of a fit, median [least, most], of {sources}: all processes, and what the "
    "hardware takes when idle. The first fit of the run, which starts a framework, is left out, "
    "and so are fits that were saved before."
)


@dataclass(frozen=True)
class FitEnergy:
    """The energy of the fits of each model that ran.

    Parameters
    ----------
    sources
        What the counters count, such as ``package-0``.
    joules
        The joules of each measured fit, by model.
    """

    sources: tuple[str, ...]
    joules: Mapping[str, Sequence[float]]

    def of(self, model: str) -> float:
        """Return the median joules of a model's fits; NaN without any."""
        return median(self.joules.get(model) or [float("nan")])

    @property
    def caption(self) -> str:
        """What is measured."""
        text = ENERGY_CAPTION.format(sources=" and ".join(self.sources))
        return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)

    def text_table(self) -> pd.DataFrame:
        """Return one row for each model that was measured; all cells are text."""
        import pandas as pd

        rows = [
            (model, str(len(all_)), str(MedianRange(median(all_), min(all_), max(all_))))
            for model, all_ in self.joules.items()
            if all_
        ]
        return pd.DataFrame(rows, columns=["model", "measured fits", "J a fit"])


@dataclass(frozen=True)
class StudyCosts:
    """What a study plans and uses beside its scores.

    Parameters
    ----------
    epochs
        The planned epochs of each network.
    energy
        The energy of fits; None if it was not measured.
    """

    epochs: Mapping[str, int] = field(default_factory=dict)
    energy: FitEnergy | None = None

    def to_json(self) -> dict[str, dict[str, Any]]:
        """Return the fields of an environment.json."""
        if self.energy is None:
            return {"epochs": dict(self.epochs)}
        sources = list(self.energy.sources)
        energy = {
            model: {"sources": sources, "joules": list(joules)}
            for model, joules in self.energy.joules.items()
        }
        return {"epochs": dict(self.epochs), "energy": energy}


class EnergyRecorder:
    """Reads a meter at each answer: what was used since the last one is the energy of the fit.

    Fits run one at a time.

    Parameters
    ----------
    meter
        The meter.
    """

    def __init__(self, meter: EnergyMeter) -> None:
        """Measure nothing yet."""
        self.meter = meter
        self._joules: dict[str, list[float]] = {}

    def watch(self, run_jobs: JobRunner) -> JobRunner:
        """Return a function that runs jobs as another does, and records the energy of each fit."""

        def watched(jobs: Iterable[FitJob]) -> Iterator[JobAnswer]:
            is_first = True
            for job, answer in run_jobs(jobs):
                joules = self.meter.lap()
                if not is_first and "seconds" in answer:
                    self._joules.setdefault(job["model"], []).append(joules)
                is_first = False
                yield job, answer

        return watched

    @property
    def energy(self) -> FitEnergy:
        """The energy so far."""
        return FitEnergy(tuple(counter.name for counter in self.meter.counters), self._joules)
