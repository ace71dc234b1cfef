"""The compiled engine broken on purpose, in one way each, to prove that a comparison notices.

A breakage changes Keras' own methods while the engine runs, or the model or rows that the engine
gets, as if the engine forgot that part. Stock ``fit`` runs without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from builders.constructs import Breakage
from evenfold.contract import Fold


def _unchanged(model: Any) -> None:
    """Leave a model as it is."""


@dataclass(frozen=True)
class BrokenEngine:
    """What is different for the engine: Keras' methods, the model, the rows, the seed."""

    patch: Callable[[], AbstractContextManager[None]] = nullcontext
    change_model: Callable[[Any], None] = _unchanged
    change_fold: Callable[[Fold, int], Fold] = lambda fold, batch_size: fold
    seed_offset: int = 0

    @property
    def needs_new_engine(self) -> bool:
        """Whether Keras or the model differ: what the sound engine has traced is of no use."""
        plain = BrokenEngine()
        return self.patch is not plain.patch or self.change_model is not plain.change_model


@contextmanager
def _attributes(owner: Any, **values: Any) -> Iterator[None]:
    """Set attributes of a class, and put those of before back."""
    missing = object()
    before = {name: vars(owner).get(name, missing) for name in values}
    for name, value in values.items():
        setattr(owner, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is missing:
                delattr(owner, name)
            else:
                setattr(owner, name, value)


def _subclasses(cls: Any) -> set[Any]:
    return {cls}.union(*(_subclasses(sub) for sub in type.__subclasses__(cls)))


def _optimizers(model: Any) -> list[Any]:
    """The optimizer and those inside it."""
    found, queue = [], [model.optimizer]
    while queue:
        optimizer = queue.pop()
        found.append(optimizer)
        inner = getattr(optimizer, "inner_optimizer", None)
        queue += [inner] if inner is not None else []
        queue += list(getattr(optimizer, "optimizers", None) or [])
    return found


def _layers(model: Any) -> list[Any]:
    return list(model._flatten_layers(include_self=False, recursive=True))


@contextmanager
def _zero_slots() -> Iterator[None]:
    import keras
    import tensorflow as tf

    base = keras.optimizers.SGD.__mro__
    owner = next((cls for cls in base if "add_variable_from_reference" in vars(cls)), None)
    if owner is None:
        with _zero_slots_of_old_keras():
            yield
        return
    original = owner.add_variable_from_reference
    is_new = "model_variable" not in original.__code__.co_varnames

    def add(self: Any, reference: Any, name: str, *rest: Any, **more: Any) -> Any:
        if is_new:
            return original(self, reference, name, initializer="zeros")
        more = {**more, "initial_value": tf.zeros(reference.shape, reference.dtype)}
        return original(self, reference, name, shape=reference.shape, **more)

    def call(self: Any, *positional: Any, **named: Any) -> Any:
        words = {**dict(zip(("reference", "name"), positional, strict=False)), **named}
        words["reference"] = words.pop("reference_variable", words.get("reference"))
        words["reference"] = words.pop("model_variable", words["reference"])
        words["name"] = words.pop("variable_name", words.get("name"))
        return add(self, words["reference"], words["name"])

    build = keras.optimizers.Nadam.build

    def build_nadam(self: Any, variables: Any) -> None:
        build(self, variables)
        self._u_product.assign(0.0)

    with (
        _attributes(owner, add_variable_from_reference=call),
        _attributes(keras.optimizers.Nadam, build=build_nadam),
    ):
        yield


@contextmanager
def _zero_slots_of_old_keras() -> Iterator[None]:
    """Of Keras before 2.11, whose optimizers have no method for variables like another."""
    import keras

    (owner,) = (cls for cls in keras.optimizers.SGD.__mro__ if "add_slot" in vars(cls))
    add_slot, add_weight = owner.add_slot, owner.add_weight

    def slot(
        self: Any, var: Any, slot_name: str, initializer: Any = None, shape: Any = None
    ) -> Any:
        return add_slot(self, var, slot_name, "zeros", shape)

    def weight(self: Any, *positional: Any, **named: Any) -> Any:
        return add_weight(self, *positional, **{**named, "initializer": "zeros"})

    with _attributes(owner, add_slot=slot, add_weight=weight):
        yield


@contextmanager
def _no_averages() -> Iterator[None]:
    import keras

    def skip(self: Any, *_: Any) -> None:
        return None

    names = ("finalize_variable_values", "_overwrite_model_variables_with_average_value")
    owner = next(cls for cls in keras.optimizers.SGD.__mro__ if names[0] in vars(cls))
    with _attributes(owner, **dict.fromkeys(names, skip)):
        yield


@contextmanager
def _no_penalties() -> Iterator[None]:
    import keras

    with _attributes(keras.layers.Layer, losses=property(lambda self: [])):
        yield


@contextmanager
def _larger_loss() -> Iterator[None]:
    import keras

    original = keras.Model.compute_loss

    def compute_loss(self: Any, *rest: Any, **more: Any) -> Any:
        return 1.5 * original(self, *rest, **more)

    with _attributes(keras.Model, compute_loss=compute_loss):
        yield


@contextmanager
def _no_training_flag() -> Iterator[None]:
    import keras

    original = keras.layers.Layer.__call__

    def call(self: Any, *rest: Any, **more: Any) -> Any:
        if more.get("training") is not None:
            more["training"] = False
        return original(self, *rest, **more)

    with _attributes(keras.layers.Layer, __call__=call):
        yield


@contextmanager
def _no_resets() -> Iterator[None]:
    import keras

    owners = [cls for cls in _subclasses(keras.metrics.Metric) if "reset_state" in vars(cls)]
    originals = {cls: vars(cls)["reset_state"] for cls in owners}
    for cls in owners:
        cls.reset_state = lambda self: None
    try:
        yield
    finally:
        for cls, original in originals.items():
            cls.reset_state = original


@contextmanager
def _float_labels() -> Iterator[None]:
    import keras
    import tensorflow as tf

    original = keras.Model.train_step

    def train_step(self: Any, data: Any) -> Any:
        return original(self, (data[0], tf.cast(data[1], tf.float32)))

    with _attributes(keras.Model, train_step=train_step):
        yield


def _rate(optimizer: Any) -> Any:
    """The learning rate as the optimizer holds it: a number, variable, function or schedule."""
    values = vars(optimizer).get("_hyper")  # of Keras before 2.11
    return getattr(optimizer, "_learning_rate", None) if values is None else values["learning_rate"]


def _set_rate(optimizer: Any, rate: Any) -> None:
    values = vars(optimizer).get("_hyper")
    if values is None:
        optimizer._learning_rate = rate
    else:
        values["learning_rate"] = rate


def _rescheduled(model: Any, change: Callable[[Any, Any], Any]) -> None:
    """Replace every schedule by one that ``change`` computes from it and from the step."""
    import keras

    class Changed(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
        def __init__(self, inner: Any) -> None:
            super().__init__()
            self.inner = inner

        def __call__(self, step: Any) -> Any:
            return change(self.inner, step)

        def get_config(self) -> dict[str, Any]:
            return {}

    for optimizer in _optimizers(model):
        inner = _rate(optimizer)
        if isinstance(inner, keras.optimizers.schedules.LearningRateSchedule):
            _set_rate(optimizer, Changed(inner))


def _freeze_schedule(model: Any) -> None:
    _rescheduled(model, lambda schedule, step: schedule(step * 0))


def _halve_rate(model: Any) -> None:
    _rescheduled(model, lambda schedule, step: 0.5 * schedule(step))
    for optimizer in _optimizers(model):
        rate = _rate(optimizer)
        if hasattr(rate, "assign"):
            rate.assign(0.5 * rate)
        elif isinstance(rate, (int, float)):
            _set_rate(optimizer, 0.5 * rate)
        elif callable(rate) and not hasattr(rate, "inner"):
            _set_rate(optimizer, lambda rate=rate: 0.5 * rate())


def _set_optimizer(**values: Any) -> Callable[[Any], None]:
    def change(model: Any) -> None:
        for optimizer in _optimizers(model):
            for name, value in values.items():
                if getattr(optimizer, name, None) is not None:
                    setattr(optimizer, name, value)

    return change


def _drop_constraints(model: Any) -> None:
    for variable in model.trainable_variables:
        name = "_constraint" if hasattr(variable, "_constraint") else "constraint"
        setattr(variable, name, None)


def _hold_statistics(model: Any) -> None:
    for layer in _layers(model):
        if hasattr(layer, "moving_mean"):
            layer.momentum = 1.0


def _thaw(model: Any) -> None:
    for layer in (model, *_layers(model)):
        layer.trainable = True
    if hasattr(model, "_get_trainable_state"):  # Keras 2: else the engine refuses the model
        object.__setattr__(model, "_compiled_trainable_state", model._get_trainable_state())


def _without_last_batch(fold: Fold, batch_size: int) -> Fold:
    rows = len(fold.x_train)
    left = (rows - 1) // batch_size * batch_size or rows - 1
    return replace(fold, x_train=fold.x_train[:left], y_train=fold.y_train[:left])


def _labels_of_others(fold: Fold, batch_size: int) -> Fold:
    return replace(fold, y_train=np.random.RandomState(1).permutation(fold.y_train))


NO_CLIPPING = {"clipnorm": None, "clipvalue": None, "global_clipnorm": None}
BREAKAGES: dict[Breakage, BrokenEngine] = {
    "slots start at zero": BrokenEngine(patch=_zero_slots),
    "averaged weights not put in place": BrokenEngine(patch=_no_averages),
    "schedule frozen": BrokenEngine(change_model=_freeze_schedule),
    "learning rate off": BrokenEngine(change_model=_halve_rate),
    "clipping dropped": BrokenEngine(change_model=_set_optimizer(**NO_CLIPPING)),
    "weight decay dropped": BrokenEngine(change_model=_set_optimizer(weight_decay=None)),
    "momentum dropped": BrokenEngine(change_model=_set_optimizer(momentum=0.0)),
    "accumulation dropped": BrokenEngine(
        change_model=_set_optimizer(gradient_accumulation_steps=None)
    ),
    "loss altered": BrokenEngine(patch=_larger_loss),
    "penalties dropped": BrokenEngine(patch=_no_penalties),
    "constraints dropped": BrokenEngine(change_model=_drop_constraints),
    "training flag off": BrokenEngine(patch=_no_training_flag),
    "statistics not updated": BrokenEngine(change_model=_hold_statistics),
    "metrics not reset": BrokenEngine(patch=_no_resets),
    "labels as floats": BrokenEngine(patch=_float_labels),
    "frozen layers trained": BrokenEngine(change_model=_thaw),
    "labels of other rows": BrokenEngine(change_fold=_labels_of_others),
    "last batch dropped": BrokenEngine(change_fold=_without_last_batch),
    "seed of another fit": BrokenEngine(seed_offset=1),
}
