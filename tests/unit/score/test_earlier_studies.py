"""A study saved where another one is: other models of the same rows stay, or a note says why."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from builders.models import ESTIMATOR
from evenfold.data.splits import kfold
from evenfold.plugins.sources import read_sources
from evenfold.runtime.environment import Environment
from evenfold.score.files import scores_file, write_study
from evenfold.score.fit import Fit
from evenfold.score.plan import Study, plan_fits
from evenfold.score.predictions import read_histories
from evenfold.score.runner import score_table
from evenfold.score.studies import read_studies
from evenfold.stats.metrics import compute_scores

INFO = {"python": "3.13.0", "versions": {"numpy": "2.0"}, "backend": None, "flags": {}}
HERE = Environment(
    name="e", machine="m", python="3.12.1", versions={"numpy": "2.0"}, system="Linux",
    processor="Abacus", cores=2,
)  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory, cancer):
    file = tmp_path_factory.mktemp("models") / "bayes.py"
    file.write_text(ESTIMATOR)
    splits = kfold(cancer, folds=2, repeats=1, seed=0)
    models = {"one": read_sources(file)}
    return Study(cancer, "kfold2x1", "kfold2", splits, 1, models, "compiled", 0, "e", INFO)


def save(study, results, models, environment=HERE, stays=True):
    """Write a study of some models, each of which predicts the same for every row."""
    source = study.models["one"]
    made = replace(study, models=dict.fromkeys(models, source))
    planned, fits = plan_fits(made, dict.fromkeys(models, "flat")), {}
    for number, fit in enumerate(planned):
        y = made.dataset.y[fit.split.test]
        p = np.tile([0.25 + 0.001 * number, 0.75 - 0.001 * number], (len(y), 1))
        scores = compute_scores(y, p, made.dataset.positive)
        fits[fit.key] = Fit("keras", "", 0.5, 100, p, {"loss": [1.0, 0.5]}, scores)
    file = scores_file(results / "m" / "e", made)
    table = score_table(made, planned, fits)
    return write_study(file, environment, made, planned, fits, {}, table, stays=stays)


def read(results):
    (saved,) = read_studies([results]).studies
    return saved


def test_other_models_of_the_same_rows_stay_with_their_predictions(study, tmp_path):
    assert save(study, tmp_path / "alone", ["one"]) == ()
    assert save(study, tmp_path / "both", ["one"]) == ()
    assert save(study, tmp_path / "both", ["two"]) == ()
    both, alone = read(tmp_path / "both"), read(tmp_path / "alone")
    assert both.models == ("two", "one")
    of_one = both.scores[both.scores["model"] == "one"].reset_index(drop=True)
    assert of_one.equals(alone.scores)
    assert len(both.model_scores.tested) == 2  # the predictions of both are there
    assert set(read_histories(both)["model"]) == {"one", "two"}


def test_rows_that_stay_are_the_same_text(study, tmp_path):
    save(study, tmp_path, ["one"])
    (file,) = tmp_path.rglob("*.csv")
    before = file.read_text().splitlines()
    save(study, tmp_path, ["two"])
    assert [line for line in file.read_text().splitlines() if not line.startswith("two,")] == before


def test_a_model_that_is_scored_again_is_replaced(study, tmp_path):
    save(study, tmp_path, ["one", "two"])
    assert save(study, tmp_path, ["two"]) == ()
    assert read(tmp_path).scores.groupby("model").size().to_dict() == {"one": 2, "two": 2}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"splits": 1}, "their splits have other rows"),
        ({"environment": replace(HERE, versions={"numpy": "2.1"})}, "numpy was 2.0, is 2.1"),
        ({"environment": replace(HERE, threads=1)}, "threads was None, is 1"),
    ],
)
def test_models_that_are_not_comparable_are_replaced_and_named(study, tmp_path, change, reason):
    save(study, tmp_path, ["one"])
    if "splits" in change:
        splits = kfold(study.dataset, folds=2, repeats=1, seed=change["splits"])
        notes = save(replace(study, splits=splits), tmp_path, ["two"])
    else:
        notes = save(study, tmp_path, ["two"], **change)
    assert len(notes) == 1
    assert f"the scores of one (2 fits) are replaced: {reason}" in notes[0]
    assert read(tmp_path).models == ("two",)


def test_the_study_of_all_models_replaces_its_file(study, tmp_path):
    save(study, tmp_path, ["one"])
    (note,) = save(study, tmp_path, ["two"], stays=False)
    assert note.endswith("the scores of one (2 fits) are replaced")


def test_a_file_that_cannot_be_read_is_replaced_with_a_note(study, tmp_path):
    save(study, tmp_path, ["one"])
    (file,) = tmp_path.rglob("*.csv")
    file.write_text("nothing\n")
    (note,) = save(study, tmp_path, ["two"])
    assert f"{file} is replaced: it could not be read" in note


def test_two_studies_at_once_keep_the_models_of_both(study, tmp_path):
    threads = [
        threading.Thread(target=save, args=(study, tmp_path, [name])) for name in ("one", "two")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(read(tmp_path).models) == ["one", "two"]
