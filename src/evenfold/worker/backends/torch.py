"""Keras 3 on PyTorch."""

from __future__ import annotations

import os
from typing import Any, Callable, ContextManager

from evenfold.errors import Skip


def configure(threads: int | None, determinism: bool) -> None:
    """Sets threads and determinism; before anything is computed."""
    # cuBLAS is deterministic only with this set before it starts.
    if determinism:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    import torch

    if threads is not None:
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(threads)
    torch.use_deterministic_algorithms(determinism)


def devices(kind: str) -> list[str]:
    """Names of the devices of a kind, ``cpu`` or ``gpu``, that the framework sees."""
    import torch

    if kind == "cpu":
        return ["cpu"]
    return [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]


def looked_for(kind: str) -> str:
    """What was asked of the framework to find devices of that kind."""
    import torch

    return f"torch.cuda.device_count() of PyTorch {torch.__version__} (CUDA {torch.version.cuda})"


def scope(device: str) -> ContextManager[Any]:
    """Places what is built and run inside on ``cpu``, ``gpu`` or, with a number, ``gpu:1``."""
    import keras

    # PyTorch has one CPU, without a number: a tensor asked for on cpu:0 is moved there from cpu,
    # and what is moved is no parameter any more.
    kind, _, number = device.partition(":")
    name = kind if kind == "cpu" else f"{kind}:{number or 0}"
    return keras.device(name)  # type: ignore[no-any-return]


def seed(value: int) -> None:
    """Seeds Python, numpy, PyTorch and Keras."""
    import keras

    keras.utils.set_random_seed(value)


def aside() -> ContextManager[Any]:
    """What is predicted inside draws no random number from those of a training.

    PyTorch's loader of data draws one for each pass, whether or not it shuffles.
    """
    import torch

    return torch.random.fork_rng()  # type: ignore[no-any-return]


def synchronize(model: Any) -> None:
    """Returns when the GPU, if there is one, has done all that was asked of it."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.synchronize()


def to_numpy(output: Any) -> Any:
    """A tensor as a numpy array, which waits for its computation."""
    return output.detach().cpu().numpy()


def compiled(model: Any) -> Callable[[Any], Any]:
    """PyTorch's compiler needs a C compiler at run time, so this path is not offered."""
    raise Skip("Keras on PyTorch runs eagerly: there is no compiled function to time")


def compiled_by_xla(model: Any) -> Callable[[Any], Any]:
    """No path of its own."""
    raise Skip("Keras on PyTorch runs eagerly: there is no XLA program to time")


def serving(model: Any) -> Any:
    """Only TensorFlow's graphs are exported."""
    raise Skip("a model of Keras on PyTorch is not exported: use TensorFlow")


def peak_gpu_bytes(device: str) -> int | None:
    """Most bytes that tensors held on a GPU since the process began; None on a CPU."""
    if not device.startswith("gpu"):
        return None
    import torch

    return int(torch.cuda.max_memory_allocated(int(device.partition(":")[2] or 0)))
