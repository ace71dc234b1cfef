"""Constructs: optimizers, learning rates, and what becomes of gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from builders.constructs import (
    Breakage,
    Construct,
    NotInThisVersion,
    keras_major,
    keras_name,
    need_keras,
    network,
)
from evenfold.contract import Task


def _made(name: str, **options: Any) -> Callable[[], Any]:
    return lambda: keras_name(f"optimizers.{name}")(**options)


def _with(make: Callable[[], Any]) -> Callable[[Task], Any]:
    return lambda task: network(task, optimizer=make())


def _excluding(name: str) -> Callable[[Task], Any]:
    def build(task: Task) -> Any:
        optimizer = keras_name(f"optimizers.{name}")(learning_rate=0.1, weight_decay=0.3)
        if not hasattr(optimizer, "exclude_from_weight_decay"):
            raise NotInThisVersion("optimizers have no exclude_from_weight_decay")
        optimizer.exclude_from_weight_decay(var_names=["bias"])
        return network(task, optimizer=optimizer)

    return build


def _own_step(task: Task) -> Any:
    """An optimizer of the plug-in's own, with a step of its own."""

    class Halved(keras_name("optimizers.SGD")):  # type: ignore[misc]
        def update_step(self, gradient: Any, *rest: Any) -> None:
            super().update_step(gradient * 0.5, *rest)

    if not hasattr(Halved.__mro__[1], "update_step"):
        raise NotInThisVersion("optimizers have no update_step")
    return network(task, optimizer=Halved(0.3, momentum=0.5))


def _own_slot(task: Task) -> Any:
    """An optimizer of the plug-in's own, whose slot begins at one."""
    import tensorflow as tf

    if not hasattr(keras_name("optimizers.SGD"), "update_step"):
        raise NotInThisVersion("optimizers have no update_step")
    is_new = keras_major() >= 3

    class Scaled(keras_name("optimizers.SGD")):  # type: ignore[misc]
        def build(self, variables: Any) -> None:
            super().build(variables)
            if not hasattr(self, "scales"):
                self.scales = [
                    self.add_variable_from_reference(v, name="scale", initializer="ones")
                    if is_new
                    else self.add_variable_from_reference(v, "scale", initial_value=tf.ones_like(v))
                    for v in variables
                ]
                self.owners = [getattr(v, "path", None) or v.name for v in variables]

        def update_step(self, gradient: Any, variable: Any, *rest: Any) -> None:
            name = getattr(variable, "path", None) or variable.name
            scale = self.scales[self.owners.index(name)]
            scale.assign(scale + gradient * gradient)
            super().update_step(gradient / tf.sqrt(tf.convert_to_tensor(scale)), variable, *rest)

    return network(task, optimizer=Scaled(0.3))


def _legacy(name: str) -> Callable[[Task], Any]:
    def build(task: Task) -> Any:
        need_keras(2)
        return network(task, optimizer=keras_name(f"optimizers.legacy.{name}")(0.1))

    return build


def _several(task: Task) -> Any:
    """Weights of one layer by one optimizer, all others by another."""
    optimizer = keras_name("optimizers.MultiOptimizer")
    mapping = keras_name("optimizers.OptimizerMap")
    import keras

    sgd, adagrad = keras.optimizers.SGD(0.1), keras.optimizers.Adagrad(0.1)
    layers = [keras.layers.Dense(4, activation="tanh", name=name) for name in ("first", "second")]
    return network(task, *layers, optimizer=optimizer(mapping(adagrad, {".*second.*": sgd})))


OPTIMIZERS: dict[str, tuple[Callable[[], Any], Breakage]] = {
    "SGD": (_made("SGD", learning_rate=0.1), "learning rate off"),
    "SGD by name": (lambda: "sgd", "learning rate off"),
    "SGD with momentum": (_made("SGD", learning_rate=0.05, momentum=0.9), "momentum dropped"),
    "SGD with Nesterov momentum": (
        _made("SGD", learning_rate=0.05, momentum=0.9, nesterov=True),
        "momentum dropped",
    ),
    "RMSprop": (_made("RMSprop", learning_rate=0.01), "learning rate off"),
    "RMSprop, centered, with momentum": (
        _made("RMSprop", learning_rate=0.01, centered=True, momentum=0.5),
        "momentum dropped",
    ),
    "Adam": (_made("Adam", learning_rate=0.01), "learning rate off"),
    "Adam by name": (lambda: "adam", "learning rate off"),
    "Adam, amsgrad": (_made("Adam", learning_rate=0.05, amsgrad=True), "learning rate off"),
    "Adam, epsilon 1": (_made("Adam", learning_rate=0.5, epsilon=1.0), "learning rate off"),
    "AdamW": (_made("AdamW", learning_rate=0.01, weight_decay=0.5), "weight decay dropped"),
    "Adadelta": (_made("Adadelta", learning_rate=1.0), "learning rate off"),
    "Adagrad": (_made("Adagrad", learning_rate=0.1), "slots start at zero"),
    "Adagrad, accumulator from 0.7": (
        _made("Adagrad", learning_rate=0.1, initial_accumulator_value=0.7),
        "slots start at zero",
    ),
    "Adamax": (_made("Adamax", learning_rate=0.05), "learning rate off"),
    "Adafactor": (_made("Adafactor", learning_rate=0.05), "learning rate off"),
    "Adafactor, relative_step off": (
        _made("Adafactor", learning_rate=0.05, relative_step=False),
        "learning rate off",
    ),
    "Nadam": (_made("Nadam", learning_rate=0.02), "slots start at zero"),
    "Ftrl": (_made("Ftrl", learning_rate=0.1), "slots start at zero"),
    "Ftrl, with all penalties": (
        _made(
            "Ftrl",
            learning_rate=0.2,
            l1_regularization_strength=0.01,
            l2_regularization_strength=0.01,
            l2_shrinkage_regularization_strength=0.01,
            beta=0.1,
        ),
        "slots start at zero",
    ),
    "Lion": (_made("Lion", learning_rate=0.01), "learning rate off"),
    "Lamb": (_made("Lamb", learning_rate=0.05), "learning rate off"),
    "Muon": (_made("Muon", learning_rate=0.02), "learning rate off"),
    "ScheduleFreeAdamW": (_made("ScheduleFreeAdamW", learning_rate=0.02), "learning rate off"),
}
RATES: dict[str, Callable[[], Any]] = {
    "ExponentialDecay": lambda: _schedule("ExponentialDecay")(0.3, 4, 0.5),
    "ExponentialDecay, staircase": lambda: _schedule("ExponentialDecay")(0.3, 4, 0.5, True),
    "PiecewiseConstantDecay": lambda: _schedule("PiecewiseConstantDecay")([3, 8], [0.3, 0.1, 0.01]),
    "PolynomialDecay": lambda: _schedule("PolynomialDecay")(0.3, 12, 0.01, power=2.0),
    "PolynomialDecay, cycle": lambda: _schedule("PolynomialDecay")(0.3, 5, 0.01, cycle=True),
    "CosineDecay": lambda: _schedule("CosineDecay")(0.3, 12),
    "CosineDecay with warmup": lambda: _schedule("CosineDecay")(
        0.01, 10, warmup_target=0.3, warmup_steps=5
    ),
    "CosineDecayRestarts": lambda: _schedule("CosineDecayRestarts")(0.3, 4),
    "InverseTimeDecay": lambda: _schedule("InverseTimeDecay")(0.3, 3, 0.7),
    "a schedule of the plug-in's own": lambda: _own_schedule(),
}


def _schedule(name: str) -> Any:
    return keras_name(f"optimizers.schedules.{name}")


def _own_schedule() -> Any:
    import tensorflow as tf

    class Warmup(_schedule("LearningRateSchedule")):  # type: ignore[misc]
        def __call__(self, step: Any) -> Any:
            return 0.3 * tf.minimum(1.0, (tf.cast(step, tf.float32) + 1.0) / 8.0)

        def get_config(self) -> dict[str, Any]:
            return {}

    return Warmup()


def _callable_rate(task: Task) -> Any:
    import keras

    return network(task, optimizer=keras.optimizers.SGD(learning_rate=lambda: 0.2))


def _rated(make: Callable[[], Any], name: str) -> Callable[[Task], Any]:
    return lambda task: network(task, optimizer=keras_name(f"optimizers.{name}")(make()))


GRADIENTS: dict[str, tuple[Callable[[], Any], Breakage]] = {
    "clipnorm": (_made("SGD", learning_rate=1.0, clipnorm=0.05), "clipping dropped"),
    "clipvalue": (_made("SGD", learning_rate=1.0, clipvalue=0.02), "clipping dropped"),
    "global_clipnorm": (_made("SGD", learning_rate=1.0, global_clipnorm=0.05), "clipping dropped"),
    "Adam with global_clipnorm": (
        _made("Adam", learning_rate=0.05, epsilon=0.1, global_clipnorm=0.02),
        "clipping dropped",
    ),
    "weight_decay of SGD": (
        _made("SGD", learning_rate=0.1, weight_decay=0.3),
        "weight decay dropped",
    ),
    "weight_decay of Adam": (
        _made("Adam", learning_rate=0.02, weight_decay=0.5),
        "weight decay dropped",
    ),
    "use_ema": (
        _made("SGD", learning_rate=0.2, use_ema=True, ema_momentum=0.7),
        "averaged weights not put in place",
    ),
    "use_ema with ema_overwrite_frequency": (
        _made("SGD", learning_rate=0.2, use_ema=True, ema_momentum=0.7, ema_overwrite_frequency=4),
        "averaged weights not put in place",
    ),
    "use_ema of Adam": (
        _made("Adam", learning_rate=0.02, use_ema=True, ema_momentum=0.7),
        "averaged weights not put in place",
    ),
    "gradient_accumulation_steps": (
        _made("SGD", learning_rate=0.3, gradient_accumulation_steps=2),
        "accumulation dropped",
    ),
    "gradient_accumulation_steps of Adam": (
        _made("Adam", learning_rate=0.05, gradient_accumulation_steps=3),
        "accumulation dropped",
    ),
    "loss_scale_factor": (
        _made("SGD", learning_rate=0.1, loss_scale_factor=8.0),
        "learning rate off",
    ),
}

CONSTRUCTS = (
    *(Construct(n, "optimizers", _with(make), by) for n, (make, by) in OPTIMIZERS.items()),
    Construct("an optimizer of the plug-in's own", "optimizers", _own_step, "learning rate off"),
    Construct("an optimizer whose own slot begins at 1", "optimizers", _own_slot,
              "slots start at zero"),
    Construct("legacy.Adagrad", "optimizers", _legacy("Adagrad")),
    Construct("legacy.Adam", "optimizers", _legacy("Adam")),
    Construct("legacy.Ftrl", "optimizers", _legacy("Ftrl")),
    Construct("MultiOptimizer", "optimizers", _several, "learning rate off"),
    *(Construct(n, "schedules", _rated(make, "SGD"), "schedule frozen")
      for n, make in RATES.items()),
    Construct("ExponentialDecay of Adam", "schedules",
              _rated(RATES["ExponentialDecay"], "Adam"), "schedule frozen"),
    Construct("a learning rate that is a function", "schedules", _callable_rate,
              "learning rate off"),
    *(Construct(n, "gradients", _with(make), by) for n, (make, by) in GRADIENTS.items()),
    Construct("weight_decay, biases excluded", "gradients", _excluding("SGD"),
              "weight decay dropped"),
    Construct("weight_decay of AdamW, biases excluded", "gradients", _excluding("AdamW"),
              "weight decay dropped"),
)  # fmt: skip
