"""Figures of a study's scores: every fit as a dot with means and intervals, and all verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evenfold.render.axis_limits import AxisLimits, limits_without
from evenfold.render.charts import ROW_PIXELS, Figure, NameStyles, Spec
from evenfold.render.theme import CELL_INK, INK
from evenfold.score.figure_names import stem, words
from evenfold.score.study_scores import StudyScores
from evenfold.stats.verdicts import (
    BETTER,
    EQUIVALENT,
    NOT_BETTER,
    NOT_WORSE,
    UNDECIDED,
    WORSE,
    ScoreVerdict,
)

if TYPE_CHECKING:
    import pandas as pd

# Distinct in grey too; letters repeat the verdict.
SHADES: dict[ScoreVerdict, str] = {
    BETTER: "#009E73", NOT_WORSE: "#A6DCC9", EQUIVALENT: "#56B4E9",
    NOT_BETTER: "#F3C4A0", WORSE: "#D55E00", UNDECIDED: "#F0F0F0",
}  # fmt: skip
LETTERS: dict[ScoreVerdict, str] = {
    BETTER: "B", NOT_WORSE: "NW", EQUIVALENT: "E", NOT_BETTER: "NB", WORSE: "W", UNDECIDED: "U",
}  # fmt: skip
CELL_PIXELS = 74
# Spreads dots over a row evenly and in the same way in every drawing.
JITTER = "(datum.number * 0.618034) % 1"


def score_dots(
    study: StudyScores, metric: str, references: Sequence[str], styles: NameStyles
) -> Figure:
    """Draw the score of every fit by model, and the models' scores with 95 % intervals.

    Parameters
    ----------
    study
        The scores.
    metric
        The metric to draw.
    references
        Models of which only the mean is drawn, as a line; one that is far off is named instead.
    styles
        The styles of the report's names.
    """
    table = _table(study, metric)
    means = table.drop_duplicates("model")
    lines = means[means["model"].isin(list(references))]
    means = means.drop(lines.index) if len(lines) < len(means) else means
    scale = study.model_scores.scale(metric)
    limits = limits_without(table, list(lines["model"]), "mean", [metric, "low", "high"], scale)
    return Figure(
        name=stem(study, "scores"),
        title=words(study),
        caption=f"Each dot is the {metric} of one fit, each outlined mark a model's score "
        "with its 95 % interval. Single fits spread more widely than the interval of the score.",
        table=table,
        spec=_dots_spec(metric, list(means["model"]), list(lines["model"]), limits, styles),
        note=limits.note,
    )


def verdict_figure(study: StudyScores, metric: str, rope: float | None) -> Figure:
    """Draw every model against every other: the verdict as a shade, the difference as a number.

    Parameters
    ----------
    study
        The scores.
    metric
        The metric to compare.
    rope
        The practical threshold (margin); the metric's default where None.
    """
    table = _verdicts(study, metric, rope)
    return Figure(
        name=stem(study, "verdicts"),
        title=f"{words(study)}: the row against the column, {metric}",
        caption="The verdict on each pair: B better, W worse, E equivalent, NW not worse, NB not "
        "better, U undecided. The number is the difference, above 0 if the row is better. Pairs "
        f"with {study.model_scores.reference} are those of the table; the intervals of the others "
        "are adjusted for all pairs.",
        table=table,
        spec=_matrix_spec(table["row"].nunique()),
    )


def _table(study: StudyScores, metric: str) -> pd.DataFrame:
    """One row a fit; ``mean``, ``low`` and ``high`` are its model's."""
    scores = study.scores[["model", "split", "seed", metric]].reset_index(drop=True)
    found = {m: study.model_scores.interval(m, metric) for m in study.model_scores.present}
    return scores.assign(
        mean=[found[m].estimate for m in scores["model"]],
        low=[found[m].low for m in scores["model"]],
        high=[found[m].high for m in scores["model"]],
    )


def _verdicts(study: StudyScores, metric: str, rope: float | None) -> pd.DataFrame:
    import pandas as pd

    rows: list[tuple[str, str, str, str, float, float, float]] = []
    for (a, b), found in study.model_scores.compare_all_pairs(metric, rope).items():
        for row, column, one in ((a, b, found), (b, a, found.reversed)):
            d = one.difference
            letters = LETTERS[one.verdict]
            rows.append((row, column, one.verdict, letters, d.estimate, d.low, d.high))
    columns = ["row", "column", "verdict", "letters", "difference", "low", "high"]
    return pd.DataFrame(sorted(rows), columns=columns)


def _dots_spec(
    metric: str,
    models: Sequence[str],
    lines: Sequence[str],
    limits: AxisLimits,
    styles: NameStyles,
) -> Spec:
    names: Spec = {"field": "model", "type": "nominal", "sort": None, "title": None}
    score: Spec = {"type": "quantitative", "scale": limits.scale,
                   "title": f"{metric} of a fit, and score with 95 % interval"}  # fmt: skip
    colour_scale = styles.colour_scale([*lines, *(name for name in models if name not in lines)])
    drawn = limits.drawn(lines)
    legend: Spec = {"title": "mean of", "values": drawn, "symbolType": "stroke"}
    colour: Spec = {"field": "model", "type": "nominal", "scale": colour_scale,
                    "legend": legend if drawn else None}  # fmt: skip
    of_models: Spec = {"filter": {"field": "model", "oneOf": list(models)}}
    jitter: Spec = {"field": "place", "type": "quantitative", "axis": None}
    dots: Spec = {
        "transform": [of_models, {"window": [{"op": "row_number", "as": "number"}]},
                      {"calculate": JITTER, "as": "place"}],
        "mark": {"type": "point", "size": 12, "opacity": 0.45, "clip": True},
        "encoding": {"x": {**score, "field": metric}, "y": names, "yOffset": jitter,
                     "color": colour},
    }  # fmt: skip
    once: Spec = {
        "aggregate": [{"op": "min", "field": name, "as": name} for name in ("mean", "low", "high")],
        "groupby": ["model"],
    }
    bars: Spec = {
        "transform": [of_models, once],
        "layer": [
            {"mark": {"type": "rule", "strokeWidth": 2.5},
             "encoding": {"x": {**score, "field": "low"}, "x2": {"field": "high"}, "y": names}},
            {"mark": {"type": "point", "filled": True, "size": 110, "opacity": 1,
                      "stroke": INK, "strokeWidth": 1},
             "encoding": {"x": {**score, "field": "mean"}, "y": names, "color": colour,
                          "shape": {"field": "model", "type": "nominal", "legend": None,
                                    "scale": styles.shape_scale(list(models))}}},
        ],
    }  # fmt: skip
    rules: Spec = {
        "transform": [{"filter": {"field": "model", "oneOf": list(lines)}}, once],
        "mark": {"type": "rule", "strokeDash": [4, 3], "strokeWidth": 1.5, "clip": True},
        "encoding": {"x": {**score, "field": "mean"}, "color": colour},
    }
    return {"height": ROW_PIXELS * len(models), "layer": [rules, dots, bars]}


def _matrix_spec(models: int) -> Spec:
    place: Spec = {
        "x": {
            "field": "column",
            "type": "nominal",
            "title": None,
            "axis": {"labelAngle": -30, "labelOverlap": False},
        },
        "y": {"field": "row", "type": "nominal", "title": None},
    }
    shades: Spec = {"domain": list(SHADES), "range": list(SHADES.values())}
    squares: Spec = {
        "mark": {"type": "rect", "stroke": "white", "strokeWidth": 1},
        "encoding": {**place, "color": {"field": "verdict", "type": "nominal", "scale": shades,
                                        "legend": {"title": None}}},
    }  # fmt: skip
    words: Spec = {
        "calculate": "datum.letters + ' ' + format(datum.difference, '+.3f')",
        "as": "words",
    }
    texts: Spec = {
        "transform": [words],
        "mark": {"type": "text", "color": CELL_INK},
        "encoding": {**place, "text": {"field": "words", "type": "nominal"}},
    }
    size: Spec = {"width": CELL_PIXELS * models, "height": ROW_PIXELS * models}
    return {**size, "layer": [squares, texts]}
