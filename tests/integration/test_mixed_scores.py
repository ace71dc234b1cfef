"""Estimators on a messy table score as in scikit-learn's own pipeline on the same splits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold, cross_validate
from sklearn.pipeline import make_pipeline

import evenfold
from builders.pipelines import preparation_by_hand
from builders.tables import messy_table
from evenfold.data.folds import make_fold
from evenfold.data.frames import from_frame
from evenfold.data.splits import kfold
from evenfold.data.table_options import TableOptions

ESTIMATORS = {
    "lda": LinearDiscriminantAnalysis(),
    "logistic": LogisticRegression(max_iter=1000),
}


def by_hand(estimator, frame):
    """The pipeline that a careful user writes for this table."""
    numbers = [name for name in frame if frame[name].dtype.kind in "fi"]
    texts = ["size", "clinic"]
    columns = preparation_by_hand(numbers, texts)
    return make_pipeline(columns, estimator)


@pytest.mark.slow(reason="forty fits in worker processes, and as many here")
def test_scores_are_those_of_a_pipeline_written_by_hand(tmp_path):
    """Accuracy and log loss of each fold agree to 1e-12."""
    messy = messy_table()
    messy.to_csv(tmp_path / "patients.csv", index=False)
    found = evenfold.score(
        ESTIMATORS, tmp_path / "patients.csv", "kind", folds=10, repeats=2, drop="patient",
        results=tmp_path / "results",
    )  # fmt: skip
    frame = messy.drop(columns=["patient", "kind"])
    frame["seen"] = (pd.to_datetime(frame["seen"]) - pd.Timestamp(0)).dt.days.astype(float)
    frame["smoker"] = frame["smoker"].astype(float)
    frame["size"] = frame["size"].astype(object).where(frame["size"].notna(), np.nan)
    y = (messy["kind"] == "malignant").to_numpy(int)
    splits = list(RepeatedStratifiedKFold(n_splits=10, n_repeats=2, random_state=0).split(y, y))
    for name, estimator in ESTIMATORS.items():
        scoring = {"accuracy": "accuracy", "log_loss": "neg_log_loss"}
        expected = cross_validate(by_hand(estimator, frame), frame, y, cv=splits, scoring=scoring)
        rows = found.fits[found.fits["model"] == name]
        rows = rows.set_index("split").loc[[f"r{n // 10}f{n % 10}" for n in range(20)]]
        np.testing.assert_allclose(rows["accuracy"], expected["test_accuracy"], rtol=0, atol=1e-12)
        np.testing.assert_allclose(rows["log_loss"], -expected["test_log_loss"], rtol=0, atol=1e-12)


@pytest.mark.slow(reason="a network is traced for each width")
def test_networks_are_trained_on_folds_of_different_widths(tmp_path, compiled_framework):
    """Which levels are rare, and so the columns, are decided in each fold."""
    rng = np.random.default_rng(1)
    tags = rng.choice([f"tag {n}" for n in range(120)], 569)
    frame = messy_table().assign(tag=tags)
    dataset = from_frame(frame, TableOptions("kind", drop=("patient",)))
    shapes = {make_fold(dataset, split, "flat").task.input_shape for split in kfold(dataset, 3, 1)}
    assert len(shapes) > 1
    found = evenfold.score(
        "conv1d[epochs=1]", frame, "kind", folds=3, repeats=1, drop="patient",
        results=tmp_path / "results",
    )  # fmt: skip
    assert ["compiled"] * 3 == found.fits["engine"].tolist()
