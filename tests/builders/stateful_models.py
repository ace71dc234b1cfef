"""Models that change their process, each the text of a model file, and how to fit them."""

from __future__ import annotations

import numpy as np

from evenfold.contract import Fold, Task
from evenfold.plugins.sources import read_sources
from evenfold.worker.fold_files import write_fold

ESTIMATOR = """
{imports}
from evenfold import Model


def build(task):
    {change}
    from sklearn.ensemble import RandomForestClassifier
    return RandomForestClassifier({trees}, max_depth=3)


MODEL = Model(build)
"""
NETWORK = """
{imports}
from evenfold import Model


def build(task):
    import keras
    import tensorflow as tf
    {change}
    model = keras.Sequential([
        keras.Input(shape=task.input_shape), keras.layers.Dense(4, "relu"),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(task.output_units, task.output_activation, dtype="float32"),
    ])
    model.compile("adam", task.loss)
    return model


MODEL = Model(build, epochs=2, batch_size=16)
"""
# A random forest that draws from numpy's generator, which everyone in a process shares.
DRAWS = """
from evenfold import Model


def build(task):
    import os
    import numpy as np
    from sklearn.model_selection import GridSearchCV, StratifiedKFold
    from sklearn.neighbors import KNeighborsClassifier
    assert "EVENFOLD_TEST" not in os.environ
    assert not hasattr(np, "float7")
    choices = {"n_neighbors": list(range(1, 15))}
    search = GridSearchCV(KNeighborsClassifier(), choices, cv=StratifiedKFold(3, shuffle=True))
    return search


MODEL = Model(build)
"""
# An estimator that starts Keras by itself, and draws from all of its generators.
WRAPPED = """
from evenfold import Model


def build(task):
    import numpy as np
    from sklearn.base import BaseEstimator, ClassifierMixin

    class Wrapped(ClassifierMixin, BaseEstimator):
        def fit(self, x, y):
            import keras
            import tensorflow as tf
            self.classes_ = np.unique(y)
            x = x + 0.01 * tf.random.get_global_generator().normal(x.shape).numpy()
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
# Each line changes what all of a process shares.
OF_PYTHON = {
    "environment": "import os; os.environ['EVENFOLD_TEST'] = '1'; os.environ.pop('PATH')",
    "folder": "import os; os.chdir('/')",
    "seed": "import numpy; numpy.random.seed(1); import random; random.seed(1)",
    "errors": "import numpy; numpy.seterr(all='raise')",
    "warnings": "import warnings; warnings.simplefilter('error')",
    "decimal": "import decimal; decimal.getcontext().prec = 2",
    "config": "import sklearn; sklearn.set_config(enable_metadata_routing=True)",
    "patch": "import random, numpy, sklearn.neighbors as n; random.random = lambda: 0.5; "
             "n.KNeighborsClassifier.predict_proba = lambda self, x: [[0.5, 0.5]] * len(x); "
             "numpy.argsort = None; numpy.float7 = float",
    "recursion": "import sys; sys.setrecursionlimit(90000); sys.path.insert(0, '/nowhere')",
}  # fmt: skip
OF_KERAS = {
    "policy": "keras.mixed_precision.set_global_policy('mixed_bfloat16')",
    "floatx": "keras.backend.set_floatx('float64')",
    "eager": "tf.config.run_functions_eagerly(True)",
    "jit": "tf.config.optimizer.set_jit('autoclustering')",
    "determinism": "tf.config.experimental.enable_op_determinism()",
    "dropout": "keras.layers.Dropout = lambda rate: keras.layers.GaussianNoise(1.0)",
    "objects": "keras.utils.get_custom_objects()['relu'] = tf.nn.tanh",
    "seed": "keras.utils.set_random_seed(7)",
    "epsilon": "keras.backend.set_epsilon(0.1)",
}
# Counts in the module, and builds another model for each call of build.
COUNTS = """
from evenfold import Model

CALLS = []


def build(task):
    from sklearn.tree import DecisionTreeClassifier
    CALLS.append(1)
    return DecisionTreeClassifier(max_depth=len(CALLS))


MODEL = Model(build)
"""


def estimator(change, at_import=False, trees=5):
    place = (
        {"imports": change, "change": "pass"} if at_import else {"imports": "", "change": change}
    )
    return ESTIMATOR.format(**place, trees=trees)


def network(change="pass"):
    return NETWORK.format(imports="", change=change)


def save_jobs(folder, texts, fits=2, rows=48, engine="compiled"):
    """Write model files and a fold, and return the jobs of each model by its name."""
    rng = np.random.RandomState(0)
    y = np.arange(rows) % 2
    x = rng.normal(size=(rows, 3)) + 0.5 * y[:, np.newaxis]
    write_fold(folder / "fold.npz", Fold(Task((3,), 2), "flat", x, y, x[:7] + 0.1))
    jobs = {}
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
        sources = read_sources(folder / f"{name}.py").save(folder / f"{name}.json")
        jobs[name] = [
            {"key": f"{name} {seed}", "model": name, "sources": str(sources), "layout": "flat",
             "fold": str(folder / "fold.npz"), "n_classes": 2, "seed": seed, "engine": engine,
             "curves": False}
            for seed in range(fits)
        ]  # fmt: skip
    return jobs


def outcome(answer):
    """Return what a fit gave, bit for bit, or why it gave nothing."""
    if "probabilities" in answer:
        return np.array(answer["probabilities"]).tobytes(), answer["engine"], answer["note"]
    return answer.get("failed"), answer.get("skip"), ""
