"""TensorFlow, with Keras 2 or 3."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from types import ModuleType
from typing import Any, Callable, ContextManager

from evenfold.errors import Skip

NAMESPACES = ("optimizers", "utils", "layers", "callbacks", "losses", "metrics", "initializers")


def configure(threads: int | None, determinism: bool) -> None:
    """Sets threads, determinism and GPU memory growth; before anything is computed."""
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
    # Plug-ins say `import keras` in every version. TF 2.3 has no such package, in TF 2.8
    # keras.optimizers has no Adam, and in TF 2.12 it has the one of old: what tf.keras has, counts.
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
    """Names of the devices of a kind, ``cpu`` or ``gpu``, that the framework sees."""
    import tensorflow as tf

    return [device.name for device in tf.config.list_physical_devices(kind.upper())]


def looked_for(kind: str) -> str:
    """What was asked of the framework to find devices of that kind."""
    import tensorflow as tf

    return (
        f"tf.config.list_physical_devices({kind.upper()!r}) of TensorFlow {tf.__version__} "
        f"(built with CUDA: {'yes' if tf.test.is_built_with_cuda() else 'no'})"
    )


def scope(device: str) -> ContextManager[Any]:
    """Places what is built and run inside on ``cpu``, ``gpu`` or, with a number, ``cpu:1``."""
    import tensorflow as tf

    kind, _, number = device.partition(":")
    return tf.device(f"/{kind.upper()}:{number or 0}")  # type: ignore[no-any-return]


def seed(value: int) -> None:
    """Seeds Python, numpy, TensorFlow and, from TF 2.7, Keras' own generators."""
    import random

    import keras
    import numpy as np
    import tensorflow as tf

    random.seed(value)
    np.random.seed(value)
    tf.random.set_seed(value)
    if hasattr(keras.utils, "set_random_seed"):
        keras.utils.set_random_seed(value)


def aside() -> ContextManager[Any]:
    """What is predicted inside draws no random number from those of a training."""
    return nullcontext()


def synchronize(model: Any) -> None:
    """Returns when the model's last weight update has been carried out."""
    model.weights[-1].numpy()


def to_numpy(output: Any) -> Any:
    """A tensor as a numpy array, which waits for its computation."""
    return output.numpy()


def compiled(model: Any) -> Callable[[Any], Any]:
    """The model as a ``tf.function``: numpy batch to tensor, traced once a batch shape."""
    import tensorflow as tf

    @tf.function  # type: ignore[untyped-decorator]
    def call(x: Any) -> Any:
        return model(x, training=False)

    return lambda x: call(tf.convert_to_tensor(x))


def compiled_by_xla(model: Any) -> Callable[[Any], Any]:
    """The model as one XLA program a batch shape: numpy batch to tensor."""
    import tensorflow as tf

    try:
        call = tf.function(lambda x: model(x, training=False), jit_compile=True)
    except TypeError:
        raise Skip(f"TensorFlow {tf.__version__} has no jit_compile") from None
    return lambda x: call(tf.convert_to_tensor(x))


def serving(model: Any) -> Any:
    """The model as a ``tf.Module`` whose ``serve`` takes any number of rows: what is exported.

    Raises Skip for a model that does not know its input's shape, as one of a class of its own.
    """
    import tensorflow as tf

    shape = getattr(model, "input_shape", None)
    if shape is None:
        raise Skip("a model that does not know its input's shape is not exported")
    module = tf.Module()
    module.model = model
    rows = tf.TensorSpec((None, *shape[1:]), tf.float32, name="x")
    module.serve = tf.function(lambda x: model(x, training=False), input_signature=[rows])
    return module


def peak_gpu_bytes(device: str) -> int | None:
    """Most bytes that tensors held on a GPU since the process began; None on a CPU."""
    if not device.startswith("gpu"):
        return None
    import tensorflow as tf

    number = device.partition(":")[2] or "0"
    return int(tf.config.experimental.get_memory_info(f"GPU:{number}")["peak"])
