"""Model files that each break one promise of the contract, and the message about each."""

from __future__ import annotations

from builders.models import NETWORK

WRAPPED = """
import numpy as np
from evenfold import Model
from sklearn.linear_model import LogisticRegression

class Wrapped(LogisticRegression):
{method}

MODEL = Model(lambda task: Wrapped())
"""


def estimator(method):
    lines = "\n".join("    " + line for line in method.strip("\n").split("\n"))
    return WRAPPED.format(method=lines)


def altered(outputs):
    return estimator(
        f"def predict_proba(self, x):\n    p = super().predict_proba(x)\n    return {outputs}"
    )


def network(old, new):
    assert old in NETWORK
    return NETWORK.replace(old, new)


RETURN = "    return model\n"
DENSE = 'keras.layers.Dense(4, activation="relu")'
HEAD = "activation=task.output_activation"

TWO_CLASSES = network(
    "task.output_units, activation=task.output_activation", '1, activation="sigmoid"'
)

# check: (model file, message about it)
BROKEN = {
    "output_shape": (altered("p[:, 1]"), r"expected outputs of shape \(8, 2\) for 8 rows, found"),
    "finite": (altered("np.where(p > 0.5, np.nan, p)"), "found . that are NaN or infinite"),
    "within_0_and_1": (
        network(HEAD, 'activation="linear"'),
        r"expected outputs in \[0, 1\], found",
    ),
    "rows_sum_to_1": (network(HEAD, 'activation="sigmoid"'), "rows that sum to 1 with three"),
    "batch_of_n_is_n_of_one": (
        altered("p if len(p) > 1 else p[:, ::-1]"),
        "a batch and its rows one by one, found outputs that differ by",
    ),
    "row_order": (
        altered("np.array([row if i else row[::-1] for i, row in enumerate(p)])"),
        "rows and the same rows reversed, found outputs that differ by",
    ),
    "several_classes": (
        network("task.output_units", "min(task.output_units, 4)"),
        r"the output has shape \(None, 4\), expected \(rows, 5\): end with Dense",
    ),
    "smallest_input": (
        network("    import keras\n", "    import keras\n    assert task.input_shape[0] > 1\n"),
        r"build raised AssertionError for Task\(input_shape=\(1,\)",
    ),
    "odd_input": (
        network("    import keras\n", "    import keras\n    assert task.input_shape[0] != 7\n"),
        r"build raised AssertionError for Task\(input_shape=\(7,\)",
    ),
    "inputs_are_kept": (
        estimator("def fit(self, x, y):\n    x /= 2\n    return super().fit(x, y)"),
        "expected x_train as it was, found it changed: work on a copy",
    ),
    "inference_keeps_weights": (
        network(
            RETURN,
            "    predict = model.predict\n"
            "    def counting(x, **options):\n"
            "        model.set_weights([w + 1 for w in model.get_weights()])\n"
            "        return predict(x, **options)\n"
            "    model.predict = counting\n    return model\n",
        ),
        "expected the same weights after inference, found others after predict",
    ),
    "training_changes_weights": (
        network("    model.compile", "    model.trainable = False\n    model.compile"),
        "expected other weights after an epoch, found the same",
    ),
    "save_and_load": (
        network(
            RETURN,
            "    predict = model.predict\n"
            "    model.predict = lambda x, **options: 1 - predict(x, **options)\n"
            "    return model\n",
        ),
        "the model and its saved copy, found outputs that differ by",
    ),
    "same_seed_same_weights": (
        network(
            RETURN,
            "    rng = __import__('numpy').random.default_rng()\n"
            "    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])\n"
            "    return model\n",
        ),
        "expected the same initial weights with the same seed, found others",
    ),
    "same_seed_same_predictions": (
        network(
            RETURN,
            "    rate = float(__import__('numpy').random.default_rng().uniform(0.1, 1))\n"
            "    model.optimizer.learning_rate = rate\n"
            "    return model\n",
        ),
        "expected the same probabilities of a second fit with the same seed, found some that",
    ),
    # As Keras from TensorFlow 2.11 to 2.15 does by itself with lr=.
    "learning_rate": (
        network(
            RETURN,
            "    optimizer = keras.optimizers.SGD(learning_rate=0.5)\n"
            "    optimizer.learning_rate = 0.25\n"
            "    model.compile(optimizer=optimizer, loss=task.loss)\n    return model\n",
        ),
        "expected learning rate 0.5 as given to the optimizer, found 0.25",
    ),
}

# Files that cannot even be loaded or built, and the message about each.
UNUSABLE = {
    "no_model": ("build = None\n", r"has no MODEL: end the file with MODEL = Model\(build"),
    "not_python": ("def build(:\n", "line 1 is not Python"),
    "raises_at_import": ("raise ValueError('boom')\n", "raised ValueError at import: boom"),
    "bad_layout": (
        "from evenfold import Model\nMODEL = Model(len, layout='round')\n",
        r"Model\(layout=\.\.\.\) must be one of flat, sequence, found 'round'",
    ),
    "raises_in_build": (
        network("    import keras\n", "    raise ValueError('boom')\n    import keras\n"),
        "build raised ValueError for .*: boom",
    ),
    "returns_none": (
        "from evenfold import Model\nMODEL = Model(lambda task: None)\n",
        "build must return a compiled Keras model or an estimator .*, found NoneType",
    ),
    "not_compiled": (
        "from evenfold import Model\ndef build(task):\n    import keras\n"
        "    return keras.Sequential([keras.Input(shape=task.input_shape),"
        " keras.layers.Dense(1)])\nMODEL = Model(build, epochs=1)\n",
        "the model is not compiled: call model.compile",
    ),
    "wrong_output": (
        network("task.output_units", "7"),
        r"the output has shape \(None, 7\), expected \(rows, 1\)",
    ),
}
