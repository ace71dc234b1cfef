"""What the compiled engines take from Keras as it is, and the models that change it."""

from __future__ import annotations

from typing import Any, Mapping

import numpy as np

from evenfold.contract import Fold, Model
from evenfold.errors import Skip
from evenfold.worker.build import is_keras

# The parts of Keras that an engine replaces: a model with its own cannot be compiled.
STOCK = (
    "train_step", "make_train_function", "fit", "predict_step", "make_predict_function", "predict",
)  # fmt: skip
EAGER = "it is compiled to run eagerly"
DISTRIBUTED = "it is built for a distribution strategy"


def require_plain_options(model: Model) -> None:
    """Raise Skip for options of a plug-in that act between epochs."""
    if list(model.callbacks()):
        raise Skip("its callbacks act between epochs")
    if model.class_weight is not None:
        raise Skip("it weights the classes")
    if model.validation is not None:
        raise Skip("it is validated after each epoch")


def require_plain_rows(fold: Fold) -> None:
    """Raise Skip for rows that do not count alike."""
    if fold.sample_weight is not None:
        raise Skip("the rows have sample weights")


def require_network(model: Any) -> None:
    """Raise Skip for an estimator."""
    if not is_keras(model):
        raise Skip("it is an estimator")


def require_stock(model: Any) -> None:
    """Raise Skip for a model with its own training, or one that Keras trains in another way."""
    import keras

    for name in STOCK:
        if name in vars(model) or getattr(type(model), name) is not getattr(keras.Model, name):
            raise Skip(f"its {name} is its own")
    if model.run_eagerly:
        raise Skip(EAGER)
    if steps_per_execution(model) != 1:
        raise Skip("it is compiled to run several steps per execution")
    if _is_thawed_or_frozen_since(model):
        raise Skip("a layer is frozen or thawed after compile")
    for name in ("max_epochs", "max_steps_per_epoch"):
        limit = getattr(getattr(keras, "config", None), name, None)
        if limit is not None and limit() is not None:
            raise Skip(f"keras.config.{name} limits its training")


def _is_thawed_or_frozen_since(model: Any) -> bool:
    """Return whether layers were frozen after ``compile``: ``fit`` of Keras 2 ignores that."""
    if not hasattr(model, "_get_trainable_state"):
        return False
    now = dict(model._get_trainable_state())
    compiled = dict(model._compiled_trainable_state)
    return any(now.get(layer, trainable) != trainable for layer, trainable in compiled.items())


def steps_per_execution(model: Any) -> int:
    """Return how many steps a compiled model runs at once; Keras 2 may have it as a variable."""
    steps = getattr(model, "_steps_per_execution", None)
    if steps is None:
        steps = getattr(model, "steps_per_execution", None)
    if steps is None:
        return 1
    return int(steps.numpy() if hasattr(steps, "numpy") else steps)


def require_numbers(results: Mapping[str, Any]) -> None:
    """Raise Skip if a quantity of the history is not one number."""
    for name, value in results.items():
        if np.shape(value) != ():
            raise Skip(f"its metric {name} is not one number")
