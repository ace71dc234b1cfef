"""All state of a training: set again for each fit from a model that was built for that fit."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator

import numpy as np

from evenfold.errors import Skip
from evenfold.worker.optimizers import variables


class Created:
    """The TensorFlow variables that were created in a block, in order, with their first values.

    A variable of an optimizer, a metric or a generator may be no attribute of any layer: the order
    of creation is what finds its counterpart in another build of the same model.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.variables: list[Any] = []
        self.first_values: list[np.ndarray | None] = []

    def add(self, variable: Any) -> None:
        """Add a variable that was just created."""
        import tensorflow as tf

        self.variables.append(variable)
        # Inside a graph there is no value yet.
        self.first_values.append(variable.numpy() if tf.executing_eagerly() else None)


@contextmanager
def created_variables() -> Iterator[Created]:
    """Record every variable that TensorFlow creates inside."""
    import tensorflow as tf

    created = Created()

    def create(next_creator: Any, **arguments: Any) -> Any:
        variable = next_creator(**arguments)
        created.add(variable)
        return variable

    with tf.variable_creator_scope(create):
        yield created


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


def all_variables(model: Any, created: Created) -> list[Any]:
    """Return every variable of a model, its optimizer, its metrics and its generators.

    Parameters
    ----------
    model
        A model whose optimizer has its variables.
    created
        What was created since before the model was built.

    Returns
    -------
    list
        In an order that two builds of one model share, each once.
    """
    listed = [
        *model.weights,
        *model.variables,
        *_generators(model),
        *variables(model.optimizer),
        *(variable for metric in model.metrics for variable in metric.variables),
        *created.variables,
    ]
    return list({id(variable): variable for variable in map(_plain, listed)}.values())


def copy(sources: list[Any], targets: list[Any]) -> None:
    """Copy the values of one build's variables into those of another.

    Raises
    ------
    Skip
        If the two do not have the same variables.
    """
    if list(map(_signature, sources)) != list(map(_signature, targets)):
        raise Skip("its build does not create the same variables each time")
    for source, target in zip(sources, targets):
        target.assign(source.read_value())


def arrays(sources: list[Any]) -> list[np.ndarray]:
    """Return the values of variables."""
    return [np.asarray(variable.numpy()) for variable in sources]


def _plain(variable: Any) -> Any:
    """Return TensorFlow's own variable of a Keras 3 variable."""
    value = getattr(variable, "value", variable)
    return variable if callable(value) else value


def _signature(variable: Any) -> tuple[Any, Any]:
    return variable.dtype, tuple(variable.shape)


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
