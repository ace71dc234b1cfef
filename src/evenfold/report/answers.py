"""Answers in words: a template written by people, in which every number is looked up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evenfold.errors import ResultsError
from evenfold.files.reading import read_file
from evenfold.race.ratio_words import ratio_cell
from evenfold.race.record import Race
from evenfold.race.simulation_record import (
    FALSE,
    LAUNCHES,
    MAIN,
    Simulation,
    planned_race,
    question_name,
)
from evenfold.race.tables import verdict_cell
from evenfold.render.cells import number, seconds_cell
from evenfold.report.report_data import ReportData
from evenfold.score.captions import has_training_cost
from evenfold.score.study_scores import StudyScores
from evenfold.score.tables import comparison_cells
from evenfold.stats.comparisons import Comparison
from evenfold.stats.metric_names import METRIC_NAMES
from evenfold.stats.race_ratios import Ratio
from evenfold.stats.verdicts import UNDECIDED

TEMPLATE = "answers.md.j2"


def answers(base: Path, report_data: ReportData, template_name: str = TEMPLATE) -> str | None:
    """Return a filled template beside the results; None where there is no such template.

    Parameters
    ----------
    base
        The folder of results.
    report_data
        What is looked up.
    template_name
        The file's name; the default has the answers of the results page.

    Raises
    ------
    ResultsError
        When the template looks up a result that is not there, or has anything but text and lookups.
    """
    file = base / template_name
    return report_data.answers(file, lambda: _filled(file, report_data))


def _filled(file: Path, report_data: ReportData) -> str | None:
    if not file.is_file():
        return None
    from jinja2 import TemplateError

    from evenfold.report.answer_template import filled_template

    scores, races = ScoreLookups(report_data), RaceLookups(report_data.races)
    simulations = SimulationLookups(report_data.simulations)
    lookups: dict[str, Callable[..., str]] = {
        "score": scores.score,
        "spread": scores.spread,
        "share": scores.share,
        "verdict": scores.verdict,
        "cost": scores.cost,
        "last": scores.last,
        "ratio": races.ratio,
        "race_verdict": races.race_verdict,
        "race_time": races.race_time,
        "false_rate": simulations.false_rate,
    }
    try:
        return filled_template(read_file(file).decode("utf-8"), lookups)
    except OSError as error:
        raise ResultsError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ResultsError(
            f"{file} is not UTF-8 at byte {error.start}: save it as UTF-8"
        ) from error
    except KeyError as error:
        raise ResultsError(f"{file}: {error.args[0]}") from error
    except (TemplateError, ValueError, TypeError) as error:
        raise ResultsError(f"{file}: {error}") from error


@dataclass(frozen=True)
class ScoreLookups:
    """Functions of scores for a template.

    A study is named ``[machine/]environment/dataset/protocol``. All functions raise KeyError for a
    study or model that is not there.
    """

    report_data: ReportData

    def score(self, study: str, model: str, metric: str = "accuracy", digits: int = 4) -> str:
        """Return the score with its 95 % interval, as the study's table has it."""
        self._scores_of_fits(study, model, metric)
        found = self._study(study).model_scores.interval(model, metric)
        score, low, high = (
            number(value, digits) for value in (found.estimate, found.low, found.high)
        )
        return f"{score} [{low}, {high}]"

    def spread(self, study: str, model: str, metric: str = "accuracy", digits: int = 4) -> str:
        """Return least and greatest score."""
        values = self._scores_of_fits(study, model, metric)
        return f"{number(values.min(), digits)} to {number(values.max(), digits)}"

    def share(self, study: str, model: str, metric: str, least: float) -> str:
        """Return how many fits reach a score."""
        values = self._scores_of_fits(study, model, metric)
        return f"{int((values >= least).sum())} of {len(values)}"

    def verdict(self, study: str, model: str, reference: str, metric: str = "accuracy") -> str:
        """Return the verdict on a pair of the study's matrix, the difference and its interval."""
        found = self._compared_models(study, model, reference, metric)
        difference, _ = comparison_cells(found, found.pairs)
        detectable = f"; detectable difference: {found.detectable:.4f}"
        return f"**{found.verdict}** ({difference}{detectable * (found.verdict == UNDECIDED)})"

    def cost(self, study: str, model: str) -> str:
        """Return the median seconds of a fit, in a study with the models' own training."""
        scores = self._study(study).scores
        if not has_training_cost(scores) or model not in set(scores["model"]):
            raise KeyError(f"no seconds of {model} in {study}")
        return f"{number(scores[scores['model'] == model]['fit_seconds'].median())} s"

    def last(self, study: str, model: str, quantity: str) -> str:
        """Return the median of a learning curve over the fits after the last epoch."""
        history = self.report_data.histories.get(self._study(study).file)
        curves = None if history is None else history[history["model"] == model]
        if curves is None or quantity not in curves or curves[quantity].isna().all():
            raise KeyError(f"no curve {quantity} of {model} in {study}")
        return f"{curves[curves['epoch'] == curves['epoch'].max()][quantity].median():.4f}"

    def _study(self, name: str) -> StudyScores:
        found = [s for s in self.report_data.studies if f"/{_place(s)}".endswith(f"/{name}")]
        if len(found) != 1:
            raise KeyError(f"no study {name}" if not found else f"{name} is several studies")
        return found[0]

    def _scores_of_fits(self, study: str, model: str, metric: str) -> NDArray[np.float64]:
        if metric not in METRIC_NAMES:
            raise KeyError(f"no metric {metric}")
        table = self._study(study).model_scores.by_fit(metric)
        if model not in table:
            raise KeyError(f"no model {model} in {study}")
        values: NDArray[np.float64] = table[model].to_numpy(np.float64)
        return values

    def _compared_models(self, study: str, model: str, reference: str, metric: str) -> Comparison:
        for name in (model, reference):
            self._scores_of_fits(study, name, metric)
        compared = self._study(study).model_scores.compare_all_pairs(metric, None)
        if (reference, model) in compared:
            return compared[reference, model].reversed
        return compared[model, reference]


@dataclass(frozen=True)
class SimulationLookups:
    """Functions of simulated races for a template; KeyError where there is no simulation."""

    simulations: Sequence[Simulation]

    def false_rate(self, design: str) -> str:
        """Return how often equal contenders are called faster or slower, at a margin of 0.

        Parameters
        ----------
        design
            ``"races"``, or the name of another design of the simulation.
        """
        if not self.simulations:
            raise KeyError("no simulation of races")
        rates = self.simulations[0].scenarios[MAIN][question_name(0.0, 0.0)]
        share, _, _ = rates[planned_race(LAUNCHES[1]) if design == "races" else design][FALSE]
        return f"{100 * share:.2g} %"


@dataclass(frozen=True)
class RaceLookups:
    """Functions of races for a template.

    A race is named ``machine/name``. All functions raise KeyError for a race or contender that is
    not there.
    """

    races: Sequence[Race]

    def ratio(self, race: str, contender: str, digits: int | None = None) -> str:
        """Return the ratio to the first contender with its 99 % interval, by default as a table."""
        ratio = self._result(race, contender)[1]
        if digits is None:
            return ratio_cell(ratio)
        values = (number(value, digits) for value in (ratio.estimate, ratio.low, ratio.high))
        return "{} [{}, {}]".format(*values)

    def race_verdict(self, race: str, contender: str) -> str:
        """Return the verdict on that ratio."""
        found, ratio = self._result(race, contender)
        return f"**{verdict_cell(found, ratio)}**"

    def race_time(self, race: str, contender: str) -> str:
        """Return the median time of a contender, or of the reference."""
        found, names = self._race(race)
        if contender not in names:
            raise KeyError(f"no {contender} in {race}")
        median = found.medians[names.index(contender)]
        return seconds_cell(median) + (" of CPU time" if found.settings.clock == "cpu" else "")

    def _result(self, race: str, contender: str) -> tuple[Race, Ratio]:
        found, names = self._race(race)
        if contender not in names[1:]:
            raise KeyError(f"no {contender} beside {names[0]} in {race}")
        return found, found.ratios[names.index(contender) - 1]

    def _race(self, race: str) -> tuple[Race, list[str]]:
        """Return a race and the names of its contenders."""
        found = [one for one in self.races if f"{one.machine}/{one.name}" == race]
        if len(found) != 1:
            raise KeyError(f"no race {race}" if not found else f"{race} is several races")
        return found[0], [contender.name for contender in found[0].contenders]


def _place(study: StudyScores) -> str:
    return f"{study.machine}/{study.environment_name}/{study.dataset}/{study.protocol}"
