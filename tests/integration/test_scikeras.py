"""A classifier of scikeras is an estimator like any other."""

from __future__ import annotations

import pandas as pd
import pytest

import evenfold

pytest.importorskip("scikeras", reason="scikeras is not installed")
pytestmark = [
    pytest.mark.slow(reason="trains networks in worker processes"),
    pytest.mark.usefixtures("framework"),
]


def network(meta, units):
    import keras

    layers = [
        keras.Input((meta["n_features_in_"],)),
        keras.layers.Dense(units, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
    model = keras.Sequential(layers)
    model.compile("adam", "binary_crossentropy")
    return model


def test_a_classifier_of_scikeras_is_scored_alike_each_time(tmp_path, monkeypatch):
    from scikeras.wrappers import KerasClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    monkeypatch.chdir(tmp_path)
    classifier = KerasClassifier(network, units=4, epochs=3, verbose=0)
    models = {"alone": classifier, "after": make_pipeline(StandardScaler(), classifier)}
    options = {"folds": 2, "repeats": 1, "jobs": 1}
    first, again = (evenfold.score(models, **options, results=folder) for folder in ("a/r", "b/r"))
    assert not first.failed
    assert 4 == len(first.scores)
    columns = ["model", "split", "accuracy", "log_loss"]
    pd.testing.assert_frame_equal(first.scores[columns], again.scores[columns])
