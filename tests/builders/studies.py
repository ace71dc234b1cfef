"""Scores of a study, the predictions and histories of its fits, and a bench run beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from builders.bench import inference, training
from evenfold.bench.record import read_benchmarks
from evenfold.bench.results import Result
from evenfold.score.predictions import Predictions
from evenfold.score.study_scores import StudyScores
from evenfold.stats.score_intervals import Design

MODELS = {"net": 0.95, "a|b$x": 0.94, "<script>alert(1)</script>": 0.90, "majority": 0.6}
FOLDS, REPEATS, ROWS = 3, 4, 40


def study(environment="tf9", models=MODELS, seed=0):
    """Scores of some models around their means."""
    rng = np.random.default_rng(seed)
    rows = [
        (model, f"r{repeat}f{fold}", str(rng.integers(2**31)), rng.normal(mean, 0.01))
        for model, mean in sorted(models.items())
        for repeat in range(REPEATS)
        for fold in range(FOLDS)
    ]
    scores = pd.DataFrame(rows, columns=["model", "split", "seed", "accuracy"])
    scores = scores.assign(data="beads", rows=scores["split"])
    told = {"name": environment, "machine": "abacus"}
    file = Path(f"{environment}/scores/beads.csv")
    design = Design(FOLDS, REPEATS)
    return StudyScores(environment, "abacus", "beads", "kfold3x4", design, scores, file, told)


def of(table, model):
    return table[table["model"] == model]


def kept(made, positive=0, seed=0):
    """Predictions of every fit: the better the model, the surer."""
    rng = np.random.default_rng(seed)
    parts = []
    fits = made.scores[["model", "split", "seed", "accuracy"]]
    for model, split, fit_seed, accuracy in fits.itertuples(index=False):
        label = rng.integers(0, 2, ROWS)
        p = np.clip(label * (accuracy - 0.5) + rng.uniform(0.05, 0.6, ROWS), 0.001, 0.999)
        told = {"model": model, "split": split, "seed": int(fit_seed), "row": range(ROWS)}
        parts.append(pd.DataFrame({**told, "label": label, "p0": 1 - p, "p1": p}))
    return Predictions(pd.concat(parts, ignore_index=True), ("ill", "well"), positive)


def bench(environment="tf9", models=MODELS):
    entries = [training(model=model, epochs=50) for model in models]
    for number, entry in enumerate(entries):
        entry["stats"] = {key: value * (1 + number) for key, value in entry["stats"].items()}
        entry["extra_info"]["parameters"] = 1000 // (1 + number)
    entries += [inference("predict", 1, 0.04, model) for model in models]
    benchmarks = read_benchmarks(entries)
    return Result(environment, "abacus", {"name": environment}, benchmarks, Path("bench.json"))


def histories(made, seeds=5, epochs=4):
    """Curves that rise, each a little lower than the next."""
    rows = [
        {"model": "net[epochs=4]", "split": "holdout", "seed": seed, "epoch": epoch,
         "accuracy": 0.5 + 0.1 * epoch + seed / 100, "loss": 1 / epoch + seed / 100,
         "training_accuracy": 0.6 + 0.1 * epoch, "training_log_loss": 0.9 / epoch,
         "held_out_accuracy": 0.55 + 0.1 * epoch, "held_out_log_loss": 0.95 / epoch}
        for seed in range(seeds) for epoch in range(1, epochs + 1)
    ]  # fmt: skip
    return pd.DataFrame(rows)
