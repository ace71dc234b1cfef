"""A network's state, set again for each fit: weights, optimizer slots and random generators."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator

import numpy as np

from evenfold.contract import Fold
from evenfold.errors import Skip
from evenfold.worker.optimizers import variables


def make_generators_resettable() -> None:
    """Let random generators of models that are built from now on be set again.

    Raises
    ------
    Skip
        If this TensorFlow cannot.
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
    """Run one eager training step, and return the optimizer's variables with their first values."""
    import tensorflow as tf

    x = tf.constant(fold.x_train[:batch_size].astype(np.float32))
    y = tf.constant(fold.y_train[:batch_size])
    model.train_step((x, y))
    first_values = []
    for variable in variables(model.optimizer):
        path = getattr(variable, "path", None) or variable.name
        is_rate = "learning_rate" in path
        value = variable.numpy()
        # Slots and the count of steps begin at 0; a learning rate keeps its value.
        first_values.append((variable, value if is_rate else np.zeros_like(value)))
    return first_values


@contextmanager
def kernels_kept() -> Iterator[None]:
    """Seed Python, numpy and Keras as usual inside, but not TensorFlow.

    ``tf.random.set_seed`` also discards every prepared operator, a whole traced training among
    them. Preparing those of a small network again takes as long as ten of its epochs.
    """
    import tensorflow as tf

    places = (tf.random, tf.compat.v2.random)  # Keras 2 uses the latter
    originals = [place.set_seed for place in places]
    try:
        for place in places:
            place.set_seed = lambda seed: None
        yield
    finally:
        for place, original in zip(places, originals):
            place.set_seed = original


def has_stateful_random_ops(graph: Any) -> bool:
    """Return whether a graph has operators that count by themselves how often they have drawn.

    Those of ``tf.random.normal`` and similar functions do: only a new operator begins again. (Those
    of cuDNN in recurrent layers of Keras 2 draw nothing: their dropout is decided outside.)
    """
    whole = graph.as_graph_def()
    bodies = [whole.node, *(function.node_def for function in whole.library.function)]
    nodes = (node for body in bodies for node in body)
    return any("seed2" in node.attr and not node.op.startswith("Cudnn") for node in nodes)


def state_arrays(model: Any) -> list[np.ndarray]:
    """Return all arrays that ``copy_state`` copies."""
    return [*model.get_weights(), *(state.numpy() for state in _generators(model))]


def copy_state(source: Any, target: Any) -> None:
    """Copy weights and random generators of a fresh model into one of the same build."""
    target.set_weights(source.get_weights())
    for ours, fresh in zip(_generators(target), _generators(source)):
        ours.assign(fresh)


def _generators(model: Any) -> list[Any]:
    """Return the state variables of a model's random generators, in the order of its layers."""
    states = []
    for layer in model._flatten_layers(include_self=False, recursive=True):
        for holder in vars(layer).values():
            state = getattr(holder, "state", None)  # Keras 3's SeedGenerator
            if type(holder).__name__ == "SeedGenerator" and state is not None:
                states.append(state)
            inner = getattr(holder, "_generator", None)  # Keras 2's RandomGenerator
            if inner is not None and hasattr(inner, "state"):
                states.append(inner.state)
    return states
