"""Reads everything below a folder of results for a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.bench.results import nothing_here, read_results
from evenfold.bench.scaling_record import SCALINGS
from evenfold.bisect.record import read_bisects
from evenfold.bisect.simulation_record import BISECT_SIMULATIONS
from evenfold.check.diagnostic_rates import DIAGNOSTIC_RATES
from evenfold.config import read_config
from evenfold.diagnostics.silence import silenced_codes
from evenfold.errors import ResultsError
from evenfold.history.other_tools import read_other_results
from evenfold.race.error_record import RACE_ERRORS
from evenfold.race.files import read_races
from evenfold.race.simulation_record import SIMULATIONS
from evenfold.report.constant_models import constant_models
from evenfold.report.report_data import ReportData, contents
from evenfold.report.result_kinds import holds_scores_or_races, require_results_folder
from evenfold.score.battery_record import SCORE_BATTERIES
from evenfold.score.predictions import Predictions, read_histories, read_predictions
from evenfold.score.settling_record import SETTLING_RECORDS
from evenfold.score.studies import read_studies
from evenfold.score.target import parse_target
from evenfold.suite.error_record import SUITE_ERRORS
from evenfold.suite.files import read_suite_races
from evenfold.upgrade.files import read_upgrades

if TYPE_CHECKING:
    import pandas as pd


def read_report_data(base: Path) -> tuple[ReportData, list[str]]:
    """Read all results below a folder.

    Returns
    -------
    tuple
        The results that could be read, and a message on each file that could not.

    Raises
    ------
    ResultsError
        When there is no such folder, or nothing in it can be read.
    """
    require_results_folder(base, "give a folder of results with --results")
    benches = read_results([base], lambda path: True)
    studies, races = read_studies([base]), read_races([base])
    scalings, unread_scalings = SCALINGS.read_below([base])
    race_errors, unread_errors = RACE_ERRORS.read_below([base])
    simulations, unread_simulations = SIMULATIONS.read_below([base])
    batteries, unread_batteries = SCORE_BATTERIES.read_below([base])
    upgrades, unread_upgrades = read_upgrades([base])
    rates, unread_rates = DIAGNOSTIC_RATES.read_below([base])
    settlings, unread_settlings = SETTLING_RECORDS.read_below([base])
    bisects, unread_bisects = read_bisects([base])
    bisect_simulations, unread_searches = BISECT_SIMULATIONS.read_below([base])
    suites, unread_suites = read_suite_races([base])
    suite_errors, unread_suite_errors = SUITE_ERRORS.read_below([base])
    others, unread_others = read_other_results([base])
    problems = [*benches.problems, *studies.problems, *races.problems,
                *unread_scalings, *unread_errors, *unread_simulations,
                *unread_batteries, *unread_upgrades, *unread_bisects,
                *unread_searches, *unread_others, *unread_rates,
                *unread_settlings, *unread_suites, *unread_suite_errors]  # fmt: skip
    config = read_config(Path.cwd())
    predictions: dict[Path, Predictions] = {}
    histories: dict[Path, pd.DataFrame] = {}
    for study in studies.studies:
        try:
            predictions[study.file] = read_predictions(study)
            histories[study.file] = read_histories(study)
        except ResultsError as error:
            problems.append(str(error))
    report_data = ReportData(
        results=benches.results,
        studies=studies.studies,
        races=[race for _, race in races.races],
        predictions=predictions,
        histories=histories,
        references=config.references or constant_models(studies.studies),
        target=parse_target(config.time_to) if config.time_to else None,
        scalings=scalings,
        race_errors=[errors for errors in race_errors if errors.races],
        simulations=simulations,
        batteries=[battery for battery in batteries if battery.cells],
        upgrades=upgrades,
        bisects=bisects,
        bisect_simulations=bisect_simulations,
        other_results=others,
        suites=[race for _, race in suites],
        suite_errors=[errors for errors in suite_errors if errors.trials],
        diagnostics=[one for one in rates if one.cases],
        settlings=[one for one in settlings if one.cells or one.pairs],
        silenced=silenced_codes((), Path.cwd()),
    )
    if contents(report_data).empty and not holds_scores_or_races(base):
        raise ResultsError("; ".join(problems) or nothing_here(base))
    return report_data, problems
