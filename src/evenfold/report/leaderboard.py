"""Tables of scores on a page: the best model first, with marks, drawn intervals and verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evenfold.bench.results import Result
from evenfold.render.axis_limits import limits_without
from evenfold.render.cells import NONE
from evenfold.render.charts import NameStyles
from evenfold.render.glyphs import IntervalAxis
from evenfold.report.overview import ONE_FIT, ONE_PREDICTION, overview_table
from evenfold.report.parts import DrawnIntervals, Table
from evenfold.score.study_scores import StudyScores
from evenfold.score.tables import score_summary
from evenfold.stats.metric_names import is_lower_better

if TYPE_CHECKING:
    import pandas as pd

REFERENCE = "reference"
MOST_MODELS = 12  # that the first screen has room for


def leaderboard(
    study: StudyScores,
    bench: Result | None,
    metric: str,
    references: Sequence[str],
    styles: NameStyles,
) -> Table:
    """Return the best models of a study, ``MOST_MODELS`` at most, with verdicts and costs.

    Parameters
    ----------
    study
        The scores.
    bench
        A bench run in the same environment; None where there is none, and no costs.
    metric
        The metric of the scores.
    references
        Models whose scores may be off the drawn axis.
    styles
        The styles of the report's names.
    """
    scores = study.model_scores
    estimates = {model: scores.interval(model, metric).estimate for model in scores.present}
    sign = 1 if is_lower_better(metric) else -1
    ordered = sorted(estimates, key=lambda model: sign * estimates[model])
    best = ordered[:MOST_MODELS]
    if scores.reference in ordered[MOST_MODELS:]:  # what verdicts are about is always there
        best[-1] = scores.reference
    frame = overview_table(study, bench, metric, best)
    against = frame.columns[2]
    frame[against] = frame[against].where(frame["model"] != scores.reference, REFERENCE)
    if bench is None:
        frame = frame.drop(columns=[ONE_FIT, ONE_PREDICTION])
    return _drawn(frame, study, metric, references, styles, [ONE_FIT, ONE_PREDICTION])


def drawn_score_table(
    study: StudyScores, metric: str, references: Sequence[str], styles: NameStyles
) -> Table:
    """Return the columns of a study's table on one metric, its intervals drawn."""
    whole = score_summary(study.model_scores, metric, None)
    difference = f"Δ {metric}"
    frame = whole[["model", metric, "verdict", difference]].copy()
    of_reference = frame["model"] == study.model_scores.reference
    verdicts = frame["verdict"].str.partition(" (detectable")[0]
    frame["verdict"] = verdicts.where(~of_reference, REFERENCE)
    return _drawn(frame, study, metric, references, styles, [difference])


def _drawn(
    frame: pd.DataFrame,
    study: StudyScores,
    metric: str,
    references: Sequence[str],
    styles: NameStyles,
    extra: Sequence[str],
) -> Table:
    import pandas as pd

    scores = study.model_scores
    models = list(map(str, frame["model"]))
    found = [scores.interval(model, metric) for model in models]
    ends = pd.DataFrame(
        [(m, i.low, i.estimate, i.high) for m, i in zip(models, found, strict=True)],
        columns=["model", "low", "score", "high"],
    )
    spans = ["low", "score", "high"]
    limits = limits_without(ends, references, "score", spans, scores.scale(metric))
    values = ends[spans].to_numpy().ravel()
    known = values[values == values]
    low, high = limits.ends or (
        (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    )
    low, high = max(low, scores.scale(metric).low), min(high, scores.scale(metric).high)
    line = scores.interval(scores.reference, metric).estimate
    axis = IntervalAxis(low, high, line if low <= line <= high else float("nan"))
    return Table(
        frame.astype(object).where(frame.notna(), NONE),
        places={model: styles.places[model] for model in models if model in styles.places},
        drawn=DrawnIntervals(metric, found, axis),
        extra=tuple(extra),
    )
