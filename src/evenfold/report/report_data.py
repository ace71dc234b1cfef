"""All results that a report shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.bench.measurements import contender_labels, measurements
from evenfold.bench.results import Result
from evenfold.bench.scaling_record import Scaling
from evenfold.bisect.record import Bisect
from evenfold.bisect.simulation_record import BisectSimulation
from evenfold.check.diagnostic_rates import DiagnosticRates
from evenfold.history.other_tools import OtherResult
from evenfold.race.error_record import RaceErrors
from evenfold.race.record import Race
from evenfold.race.simulation_record import Simulation
from evenfold.render.cells import NONE
from evenfold.render.charts import NameStyles
from evenfold.render.words import counted
from evenfold.score.battery_record import ScoreBattery
from evenfold.score.predictions import Predictions
from evenfold.score.settling_record import SettlingRecord
from evenfold.score.study_scores import StudyScores
from evenfold.score.target import ScoreTarget
from evenfold.suite.error_record import SuiteErrors
from evenfold.suite.record import SuiteRace
from evenfold.upgrade.record import UpgradeRecord

if TYPE_CHECKING:
    import pandas as pd

METRIC = "accuracy"  # the metric that reports compare scores by


@dataclass(frozen=True)
class ReportData:
    """Results by kind, in the order in which a report shows them.

    Parameters
    ----------
    results
        Bench runs.
    studies
        Score studies.
    races
        Races.
    predictions, histories
        Predictions and learning curves, by the file of the study's scores.
    references
        Models whose mean scores are drawn as lines.
    scalings
        Measurements of how costs grow.
    race_errors
        Measurements of how often races err.
    simulations
        Simulations of races.
    batteries
        How often intervals of scores err on populations of known truth.
    upgrades
        Upgrades of an environment.
    bisects
        Searches for the version that a change came with.
    bisect_simulations
        How often such searches err.
    other_results
        What other tools measured.
    silenced
        Codes of diagnostics that are not shown.
    diagnostics
        How often diagnostics fire where they must and must not.
    settlings
        How often advice on undecided verdicts settles them.
    suites
        Races of suites of benchmarks.
    suite_errors
        Measurements of how often such races err.
    target
        The score whose time to be reached is shown; None for none.
    """

    results: Sequence[Result]
    studies: Sequence[StudyScores]
    races: Sequence[Race]
    predictions: Mapping[Path, Predictions] = field(default_factory=dict)
    histories: Mapping[Path, pd.DataFrame] = field(default_factory=dict)
    references: Sequence[str] = ()
    scalings: Sequence[Scaling] = ()
    race_errors: Sequence[RaceErrors] = ()
    simulations: Sequence[Simulation] = ()
    batteries: Sequence[ScoreBattery] = ()
    upgrades: Sequence[UpgradeRecord] = ()
    bisects: Sequence[Bisect] = ()
    bisect_simulations: Sequence[BisectSimulation] = ()
    other_results: Sequence[OtherResult] = ()
    silenced: Sequence[str] = ()
    diagnostics: Sequence[DiagnosticRates] = ()
    settlings: Sequence[SettlingRecord] = ()
    suites: Sequence[SuiteRace] = ()
    suite_errors: Sequence[SuiteErrors] = ()
    target: ScoreTarget | None = None
    _answers: dict[Path, str | None] = field(default_factory=dict, init=False, repr=False)

    def answers(self, template: Path, fill: Callable[[], str | None]) -> str | None:
        """Return a filled template of answers, which is filled once."""
        if template not in self._answers:
            self._answers[template] = fill()
        return self._answers[template]

    @cached_property
    def styles(self) -> NameStyles:
        """The style of every model in sorted order, then of every other contender of a race."""
        models = {str(name) for study in self.studies for name in study.scores["model"].unique()}
        models.update(series.model for scaling in self.scalings for series in scaling.series)
        for result in self.results:
            models.update(contender_labels(measurements(result.benchmarks)).values())
        contenders = {contender.label for race in self.races for contender in race.contenders}
        return NameStyles.of([*sorted(models), *sorted(contenders - models)])


def contents(report_data: ReportData) -> pd.DataFrame:
    """Tabulate the results: where each was made, what it is, and how large."""
    import pandas as pd

    rows = []
    for bench in report_data.results:
        models = {benchmark.extra_info.model for benchmark in bench.benchmarks}
        rows.append((bench.machine, bench.environment["name"], "bench", len(models), NONE))
    for study in report_data.studies:
        what = f"scores, {study.dataset}, {study.protocol}"
        fits = counted(len(study.scores), "fit")
        where = study.environment_name
        rows.append((study.machine, where, what, study.scores["model"].nunique(), fits))
    for race in report_data.races:
        where = ", ".join(dict.fromkeys(str(r.environment["name"]) for r in race.contenders))
        launches = counted(len(race.launches), "launch", "launches")
        rows.append((race.machine, where, f"race, {race.name}", len(race.contenders), launches))
    for upgrade in report_data.upgrades:
        what = f"upgrade, {upgrade.name}"
        rows.append((upgrade.machine, ", ".join(upgrade.labels), what, len(upgrade.models), NONE))
    for errors in report_data.race_errors:
        count = counted(len(errors.races), "race")
        rows.append((errors.machine, errors.name, "how often races err", 1, count))
    for simulation in report_data.simulations:
        what = f"simulated races, {len(simulation.scenarios)} scenarios"
        rows.append((NONE, NONE, what, 0, f"{counted(simulation.races, 'race')} each"))
    for battery in report_data.batteries:
        what = f"how often intervals of scores err, {counted(len(battery.cells), 'cell')}"
        fewest = min(t.count for cell in battery.cells.values() for t in cell.targets.values())
        rows.append((NONE, NONE, what, 0, f"{counted(fewest, 'data set')} each or more"))
    rows += _change_rows(report_data)
    rows += _diagnostic_rows(report_data)
    rows += _suite_rows(report_data)
    for scaling in report_data.scalings:
        models = {series.model for series in scaling.series}
        points = f"{sum(len(series.points) for series in scaling.series)} points"
        rows.append((scaling.machine, scaling.name, "scale", len(models), points))
    return pd.DataFrame(rows, columns=["machine", "environment", "result", "models", "of"])


def _change_rows(report_data: ReportData) -> Iterator[tuple[str, str, str, int, str]]:
    for bisect in report_data.bisects:
        first, last = bisect.versions[0].name, bisect.versions[-1].name
        count = counted(len(bisect.steps), "comparison")
        yield bisect.machine, f"{first} to {last}", f"bisect, {bisect.name}", 1, count
    for simulation in report_data.bisect_simulations:
        count = f"{counted(simulation.histories, 'history', 'histories')} each"
        yield NONE, NONE, "simulated bisects", 0, count
    for source in dict.fromkeys(result.source for result in report_data.other_results):
        number = sum(result.source == source for result in report_data.other_results)
        yield NONE, NONE, f"sequential measurements of {source}", 0, counted(number, "result")


def _diagnostic_rows(report_data: ReportData) -> list[tuple[str, str, str, int, str]]:
    rows = []
    for rates in report_data.diagnostics:
        trials = counted(sum(case.trials for case in rates.cases.values()), "trial")
        what = f"how often diagnostics fire, {counted(len(rates.cases), 'case')}"
        rows.append((NONE, NONE, what, 0, trials))
    for settling in report_data.settlings:
        what = f"what settles undecided verdicts, {counted(len(settling.cells), 'population')}"
        rows.append((NONE, NONE, what, 0, counted(len(settling.pairs), "real pair")))
    return rows


def _suite_rows(report_data: ReportData) -> Iterator[tuple[str, str, str, int, str]]:
    for suite in report_data.suites:
        names = dict.fromkeys(str(one.environment["name"]) for one in suite.contenders)
        count = counted(len(suite.benchmarks), "benchmark")
        yield suite.machine, ", ".join(names), f"suite, {suite.name}", 0, count
    for errors in report_data.suite_errors:
        count = counted(len(errors.trials), "race")
        yield errors.machine, errors.name, "how often races of suites err", 0, count
