"""Probes of libraries, each from the moment that it is imported."""

from __future__ import annotations

import sys
from typing import Any, Callable, Container, Mapping

from evenfold.worker.process_state import keras_probes, tensorflow_probes
from evenfold.worker.process_state.probes import Probe, mapping

Settings = Mapping[str, Any]


def library_probes(known: Container[str]) -> dict[str, list[Probe]]:
    """Return the probes of the libraries that this process has imported, by library.

    Parameters
    ----------
    known
        Libraries to leave out.
    """
    new = [name for name in _PROBES if name in sys.modules and name not in known]
    return {name: _PROBES[name]() for name in new}


def _numpy() -> list[Probe]:
    import numpy as np

    def write_options(value: Settings) -> None:
        np.set_printoptions(**value)

    def write_errors(value: Settings) -> None:
        np.seterr(**value)

    return [
        Probe("numpy's error handling", np.geterr, write_errors),
        Probe("numpy's error callback", np.geterrcall, np.seterrcall),
        Probe("numpy's print options", np.get_printoptions, write_options),
    ]


def _sklearn() -> list[Probe]:
    import sklearn

    def write(value: Settings) -> None:
        sklearn.set_config(**value)

    return [Probe("scikit-learn's configuration", sklearn.get_config, write)]


def _pandas() -> list[Probe]:
    from pandas._config import config as pandas_config

    config: Any = pandas_config

    def read() -> dict[str, Any]:
        return _flat(config._global_config)

    def write(value: Settings) -> None:
        for name, option in value.items():
            if _flat(config._global_config)[name] != option:
                config.set_option(name, option)

    return [Probe("the options of pandas", read, write)]


def _torch() -> list[Probe]:
    import torch

    probes = [
        Probe("PyTorch's default dtype", torch.get_default_dtype, torch.set_default_dtype),
        Probe("PyTorch's threads", torch.get_num_threads, torch.set_num_threads),
        Probe("PyTorch's gradients", torch.is_grad_enabled, torch.set_grad_enabled),
        Probe(
            "PyTorch's determinism",
            torch.are_deterministic_algorithms_enabled,
            torch.use_deterministic_algorithms,
        ),
        Probe(
            "PyTorch's precision of products",
            torch.get_float32_matmul_precision,
            torch.set_float32_matmul_precision,
        ),
    ]
    if hasattr(torch, "get_default_device"):
        probes.append(
            Probe("PyTorch's default device", torch.get_default_device, torch.set_default_device)
        )
    return probes


def _jax() -> list[Probe]:
    import jax

    def write(value: Settings) -> None:
        for name, setting in value.items():
            if jax.config.values[name] != setting:
                jax.config.update(name, setting)

    return [Probe("the configuration of JAX", lambda: dict(jax.config.values), write)]


def _matplotlib() -> list[Probe]:
    import matplotlib

    return [mapping("matplotlib's settings", lambda: matplotlib.rcParams)]


def _flat(tree: Settings, prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        full = f"{prefix}{name}"
        flat.update(_flat(value, full + ".") if isinstance(value, dict) else {full: value})
    return flat


_PROBES: Mapping[str, Callable[[], list[Probe]]] = {
    "numpy": _numpy,
    "sklearn": _sklearn,
    "pandas": _pandas,
    "torch": _torch,
    "jax": _jax,
    "matplotlib": _matplotlib,
    "tensorflow": tensorflow_probes.probes,
    "keras": keras_probes.probes,
}
