"""Seeds reach what draws inside an estimator."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV, RepeatedStratifiedKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from evenfold.contract import Fold, Task
from evenfold.worker.fits import Fitter
from evenfold.worker.seeds import seed_process, set_random_state


def test_splitters_inside_an_estimator_are_seeded():
    inner, outer = StratifiedKFold(3, shuffle=True), RepeatedStratifiedKFold(n_splits=3)
    search = GridSearchCV(RandomForestClassifier(), {"max_depth": [1, 2]}, cv=inner)
    pipeline = make_pipeline(StandardScaler(), GridSearchCV(search, {"cv": [outer]}))
    set_random_state(pipeline, 5)
    assert (5, 5, 5) == (inner.random_state, outer.random_state, search.estimator.random_state)


def test_a_splitter_with_a_state_of_its_own_keeps_it():
    splitter = StratifiedKFold(3, shuffle=True, random_state=1)
    set_random_state(GridSearchCV(RandomForestClassifier(), {"max_depth": [1]}, cv=splitter), 5)
    assert 1 == splitter.random_state


def test_shared_generators_begin_anew():
    draws = []
    for _ in range(2):
        seed_process(3)
        draws.append((random.random(), np.random.random()))
    assert draws[0] == draws[1]


GENERATOR = """
from evenfold import Model


def build(task):
    import keras
    import tensorflow as tf

    class Noise(keras.layers.Layer):
        def call(self, x, training=False):
            {where}generator = tf.random.get_global_generator()
            {where}return x + generator.normal([4])
            return x

    weights = tf.random.get_global_generator().normal([int(task.input_shape[0]), 4]).numpy()
    layers = [keras.layers.Dense(4), Noise(), keras.layers.Dense(1, "sigmoid")]
    model = keras.Sequential([keras.Input(shape=task.input_shape), *layers])
    model.layers[0].set_weights([weights, weights[0] * 0])
    model.compile("sgd", task.loss)
    return model


MODEL = Model(build, epochs=2, batch_size=16)
"""


@pytest.mark.parametrize(
    ("where", "engines"), [("pass; # ", {"compiled"}), ("", {"keras"})], ids=["build", "layer"]
)
def test_the_global_generator_of_tensorflow_begins_anew(write_model, framework, where, engines):
    """In ``build`` and in a layer, whose training is then left to ``fit``."""
    if framework.name != "tensorflow":
        pytest.skip("for TensorFlow")
    plugin = write_model(GENERATOR.format(where=where), "generator")
    fits = Fitter(None, False)
    rng = np.random.RandomState(0)
    x, y = rng.normal(size=(40, 3)), np.arange(40) % 2
    fold = Fold(Task((3,), 2), "flat", x[:32], y[:32], x[32:])
    seen, used = {}, set()
    for seed, engine in itertools.product((1, 2, 1), ("compiled", "keras")):
        fit = fits.fit(plugin, fold, seed, engine)
        used.update({fit.engine} if engine == "compiled" else ())
        expected = seen.setdefault((engine, seed), fit.probabilities)
        np.testing.assert_array_equal(fit.probabilities, expected)
    assert engines == used
    # The engines have the rows in other orders, which is a small difference here.
    np.testing.assert_allclose(seen["compiled", 1], seen["keras", 1], rtol=0, atol=1e-3)
    assert np.abs(seen["keras", 1] - seen["keras", 2]).max() > 1e-2


def test_to_seed_does_not_start_tensorflow(framework, run_python):
    """A model's file may set the threads of TensorFlow after it was seeded."""
    if framework.name != "tensorflow":
        pytest.skip("for TensorFlow")
    code = (
        "import copy, tensorflow as tf\n"
        "from evenfold.worker.seeds import seed_process\n"
        "draws = []\n"
        "seed_process(1)\n"
        "tf.config.threading.set_intra_op_parallelism_threads(1)\n"
        "for seed in (1, 2, 1):\n"
        "    seed_process(seed)\n"
        "    copy.deepcopy(tf.random.get_global_generator())\n"
        "    draws.append(float(tf.random.get_global_generator().normal([])))\n"
        "print(draws[0] == draws[2] != draws[1])"
    )
    done = run_python("-c", code)
    assert (0, "True\n") == (done.returncode, done.stdout), done.stderr


def test_a_process_may_begin_without_the_generators_of_numpy(run_python):
    """Newer versions of numpy import them when they are first asked for, as seeding does."""
    code = (
        "from evenfold.worker.process_state.guard import StateGuard\n"
        "guard = StateGuard(lambda: None)\n"
        "with guard.running('net'):\n    print('runs')"
    )
    done = run_python("-c", code)
    assert (0, "runs\n") == (done.returncode, done.stdout), done.stderr
