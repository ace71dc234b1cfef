"""Upgrades whose scores and times are made for the tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from builders.races import race
from evenfold.race.record import Race
from evenfold.runtime.environment import Environment
from evenfold.score.study_scores import StudyScores
from evenfold.stats.score_intervals import Design
from evenfold.upgrade.results import (
    FAILED,
    SKIPPED,
    Gap,
    ModelUpgrade,
    UpgradeResult,
    UpgradeSettings,
    score_changes,
    time_change,
)

DESIGN = Design(5, 2)
SETTINGS = UpgradeSettings(("old", "new"), "breast_cancer", "accuracy", DESIGN, None, 0.02, 1)
OLD, NEW = (
    Environment(name, "epyc-2c", "3.11.2", {"numpy": version, "pytest": "9"}, "s", "p", 2, flags=f)
    for name, version, f in (("old", "1.26", {"A": "1", "B": "2"}), ("new", "2.1", {"A": "1"}))
)


def study(label, metric="accuracy", **models):
    """A study of ten fits a model, each with the values given."""
    rows = [
        {"model": model, "split": f"r{n // 5}f{n % 5}", "seed": 7 + n, metric: value}
        for model, values in models.items()
        for n, value in enumerate(values)
    ]
    scores = pd.DataFrame(rows, columns=["model", "split", "seed", metric])
    scores = scores.assign(data="cancer", rows=scores["split"])
    return StudyScores(label, "", "breast_cancer", "kfold5x2", DESIGN, scores, Path("x"), {})


def noise(mean, seed=0):
    return mean + np.random.default_rng(seed).normal(0, 0.002, 10)


def changed(before, after, metric="accuracy"):
    old, new = study("old", metric, m=before), study("new", metric, m=after)
    return score_changes(old, new, metric, None)["m"]


def upgraded(score=None, training=None, predict=None, model="m"):
    same = noise(0.9)
    return ModelUpgrade(
        model,
        changed(same, same) if score is None else score,
        "epoch",
        _time(training),
        _time(predict),
    )


def made_models():
    """A model that is worse and slower, one with a failed and a short race, and a skipped one."""
    return [
        upgraded(changed(noise(0.9), noise(0.8, 1)), race(1.1), race(0.9), model="net"),
        upgraded(training=Gap(FAILED), predict=race(launches=3, judged=()), model="<b>"),
        upgraded(*[Gap(SKIPPED, "new")] * 3, model="s"),
    ]


def result(models=None, settings=SETTINGS):
    """An upgrade of old to new that has run."""
    return UpgradeResult(made_models() if models is None else models, (OLD, NEW), settings, False)


def _time(given):
    """The change of a race's time, of a race without one, or a gap."""
    found = race() if given is None else given
    return time_change(found) if isinstance(found, Race) else found
