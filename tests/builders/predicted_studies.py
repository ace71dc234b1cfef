"""Studies whose predictions of every test row are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from evenfold.score.study_scores import StudyScores
from evenfold.stats.metrics import compute_scores
from evenfold.stats.score_intervals import Design

ROWS, FOLDS, REPEATS = 120, 4, 5


def predicted_study(
    qualities: dict[str, float],
    design: Design | None = None,
    label: str = "tf9",
    order: tuple[str, ...] = (),
    seed: int = 0,
    noise: float = 0.3,
) -> StudyScores:
    """Models of which each hits a row with its own probability, on the same folds.

    Every model draws on the same difficulty of rows, so that better models hit what worse ones do.
    Without noise a model has the same predictions in every fit.
    """
    design = design or Design(FOLDS, REPEATS)
    rng = np.random.default_rng(seed)
    y = np.arange(ROWS) % 2
    difficulty = rng.uniform(size=ROWS)
    splits = _splits(design, rng)
    arrays: dict[str, np.ndarray] = {"positive": np.array(1), "classes": np.array(["ill", "well"])}
    for split, test in splits.items():
        arrays |= {f"y/{split}": y[test], f"rows/{split}": test}
    rows = []
    for model, quality in qualities.items():
        for split, test in splits.items():
            for number in range(design.repeats if design.folds == 1 else 1):
                fit_seed = str(100 * number + len(rows))
                chance = _chances(difficulty[test], quality, rng.normal(0, noise, len(test)))
                second = np.where(y[test] == 1, chance, 1 - chance)
                probabilities = np.c_[1 - second, second]
                arrays[f"{model}/{split}/{fit_seed}"] = probabilities
                scores = compute_scores(y[test], probabilities, 1)
                rows.append({"model": model, "split": split, "seed": fit_seed, **scores})
    table = pd.DataFrame(rows).assign(data="beads", engine="compiled", fit_seconds=0.1)
    table = table.assign(rows="rows of " + table["split"])
    protocol = "holdout" if design.folds == 1 else f"kfold{design.folds}x{design.repeats}"
    return StudyScores(
        label, "abacus", "beads", protocol, design, table, Path(f"{label}/scores/beads.csv"),
        {"name": label}, order=order, arrays=lambda: arrays,
    )  # fmt: skip


def _splits(design: Design, rng: np.random.Generator) -> dict[str, np.ndarray]:
    if design.folds == 1:
        return {"holdout": np.arange(ROWS // 2)}
    return {
        f"r{repeat}f{fold}": np.sort(part)
        for repeat in range(design.repeats)
        for fold, part in enumerate(np.array_split(rng.permutation(ROWS), design.folds))
    }


def _chances(difficulty: np.ndarray, quality: float, noise: np.ndarray) -> np.ndarray:
    """Smooth probabilities of the true class, above one half for rows that are easy enough."""
    logits = 6 * (quality - difficulty) + noise
    return 1 / (1 + np.exp(-logits))
