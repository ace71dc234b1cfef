"""TensorFlow, with Keras 2 or 3."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from types import ModuleType
from typing import Any, Callable, ContextManager, Mapping

import numpy as np

from evenfold.errors import Skip
from evenfold.worker.backends.base import is_importable

# Each loop inside another holds a thread while it waits; threads that wait cost nothing.
LOOP_THREADS = 16
NAMESPACES = ("optimizers", "utils", "layers", "callbacks", "losses", "metrics", "initializers")


def is_installed() -> bool:
    """Return whether TensorFlow is installed; it brings its own Keras."""
    return is_importable("tensorflow")


def environment_name(versions: Mapping[str, str]) -> str:
    """Return ``tf`` and the major and minor version."""
    version = versions.get("tensorflow") or versions.get("tensorflow-cpu") or "unknown"
    return "tf" + ".".join(version.split(".")[:2])


def configure(threads: int | None, determinism: bool) -> None:
    """Set threads, determinism and GPU memory growth before anything is computed."""
    import tensorflow as tf

    # Each path and batch shape is traced once on purpose: no warning about retracing.
    tf.get_logger().setLevel("ERROR")
    _agree_with_tf_keras(tf)
    if threads is not None:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    if determinism:
        tf.config.experimental.enable_op_determinism()
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)


def _agree_with_tf_keras(tf: Any) -> None:
    # Plug-ins `import keras` in every version. TF 2.3 has no such package, in TF 2.8
    # keras.optimizers has no Adam, and in TF 2.12 it has the legacy one: tf.keras is right.
    try:
        import keras
    except ImportError:
        sys.modules["keras"] = tf.keras
        return
    if int(keras.__version__.split(".")[0]) >= 3:
        return
    for namespace in NAMESPACES:
        ours, full = getattr(keras, namespace), getattr(tf.keras, namespace)
        for name in dir(full):
            if not name.startswith("_") and not isinstance(getattr(ours, name, None), ModuleType):
                setattr(ours, name, getattr(full, name))


def devices(kind: str) -> list[str]:
    """Return the names of the devices of a kind, ``cpu`` or ``gpu``."""
    import tensorflow as tf

    return [device.name for device in tf.config.list_physical_devices(kind.upper())]


def missing(kind: str) -> str:
    """Name the call that finds no devices of a kind."""
    import tensorflow as tf

    return (
        f"tf.config.list_physical_devices({kind.upper()!r}) of TensorFlow {tf.__version__} "
        f"(built with CUDA: {'yes' if tf.test.is_built_with_cuda() else 'no'}) finds none"
    )


def scope(device: str) -> ContextManager[Any]:
    """Place models and computations on ``cpu``, ``gpu`` or, with a number, ``cpu:1``."""
    import tensorflow as tf

    kind, _, number = device.partition(":")
    return tf.device(f"/{kind.upper()}:{number or 0}")  # type: ignore[no-any-return]


def keep_random_state() -> ContextManager[Any]:
    """Keep predictions from drawing on the random numbers of a training."""
    return nullcontext()


def synchronize(model: Any) -> None:
    """Wait for the model's last weight update."""
    model.weights[-1].numpy()


def to_numpy(output: Any) -> np.ndarray:
    """Wait for a tensor's computation and return its values."""
    values: np.ndarray = output.numpy()
    return values


def compile_function(model: Any) -> Callable[[np.ndarray], Any]:
    """Compile the model into a ``tf.function``, traced once per batch shape."""
    import tensorflow as tf

    @tf.function  # type: ignore[untyped-decorator]
    def call(x: Any) -> Any:
        return model(x, training=False)

    return lambda x: call(tf.convert_to_tensor(x))


def compile_with_xla(model: Any) -> Callable[[np.ndarray], Any]:
    """Compile the model into one XLA program per batch shape."""
    import tensorflow as tf

    try:
        call = tf.function(lambda x: model(x, training=False), jit_compile=True)
    except TypeError:
        raise Skip(f"TensorFlow {tf.__version__} has no jit_compile") from None
    return lambda x: call(tf.convert_to_tensor(x))


def export_module(model: Any) -> Any:
    """Return the model as a ``tf.Module`` whose ``serve`` takes any number of rows.

    Raises Skip for a model without an input shape, such as a subclassed one.
    """
    import tensorflow as tf

    shape = getattr(model, "input_shape", None)
    if shape is None:
        raise Skip("a model without an input shape cannot be exported")
    module = tf.Module()
    module.model = model
    rows = tf.TensorSpec((None, *shape[1:]), tf.float32, name="x")
    module.serve = tf.function(lambda x: model(x, training=False), input_signature=[rows])
    return module


def peak_gpu_bytes(device: str) -> int | None:
    """Return the most bytes of tensors on a GPU since the process began; None for a CPU."""
    if not device.startswith("gpu"):
        return None
    import tensorflow as tf

    number = device.partition(":")[2] or "0"
    return int(tf.config.experimental.get_memory_info(f"GPU:{number}")["peak"])


def prepare_studies() -> None:
    """Let loops wait in threads of their own, and the generators of Keras 2 be set again."""
    import tensorflow as tf

    threading = tf.config.threading
    if threading.get_inter_op_parallelism_threads() < LOOP_THREADS:
        threading.set_inter_op_parallelism_threads(LOOP_THREADS)
    experimental: Any = getattr(tf.keras.backend, "experimental", None)
    if hasattr(experimental, "enable_tf_random_generator"):
        experimental.enable_tf_random_generator()
