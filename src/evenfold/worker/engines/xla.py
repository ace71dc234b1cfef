"""A training step as one XLA program, for the compiled engine.

Most of a small network's step is the framework's own work between operators; one program does
without. XLA on a CPU draws Philox numbers, TensorFlow's default, many times slower than the rest of
a step takes, so random numbers inside are Threefry's (Salmon et al. 2011), as they are in JAX.
"""

from __future__ import annotations

import functools
from contextlib import ExitStack, contextmanager
from typing import Any, Callable, Iterator

ALGORITHM = "threefry"
# TensorFlow's random functions that Keras layers call, and what each calls its algorithm.
SAMPLERS = {
    "random.stateless_uniform": "alg",
    "random.stateless_normal": "alg",
    "random.stateless_truncated_normal": "alg",
    "nn.experimental.stateless_dropout": "rng_alg",
}


def takes(model: Any) -> bool:
    """Whether every layer says that XLA can compile it: layers of Keras 3 do."""
    layers = model._flatten_layers(include_self=False, recursive=True)
    return all(getattr(layer, "supports_jit", False) for layer in layers)


def train_step(model: Any) -> Callable[[Any, Any], None]:
    """The model's own ``train_step`` on a batch, compiled once for each number of rows.

    What XLA turns out not to know raises one of ``refusals()`` when it is first run.
    """
    import tensorflow as tf

    @tf.function(jit_compile=True)  # type: ignore[untyped-decorator]
    def step(x: Any, y: Any) -> None:
        with _samplers():
            model.train_step((x, y))

    run: Callable[[Any, Any], None] = step
    return run


def refusals() -> tuple[type[Exception], ...]:
    """The errors by which TensorFlow says that XLA cannot compile something."""
    import tensorflow as tf

    return (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError, tf.errors.NotFoundError)


@contextmanager
def _samplers() -> Iterator[None]:
    """While open, what is traced draws its random numbers by the algorithm that XLA makes fast."""
    import tensorflow as tf

    with ExitStack() as changed:
        for place, keyword in SAMPLERS.items():
            path, _, name = place.rpartition(".")
            module = functools.reduce(getattr, path.split("."), tf)
            original = getattr(module, name)
            setattr(module, name, functools.partial(original, **{keyword: ALGORITHM}))
            changed.callback(setattr, module, name, original)
        yield
