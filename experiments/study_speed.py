"""How fast a score study is, against a plain Keras loop and cross_validate: all in one go.

``python experiments/study_speed.py`` takes some minutes on two cores and prints one JSON object. What
takes too long as a whole is extrapolated from whole processes, start-up included. Equal scores are
told beside times. Exit code 1 where the loop takes less than ten times as long, or cross_validate
less than six.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np

MODEL = "conv1d"
FOLDS, REPEATS = 10, 10
FITS = FOLDS * REPEATS


def data():
    """The rows, and the splits of the study."""
    from evenfold.data.datasets import built_in
    from evenfold.data.splits import kfold

    dataset = built_in("breast_cancer")
    return dataset, kfold(dataset, FOLDS, REPEATS, 0)


def network(features, epochs=None):
    """The study's network, built and compiled by its own file, and its settings."""
    from evenfold import Task
    from evenfold.plugins.folders import built_in_folder
    from evenfold.worker.plugin import load_plugin

    plugin = load_plugin(MODEL, built_in_folder() / f"{MODEL}.py")
    return plugin.model.build(Task((features, 1), 2)), plugin.model


def plain_loop(fits):
    """What one writes without a harness: build, fit, predict, again and again."""
    import keras
    from sklearn.preprocessing import StandardScaler

    dataset, splits = data()
    found, ends = [], []
    for number, split in enumerate(splits[:fits]):
        keras.utils.set_random_seed(number)
        scaler = StandardScaler().fit(dataset.x[split.train])
        train, test = (scaler.transform(dataset.x[rows])[..., None] for rows in
                       (split.train, split.test))  # fmt: skip
        model, settings = network(train.shape[1])
        model.fit(train, dataset.y[split.train], epochs=settings.epochs,
                  batch_size=settings.batch_size, verbose=0)  # fmt: skip
        labels = model.predict(test, verbose=0)[:, 0] > 0.5
        found.append(float(np.mean(labels == dataset.y[split.test])))
        ends.append(perf_counter())
    return found, ends


def cross_validated(fits):
    """scikit-learn's cross_validate on all cores, over a small estimator around the network."""
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.model_selection import cross_validate
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    class Network(ClassifierMixin, BaseEstimator):
        def fit(self, x, y):
            self.classes_ = np.unique(y)
            self.model_, settings = network(x.shape[1])
            self.model_.fit(x[..., None], y, epochs=settings.epochs,
                            batch_size=settings.batch_size, verbose=0)  # fmt: skip
            return self

        def predict(self, x):
            return (self.model_.predict(x[..., None], verbose=0)[:, 0] > 0.5).astype(int)

    dataset, splits = data()
    folds = [(split.train, split.test) for split in splits[:fits]]
    found = cross_validate(make_pipeline(StandardScaler(), Network()), dataset.x, dataset.y,
                           cv=folds, n_jobs=-1)  # fmt: skip
    return found["test_score"].tolist(), []


RIVALS = {"plain loop": plain_loop, "cross_validate": cross_validated}
LEAST = {"plain loop": 10, "cross_validate": 6}


def timed(command):
    """Seconds of a whole process, and what it said last."""
    started = perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    seconds = perf_counter() - started
    if done.returncode:
        sys.exit(f"{command}: {done.stderr[-2000:]}")
    return seconds, done.stdout


def rival(name, few, many):
    """Seconds that all fits would take, from two processes of few and many fits; accuracies."""
    command = [sys.executable, __file__, "--rival", name, "--fits"]
    short, _ = timed([*command, str(few)])
    long, said = timed([*command, str(many)])
    each = (long - short) / (many - few)
    seconds = long + (FITS - many) * each
    return seconds, {"seconds_each": each, "fits": many}, json.loads(said.splitlines()[-1])


def study(jobs):
    """Seconds of the whole study, and its accuracies by split."""
    import pandas as pd

    with tempfile.TemporaryDirectory() as name:
        # The store lies beside the results: it has to be new too.
        folder = Path(name) / "results"
        command = [sys.executable, "-m", "evenfold", "score", MODEL, "--results", str(folder)]
        seconds, _ = timed([*command, "--folds", str(FOLDS), "--repeats", str(REPEATS),
                            "--jobs", str(jobs)])  # fmt: skip
        again, _ = timed([*command, "--folds", str(FOLDS), "--repeats", str(REPEATS)])
        table = pd.read_csv(next(folder.rglob("breast_cancer*.csv")))
    if set(table["engine"]) != {"compiled"} or len(table) != FITS:
        sys.exit("the study did not run as it should: " + table["engine"].to_string())
    imports, _ = timed([sys.executable, "-c", "import pandas, sklearn.model_selection"])
    extra = {"again_seconds": again, "import_seconds": imports}
    return seconds, extra, dict(zip(table["split"], table["accuracy"], strict=True))


def main():
    """Runs all three and prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=4, help="fits of a rival's short process")
    parser.add_argument("--many", type=int, default=16, help="fits of its long one")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--rival", choices=RIVALS, help=argparse.SUPPRESS)
    parser.add_argument("--fits", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.rival:
        print(json.dumps(RIVALS[asked.rival](asked.fits)[0]))
        return 0
    from evenfold.runtime import environment
    from evenfold.worker.device import backend_name

    seconds, extra, accuracies = study(asked.jobs)
    told = {
        "study": {"seconds": seconds, "mean_accuracy": np.mean([*accuracies.values()]), **extra}
    }
    for name in RIVALS:
        taken, extra, found = rival(name, asked.few, asked.many)
        _, splits = data()
        ours = np.mean([accuracies[split.name] for split in splits[: asked.many]])
        same = {"mean_accuracy": np.mean(found), "mean_accuracy_of_study_there": ours}
        told[name] = {"seconds": taken, "times_slower": taken / seconds, **same, **extra}
    where = environment.current(backend_name())
    print(
        json.dumps({"model": MODEL, "fits": FITS, **told, "environment": where.to_json()}, indent=1)
    )
    return int(any(told[name]["times_slower"] < least for name, least in LEAST.items()))


if __name__ == "__main__":
    sys.exit(main())
