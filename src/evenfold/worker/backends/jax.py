"""Keras 3 on JAX."""

from __future__ import annotations

import os
from contextlib import nullcontext
from typing import Any, Callable, ContextManager, Mapping

import numpy as np

from evenfold.errors import Skip
from evenfold.worker.backends.base import is_importable, require_keras_3


def is_installed() -> bool:
    """Return whether Keras can run on JAX here."""
    return is_importable("jax") and is_importable("keras")


def environment_name(versions: Mapping[str, str]) -> str:
    """Return ``keras-jax``, whatever the versions."""
    return "keras-jax"


def configure(threads: int | None, determinism: bool) -> None:
    """Set threads, 1 or all (XLA's CPU client knows no other number), before JAX starts.

    JAX is always deterministic on a CPU; ``determinism`` sets the flag for a GPU.
    """
    if threads == 1:
        _add_flags("--xla_cpu_multi_thread_eigen=false", "intra_op_parallelism_threads=1")
    if determinism:
        _add_flags("--xla_gpu_deterministic_ops=true")
    # By default JAX takes most of a GPU's memory at once.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    require_keras_3("jax")


def devices(kind: str) -> list[str]:
    """Return the names of the devices of a kind, ``cpu`` or ``gpu``."""
    import jax

    try:
        return [str(device) for device in jax.devices(kind)]
    except RuntimeError:
        return []


def missing(kind: str) -> str:
    """Name the call that finds no devices of a kind."""
    import jax

    return f"jax.devices({kind!r}) of JAX {jax.__version__} finds none"


def scope(device: str) -> ContextManager[Any]:
    """Place models and computations on ``cpu``, ``gpu`` or, with a number, ``cpu:1``."""
    import keras

    return keras.device(device if ":" in device else f"{device}:0")  # type: ignore[no-any-return]


def keep_random_state() -> ContextManager[Any]:
    """Keep predictions from drawing on the random numbers of a training."""
    return nullcontext()


def synchronize(model: Any) -> None:
    """Wait until every weight of the model has been computed."""
    import jax

    jax.block_until_ready([weight.value for weight in model.weights])


def to_numpy(output: Any) -> np.ndarray:
    """Wait for a tensor's computation and return its values."""
    return np.asarray(output)


def compile_function(model: Any) -> Callable[[np.ndarray], Any]:
    """Compile the model with its present weights by ``jax.jit``."""
    import jax
    from jax import numpy as jnp

    # Copies: Keras' predict donates the arrays themselves, and they are overwritten.
    trainable = [jnp.array(weight.value) for weight in model.trainable_variables]
    fixed = [jnp.array(weight.value) for weight in model.non_trainable_variables]

    @jax.jit  # type: ignore[untyped-decorator]
    def call(trainable: Any, fixed: Any, x: Any) -> Any:
        return model.stateless_call(trainable, fixed, x, training=False)[0]

    return lambda x: call(trainable, fixed, x)


def compile_with_xla(model: Any) -> Callable[[np.ndarray], Any]:
    """Raise Skip: ``compile_function`` does so already."""
    raise Skip("JAX always compiles by XLA: use the path function")


def export_module(model: Any) -> Any:
    """Raise Skip: only TensorFlow's graphs can be exported."""
    raise Skip("a model of Keras on JAX cannot be exported: use TensorFlow")


def peak_gpu_bytes(device: str) -> int | None:
    """Return the most bytes in use on a GPU since the process began; None for a CPU."""
    if not device.startswith("gpu"):
        return None
    import jax

    number = int(device.partition(":")[2] or 0)
    statistics = jax.devices("gpu")[number].memory_stats() or {}
    peak = statistics.get("peak_bytes_in_use")
    return None if peak is None else int(peak)


def prepare_studies() -> None:
    """Let a seed give the same fit on a GPU again: its fastest operators add in any order."""
    _add_flags("--xla_gpu_deterministic_ops=true")


def _add_flags(*flags: str) -> None:
    """Set flags of XLA, which reads them when it first compiles."""
    present = os.environ.get("XLA_FLAGS", "").split()
    os.environ["XLA_FLAGS"] = " ".join(dict.fromkeys([*present, *flags]))
