"""A training step as one XLA program, for the compiled engine.

Most of a small network's step is the framework's own work between operators; one program avoids it.
XLA on a CPU draws Philox numbers, TensorFlow's default, many times slower than the rest of a step
takes, so random numbers inside use Threefry (Salmon et al. 2011), as JAX does.
"""

from __future__ import annotations

import functools
from contextlib import ExitStack, contextmanager
from typing import Any, Callable, Iterator

ALGORITHM = "threefry"
# TensorFlow's random functions that Keras layers call, and the argument that names the algorithm.
SAMPLERS = {
    "random.stateless_uniform": "alg",
    "random.stateless_normal": "alg",
    "random.stateless_truncated_normal": "alg",
    "nn.experimental.stateless_dropout": "rng_alg",
}


def can_compile(model: Any) -> bool:
    """Return whether every layer declares that XLA can compile it: layers of Keras 3 do."""
    layers = model._flatten_layers(include_self=False, recursive=True)
    return all(getattr(layer, "supports_jit", False) for layer in layers)


def train_step(model: Any) -> Callable[[Any, Any], None]:
    """Return the model's own ``train_step`` on a batch, compiled once for each number of rows.

    Its first run raises one of ``compile_errors()`` if XLA cannot compile it after all.
    """
    import tensorflow as tf

    @tf.function(jit_compile=True)  # type: ignore[untyped-decorator]
    def step(x: Any, y: Any) -> None:
        with _fast_samplers():
            model.train_step((x, y))

    run: Callable[[Any, Any], None] = step
    return run


def compile_errors() -> tuple[type[Exception], ...]:
    """Return the errors that TensorFlow raises if XLA cannot compile a function."""
    import tensorflow as tf

    return (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError, tf.errors.NotFoundError)


@contextmanager
def _fast_samplers() -> Iterator[None]:
    """Trace functions inside with the random algorithm that XLA compiles well."""
    import tensorflow as tf

    with ExitStack() as changed:
        for place, keyword in SAMPLERS.items():
            path, _, name = place.rpartition(".")
            module = functools.reduce(getattr, path.split("."), tf)
            original = getattr(module, name)
            setattr(module, name, functools.partial(original, **{keyword: ALGORITHM}))
            changed.callback(setattr, module, name, original)
        yield
