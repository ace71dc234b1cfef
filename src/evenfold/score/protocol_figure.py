"""The figure of one model by two protocols: its seeds on one split beside its folds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evenfold.render.axis_limits import AxisLimits, limits_without
from evenfold.render.charts import ROW_PIXELS, Figure, NameStyles, Spec
from evenfold.render.theme import INK, SHAPES
from evenfold.render.words import counted
from evenfold.score.figure_names import stem
from evenfold.score.figures import JITTER
from evenfold.score.study_scores import StudyScores
from evenfold.stats.score_intervals import Design

if TYPE_CHECKING:
    import pandas as pd

ROW_HEIGHT = 3 * ROW_PIXELS


def score_protocols(
    split: StudyScores,
    folds: StudyScores,
    metric: str,
    references: Sequence[str],
    styles: NameStyles,
) -> Figure:
    """Draw every fit of a model on one split, beside its fits on folds, with both scores.

    Parameters
    ----------
    split
        Several seeds on one split. Its reference is the model that is drawn.
    folds
        The same model by cross-validation on the same data.
    metric
        The metric to draw.
    references
        Models of which only the mean over the folds is drawn, as a line.
    styles
        The styles of the report's names.
    """
    import pandas as pd

    model = split.model_scores.reference
    fits = pd.concat([_fits(study, model, metric) for study in (split, folds)])
    lines = [m for m in references if m in folds.model_scores.present and m != model]
    means = [(m, folds.model_scores.interval(m, metric).estimate) for m in lines]
    table = pd.concat([fits, pd.DataFrame(means, columns=["model", "mean"])], ignore_index=True)
    scale = folds.model_scores.scale(metric)
    limits = limits_without(table, lines, "mean", [metric, "low", "high"], scale)
    return Figure(
        name=stem(folds, model, "protocols"),
        title=f"{model} on {folds.dataset}: one split beside many",
        caption=f"Each dot is the {metric} of one fit, each outlined mark a score with its "
        "95 % interval: above for models trained on that one split, below for models trained in "
        "the same way on any part of the data of that size.",
        table=table,
        spec=_spec(metric, model, lines, limits, styles),
        note=limits.note,
    )


def _fits(study: StudyScores, model: str, metric: str) -> pd.DataFrame:
    """One row a fit of the model; ``mean``, ``low`` and ``high`` are of its study."""
    values = study.scores.loc[study.scores["model"].astype(str) == model, metric]
    interval = study.model_scores.interval(model, metric)
    return values.to_frame().assign(
        study=_label(study.design),
        model=model,
        mean=interval.estimate,
        low=interval.low,
        high=interval.high,
    )


def _label(design: Design) -> str:
    if design.folds == 1:
        return f"{counted(design.repeats, 'seed')} on one split"
    return f"{design.folds} folds, {counted(design.repeats, 'time')}"


def _spec(
    metric: str, model: str, lines: Sequence[str], limits: AxisLimits, styles: NameStyles
) -> Spec:
    score: Spec = {"type": "quantitative", "scale": limits.scale, "axis": {"tickCount": 8},
                   "title": f"{metric} of a fit, and score with 95 % interval"}  # fmt: skip
    study: Spec = {"field": "study", "type": "nominal", "sort": None, "title": None}
    drawn = limits.drawn(lines)
    legend: Spec = {"title": "mean over folds", "values": drawn, "symbolType": "stroke"}
    colour: Spec = {"field": "model", "type": "nominal", "legend": legend if drawn else None,
                    "scale": styles.colour_scale([*lines, model])}  # fmt: skip
    shape = SHAPES[styles.places[model] % len(SHAPES)]
    of_model: Spec = {"filter": {"field": "model", "equal": model}}
    once: Spec = {
        "aggregate": [{"op": "min", "field": name, "as": name} for name in ("mean", "low", "high")],
        "groupby": ["study", "model"],
    }
    dots: Spec = {
        "transform": [of_model, {"window": [{"op": "row_number", "as": "number"}]},
                      {"calculate": JITTER, "as": "place"}],
        "mark": {"type": "point", "size": 14, "opacity": 0.5, "clip": True},
        "encoding": {"x": {**score, "field": metric}, "y": study, "color": colour,
                     "yOffset": {"field": "place", "type": "quantitative", "axis": None}},
    }  # fmt: skip
    bars: Spec = {
        "transform": [of_model, once],
        "layer": [
            {"mark": {"type": "rule", "strokeWidth": 2.5},
             "encoding": {"x": {**score, "field": "low"}, "x2": {"field": "high"}, "y": study}},
            {"mark": {"type": "point", "shape": shape, "filled": True, "size": 120,
                      "opacity": 1, "stroke": INK, "strokeWidth": 1},
             "encoding": {"x": {**score, "field": "mean"}, "y": study, "color": colour}},
        ],
    }  # fmt: skip
    rules: Spec = {
        "transform": [{"filter": {"field": "model", "oneOf": list(lines)}}],
        "mark": {"type": "rule", "strokeDash": [4, 3], "strokeWidth": 1.5, "clip": True},
        "encoding": {"x": {**score, "field": "mean"}, "color": colour},
    }
    return {"height": 2 * ROW_HEIGHT, "layer": [*([rules] if lines else []), dots, bars]}
