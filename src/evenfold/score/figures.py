"""Scores of a study: every fit as a dot, means with their intervals, and verdicts as a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evenfold.render.axis_limits import Sight, sight
from evenfold.render.charts import (
    MANY,
    ROW_PIXELS,
    Axes,
    Figure,
    colour,
    high,
    name_rows,
    plain,
    records,
)
from evenfold.score.figure_names import stem, words
from evenfold.score.pairing import compare_all_pairs
from evenfold.score.studies import StudyScores
from evenfold.stats.score_intervals import interval
from evenfold.stats.verdicts import BETTER, EQUIVALENT, REVERSED, UNDECIDED, WORSE

if TYPE_CHECKING:
    import pandas as pd

# Of a dot: how far from its row's middle it may lie, so that equal scores are seen to be many.
JITTER = 0.28
# Told apart in grey too, and a letter says which.
SHADES = {BETTER: "#009E73", WORSE: "#D55E00", EQUIVALENT: "#56B4E9", UNDECIDED: "#F0F0F0"}


def score_dots(study: StudyScores, metric: str, references: Sequence[str]) -> Figure:
    """Every fit's score by model, with mean and 95 % interval.

    Of ``references`` the mean alone, as a line; one that is far off is named.
    """
    table = _table(study, metric)
    means = table.drop_duplicates("model")
    lines = means[means["model"].isin(list(references))]
    means = means.drop(lines.index) if len(lines) < len(means) else means
    models = list(means["model"])
    seen = sight(table, list(lines["model"]), "mean", [metric])

    def draw(axes: Axes) -> None:
        from seaborn import stripplot

        dots = table[table["model"].isin(models)]
        many = len(dots) > MANY
        stripplot(dots, x=metric, y="model", order=models, ax=axes, jitter=JITTER, size=2.5,
                  color=colour(0), alpha=0.35, legend=False, rasterized=many)  # fmt: skip
        rows = range(len(models))
        spread = [means["mean"] - means["low"], means["high"] - means["mean"]]
        axes.errorbar(means["mean"], rows, xerr=spread, fmt="D", color="black", markersize=5,
                      linewidth=1.6, capsize=4)  # fmt: skip
        for number, line in enumerate(records(lines)):
            axes.axvline(line["mean"], color=colour(number + 1), linewidth=1, zorder=0,
                         linestyle=("--", ":")[number % 2], label=plain(line["model"]))  # fmt: skip
        name_rows(axes, models)
        axes.set_ylabel("")
        axes.set_xlabel(f"{metric} of a fit; mean with 95 % interval")
        seen.show(axes, "x")
        if len(lines):
            axes.legend(frameon=False, fontsize="small", loc="best")

    return Figure(
        name=stem(study, "scores"),
        title=words(study),
        says=f"Each dot is the {metric} of one fit, each diamond a mean with its 95 % interval, "
        "corrected where folds overlap. Dots spread further than the interval: they are fits.",
        table=table,
        draw=draw,
        chart=_dots_chart(metric, models, list(lines["model"]), seen),
        size=high(len(models)),
    )


def verdict_matrix(study: StudyScores, metric: str, rope: float | None) -> Figure:
    """Every model against every other: the verdict as a shade, P(better) of the row as a number."""
    table = _verdicts(study, metric, rope)
    models = list(dict.fromkeys(table["row"]))

    def draw(axes: Axes) -> None:
        from matplotlib.colors import ListedColormap
        from matplotlib.patches import Patch
        from seaborn import heatmap

        names = list(SHADES)
        cells = table.assign(code=table["verdict"].map(names.index), text=_letters(table))
        codes, texts = (
            cells.pivot(index="row", columns="column", values=v).reindex(models, columns=models)
            for v in ("code", "text")
        )
        heatmap(codes.astype(float), annot=texts.fillna(""), fmt="", ax=axes, cbar=False, vmin=0,
                vmax=len(names) - 1, cmap=ListedColormap(list(SHADES.values())), linewidths=1,
                annot_kws={"color": "black", "size": "small"})  # fmt: skip
        axes.set_xlabel("")
        axes.set_ylabel("")
        axes.set_xticklabels(map(plain, models), rotation=30, ha="right")
        axes.set_yticklabels(map(plain, models), rotation=0)
        patches = [Patch(facecolor=shade, label=name) for name, shade in SHADES.items()]
        axes.legend(handles=patches, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False,
                    fontsize="small")  # fmt: skip

    return Figure(
        name=stem(study, "verdicts"),
        title=f"{words(study)}: the row against the column, {metric}",
        says="The verdict on each pair, Holm-adjusted over all of them, with the probability that "
        "the row is better, which decides nothing.",
        table=table,
        draw=draw,
        chart=_matrix_chart(len(models)),
        size=(8.0, 1.8 + 0.42 * len(models)),
    )


def _table(study: StudyScores, metric: str) -> pd.DataFrame:
    """One row a fit; ``mean``, ``low`` and ``high`` are its model's."""
    told = study.scores[["model", "split", "seed", metric]].reset_index(drop=True)
    by_model = told.groupby("model", observed=True)[metric]
    found = {m: interval(v.to_numpy(np.float64), study.design) for m, v in by_model}
    return told.assign(
        mean=[found[m].mean for m in told["model"]],
        low=[found[m].low for m in told["model"]],
        high=[found[m].high for m in told["model"]],
    )


def _verdicts(study: StudyScores, metric: str, rope: float | None) -> pd.DataFrame:
    import pandas as pd

    rows: list[tuple[Any, ...]] = []
    for (a, b), found in compare_all_pairs(study.scores, metric, study.design, rope).items():
        around = found.difference
        worse, _, better = found.probabilities
        rows.append((a, b, found.verdict, around.mean, around.low, around.high, better))
        turned = REVERSED.get(found.verdict, found.verdict)
        rows.append((b, a, turned, -around.mean, -around.high, -around.low, worse))
    columns = ["row", "column", "verdict", "difference", "low", "high", "p_better"]
    return pd.DataFrame(sorted(rows), columns=columns)


def _letters(table: pd.DataFrame) -> list[str]:
    # A letter, since shades alone do not tell everyone.
    pairs = zip(table["verdict"], table["p_better"], strict=True)
    return [f"{verdict[0].upper()} {better:.2f}" for verdict, better in pairs]


def _dots_chart(
    metric: str, models: Sequence[str], lines: Sequence[str], seen: Sight
) -> dict[str, Any]:
    names = {"field": "model", "type": "nominal", "sort": None, "title": None}
    score = {"type": "quantitative", "scale": seen.scale, "title": metric}
    of_models = {"filter": {"field": "model", "oneOf": list(models)}}
    jitter = {"field": "place", "type": "quantitative", "axis": None}
    dots = {
        "transform": [of_models, {"calculate": "random()", "as": "place"}],
        "mark": {"type": "point", "size": 10, "opacity": 0.4, "clip": True},
        "encoding": {"x": {**score, "field": metric}, "y": names, "yOffset": jitter},
    }
    once = {
        "aggregate": [{"op": "min", "field": name, "as": name} for name in ("mean", "low", "high")],
        "groupby": ["model"],
    }
    bars = {
        "transform": [of_models, once],
        "layer": [
            {"mark": {"type": "rule", "strokeWidth": 3},
             "encoding": {"x": {**score, "field": "low"}, "x2": {"field": "high"}, "y": names}},
            {"mark": {"type": "point", "shape": "diamond", "filled": True, "size": 90},
             "encoding": {"x": {**score, "field": "mean"}, "y": names}},
        ],
    }  # fmt: skip
    rules = {
        "transform": [{"filter": {"field": "model", "oneOf": list(lines)}}, once],
        "mark": {"type": "rule", "strokeDash": [4, 3], "clip": True},
        "encoding": {"x": {**score, "field": "mean"}, "color": {"field": "model"}},
    }
    return {**seen.title, "height": ROW_PIXELS * len(models), "layer": [rules, dots, bars]}


def _matrix_chart(models: int) -> dict[str, Any]:
    place = {
        "x": {"field": "column", "type": "nominal", "title": None},
        "y": {"field": "row", "type": "nominal", "title": None},
    }
    shades = {"domain": list(SHADES), "range": list(SHADES.values())}
    squares = {
        "mark": "rect",
        "encoding": {**place, "color": {"field": "verdict", "type": "nominal", "scale": shades}},
    }
    text = {"field": "p_better", "type": "quantitative", "format": ".2f"}
    numbers = {"mark": "text", "encoding": {**place, "text": text}}
    return {"height": ROW_PIXELS * models, "layer": [squares, numbers]}
