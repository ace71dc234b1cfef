"""Constructs of Keras that a plug-in may use, each as a small model that any engine can train.

``constructs_*.py`` hold them by subject; ``all_constructs`` returns them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal

import numpy as np

from evenfold.contract import ClassWeight, Fold, Layout, Model, Task
from evenfold.worker.plugin import Plugin
from evenfold.worker.source_modules import SourceModules
from evenfold.worker.sources import SourceFile, Sources

Group = Literal[
    "optimizers", "schedules", "gradients", "training options", "data types", "data", "callbacks",
    "models", "losses", "metrics", "penalties", "initializers", "preprocessing", "normalization",
    "random layers", "layers", "recurrent layers", "attention",
]  # fmt: skip
# Ways to break an engine on purpose; engine_breakages.py implements each.
Breakage = Literal[
    "slots start at zero", "averaged weights not put in place", "schedule frozen",
    "learning rate off", "clipping dropped", "weight decay dropped", "loss altered",
    "penalties dropped", "constraints dropped", "training flag off", "statistics not updated",
    "metrics not reset", "labels as floats", "accumulation dropped", "frozen layers trained",
    "labels of other rows", "last batch dropped", "momentum dropped", "seed of another fit",
]  # fmt: skip
FEATURES, STEPS, CHANNELS = 6, 6, 2


class NotInThisVersion(Exception):
    """The installed Keras does not have the construct."""


@dataclass(frozen=True)
class Construct:
    """A model that uses one construct, and how engines are compared on it.

    ``caught_by`` is the breakage of an engine that must show in this construct. ``tolerance`` is
    absolute and relative at once. ``is_random`` marks what draws random numbers while it trains:
    if engines draw other numbers, they are compared over many seeds.
    """

    name: str
    group: Group
    build: Callable[[Task], Any]
    caught_by: Breakage = "last batch dropped"
    is_random: bool = False
    layout: Layout = "flat"
    n_classes: int = 2
    rows: int = 71
    batch_size: int = 16
    epochs: int = 3
    tolerance: float = 1e-5
    callbacks: Callable[[], list[Any]] = field(default=list)
    class_weight: ClassWeight | None = None
    has_sample_weights: bool = False

    @property
    def task(self) -> Task:
        """The task that the model is built for."""
        shape = (FEATURES,) if self.layout == "flat" else (STEPS, CHANNELS)
        return Task(shape, self.n_classes)

    def plugin(self) -> Plugin:
        """The construct as a loaded model file."""
        model = Model(
            self.build,
            layout=self.layout,
            epochs=self.epochs,
            batch_size=self.batch_size,
            callbacks=self.callbacks,
            class_weight=self.class_weight,
        )
        own = SourceFile("", __file__, is_package=False, content=self.name.encode())
        return Plugin(self.name, SourceModules(Sources(own)), model)

    def fold(self) -> Fold:
        """Rows whose labels depend on them and on chance, the same in every process."""
        rng = np.random.RandomState(20)
        x = rng.normal(size=(self.rows + 40, *self.task.input_shape))
        signal = x.reshape(len(x), -1)[:, :3].sum(axis=1) + 0.5 * rng.normal(size=len(x))
        ranks = np.argsort(np.argsort(signal))
        y = (ranks * self.n_classes // len(x)).astype(np.int64)
        fold = Fold(self.task, self.layout, x[: self.rows], y[: self.rows], x[self.rows :])
        weights = rng.uniform(size=self.rows) if self.has_sample_weights else None
        return replace(fold, sample_weight=weights)


def head(task: Task, **options: Any) -> Any:
    """Last layer of a network."""
    import keras

    return keras.layers.Dense(task.output_units, activation=task.output_activation, **options)


def compiled(model: Any, task: Task, **options: Any) -> Any:
    """The model, compiled with SGD, the task's loss and its accuracy unless given otherwise."""
    import keras

    settings = {
        "optimizer": keras.optimizers.SGD(0.1),
        "loss": task.loss,
        "metrics": ["accuracy"],
        **options,
    }
    model.compile(**settings)
    return model


def network(task: Task, *layers: Any, **options: Any) -> Any:
    """A compiled Sequential of the layers and a last one; without layers, of one Dense layer."""
    import keras

    inner = layers or (keras.layers.Dense(5, activation="tanh"),)
    model = keras.Sequential([keras.Input(shape=task.input_shape), *inner, head(task)])
    return compiled(model, task, **options)


def flat_network(task: Task, *layers: Any, **options: Any) -> Any:
    """As ``network``, with a Flatten layer before the last."""
    import keras

    return network(task, *layers, keras.layers.Flatten(), **options)


def keras_name(path: str) -> Any:
    """The object of a path such as ``layers.GroupNormalization`` in the installed Keras.

    Raises
    ------
    NotInThisVersion
        If Keras has none.
    """
    import keras

    value: Any = keras
    for part in path.split("."):
        try:
            value = getattr(value, part)
        except (AttributeError, ImportError) as error:
            raise NotInThisVersion(f"keras.{path} is not in Keras {keras.__version__}") from error
    return value


def keras_major() -> int:
    """Major version of the installed Keras."""
    import keras

    return int(keras.__version__.split(".")[0])


def set_policy(policy: str) -> None:
    """Set the policy of data types for all of Keras."""
    import keras
    import tensorflow as tf

    if keras_major() >= 3:
        keras.config.set_dtype_policy(policy)
    else:
        # The package keras of TensorFlow 2.8 does not have it.
        tf.keras.mixed_precision.set_global_policy(policy)


def need_keras(*majors: int) -> None:
    """Raise NotInThisVersion unless the installed Keras is of one of the major versions."""
    if keras_major() not in majors:
        raise NotInThisVersion(f"not in Keras {keras_major()}")


def why_absent(error: BaseException) -> str | None:
    """Why the installed Keras lacks what a construct's ``build`` needs; None for another error."""
    reasons = ("unexpected keyword argument", "is not a valid argument",
               "invalid keyword argument", "not recognized",
               "not understood", "unrecognized keyword arguments")  # fmt: skip
    text = str(error).lower()
    if isinstance(error, NotInThisVersion) or any(reason in text for reason in reasons):
        return str(error).splitlines()[0][:120]
    return None


@cache
def all_constructs() -> tuple[Construct, ...]:
    """All constructs, in the order of the table."""
    from builders import (
        constructs_layers,
        constructs_losses,
        constructs_metrics,
        constructs_models,
        constructs_optimizers,
        constructs_own,
        constructs_sequences,
        constructs_training,
    )

    modules = (
        constructs_optimizers,
        constructs_training,
        constructs_own,
        constructs_models,
        constructs_losses,
        constructs_metrics,
        constructs_layers,
        constructs_sequences,
    )
    constructs = tuple(construct for module in modules for construct in module.CONSTRUCTS)
    names = [construct.name for construct in constructs]
    assert len(names) == len(set(names)), "two constructs of one name"
    return constructs


def find_construct(name: str) -> Construct:
    """The construct of a name."""
    return next(construct for construct in all_constructs() if construct.name == name)
