"""A network's state, set anew for each fit: weights, the optimizer's slots, random generators."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator

import numpy as np

from evenfold.contract import Fold
from evenfold.errors import Skip
from evenfold.worker.optimizers import variables


def make_generators_resettable() -> None:
    """To be called before a model is built whose generators are to be set anew.

    Raises Skip where they cannot be.
    """
    # Keras 2 bakes a layer's seed into the graph unless its generators keep their state.
    import keras

    if int(keras.__version__.split(".")[0]) < 3:
        import tensorflow as tf

        experimental: Any = getattr(tf.keras.backend, "experimental", None)
        if not hasattr(experimental, "enable_tf_random_generator"):
            raise Skip(f"its random generators cannot be reset in TensorFlow {tf.__version__}")
        experimental.enable_tf_random_generator()


def step_once(model: Any, fold: Fold, batch_size: int) -> list[tuple[Any, np.ndarray]]:
    """One eager training step; returns the optimizer's variables with what they began with."""
    import tensorflow as tf

    x = tf.constant(fold.x_train[:batch_size].astype(np.float32))
    y = tf.constant(fold.y_train[:batch_size])
    model.train_step((x, y))
    kept = []
    for variable in variables(model.optimizer):
        path = getattr(variable, "path", None) or variable.name
        is_rate = "learning_rate" in path
        value = variable.numpy()
        # Slots and the count of steps begin at 0; a learning rate is what it is.
        kept.append((variable, value if is_rate else np.zeros_like(value)))
    return kept


@contextmanager
def kernels_kept() -> Iterator[None]:
    """While open, seeds are set for Python, numpy and Keras, and for TensorFlow they are not.

    ``tf.random.set_seed`` also throws away every operator that has been made ready, a whole traced
    training among them: to make a small network's ready again takes as long as ten of its epochs.
    """
    import tensorflow as tf

    places = (tf.random, tf.compat.v2.random)  # Keras 2 has it from the latter
    originals = [place.set_seed for place in places]
    try:
        for place in places:
            place.set_seed = lambda seed: None
        yield
    finally:
        for place, original in zip(places, originals):
            place.set_seed = original


def draws_by_itself(graph: Any) -> bool:
    """Whether a graph has operators that count for themselves how often they have drawn.

    Such are those of ``tf.random.normal`` and its like: only a new operator begins again. (Those of
    cuDNN in recurrent layers of Keras 2 draw nothing there: what they drop is decided outside.)
    """
    whole = graph.as_graph_def()
    bodies = [whole.node, *(function.node_def for function in whole.library.function)]
    nodes = (node for body in bodies for node in body)
    return any("seed2" in node.attr and not node.op.startswith("Cudnn") for node in nodes)


def numbers(model: Any) -> list[np.ndarray]:
    """All that ``copy_state`` copies."""
    return [*model.get_weights(), *(state.numpy() for state in _generators(model))]


def copy_state(source: Any, target: Any) -> None:
    """Weights and random generators of a fresh model into one of the same build."""
    target.set_weights(source.get_weights())
    for ours, fresh in zip(_generators(target), _generators(source)):
        ours.assign(fresh)


def _generators(model: Any) -> list[Any]:
    """The state variables of a model's random generators, in the order of its layers."""
    found = []
    for layer in model._flatten_layers(include_self=False, recursive=True):
        for holder in vars(layer).values():
            state = getattr(holder, "state", None)  # Keras 3's SeedGenerator
            if type(holder).__name__ == "SeedGenerator" and state is not None:
                found.append(state)
            inner = getattr(holder, "_generator", None)  # Keras 2's RandomGenerator
            if inner is not None and hasattr(inner, "state"):
                found.append(inner.state)
    return found
