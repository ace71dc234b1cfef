"""Keras 3 on PyTorch."""

from __future__ import annotations

import os
from typing import Any, Callable, ContextManager, Mapping

import numpy as np

from evenfold.errors import Skip
from evenfold.worker.backends.base import is_importable, require_keras_3


def is_installed() -> bool:
    """Return whether Keras can run on PyTorch here."""
    return is_importable("torch") and is_importable("keras")


def environment_name(versions: Mapping[str, str]) -> str:
    """Return ``keras-torch``, whatever the versions."""
    return "keras-torch"


def configure(threads: int | None, determinism: bool) -> None:
    """Set threads and determinism before anything is computed."""
    # cuBLAS is deterministic only with this set before it starts.
    if determinism:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    import torch

    if threads is not None:
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(threads)
    torch.use_deterministic_algorithms(determinism)
    require_keras_3("torch")


def devices(kind: str) -> list[str]:
    """Return the names of the devices of a kind, ``cpu`` or ``gpu``."""
    import torch

    if kind == "cpu":
        return ["cpu"]
    return [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]


def missing(kind: str) -> str:
    """Name the call that finds no devices of a kind."""
    import torch

    cuda = torch.version.cuda
    return f"torch.cuda.device_count() of PyTorch {torch.__version__} (CUDA {cuda}) finds none"


def scope(device: str) -> ContextManager[Any]:
    """Place models and computations on ``cpu``, ``gpu`` or, with a number, ``gpu:1``."""
    import keras

    # PyTorch has one CPU, without a number: a tensor for cpu:0 is moved there from cpu, and a
    # moved tensor is not a parameter any more.
    kind, _, number = device.partition(":")
    name = kind if kind == "cpu" else f"{kind}:{number or 0}"
    return keras.device(name)  # type: ignore[no-any-return]


def keep_random_state() -> ContextManager[Any]:
    """Keep predictions from drawing on the random numbers of a training.

    PyTorch's data loader draws one for each pass, whether or not it shuffles.
    """
    import torch

    return torch.random.fork_rng()  # type: ignore[no-any-return]


def synchronize(model: Any) -> None:
    """Wait until the GPU, if there is one, has finished its work."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.synchronize()


def to_numpy(output: Any) -> np.ndarray:
    """Wait for a tensor's computation and return its values."""
    values: np.ndarray = output.detach().cpu().numpy()
    return values


def compile_function(model: Any) -> Callable[[np.ndarray], Any]:
    """Raise Skip: PyTorch's compiler needs a C compiler at run time."""
    raise Skip("Keras on PyTorch runs eagerly: there is no compiled function to time")


def compile_with_xla(model: Any) -> Callable[[np.ndarray], Any]:
    """Raise Skip."""
    raise Skip("Keras on PyTorch runs eagerly: there is no XLA program to time")


def export_module(model: Any) -> Any:
    """Raise Skip: only TensorFlow's graphs can be exported."""
    raise Skip("a model of Keras on PyTorch cannot be exported: use TensorFlow")


def peak_gpu_bytes(device: str) -> int | None:
    """Return the most bytes of tensors on a GPU since the process began; None for a CPU."""
    if not device.startswith("gpu"):
        return None
    import torch

    return int(torch.cuda.max_memory_allocated(int(device.partition(":")[2] or 0)))


def prepare_studies() -> None:
    """Do nothing."""
