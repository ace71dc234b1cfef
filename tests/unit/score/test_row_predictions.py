"""Predictions of saved studies, row by row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evenfold.errors import ResultsError
from evenfold.score.row_predictions import read_tested_rows
from evenfold.score.studies import StudyScores
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


def test_rows_are_those_of_the_data_and_fits_have_the_number_of_split_and_seed(study):
    saved, arrays = study
    save(saved, arrays)
    tested = read_tested_rows(saved)
    assert tested["a"].row.tolist() == [4, 0, 2, 1, 3, 5] * 2
    assert tested["a"].fit.tolist() == [n for n in range(4) for _ in range(3)]
    assert tested["b"].fit.tolist() == [0] * 3 + [1] * 3 + [2] * 3
    assert tested["a"].y.tolist() == [0, 1, 1] * 4
    assert tested["a"].positive == 1
    difference = row_values("accuracy", tested["a"]).minus(row_values("accuracy", tested["b"]))
    assert difference.estimate == 0
    assert len(difference.value) == 9


def test_groups_are_read_where_they_are_saved(study):
    saved, arrays = study
    save(saved, arrays | {"groups/r0f0": np.array([1, 1, 0]), "groups/r0f1": np.array([2, 2, 3])})
    assert read_tested_rows(saved)["a"].group.tolist() == [1, 1, 0, 2, 2, 3] * 2


def test_files_of_an_older_evenfold_have_none(study):
    saved, arrays = study
    save(saved, {name: values for name, values in arrays.items() if not name.startswith("rows/")})
    assert read_tested_rows(saved) == {}


def test_a_file_that_lacks_a_fit_is_refused(study):
    saved, arrays = study
    del arrays["a/r0f0/1"]
    save(saved, arrays)
    with pytest.raises(ResultsError, match="not what a study writes"):
        read_tested_rows(saved)


def test_a_file_with_fewer_labels_than_predictions_is_refused(study):
    saved, arrays = study
    save(saved, arrays | {"y/r0f0": np.array([0, 1])})
    with pytest.raises(ResultsError, match="different numbers of rows"):
        read_tested_rows(saved)
