"""Keras 3 on JAX."""

from __future__ import annotations

import os
from contextlib import nullcontext
from typing import Any, Callable, ContextManager

from evenfold.errors import Skip


def configure(threads: int | None, determinism: bool) -> None:
    """Sets threads (1 or all: XLA's CPU client knows no other number); before JAX starts.

    On a CPU JAX is deterministic already; on a GPU ``determinism`` asks XLA for it.
    """
    flags = os.environ.get("XLA_FLAGS", "")
    if threads == 1:
        flags += " --xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    if determinism:
        flags += " --xla_gpu_deterministic_ops=true"
    if flags:
        os.environ["XLA_FLAGS"] = flags.strip()
    # JAX takes most of a GPU's memory at once unless told otherwise.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")


def devices(kind: str) -> list[str]:
    """Names of the devices of a kind, ``cpu`` or ``gpu``, that the framework sees."""
    import jax

    try:
        return [str(device) for device in jax.devices(kind)]
    except RuntimeError:
        return []


def looked_for(kind: str) -> str:
    """What was asked of the framework to find devices of that kind."""
    import jax

    return f"jax.devices({kind!r}) of JAX {jax.__version__}"


def scope(device: str) -> ContextManager[Any]:
    """Places what is built and run inside on ``cpu``, ``gpu`` or, with a number, ``cpu:1``."""
    import keras

    return keras.device(device if ":" in device else f"{device}:0")  # type: ignore[no-any-return]


def seed(value: int) -> None:
    """Seeds Python, numpy and Keras."""
    import keras

    keras.utils.set_random_seed(value)


def aside() -> ContextManager[Any]:
    """What is predicted inside draws no random number from those of a training."""
    return nullcontext()


def synchronize(model: Any) -> None:
    """Returns when every weight of the model has been computed."""
    import jax

    jax.block_until_ready([weight.value for weight in model.weights])


def to_numpy(output: Any) -> Any:
    """A tensor as a numpy array, which waits for its computation."""
    import numpy as np

    return np.asarray(output)


def compiled(model: Any) -> Callable[[Any], Any]:
    """The model as a jitted function of its present weights: numpy batch to tensor."""
    import jax
    from jax import numpy as jnp

    # Copies: Keras' predict gives the arrays themselves away to be overwritten.
    trainable = [jnp.array(weight.value) for weight in model.trainable_variables]
    fixed = [jnp.array(weight.value) for weight in model.non_trainable_variables]

    @jax.jit  # type: ignore[untyped-decorator]
    def call(trainable: Any, fixed: Any, x: Any) -> Any:
        return model.stateless_call(trainable, fixed, x, training=False)[0]

    return lambda x: call(trainable, fixed, x)


def compiled_by_xla(model: Any) -> Callable[[Any], Any]:
    """No path of its own."""
    raise Skip("JAX compiles by XLA in any case: that is the path function")


def serving(model: Any) -> Any:
    """Only TensorFlow's graphs are exported."""
    raise Skip("a model of Keras on JAX is not exported: use TensorFlow")


def peak_gpu_bytes(device: str) -> int | None:
    """Most bytes in use on a GPU since the process began; None on a CPU."""
    if not device.startswith("gpu"):
        return None
    import jax

    number = int(device.partition(":")[2] or 0)
    statistics = jax.devices("gpu")[number].memory_stats() or {}
    peak = statistics.get("peak_bytes_in_use")
    return None if peak is None else int(peak)
