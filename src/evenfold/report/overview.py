"""README's first table: score, verdict, fit time and latency of each model, in few digits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING

from evenfold.bench.measurements import LATENCY_ROWS, measurements
from evenfold.bench.results import Result
from evenfold.render.cells import NONE, seconds_cell
from evenfold.render.media import sentence
from evenfold.render.tables import write
from evenfold.render.words import listed
from evenfold.report.report_data import METRIC
from evenfold.score.captions import design_text
from evenfold.score.conclusions import amount
from evenfold.score.study_scores import StudyScores
from evenfold.score.tables import study_conclusion
from evenfold.stats.comparisons import Comparison
from evenfold.stats.verdicts import BETTER, WORSE

if TYPE_CHECKING:
    import pandas as pd

# Of a bench run: the measurement, and the seconds that are one of it.
TIMES = (("fit s", 1.0), ("one-row ms", 1e-3))
WIDTH = 100
ONE_FIT, ONE_PREDICTION = "one fit", "one prediction"


def overview(study: StudyScores, bench: Result) -> str:
    """Return the conclusion, the table in Markdown, and how to read it.

    Parameters
    ----------
    study
        Scores of the models.
    bench
        Times of the models, from a bench run in the same environment. A model that was not timed
        has dashes.
    """
    scores = study.model_scores
    compared = scores.compare_with_reference(METRIC, None)
    table = write(overview_table(study, bench, METRIC, scores.present), "markdown")
    caption = (
        f"{METRIC.capitalize()}: {design_text(scores.design)}, with 95 % intervals. "
        f"{_verdict_words(compared)}Times: medians on {bench.machine}; a prediction is of "
        f"{LATENCY_ROWS} row by the fastest method."
    )
    texts = (_conclusion(study, compared), fill(caption, WIDTH))
    first, last = (sentence(text, "markdown") for text in texts)
    return "\n\n".join(filter(None, [first, table, last]))


def overview_table(
    study: StudyScores, bench: Result | None, metric: str, models: Sequence[str]
) -> pd.DataFrame:
    """Return score, verdict, fit time and latency of some models, in few digits.

    Parameters
    ----------
    study
        Scores of the models.
    bench
        Times of the models; None where there are none.
    metric
        The metric.
    models
        The models of the rows, in their order.
    """
    import pandas as pd

    scores, times = study.model_scores, _medians(bench) if bench else {}
    compared = scores.compare_with_reference(metric, None)
    rows = []
    for model in models:
        score = scores.interval(model, metric)
        verdict = str(compared[model].verdict) if model in compared else NONE
        ends = f" [{score.low:.3f}, {score.high:.3f}]" if math.isfinite(score.low) else ""
        cell = f"{score.estimate:.3f}{ends}"
        rows.append((model, cell, verdict, *times.get(model, [NONE] * len(TIMES))))
    head = ["model", metric, f"against {scores.reference}", ONE_FIT, ONE_PREDICTION]
    return pd.DataFrame(rows, columns=head)


def _conclusion(study: StudyScores, compared: Mapping[str, Comparison]) -> str:
    """Return the study's first sentence, or that no model is better, where none is."""
    worse = [model for model, one in compared.items() if one.verdict == WORSE]
    if not worse or any(one.verdict == BETTER for one in compared.values()):
        return study_conclusion(study, METRIC, None)
    margin = amount(METRIC, compared[worse[0]].margin)
    verb = "is" if len(worse) == 1 else "are"
    return (
        f"No model is shown to be better than {study.model_scores.reference} by more than "
        f"{margin}; only {listed(worse)} {verb} shown to be worse."
    )


def _verdict_words(compared: Mapping[str, Comparison]) -> str:
    for comparison in compared.values():
        margin = amount(METRIC, comparison.margin)
        return (
            f"Verdicts: not better means that a gain of more than {margin} is ruled out, not worse "
            "that such a loss is, equivalent that both are, undecided that neither is. "
        )
    return ""


def _medians(bench: Result) -> dict[str, list[str]]:
    """Return the median times of each model on the CPU, as cells."""
    return {
        model: [
            seconds_cell(values[name].middle * unit) if name in values else NONE
            for name, unit in TIMES
        ]
        for (model, device), values in measurements(bench.benchmarks).items()
        if device == "cpu"
    }
