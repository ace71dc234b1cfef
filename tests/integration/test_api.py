"""``evenfold.score`` in Python: a frame as a file of it, and a comparison that a notebook shows."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import evenfold
from builders.commands import run_command
from builders.models import ESTIMATOR
from evenfold.data.frames import from_frame
from evenfold.data.table_options import TableOptions
from evenfold.errors import DataError, UsageError

SMALL = {"folds": 3, "repeats": 2}


@pytest.fixture(scope="module")
def frame(cancer):
    features = pd.DataFrame(cancer.x, columns=list(cancer.feature_names))
    return features.assign(kind=[cancer.class_names[label] for label in cancer.y])


@pytest.fixture
def score(tmp_path, monkeypatch):
    """Into a folder of its own, as any user's."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments, **options: evenfold.score(
        *arguments, **{"results": tmp_path / "results", **SMALL, **options}
    )


def test_a_frame_is_the_dataset_to_the_last_digit(frame, cancer):
    found = from_frame(
        frame.sample(frac=1, random_state=0).sort_index(), TableOptions("kind", "malignant")
    )
    assert np.array_equal(cancer.x, found.x)
    assert [cancer.class_names[label] for label in cancer.y] == [
        found.class_names[label] for label in found.y
    ]
    assert "malignant" == found.class_names[found.positive]
    assert "frame" == found.name


def test_one_model_alone_is_compared_with_nothing(score):
    found = score(["majority"])
    first, last = found.caption.rsplit("\n", 1)
    assert " ".join(first.split()) == (
        "Scores with 95 % intervals: 3 folds × 2. They estimate the expected score of models that "
        "are trained in this way on training sets of this size, averaged over seeds; intervals "
        "rest on the variation over test rows and over fits."
    )
    assert last == 'The positive class is "malignant".'
    assert found.conclusion == ""


@pytest.mark.parametrize("value", [float("nan"), None])
def test_a_missing_cell_is_missing_in_the_dataset(frame, value):
    spoiled = frame.astype({"mean area": object})
    spoiled.loc[3, "mean area"] = value
    found = from_frame(spoiled, TableOptions("kind"))
    place = found.feature_names.index("mean area")
    assert [(3, place)] == [tuple(each) for each in np.argwhere(np.isnan(found.x))]


@pytest.mark.parametrize("value", [float("inf"), "many"])
def test_a_cell_that_cannot_be_used_is_named_by_row_and_column(frame, value):
    spoiled = frame.astype({"mean area": object})
    spoiled.loc[3, "mean area"] = value
    with pytest.raises(DataError, match=r"^frame: row 3, column 'mean area'"):
        from_frame(spoiled, TableOptions("kind"))


def test_scores_in_python_are_those_of_the_command(score, frame, tmp_path):
    found = score(["logistic_regression", "majority"], frame, "kind", positive="malignant")
    frame.to_csv(tmp_path / "frame.csv", index=False)
    done = run_command(
        "score", "logistic_regression", "majority", "--folds", 3, "--repeats", 2,
        "--dataset", tmp_path / "frame.csv", "--target", "kind", "--positive", "malignant",
        "--results", tmp_path / "command", "--format", "json",
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    rows = json.loads(done.stdout)
    expected = json.loads(found.numbers.to_json(orient="records"))
    assert rows == expected
    assert ["worse", 6, "malignant"] == [rows[1][key] for key in ("verdict", "pairs", "positive")]
    assert {"majority"} == set(found.verdicts)
    assert "worse" == found.verdicts["majority"].verdict
    assert 12 == len(found.scores)
    assert str(found).startswith("majority is worse than logistic_regression by more than 1 point")
    assert "Scores with 95 % intervals" in str(found)


def test_a_notebook_shows_names_and_does_not_run_them(score, frame, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "bayes.py").write_text(ESTIMATOR)
    found = score(["bayes", "majority"], frame, "kind", folders=[tmp_path / "own"])
    html = found._repr_html_()
    assert ">bayes</td>" in html
    # A header stands above its cells, in a notebook and in a browser.
    assert {"left"} == set(re.findall(r"text-align: (\w+)", html))
    assert "<td>" not in html
    named = found.scores.replace({"model": {"bayes": "<script>alert(1)</script>"}})
    renamed = replace(found, scores=named, models=["<script>alert(1)</script>", "majority"])
    assert "<script" not in renamed._repr_html_()
    assert "&lt;script&gt;" in renamed._repr_html_()


def test_failed_fits_and_unknown_options_are_reported(score, frame, tmp_path):
    (tmp_path / "boom.py").write_text(
        "from evenfold import Model\ndef build(task):\n    raise ValueError('boom')\n"
        "MODEL = Model(build)\n"
    )
    found = score(["majority", "boom"], frame, "kind", folders=[tmp_path])
    assert 1 == len(found.failed)
    assert "boom" in found.failed[0]
    assert {"majority"} == set(found.scores["model"])
    with pytest.raises(TypeError, match="fold"):
        score(["majority"], frame, "kind", fold=3)
    with pytest.raises(UsageError, match="Give target"):
        score(["majority"], frame)
