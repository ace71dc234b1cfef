"""Results of ``evenfold.score`` from lists of values."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from evenfold.score.comparison import ScoreComparison, UnfinishedFit

METRICS = ("accuracy", "roc_auc", "sensitivity")


def scored(values, design, metric="accuracy", skipped=None, **options):
    """The comparison of models from one list of values for each: None is a fit that failed."""
    splits = [f"r{r}f{f}" for r in range(design.repeats) for f in range(design.folds)]
    rows, unfinished = [], []
    for model, of_model in values.items():
        for number, (split, value) in enumerate(zip(splits, of_model, strict=True)):
            if value is None:
                status = "skipped" if model in (skipped or {}) else "failed"
                unfinished.append(UnfinishedFit(model, split, number, status))
                continue
            rows.append(
                {"model": model, "dataset": "beads", "protocol": "x", "data": "digest",
                 "rows": f"rows of {split}", "split": split,
                 "seed": number, "engine": "estimator", **dict.fromkeys(METRICS, value),
                 "fit_seconds": 0.1, "peak_bytes": 1}
            )  # fmt: skip
    columns = ["model", "dataset", "protocol", "data", "rows", "split", "seed", "engine", *METRICS,
               "fit_seconds", "peak_bytes"]  # fmt: skip
    scores = pd.DataFrame(rows, columns=columns)
    return ScoreComparison(
        scores=scores, models=list(values), metric=metric, design=design, rope=None,
        failed=["x failed"] * any(fit.status == "failed" for fit in unfinished),
        skipped=skipped or {}, file=Path("x"), unfinished=unfinished, **options,
    )  # fmt: skip
