"""Optimizers: their variables, their begin and end in ``fit``, and learning rates as given."""

from __future__ import annotations

import functools
import inspect
from contextlib import contextmanager
from typing import Any, Callable, Iterator

NAMES = ("lr", "learning_rate")


def variables(optimizer: Any) -> list[Any]:
    """Return an optimizer's variables: its count of steps and, after training, its slots."""
    own = optimizer.variables
    return list(own() if callable(own) else own)


def build(model: Any) -> None:
    """Create a compiled model's optimizer variables, as the first step of ``fit`` does."""
    optimizer = model.optimizer
    if getattr(optimizer, "built", getattr(optimizer, "_built", False)):
        return
    if hasattr(optimizer, "build"):
        optimizer.build(model.trainable_variables)
    else:  # of Keras before 2.11
        optimizer._create_all_weights(model.trainable_variables)


def finalize(model: Any) -> None:
    """Do what ``fit`` does after the last step: put averaged weights in place, if there are any."""
    if hasattr(model.optimizer, "finalize_variable_values"):
        model.optimizer.finalize_variable_values(model.trainable_variables)


@contextmanager
def given_learning_rates() -> Iterator[dict[int, Any]]:
    """Record the learning rate of each Keras optimizer that is made inside, as it was given.

    Yields
    ------
    dict
        The learning rates by ``id`` of the optimizer.
    """
    import keras

    given: dict[int, Any] = {}
    classes = [
        member
        for member in vars(keras.optimizers).values()
        if isinstance(member, type) and "__init__" in vars(member)
    ]
    originals = {cls: cls.__dict__["__init__"] for cls in classes}
    try:
        for cls, init in originals.items():
            setattr(cls, "__init__", _recording(init, given))  # noqa: B010 - mypy refuses the plain form
        yield given
    finally:
        for cls, init in originals.items():
            setattr(cls, "__init__", init)  # noqa: B010


def _recording(init: Callable[..., None], given: dict[int, Any]) -> Callable[..., None]:
    names = list(inspect.signature(init).parameters)[1:]

    @functools.wraps(init)
    def recording(self: Any, *args: Any, **kwargs: Any) -> None:
        arguments = {**dict(zip(names, args)), **kwargs}
        for name in NAMES:
            # The outermost constructor comes first: the plug-in did not give what it passes on.
            if name in arguments:
                given.setdefault(id(self), arguments[name])
        init(self, *args, **kwargs)

    return recording
