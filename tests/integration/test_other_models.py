"""No order of models, no other model, run, worker or cluster changes a bit of a fit."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.cluster import Cluster
from builders.commands import run_command
from builders.stateful_models import DRAWS, OF_KERAS, OF_PYTHON, WRAPPED, estimator, network

KINDS = ("environment", "folder", "seed", "errors", "decimal", "config", "patch", "recursion")
METRICS = 'model.compile("adam", task.loss, metrics=[keras.metrics.AUC()])'
ESTIMATORS = {
    "draws": DRAWS,
    "changes": estimator("; ".join(OF_PYTHON[kind] for kind in KINDS)),
    "changes_early": estimator("; ".join(OF_PYTHON[kind] for kind in KINDS), at_import=True),
}
NETWORKS = {
    "net": network().replace('model.compile("adam", task.loss)', METRICS),
    "changes_keras": network("; ".join(OF_KERAS.values())),
    "wrapped": WRAPPED,
}
# Each run has its models and its options.
TWO_RUNS = [
    (["changes"], ["--jobs", "1"]),
    (["draws", "changes_keras", "changes", "net", "wrapped"], ["--jobs", "2"]),
]
RUNS = st.tuples(
    st.lists(st.sampled_from(sorted(ESTIMATORS)), min_size=1, unique=True),
    st.sampled_from([["--jobs", "1"], ["--jobs", "2"]]),
)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A folder with models and a table."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "own").mkdir()
    for name, text in {**ESTIMATORS, **NETWORKS}.items():
        (folder / "own" / f"{name}.py").write_text(text)
    rng = np.random.RandomState(0)
    y = np.arange(48) % 2
    x = (rng.normal(size=(48, 3)) + 0.6 * y[:, np.newaxis]).round(3)
    pd.DataFrame(x, columns=list("abc")).assign(y=y).to_csv(folder / "t.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def fits_of(project, tmp_path_factory):
    """Runs studies into one store, and returns what each fit gave, by model and split."""

    def run(*runs):
        folder = tmp_path_factory.mktemp("way")
        fits = {}
        for number, (models, options) in enumerate(runs):
            results = folder / str(number)
            done = run_command(
                "score", *models, "--models", project / "own", "--dataset", project / "t.csv",
                "--target", "y", "--folds", "2", "--repeats", "1", "--store",
                folder / "fits.sqlite", "--results", results, *options,
            )  # fmt: skip
            assert 0 == done.returncode, done.stderr
            fits.update(read_fits(results))
        return fits

    return run


@pytest.fixture(scope="module")
def alone(fits_of):
    """What a model gives in a run of its own; each is run when it is first asked for."""
    known = {}

    def find(model):
        if model not in known:
            known[model] = fits_of(([model], ["--jobs", "1"]))
        return known[model]

    return find


def read_fits(results):
    """Return a row of scores, and every array of predictions and histories, by its place."""
    table = pd.read_csv(next(results.rglob("t*.csv")), dtype=str)
    table = table.drop(columns=["fit_seconds", "peak_bytes"])
    fits = {(row.model, row.split): tuple(map(str, row)) for row in table.itertuples(index=False)}
    for file in results.rglob("*.npz"):
        with np.load(file, allow_pickle=False) as arrays:
            for name in arrays.files:
                fits[file.name, name] = (arrays[name].shape, arrays[name].tobytes())
    return fits


def assert_as_alone(fits, models, alone):
    for model in models:
        for place, found in alone(model).items():
            assert fits[place] == found, (model, place)


@pytest.mark.slow(reason="each way of running a study starts worker processes")
@given(st.lists(RUNS, min_size=1, max_size=2))
@settings(max_examples=3, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
def test_estimators_are_the_same_in_whatever_runs(fits_of, alone, runs):
    assert_as_alone(fits_of(*runs), {model for models, _ in runs for model in models}, alone)


@pytest.mark.slow(reason="worker processes import TensorFlow and trace networks")
def test_networks_are_the_same_in_two_runs_with_two_workers(framework, fits_of, alone):
    """The second run adds models to the store of the first, and continues those it has."""
    if framework.name != "tensorflow":
        pytest.skip("for TensorFlow")
    assert_as_alone(fits_of(*TWO_RUNS), ["net", "draws", "wrapped"], alone)


@pytest.mark.slow(reason="a scheduler and a worker are processes that import Dask and TensorFlow")
@pytest.mark.skipif(os.name != "posix", reason="processes are ended by signals")
def test_networks_are_the_same_in_one_process_of_a_cluster(framework, fits_of, alone, tmp_path):
    pytest.importorskip("distributed")
    if framework.name != "tensorflow":
        pytest.skip("for TensorFlow")
    cluster = Cluster(tmp_path)
    try:
        cluster.worker()
        models = ["changes_keras", "changes", "net", "draws"]
        fits = fits_of((models, ["--scheduler", cluster.address]))
    finally:
        cluster.close()
    assert_as_alone(fits, ["net", "draws"], alone)
