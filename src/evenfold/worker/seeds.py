"""Seeds of everything that is known to draw random numbers in a fit."""

from __future__ import annotations

import random
import sys
from typing import Any, Iterator

import numpy as np

# A model's file is run with this seed, whatever the seed of the fit.
LOADING_SEED = 0
MOST_DEPTH = 8
_last = [0]


def seed_process(seed: int) -> None:
    """Seed Python's and numpy's own generators, and those of every framework that is imported.

    Parameters
    ----------
    seed
        At least 0 and below 2**32.
    """
    random.seed(seed)
    np.random.seed(seed)
    _last[0] = seed
    seed_frameworks()


def seed_frameworks() -> None:
    """Seed TensorFlow, Keras and PyTorch if they are imported, with the last seed.

    Python's and numpy's generators stay as they are.
    """
    seed = _last[0]
    states = random.getstate(), np.random.get_state()
    tensorflow, keras, torch = (sys.modules.get(n) for n in ("tensorflow", "keras", "torch"))
    if tensorflow is not None:
        tensorflow.random.set_seed(seed)
        tensorflow.random.set_global_generator(GeneratorOnUse(seed))
    set_random_seed: Any = getattr(getattr(keras, "utils", None), "set_random_seed", None)
    if set_random_seed is not None:
        set_random_seed(seed)
    if torch is not None:
        torch.manual_seed(seed)
    random.setstate(states[0])
    np.random.set_state(states[1])


class GeneratorOnUse:
    """A generator of TensorFlow from a seed, made when it is first used.

    To make it starts TensorFlow, whose threads a model's file may still set.
    """

    def __init__(self, seed: int) -> None:
        """Make nothing yet."""
        self._seed = seed
        self._generator: Any = None

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the generator."""
        if name.startswith("__"):  # those by which Python copies objects
            raise AttributeError(name)
        if self._generator is None:
            import tensorflow as tf

            with tf.init_scope():
                self._generator = tf.random.Generator.from_seed(self._seed)
        return getattr(self._generator, name)


def set_random_state(estimator: Any, seed: int) -> None:
    """Set every ``random_state`` of an estimator and of what is inside it.

    That of an estimator is always set; that of another object, such as a splitter of inner
    cross-validation, where it is None.
    """
    if not hasattr(estimator, "get_params"):
        return
    parameters = estimator.get_params(deep=True)
    own = {name: seed for name in parameters if name.split("__")[-1] == "random_state"}
    if own:
        estimator.set_params(**own)
    for part in _parts(list(parameters.values()), MOST_DEPTH):
        if getattr(part, "random_state", seed) is None:
            part.random_state = seed


def _parts(value: Any, depth: int) -> Iterator[Any]:
    """Yield the objects in nested lists, tuples and dictionaries."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        if depth:
            for part in value:
                yield from _parts(part, depth - 1)
    elif hasattr(value, "random_state") and not isinstance(value, type):
        yield value
