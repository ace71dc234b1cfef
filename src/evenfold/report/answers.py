"""Words by people around figures from results: a template whose every figure is looked up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evenfold.errors import ResultsError
from evenfold.race.record import Race
from evenfold.race.tables import ratio_cell, seconds_cell, verdict_cell
from evenfold.render.cells import number
from evenfold.report.report_data import Shown
from evenfold.score.captions import has_training_cost
from evenfold.score.pairing import metric_by_fit
from evenfold.score.studies import StudyScores
from evenfold.stats.race_ratios import Ratio
from evenfold.stats.score_intervals import Comparison, compare, interval
from evenfold.stats.verdicts import BETTER, EQUIVALENT, WORSE

TEMPLATE = "answers.md.j2"
SAID = {BETTER: "better", WORSE: "worse", EQUIVALENT: "equivalent"}


def answers(base: Path, shown: Shown) -> str | None:
    """The template beside the results, filled in; None where there is none.

    Raises ResultsError, naming the template, when it asks for what is not there.
    """
    file = base / TEMPLATE
    if not file.is_file():
        return None
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    made = SandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
    try:
        return made.from_string(file.read_text(encoding="utf-8")).render(
            {**_figures(shown), **_race_figures(shown.races)}
        )
    except (TemplateError, KeyError, OSError, UnicodeDecodeError) as error:
        raise ResultsError(f"{file}: {type(error).__name__}: {error}") from error


def _figures(shown: Shown) -> dict[str, Callable[..., Any]]:
    """What a template may ask for; ``where`` is ``[machine/]environment/dataset/protocol``."""

    def study(where: str) -> StudyScores:
        found = [study for study in shown.studies if f"/{_place(study)}".endswith(f"/{where}")]
        if len(found) != 1:
            raise KeyError(f"no study {where}" if not found else f"{where} is several studies")
        return found[0]

    def values(where: str, model: str, metric: str) -> Any:
        table = metric_by_fit(study(where).scores, metric)
        if model not in table:
            raise KeyError(f"no model {model} in {where}")
        return table[model].to_numpy(np.float64)

    def judged(where: str, model: str, reference: str, metric: str) -> Comparison:
        d = values(where, model, metric) - values(where, reference, metric)
        return compare({model: d}, metric, study(where).design)[model]

    def score(where: str, model: str, metric: str = "accuracy") -> str:
        """Mean and 95 % interval."""
        found = interval(values(where, model, metric), study(where).design)
        return f"{found.mean:.4f} [{found.low:.4f}, {found.high:.4f}]"

    def spread(where: str, model: str, metric: str = "accuracy") -> str:
        """Least to most."""
        found = values(where, model, metric)
        return f"{found.min():.4f} to {found.max():.4f}"

    def share(where: str, model: str, metric: str, least: float) -> str:
        """How many of the fits reach a score."""
        found = values(where, model, metric)
        return f"{int((found >= least).sum())} of {len(found)}"

    def verdict(where: str, model: str, reference: str, metric: str = "accuracy") -> str:
        """The verdict on one pair by itself, with the difference and its interval."""
        found = judged(where, model, reference, metric)
        around = found.difference
        return (
            f"**{SAID.get(found.verdict, found.verdict)}** ({around.mean:+.4f} "
            f"[{around.low:+.4f}, {around.high:+.4f}])"
        )

    def cost(where: str, model: str) -> str:
        """Median seconds of a fit, of a study whose fits are the models' own training."""
        told = study(where).scores
        if not has_training_cost(told) or model not in set(told["model"]):
            raise KeyError(f"no seconds of {model} in {where}")
        return f"{number(told[told['model'] == model]['fit_seconds'].median())} s"

    def last(where: str, model: str, quantity: str) -> str:
        """A learning curve's median over the fits after the last epoch."""
        history = shown.histories.get(study(where).file)
        told = None if history is None else history[history["model"] == model]
        if told is None or quantity not in told or told[quantity].isna().all():
            raise KeyError(f"no curve {quantity} of {model} in {where}")
        return f"{told[told['epoch'] == told['epoch'].max()][quantity].median():.4f}"

    return {"score": score, "spread": spread, "share": share, "verdict": verdict, "last": last,
            "cost": cost}  # fmt: skip


def _race_figures(races: Sequence[Race]) -> dict[str, Callable[..., Any]]:
    """What a template may ask of races; ``where`` is ``machine/name``."""

    def raced(where: str, contender: str) -> tuple[Race, Ratio, float]:
        found = [race for race in races if f"{race.machine}/{race.name}" == where]
        if len(found) != 1:
            raise KeyError(f"no race {where}" if not found else f"{where} is several races")
        names = [runner.name for runner in found[0].contenders]
        if contender not in names[1:]:
            raise KeyError(f"no {contender} beside {names[0]} in {where}")
        at = names.index(contender)
        return found[0], found[0].ratios[at - 1], found[0].medians[at]

    def ratio(where: str, contender: str) -> str:
        """How many times as long as the first, with its 99 % interval."""
        return ratio_cell(raced(where, contender)[1])

    def race_verdict(where: str, contender: str) -> str:
        """The verdict on that."""
        race, found, _ = raced(where, contender)
        return f"**{verdict_cell(race, found)}**"

    def race_time(where: str, contender: str) -> str:
        """Its median time."""
        race, _, median = raced(where, contender)
        return seconds_cell(median) + (" of CPU time" if race.settings.clock == "cpu" else "")

    return {"ratio": ratio, "race_verdict": race_verdict, "race_time": race_time}


def _place(study: StudyScores) -> str:
    environment = study.environment_name
    return f"{study.machine}/{environment}/{study.dataset}/{study.protocol}"
