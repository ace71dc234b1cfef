"""All results that a page may show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.bench.results import Result
from evenfold.bench.scaling_record import Scaling
from evenfold.race.error_record import RaceErrors
from evenfold.race.record import Race
from evenfold.race.simulation_record import Simulation
from evenfold.render.cells import NONE
from evenfold.score.predictions import Predictions
from evenfold.score.studies import StudyScores

if TYPE_CHECKING:
    import pandas as pd

# What scores are compared by on pages.
METRIC = "accuracy"


@dataclass(frozen=True)
class Shown:
    """Results by kind, in the order in which they are shown.

    ``kept`` and ``histories`` are by a study's file; ``references`` are models whose mean scores
    are drawn as lines.
    """

    results: Sequence[Result]
    studies: Sequence[StudyScores]
    races: Sequence[Race]
    kept: Mapping[Path, Predictions] = field(default_factory=dict)
    histories: Mapping[Path, pd.DataFrame] = field(default_factory=dict)
    references: Sequence[str] = ()
    scalings: Sequence[Scaling] = ()
    race_errors: Sequence[RaceErrors] = ()
    simulations: Sequence[Simulation] = ()


def contents(shown: Shown) -> pd.DataFrame:
    """One row a result: where it was made, what it is, and of how much."""
    import pandas as pd

    rows = []
    for bench in shown.results:
        models = {benchmark.extra_info.model for benchmark in bench.benchmarks}
        rows.append((bench.machine, bench.environment["name"], "bench", len(models), NONE))
    for study in shown.studies:
        what = f"scores, {study.dataset}, {study.protocol}"
        fits = f"{len(study.scores):,} fits"
        where = study.environment_name
        rows.append((study.machine, where, what, study.scores["model"].nunique(), fits))
    for race in shown.races:
        where = ", ".join(dict.fromkeys(str(r.environment["name"]) for r in race.contenders))
        launches = f"{len(race.launches)} launches"
        rows.append((race.machine, where, f"race, {race.name}", len(race.contenders), launches))
    for errors in shown.race_errors:
        count = f"{len(errors.races)} races"
        rows.append((errors.machine, errors.name, "how often races err", 1, count))
    for simulation in shown.simulations:
        what = f"simulated races, {len(simulation.scenarios)} scenarios"
        rows.append((NONE, NONE, what, 0, f"{simulation.races:,} races each"))
    for scaling in shown.scalings:
        models = {series.model for series in scaling.series}
        points = f"{sum(len(series.points) for series in scaling.series)} points"
        rows.append((scaling.machine, scaling.name, "scale", len(models), points))
    return pd.DataFrame(rows, columns=["machine", "environment", "result", "models", "of"])
