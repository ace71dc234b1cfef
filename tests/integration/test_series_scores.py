"""Studies of series: groups are not divided, and every built-in network trains on them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from builders.commands import run_command
from builders.models import ESTIMATOR


def test_series_are_scored_with_their_groups(tmp_path):
    """A constant per person is learnt by heart, and of no use where people are not divided."""
    rng = np.random.default_rng(0)
    people = np.repeat(np.arange(8), 5)
    y = people % 2
    x = np.repeat(rng.normal(size=(8, 1, 2)), 5, axis=0) + np.zeros((1, 4, 2))
    file = tmp_path / "mine.npz"
    models = tmp_path / "own"
    models.mkdir()
    nearest = ESTIMATOR.replace("naive_bayes", "neighbors")
    nearest = nearest.replace("GaussianNB()", "KNeighborsClassifier(1)")
    (models / "nearest.py").write_text(nearest.replace("GaussianNB", "KNeighborsClassifier"))
    scores = {}
    x += rng.normal(scale=1e-3, size=x.shape)
    for name, groups in (("without", {}), ("with", {"groups": people})):
        np.savez(file, x=x, y=y, **groups)
        done = run_command("score", "nearest", "majority", "--models", models,
                   "--dataset", file, "--folds", "4", "--repeats", "2", "--format", "json",
                   "--results", tmp_path / name, "--store", tmp_path / f"{name}.db")  # fmt: skip
        assert 0 == done.returncode, done.stderr
        scores[name] = json.loads(done.stdout)[0]
    claimed = "accuracy_groups_ignored"
    assert scores["with"]["accuracy"] < 0.8 < scores["without"]["accuracy"]
    # The same message appears without the option, for the same splits.
    assert claimed not in scores["without"]
    assert scores["without"]["accuracy"] == scores["with"][claimed]
    assert (8, 8) == tuple(scores["with"][name] for name in ("fits_finished", f"{claimed}_defined"))
    folder = tmp_path / "with"
    studies = ["mine-groups-ignored.kfold4x2.csv", "mine.kfold4x2.csv"]
    assert studies == sorted(file.name for file in folder.rglob("*.csv"))
    for option, fits in ((), 16), (("--no-ungrouped",), 8):
        planned = run_command("score", "nearest", "--models", models, "--plan", "--dataset", file,
                  "--folds", "4", "--repeats", "2", "--results", tmp_path / "with",
                  "--store", tmp_path / "with.db", *option)  # fmt: skip
        assert f"{fits} fits in all, 0 to run" in planned.stdout


@pytest.fixture(scope="module")
def arrays():
    rng = np.random.default_rng(0)
    return {"x": rng.normal(size=(12, 5, 3)), "y": np.array(["walk", "run", "sit"] * 4)}


NETWORKS = ("conv1d", "conv1d_three_block", "dense_ann")


@pytest.fixture(scope="module")
def networks_of_series(arrays, framework, tmp_path_factory):
    """Fits of every built-in network in one study: a row of numbers each."""
    folder = tmp_path_factory.mktemp("networks")
    np.savez(folder / "mine.npz", x=np.tile(arrays["x"], (3, 1, 1)), y=np.tile(arrays["y"], 3))
    done = run_command(
        "score", *(f"{name}[epochs=2]" for name in NETWORKS), "--dataset", folder / "mine.npz",
        "--folds", "2", "--repeats", "1", "--format", "json", "--results", folder / "results",
        "--store", folder / "fits.sqlite",
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    return {row["model"]: row for row in json.loads(done.stdout)}


@pytest.mark.slow(reason="workers import TensorFlow and train three networks")
@pytest.mark.parametrize("name", NETWORKS)
def test_the_networks_train_on_series_of_several_classes(networks_of_series, name):
    assert 2 == networks_of_series[f"{name}[epochs=2]"]["fits_finished"]
