"""The table of a score study: means with intervals, and verdicts against the first model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from evenfold.report.cells import NONE
from evenfold.results.stats import Comparison, Design, Interval, compare, interval

if TYPE_CHECKING:
    import pandas as pd

SHOWN = ("accuracy", "roc_auc", "log_loss", "brier")


def comparisons(
    scores: pd.DataFrame, models: Sequence[str], metric: str, design: Design, rope: float | None
) -> dict[str, Comparison]:
    """Each model after the first against the first, paired fit by fit of the plan."""
    paired = _by_fit(scores, metric)
    present = [model for model in models if model in paired]
    if not present:
        return {}
    reference, *others = present
    differences = {}
    for other in others:
        d = (paired[other] - paired[reference]).dropna().to_numpy(np.float64)
        if len(d):
            differences[other] = d
    return compare(differences, metric, design, rope)


def score_summary(
    scores: pd.DataFrame, models: Sequence[str], metric: str, design: Design, rope: float | None
) -> pd.DataFrame:
    """One row a model, all cells text: means with 95 % intervals and the verdict on ``metric``."""
    import pandas as pd

    verdicts = comparisons(scores, models, metric, design, rope)
    rows = []
    for model in models:
        of_model = scores[scores["model"] == model]
        if of_model.empty:
            continue
        cells = [_cell(interval(of_model[name].to_numpy(np.float64), design)) for name in SHOWN]
        rows.append((model, str(len(of_model)), *cells, *_verdict(verdicts.get(model))))
    judged = (f"Δ {metric}", "verdict", "P worse · equal · better")
    return pd.DataFrame(rows, columns=["model", "fits", *SHOWN, *judged])


def caption(design: Design, reference: str, metric: str, margin: float, width: float) -> str:
    """What the intervals and verdicts are."""
    if design.folds > 1:
        how = f"{design.folds} folds × {design.repeats}: corrected for overlap (Nadeau and Bengio)"
    else:
        how = f"{design.repeats} seeds of one split: of this split only"
    return (
        f"Means with 95 % intervals, {how}. Verdicts: {metric} against {reference}, above 0 is "
        f"better;\nHolm-adjusted, and a difference below {margin:g} is of no interest. Half-width "
        f"of the widest interval\nof a difference: {width:.4f}. The probabilities (Bayesian "
        "correlated t-test) decide nothing."
    )


def _by_fit(scores: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The metric by fit of the plan and model: the same split, and the same turn of its seeds."""
    turn = scores.groupby(["model", "split"]).cumcount()
    return scores.assign(turn=turn).pivot(index=["split", "turn"], columns="model", values=metric)


def _cell(found: Interval) -> str:
    if not np.isfinite(found.mean):
        return NONE
    inside = f"{found.low:.4f}, {found.high:.4f}" if np.isfinite(found.low) else NONE
    return f"{found.mean:.4f} [{inside}]"


def _verdict(found: Comparison | None) -> tuple[str, str, str]:
    if found is None:
        return NONE, NONE, NONE
    around = found.difference
    told = f"{around.mean:+.4f} [{around.low:+.4f}, {around.high:+.4f}]"
    return told, found.verdict, " · ".join(f"{p:.3f}" for p in found.probabilities)
