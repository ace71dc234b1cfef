"""Published and independently computed figures, through the harness' own data, folds and fits."""

from __future__ import annotations

import numpy as np
import pytest

from evenfold.data.folds import make_fold
from evenfold.data.splits import kfold
from evenfold.plugins.models import load_model
from evenfold.stats.metrics import compute_scores
from evenfold.worker import device, inference, train


@pytest.fixture(scope="module")
def over_kfold(cancer, built_in_files):
    """Mean scores of an estimator over 10x10 folds, ``random_state=0``."""
    none = device.without_framework()
    splits = kfold(cancer, folds=10, repeats=10, seed=0)

    def study(name):
        plugin = load_model(name, built_in_files[name])
        found = []
        for split in splits:
            fold = make_fold(cancer, split, plugin.model.layout)
            fit = train.prepare(plugin, fold, 0, none)
            train.run(fit)
            predicted = inference.predict(fit.model, fold.x_test, none, "cpu", fold.task.n_classes)
            found.append(compute_scores(cancer.y[split.test], predicted, cancer.positive))
        return {key: float(np.mean([each[key] for each in found])) for key in found[0]}

    return study


def test_logistic_regression_over_kfold(over_kfold):
    """Accuracy 0.9780, AUC 0.9949, log loss 0.0761: what scikit-learn's own loop gives."""
    found = over_kfold("logistic_regression")
    expected = {"accuracy": "0.9780", "roc_auc": "0.9949", "log_loss": "0.0761"}
    assert expected == {name: f"{found[name]:.4f}" for name in expected}


def test_the_majority_class_over_kfold(over_kfold):
    assert "0.6274" == f"{over_kfold('majority')['accuracy']:.4f}"


def test_logistic_regression_equals_cross_validate(cancer, over_kfold):
    """To the last digit: same splitter, scaler in a pipeline."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import RepeatedStratifiedKFold, cross_validate
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    splitter = RepeatedStratifiedKFold(n_splits=10, n_repeats=10, random_state=0)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    theirs = cross_validate(pipeline, cancer.x, cancer.y, cv=splitter, scoring="accuracy")
    ours = over_kfold("logistic_regression")["accuracy"]
    assert ours == pytest.approx(float(np.mean(theirs["test_score"])), abs=1e-12)
