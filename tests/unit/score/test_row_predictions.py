"""Predictions of saved studies, row by row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from builders.predicted_studies import predicted_study
from evenfold.data.datasets import Dataset
from evenfold.data.splits import Split
from evenfold.score.captions import interval_text
from evenfold.score.row_predictions import FITS_OF_SPLIT, rows_by_model, split_arrays
from evenfold.score.study_scores import StudyScores
from evenfold.stats.row_forms import row_values
from evenfold.stats.score_intervals import Design


@pytest.fixture
def study(tmp_path):
    """Two models, two splits and two seeds; the second model lacks one fit."""
    fits = [
        (m, s, 10 * k + j) for m in "ab" for k, s in enumerate(("r0f0", "r0f1")) for j in (1, 2)
    ]
    fits.remove(("b", "r0f1", 11))
    scores = pd.DataFrame(fits, columns=["model", "split", "seed"]).astype({"seed": str})
    arrays = {f"y/{s}": np.array([0, 1, 1]) for s in ("r0f0", "r0f1")}
    arrays |= {"rows/r0f0": np.array([4, 0, 2]), "rows/r0f1": np.array([1, 3, 5])}
    arrays |= {f"{m}/{s}/{seed}": np.tile([0.6, 0.4], (3, 1)) for m, s, seed in fits}
    arrays["positive"] = np.array(1)
    return StudyScores(
        "e", "m", "d", "kfold2x2", Design(2, 2), scores, tmp_path / "d.csv", {}
    ), arrays


def save(study, arrays):
    np.savez(study.file.with_name("d.predictions.npz"), **arrays)


def read(study):
    return rows_by_model(study.scores, study.read_predictions(), study.design)


def test_rows_are_those_of_the_data_and_fits_have_the_number_of_split_and_seed(study):
    saved, arrays = study
    save(saved, arrays)
    tested = read(saved)
    assert tested["a"].row.tolist() == [4, 0, 2, 1, 3, 5] * 2
    numbers = (0, 1, FITS_OF_SPLIT, FITS_OF_SPLIT + 1)
    assert tested["a"].fit.tolist() == [n for n in numbers for _ in range(3)]
    assert tested["b"].fit.tolist() == [n for n in numbers[:3] for _ in range(3)]
    assert tested["a"].y.tolist() == [0, 1, 1] * 4
    assert tested["a"].positive == 1
    difference = row_values("accuracy", tested["a"]).minus(row_values("accuracy", tested["b"]))
    assert difference.estimate == 0
    assert len(difference.value) == 9


def test_groups_are_read_where_they_are_saved(study):
    saved, arrays = study
    save(saved, arrays | {"groups/r0f0": np.array([1, 1, 0]), "groups/r0f1": np.array([2, 2, 3])})
    assert read(saved)["a"].group.tolist() == [1, 1, 0, 2, 2, 3] * 2


def test_files_of_an_older_evenfold_have_none(study):
    saved, arrays = study
    save(saved, {name: values for name, values in arrays.items() if not name.startswith("rows/")})
    assert read(saved) == {}


def test_the_number_of_a_fit_does_not_depend_on_splits_that_are_missing(study):
    saved, arrays = study
    save(saved, arrays)
    other = replace(saved, scores=saved.scores[saved.scores["split"] == "r0f1"])
    assert set(read(other)["a"].fit) == {1, FITS_OF_SPLIT + 1}


def test_groups_are_saved_as_codes_of_the_test_rows():
    groups = np.array(["b", "a", "b", "c"])
    x, y = np.zeros((4, 1)), np.array([0, 1, 0, 1])
    dataset = Dataset("d", x, y, ("f",), ("no", "yes"), groups=groups)
    arrays = dict(split_arrays(dataset, Split("r0f0", np.array([1]), np.array([2, 0, 3]))))
    assert arrays["groups"].tolist() == [1, 1, 2]
    assert (arrays["rows"].tolist(), arrays["y"].tolist()) == ([2, 0, 3], [0, 0, 1])
    assert "groups" not in dict(split_arrays(replace(dataset, groups=None), Split("s", y, y)))


def test_every_fold_of_every_repeat_has_its_own_number():
    study = predicted_study({"a": 0.9}, Design(4, 5))
    numbers = study.model_scores.tested["a"].fit
    assert sorted(set(numbers)) == list(range(20))


def test_without_rows_intervals_are_corrected_for_overlap_and_say_why(study):
    saved, arrays = study
    save(saved, {name: values for name, values in arrays.items() if not name.startswith("rows/")})
    scores = saved.model_scores
    assert scores.basis == "fits"
    assert "an older evenfold saved no numbers of test rows" in interval_text(scores)
    assert "Nadeau and Bengio" in interval_text(scores)


def test_a_holdout_without_rows_has_no_interval(study):
    saved, _ = study
    scores = replace(saved, design=Design(1, 4)).model_scores
    assert scores.basis == "none"
    assert "their predictions cannot be read" in interval_text(scores)


def test_a_file_that_lacks_a_fit_is_not_of_these_fits(study):
    saved, arrays = study
    del arrays["a/r0f0/1"]
    save(saved, arrays)
    with pytest.raises(KeyError):
        read(saved)
    assert "not those of these fits" in interval_text(saved.model_scores)


def test_a_file_with_fewer_labels_than_predictions_is_not_of_these_fits(study):
    saved, arrays = study
    save(saved, arrays | {"y/r0f0": np.array([0, 1])})
    with pytest.raises(ValueError, match="different numbers of rows"):
        read(saved)


def test_the_order_of_a_study_decides_the_reference(study):
    saved, _ = study
    assert saved.models == ("a", "b")
    assert replace(saved, order=("b", "a")).models == ("b", "a")
    assert replace(saved, order=("gone", "b", "also gone")).models == ("gone", "b", "a")
