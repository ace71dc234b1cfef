"""Speed of a score study, against a plain Keras loop and scikit-learn's cross_validate.

``python experiments/study_speed.py`` takes some minutes a backend on two cores and prints one JSON
object: for TensorFlow and JAX, where they are installed, the time of a whole study, start-up
included, and that of a loop on the same backend, with the mean accuracies of both. ``--python
jax=PATH`` is another Python for a backend. Rivals that would take too long are extrapolated from
two whole processes, start-up included. Exit code 1 if a loop takes less than ten times as long as
the study, or cross_validate less than six times.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from commands import (
    Finished,
    argument_parser,
    environment_record,
    print_result,
    run_python,
)

if TYPE_CHECKING:
    from evenfold import Dataset, Model
    from evenfold.data.splits import Split

MODEL = "conv1d"
FOLDS, REPEATS = 10, 10
FITS = FOLDS * REPEATS


def read_data() -> tuple[Dataset, list[Split]]:
    """Rows and splits of the study."""
    from evenfold.data.datasets import built_in
    from evenfold.data.splits import kfold

    dataset = built_in("breast_cancer")
    return dataset, kfold(dataset, FOLDS, REPEATS, 0)


def build_network(features: int) -> tuple[Any, Model]:
    """The study's compiled network, built by its own file, and its settings."""
    from evenfold import Task
    from evenfold.plugins.folders import built_in_folder
    from evenfold.plugins.models import load_model

    model = load_model(MODEL, built_in_folder() / f"{MODEL}.py").model
    return model.build(Task((features, 1), 2)), model


def plain_loop(fits: int) -> list[float]:
    """Accuracies of a loop without a harness: build, fit, predict."""
    import keras
    from sklearn.preprocessing import StandardScaler

    dataset, splits = read_data()
    accuracies = []
    for number, split in enumerate(splits[:fits]):
        keras.utils.set_random_seed(number)
        scaler = StandardScaler().fit(dataset.x[split.train])
        train, test = (
            scaler.transform(dataset.x[rows])[..., None] for rows in (split.train, split.test)
        )
        model, settings = build_network(train.shape[1])
        model.fit(train, dataset.y[split.train], epochs=settings.epochs,
                  batch_size=settings.batch_size, verbose=0)  # fmt: skip
        labels = model.predict(test, verbose=0)[:, 0] > 0.5
        accuracies.append(float(np.mean(labels == dataset.y[split.test])))
    return accuracies


def cross_validated(fits: int) -> list[float]:
    """Accuracies of scikit-learn's cross_validate on all cores, with the network as estimator."""
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.model_selection import cross_validate
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    class Network(ClassifierMixin, BaseEstimator):
        def fit(self, x, y):
            self.classes_ = np.unique(y)
            self.model_, settings = build_network(x.shape[1])
            self.model_.fit(x[..., None], y, epochs=settings.epochs,
                            batch_size=settings.batch_size, verbose=0)  # fmt: skip
            return self

        def predict(self, x):
            return (self.model_.predict(x[..., None], verbose=0)[:, 0] > 0.5).astype(int)

    dataset, splits = read_data()
    folds = [(split.train, split.test) for split in splits[:fits]]
    estimator = make_pipeline(StandardScaler(), Network())
    result = cross_validate(estimator, dataset.x, dataset.y, cv=folds, n_jobs=-1)
    return result["test_score"].tolist()


RIVALS = {"plain loop": plain_loop, "cross_validate": cross_validated}
REQUIRED_RATIOS = {"plain loop": 10, "cross_validate": 6}
# scikit-learn's own loop is measured on the backend that most people use it with.
RIVALS_BY_BACKEND = {"tensorflow": ("plain loop", "cross_validate"), "jax": ("plain loop",)}


@dataclass(frozen=True)
class KerasBackend:
    """A backend of Keras, and the Python that has it."""

    name: str
    python: str

    def run(self, *arguments: object) -> Finished:
        """Run its Python with the arguments."""
        return run_python(*arguments, python=self.python, variables={"KERAS_BACKEND": self.name})


def run_rival(
    backend: KerasBackend, name: str, few: int, many: int
) -> tuple[float, float, list[float]]:
    """Seconds of all fits, seconds of one, and accuracies, from two processes of a rival."""

    def run(fits: int) -> Finished:
        return backend.run(__file__, "--rival", name, "--fits", fits)

    short, long = run(few), run(many)
    each = (long.seconds - short.seconds) / (many - few)
    seconds = long.seconds + (FITS - many) * each
    return seconds, each, json.loads(long.stdout.splitlines()[-1])


def run_study(backend: KerasBackend, jobs: int) -> tuple[dict[str, float], dict[str, float]]:
    """Times of the whole study in seconds, and its accuracies by split."""
    import pandas as pd

    with tempfile.TemporaryDirectory() as name:
        # The store lies beside the results: it has to be new too.
        folder = Path(name) / "results"
        study = ("-m", "evenfold", "score", MODEL, "--results", folder, "--folds", FOLDS,
                 "--repeats", REPEATS)  # fmt: skip
        seconds = backend.run(*study, "--jobs", jobs).seconds
        again = backend.run(*study).seconds
        table = pd.read_csv(next(folder.rglob("breast_cancer*.csv")))
    if set(table["engine"]) != {"compiled"} or len(table) != FITS:
        sys.exit("the study is incomplete, or not by the compiled engine: " + str(table["engine"]))
    imports = backend.run("-c", "import pandas, sklearn.model_selection").seconds
    times = {
        "seconds": seconds,
        "again_seconds": again,
        "import_seconds": imports,
        "median_fit_seconds": float(table["fit_seconds"].median()),
    }
    return times, dict(zip(table["split"], table["accuracy"], strict=True))


def compare(
    backend: KerasBackend,
    name: str,
    options: argparse.Namespace,
    study_seconds: float,
    accuracies: dict[str, float],
) -> dict[str, float]:
    """Times and accuracies of a rival, beside the study's accuracies on the same splits."""
    seconds, each, rival_accuracies = run_rival(backend, name, options.few, options.many)
    _, splits = read_data()
    return {
        "seconds": seconds,
        "times_slower": seconds / study_seconds,
        "mean_accuracy": float(np.mean(rival_accuracies)),
        "mean_accuracy_of_study_there": float(
            np.mean([accuracies[split.name] for split in splits[: options.many]])
        ),
        "seconds_each": each,
        "fits": options.many,
    }


def measure(backend: KerasBackend, options: argparse.Namespace) -> dict[str, Any]:
    """Times and accuracies of the study and of its rivals on a backend."""
    times, accuracies = run_study(backend, options.jobs)
    study = {"mean_accuracy": float(np.mean([*accuracies.values()])), **times}
    versions = backend.run("-c", VERSIONS).stdout
    rivals = {
        name: compare(backend, name, options, times["seconds"], accuracies)
        for name in RIVALS_BY_BACKEND[backend.name]
    }
    return {"versions": json.loads(versions), "study": study, **rivals}


VERSIONS = """
import json
from importlib import metadata
packages = {d.metadata["Name"]: d.version for d in metadata.distributions()}
names = ("keras", "tensorflow", "tensorflow-cpu", "jax", "numpy")
print(json.dumps({name: packages[name] for name in names if name in packages}))
"""


def read_options() -> argparse.Namespace:
    parser = argument_parser(__doc__)
    parser.add_argument("--few", type=int, default=4, help="fits of a rival's short process")
    parser.add_argument("--many", type=int, default=16, help="fits of a rival's long process")
    jobs = "worker processes of the study (default: one per core)"
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help=jobs)
    parser.add_argument(
        "--python", action="append", default=[], metavar="BACKEND=PATH",
        help="the Python of a backend, tensorflow or jax (default: this one, where it has it)",
    )  # fmt: skip
    parser.add_argument("--rival", choices=RIVALS, help=argparse.SUPPRESS)
    parser.add_argument("--fits", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def find_backends(given: Sequence[str]) -> list[KerasBackend]:
    """The backends that this Python has, or the given ones have."""
    pythons = dict(each.split("=", 1) for each in given)
    unknown = set(pythons) - set(RIVALS_BY_BACKEND)
    if unknown:
        sys.exit(f"no backend {', '.join(sorted(unknown))}: use tensorflow or jax")
    here = {name: sys.executable for name in RIVALS_BY_BACKEND if find_spec(name)}
    return [
        KerasBackend(name, python)
        for name in RIVALS_BY_BACKEND
        if (python := {**here, **pythons}.get(name))
    ]


def main() -> int:
    options = read_options()
    if options.rival:
        print(json.dumps(RIVALS[options.rival](options.fits)))
        return 0
    results = {each.name: measure(each, options) for each in find_backends(options.python)}
    print_result({"model": MODEL, "fits": FITS, **results, "environment": environment_record()})
    return int(
        any(
            result[name]["times_slower"] < REQUIRED_RATIOS[name]
            for backend, result in results.items()
            for name in RIVALS_BY_BACKEND[backend]
        )
    )


if __name__ == "__main__":
    sys.exit(main())
