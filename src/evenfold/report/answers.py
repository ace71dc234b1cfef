"""Answers in words: a template written by people, in which every number is looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evenfold.errors import ResultsError
from evenfold.race.record import Race
from evenfold.race.tables import ratio_cell, seconds_cell, verdict_cell
from evenfold.render.cells import number
from evenfold.report.report_data import ReportData
from evenfold.score.captions import has_training_cost
from evenfold.score.model_scores import metric_by_fit
from evenfold.score.study_scores import StudyScores
from evenfold.score.tables import comparison_cells
from evenfold.stats.comparisons import Comparison
from evenfold.stats.race_ratios import Ratio
from evenfold.stats.verdicts import UNDECIDED

TEMPLATE = "answers.md.j2"


def answers(base: Path, report_data: ReportData) -> str | None:
    """Return the filled template beside the results; None where there is no template.

    Raises
    ------
    ResultsError
        When the template looks up a result that is not there.
    """
    file = base / TEMPLATE
    if not file.is_file():
        return None
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    scores, races = ScoreLookups(report_data), RaceLookups(report_data.races)
    environment = SandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
    try:
        template = environment.from_string(file.read_text(encoding="utf-8"))
        return template.render(
            score=scores.score,
            spread=scores.spread,
            share=scores.share,
            verdict=scores.verdict,
            cost=scores.cost,
            last=scores.last,
            ratio=races.ratio,
            race_verdict=races.race_verdict,
            race_time=races.race_time,
        )
    except (TemplateError, KeyError, OSError, UnicodeDecodeError) as error:
        raise ResultsError(f"{file}: {type(error).__name__}: {error}") from error


@dataclass(frozen=True)
class ScoreLookups:
    """Functions of scores for a template.

    A study is named ``[machine/]environment/dataset/protocol``. All functions raise KeyError for a
    study or model that is not there.
    """

    report_data: ReportData

    def score(self, study: str, model: str, metric: str = "accuracy") -> str:
        """Return the score with its 95 % interval, as the study's table has it."""
        self._scores_of_fits(study, model, metric)
        found = self._study(study).model_scores.interval(model, metric)
        return f"{found.estimate:.4f} [{found.low:.4f}, {found.high:.4f}]"

    def spread(self, study: str, model: str, metric: str = "accuracy") -> str:
        """Return least and greatest score."""
        values = self._scores_of_fits(study, model, metric)
        return f"{values.min():.4f} to {values.max():.4f}"

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
        table = metric_by_fit(self._study(study).scores, metric)
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
class RaceLookups:
    """Functions of races for a template.

    A race is named ``machine/name``. All functions raise KeyError for a race or contender that is
    not there.
    """

    races: Sequence[Race]

    def ratio(self, race: str, contender: str) -> str:
        """Return the ratio to the first contender with its 99 % interval."""
        return ratio_cell(self._result(race, contender)[1])

    def race_verdict(self, race: str, contender: str) -> str:
        """Return the verdict on that ratio."""
        found, ratio, _ = self._result(race, contender)
        return f"**{verdict_cell(found, ratio)}**"

    def race_time(self, race: str, contender: str) -> str:
        """Return the contender's median time."""
        found, _, median = self._result(race, contender)
        return seconds_cell(median) + (" of CPU time" if found.settings.clock == "cpu" else "")

    def _result(self, race: str, contender: str) -> tuple[Race, Ratio, float]:
        found = [one for one in self.races if f"{one.machine}/{one.name}" == race]
        if len(found) != 1:
            raise KeyError(f"no race {race}" if not found else f"{race} is several races")
        names = [contender.name for contender in found[0].contenders]
        if contender not in names[1:]:
            raise KeyError(f"no {contender} beside {names[0]} in {race}")
        at = names.index(contender)
        return found[0], found[0].ratios[at - 1], found[0].medians[at]


def _place(study: StudyScores) -> str:
    return f"{study.machine}/{study.environment_name}/{study.dataset}/{study.protocol}"
