"""Networks whose files change what Keras and TensorFlow share change no other network."""

from __future__ import annotations

import pytest

from builders import stateful_models
from builders.stateful_models import DRAWS, OF_KERAS, OF_PYTHON, network, outcome, save_jobs
from evenfold.runtime.pool import WorkerConfig, run_jobs

# An estimator that starts Keras by itself, and draws from all of its generators.
WRAPPED = """
from evenfold import Model


def build(task):
    import numpy as np
    from sklearn.base import BaseEstimator, ClassifierMixin

    class Wrapped(ClassifierMixin, BaseEstimator):
        def fit(self, x, y):
            import keras
            self.classes_ = np.unique(y)
            self.model = keras.Sequential([
                keras.Input(shape=task.input_shape), keras.layers.Dropout(0.3),
                keras.layers.Dense(1, "sigmoid"),
            ])
            self.model.compile("adam", "binary_crossentropy")
            self.model.fit(x, y, epochs=1, verbose=0)
            return self

        def predict_proba(self, x):
            p = self.model.predict(x, verbose=0)
            return np.hstack([1 - p, p])

    return Wrapped()


MODEL = Model(build)
"""


@pytest.fixture(scope="module")
def jobs(framework, tmp_path_factory):
    if framework.name != "tensorflow":
        pytest.skip("for TensorFlow")
    texts = {f"keras_{name}": network(change) for name, change in OF_KERAS.items()}
    texts["environment"] = network(OF_PYTHON["environment"])
    texts["estimator"] = stateful_models.estimator(OF_PYTHON["errors"])
    folder = tmp_path_factory.mktemp("stateful")
    return save_jobs(folder, {"plain": network(), "wrapped": WRAPPED, "draws": DRAWS, **texts}, 2)


def outcomes(jobs, workers=1):
    answers = run_jobs(jobs, workers, WorkerConfig())
    return {job["key"]: outcome(answer) for job, answer in answers}


@pytest.mark.slow(reason="worker processes import TensorFlow and trace a network for each model")
def test_no_order_of_models_and_no_number_of_workers_changes_a_bit(jobs):
    """Networks first or last, alone or after others, in one process or in two."""
    alone = {**outcomes(jobs["plain"]), **outcomes(jobs["wrapped"])}
    assert [] == [found for found in alone.values() if not isinstance(found[0], bytes)]
    everything = [job for of_model in jobs.values() for job in of_model]
    forwards, backwards = outcomes(everything), outcomes(everything[::-1], workers=2)
    for key, found in {**forwards, **alone}.items():
        assert forwards[key] == found, key
        assert backwards[key] == found, key
