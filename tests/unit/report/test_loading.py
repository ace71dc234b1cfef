"""Results as tables: what ``evenfold.load`` gives is what is on disk, each figure in its place."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, log_loss

import evenfold
from builders import ROOT
from builders.bisects import finished
from builders.suites import suite_race
from evenfold.bisect.record import BISECT_FILE
from evenfold.errors import ResultsError
from evenfold.suite.files import SUITE_FILE

FIT = ["machine", "environment", "dataset", "protocol", "model", "split", "seed"]


@pytest.fixture(scope="module")
def loaded():
    """The results of the repository itself."""
    return evenfold.load(ROOT / "results")


@pytest.fixture
def copy(tmp_path):
    """One study that a test may spoil: the folder, and its file of scores."""
    source = ROOT / "results" / "epyc-2c" / "tf2.3"
    folder = tmp_path / "results"
    shutil.copytree(source, folder / "epyc-2c" / "tf2.3")
    return folder, folder / "epyc-2c" / "tf2.3" / "scores"


def test_every_fit_of_every_study_is_a_row(loaded):
    files = sorted((ROOT / "results").rglob("scores/*.csv"))
    assert files
    assert sum(len(pd.read_csv(file)) for file in files) == len(loaded.scores)
    assert FIT == list(loaded.scores.columns[: len(FIT)])
    assert not loaded.scores.duplicated(FIT).any()
    assert () == loaded.problems


def test_scores_follow_from_predictions(loaded):
    """Two metrics of every fit, computed by scikit-learn from the probabilities that are kept."""
    told = loaded.scores.set_index(FIT)
    fits = loaded.predictions.groupby(FIT, observed=True)
    assert len(told) == fits.ngroups
    for fit, rows in list(fits)[::29]:
        classes = [name for name in rows if name.startswith("p") and name[1:].isdecimal()]
        probabilities = rows[classes].dropna(axis="columns").to_numpy()
        guess = probabilities.argmax(axis=1)
        assert told.loc[fit, "accuracy"] == pytest.approx(accuracy_score(rows["label"], guess))
        assert told.loc[fit, "log_loss"] == pytest.approx(
            log_loss(rows["label"], probabilities, labels=range(probabilities.shape[1]))
        )
        assert list(range(len(rows))) == list(rows["row"])


def test_histories_are_of_networks_and_count_epochs_from_one(loaded):
    by_fit = loaded.histories.groupby(FIT, observed=True)["epoch"]
    assert {50, 100} == set(by_fit.size())
    assert {1} == set(by_fit.min())
    assert (by_fit.max() == by_fit.size()).all()
    assert {"accuracy", "loss"} <= set(loaded.histories.columns)
    assert "svm_rbf" not in set(loaded.histories["model"])


def test_timings_and_races_are_in_numbers(loaded):
    fit = loaded.timings[loaded.timings["figure"] == "fit s"]
    assert ((fit["low"] <= fit["median"]) & (fit["median"] <= fit["high"])).all()
    races = loaded.races
    assert (races["median_seconds"] > 0).all()
    assert (races.groupby("race")["ratio"].first() == 1).all()
    for whole in ("rows", "launches", "blocks", "outliers"):
        assert pd.api.types.is_integer_dtype(races[whole])


def test_representations_are_small(loaded):
    """That of the results was 8.8 million characters."""
    assert len(repr(loaded)) < 500
    studies, races = len(loaded.studies), len(loaded.saved_races)
    assert f"{studies} score studies of {len(loaded.scores):,} fits and {races} races" in repr(
        loaded
    )
    assert "Tables: contents, scores, predictions" in repr(loaded)
    every = [*loaded.results, *loaded.studies, *loaded.saved_races]
    every += [each for race in loaded.saved_races for each in (*race.launches, *race.contenders)]
    assert max(len(repr(each)) for each in every) < 4_000


def test_a_notebook_shows_the_contents(loaded):
    html = loaded._repr_html_()
    count = len(loaded.results) + len(loaded.studies) + len(loaded.saved_races)
    assert count + 1 == html.count("<tr>")
    assert "epyc-2c" in html
    assert len(html) < 1_000 + 700 * count


def test_a_race_is_shown_as_a_new_one(loaded):
    race = loaded.race("versions-epoch")
    assert "versions-epoch.json" == race.file.name
    assert "conv1d@tf2.21" in race._repr_html_()
    assert race.conclusion in repr(race)
    with pytest.raises(evenfold.EvenfoldError, match="did you mean 'versions-epoch'"):
        loaded.race("version-epoch")


def test_suites_and_bisects_are_tables(tmp_path):
    place = tmp_path / "epyc-2c"
    for kind, file, one in (("suites", SUITE_FILE, suite_race()),
                            ("bisects", BISECT_FILE, finished([0.0, 0.0, 0.1, 0.1]))):  # fmt: skip
        (place / kind).mkdir(parents=True)
        file.write(place / kind / f"{one.name}.json", one)
    (place / "bisects" / "broken.json").write_text("{")
    results = evenfold.load(tmp_path)
    assert results.suites["benchmark"].tolist() == ["test_0", "test_1"]
    assert results.suites["ratio"].tolist() == pytest.approx([1.0, 1.1], abs=0.01)
    named = results.bisects[results.bisects["is_named"]]
    assert named[["bisect", "model", "quantity", "first", "last"]].to_numpy().tolist() == [
        ["aa", "conv1d", "epoch", "tf2.4", "tf2.5"]
    ]
    assert repr(results).startswith(
        "0 bench runs, 0 score studies of 0 fits, 0 races, 1 race of a suite and 1 bisect."
    )
    assert len(results.contents) == 2
    assert "broken.json" in results.problems[0]


def test_without_suites_and_bisects_their_tables_are_empty(loaded):
    assert len(loaded.suites) == len(loaded.saved_suites)
    assert {"bisect", "estimate"} <= set(loaded.bisects.columns)


def test_a_file_that_cannot_be_read_is_counted(copy):
    folder, scores = copy
    (scores / "breast_cancer.holdout.csv").write_text("broken")
    assert "1 file cannot be read: see problems." in repr(evenfold.load(folder))


def test_a_folder_that_is_none_is_named(tmp_path):
    with pytest.raises(ResultsError, match="nowhere: there is no such file or folder; give a fol"):
        evenfold.load(tmp_path / "nowhere")
    with pytest.raises(ResultsError, match="run pytest bench/"):
        evenfold.load(tmp_path)


@pytest.mark.parametrize("kept", ["predictions", "histories"])
def test_what_is_missing_or_broken_is_named_and_the_rest_is_there(copy, kept):
    folder, scores = copy
    ending = {"predictions": "predictions", "histories": "history"}[kept]
    file = scores / f"breast_cancer.holdout.{ending}.npz"
    whole = file.read_bytes()
    spoiled = {
        "is truncated": lambda: file.write_bytes(whole[: len(whole) // 2]),
        "is not what a study writes": lambda: np.savez(file, **{"conv1d/other/0": np.zeros(3)}),
        "cannot be read": file.unlink,
    }
    for told, spoil in spoiled.items():
        spoil()
        loaded = evenfold.load(folder)
        with pytest.raises(ResultsError, match=f"breast_cancer.holdout.{ending}.npz {told}"):
            getattr(loaded, kept)
        assert 210 == len(loaded.scores)


def test_nothing_is_unpickled(copy):
    folder, scores = copy
    np.savez(scores / "breast_cancer.holdout.predictions.npz", x=np.array([print], dtype=object))
    with pytest.raises(ResultsError, match=r"holdout\.predictions\.npz"):
        evenfold.load(folder).predictions  # noqa: B018


def test_a_broken_file_of_scores_is_a_problem_and_the_others_are_there(copy):
    folder, scores = copy
    (scores.parent.parent / "odd" / "scores").mkdir(parents=True)
    shutil.copy(scores / "environment.json", scores.parent.parent / "odd" / "scores")
    odd = scores.parent.parent / "odd" / "scores" / "breast_cancer.csv"
    odd.write_text(json.dumps({}))
    loaded = evenfold.load(folder)
    assert 210 == len(loaded.scores)
    assert any(str(odd) in problem for problem in loaded.problems)
