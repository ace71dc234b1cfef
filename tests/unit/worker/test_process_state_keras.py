"""What a network changes of what Keras and TensorFlow share is restored, one kind at a time."""

from __future__ import annotations

import pytest

from builders.stateful_models import OF_KERAS
from evenfold.worker import train
from evenfold.worker.process_state.keras_names import set_name_counters
from evenfold.worker.process_state.state import ProcessState


def read(keras, tf):
    """Return the values that ``OF_KERAS`` changes, except for the seed, which each fit sets."""
    from tensorflow.python.framework import config

    return {
        "policy": keras.mixed_precision.global_policy().name,
        "floatx": keras.backend.floatx(),
        "eager": tf.config.functions_run_eagerly(),
        "jit": tf.config.optimizer.get_jit(),
        "determinism": config.is_op_determinism_enabled(),
        "dropout": keras.layers.Dropout,
        "objects": dict(keras.utils.get_custom_objects()),
        "epsilon": keras.backend.epsilon(),
    }


@pytest.fixture(scope="module")
def libraries(framework):
    if framework.name != "tensorflow":
        pytest.skip("for TensorFlow")
    import keras
    import tensorflow as tf

    return keras, tf


@pytest.fixture(scope="module")
def state(libraries):
    return ProcessState(("the warnings filters", "logging levels", "sys.stdout", "sys.stderr"))


@pytest.mark.parametrize("kind", sorted({*OF_KERAS} - {"seed"}))
def test_what_keras_shares_is_restored(libraries, state, kind):
    keras, tf = libraries
    before = read(keras, tf)
    exec(OF_KERAS[kind], {"keras": keras, "tf": tf})
    assert before[kind] != read(keras, tf)[kind]
    left = state.restore()
    assert ([], before) == (left, read(keras, tf))


def test_names_do_not_depend_on_what_was_built_before(libraries):
    keras, _ = libraries
    names = []
    for _ in range(2):
        set_name_counters({})
        names.append((keras.metrics.AUC().name, keras.metrics.AUC().name))
    assert [("auc", "auc_1")] * 2 == names


# Its file makes a layer, and each of its models has that and another one of the same kind.
LAYER_OF_FILE = """
import keras
from evenfold import Model

FIRST = keras.layers.Dense(4, "relu")


def build(task):
    model = keras.Sequential([
        keras.Input(shape=task.input_shape), FIRST,
        keras.layers.Dense(task.output_units, task.output_activation),
    ])
    model.compile("adam", task.loss, metrics=[keras.metrics.AUC()])
    return model


MODEL = Model(build, epochs=1)
"""


def test_layers_of_a_file_keep_other_names_than_those_of_build(
    libraries, framework, flat_fold, write_model
):
    plugin = write_model(LAYER_OF_FILE)
    built = [train.prepare(plugin, flat_fold, 0, framework).model for _ in range(2)]
    names = [[layer.name for layer in model.layers] for model in built]
    assert names[0] == names[1]
    assert 2 == len({*names[0]})
