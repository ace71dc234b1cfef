"""Optimizers: their variables, and the learning rates that they were given, not what Keras made."""

from __future__ import annotations

import functools
import inspect
from contextlib import contextmanager
from typing import Any, Callable, Iterator

NAMES = ("lr", "learning_rate")


def variables(optimizer: Any) -> list[Any]:
    """An optimizer's own: its count of steps and, once it has trained, its slots."""
    found = optimizer.variables
    return list(found() if callable(found) else found)


@contextmanager
def given_learning_rates() -> Iterator[dict[int, Any]]:
    """While open, notes what every new Keras optimizer was given, by ``id``, as it was given."""
    import keras

    given: dict[int, Any] = {}
    classes = [
        found
        for found in vars(keras.optimizers).values()
        if isinstance(found, type) and "__init__" in vars(found)
    ]
    originals = {cls: cls.__dict__["__init__"] for cls in classes}
    try:
        for cls, init in originals.items():
            setattr(cls, "__init__", _noting(init, given))  # noqa: B010 - mypy refuses the plain form
        yield given
    finally:
        for cls, init in originals.items():
            setattr(cls, "__init__", init)  # noqa: B010


def _noting(init: Callable[..., None], given: dict[int, Any]) -> Callable[..., None]:
    names = list(inspect.signature(init).parameters)[1:]

    @functools.wraps(init)
    def noting(self: Any, *args: Any, **kwargs: Any) -> None:
        told = {**dict(zip(names, args)), **kwargs}
        for name in NAMES:
            # The outermost constructor comes first: what it passes on is no user's word.
            if name in told:
                given.setdefault(id(self), told[name])
        init(self, *args, **kwargs)

    return noting
