"""No framework: the CPU that estimators run on."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, Callable, ContextManager, Mapping

import numpy as np

from evenfold.errors import Skip

NEEDED = "no framework is installed: install TensorFlow, or Keras with JAX or PyTorch"


def is_installed() -> bool:
    """Nothing is needed."""
    return True


def environment_name(versions: Mapping[str, str]) -> str:
    """Return the name by scikit-learn's version."""
    major_minor = ".".join(versions.get("scikit-learn", "unknown").split(".")[:2])
    return f"sklearn{major_minor}"


def configure(threads: int | None, determinism: bool) -> None:
    """Do nothing."""


def devices(kind: str) -> list[str]:
    """Return the CPU."""
    return ["cpu"] if kind == "cpu" else []


def missing(kind: str) -> str:
    """Name the frameworks that would find other devices."""
    return "none of tensorflow, jax, torch is installed"


def scope(device: str) -> ContextManager[Any]:
    """Do nothing."""
    return nullcontext()


def keep_random_state() -> ContextManager[Any]:
    """Do nothing."""
    return nullcontext()


def synchronize(model: Any) -> None:
    """Do nothing."""


def to_numpy(output: Any) -> np.ndarray:
    """Return the values as an array."""
    return np.asarray(output)


def compile_function(model: Any) -> Callable[[np.ndarray], Any]:
    """Raise Skip."""
    raise Skip(NEEDED)


def compile_with_xla(model: Any) -> Callable[[np.ndarray], Any]:
    """Raise Skip."""
    raise Skip(NEEDED)


def export_module(model: Any) -> Any:
    """Raise Skip."""
    raise Skip(NEEDED)


def peak_gpu_bytes(device: str) -> int | None:
    """Return None."""
    return None


def prepare_studies() -> None:
    """Do nothing."""
