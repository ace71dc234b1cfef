"""The framework of this process, opened once with its settings, and the devices that it finds."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, ContextManager, Mapping

from evenfold.errors import DeviceError, EvenfoldError, UsageError
from evenfold.worker.backends import BACKENDS, none
from evenfold.worker.backends.base import Backend
from evenfold.worker.cores import SLEEPING

KINDS = ("cpu", "gpu")
DEVICE = "EVENFOLD_DEVICE"  # of studies and races: the device is part of an environment
FITS_AT_ONCE = "EVENFOLD_FITS_AT_ONCE"  # of studies on JAX, part of an environment too
# One fit of a small network leaves a GPU idle.
FITS_AT_ONCE_ON_GPU = 30
FLAGS = (
    DEVICE,
    FITS_AT_ONCE,
    "KERAS_BACKEND",
    "TF_USE_LEGACY_KERAS",
    "TF_ENABLE_ONEDNN_OPTS",
    "TF_XLA_FLAGS",
    "XLA_FLAGS",
    "CUDA_VISIBLE_DEVICES",
    *SLEEPING,
)


@dataclass(frozen=True)
class Framework:
    """A backend and the settings that it runs with.

    ``name`` is None without a framework; ``threads`` is None where the framework chooses the
    number; ``flags`` are the environment variables that were set when it was opened.
    """

    name: str | None
    backend: Backend
    threads: int | None
    determinism: bool
    flags: dict[str, str] = field(default_factory=dict)

    def devices(self, kind: str) -> list[str]:
        """Return the names of the devices of a kind; without a framework there is one CPU."""
        return self.backend.devices(kind)

    def scope(self, device: str) -> ContextManager[Any]:
        """Place models and computations on a device such as ``cpu``, ``gpu`` or ``cpu:1``."""
        return self.backend.scope(device)

    def missing(self, kind: str) -> str:
        """Return why there is no device of a kind: where it was searched."""
        return f"no {kind.upper()}: {self.backend.missing(kind)}"


_opened: list[Framework] = []


def backend_name() -> str | None:
    """Return the framework that Keras runs on here, by the installed packages and KERAS_BACKEND.

    Imports no framework.

    Returns
    -------
    str or None
        A name of ``BACKENDS``, or None if none is installed.

    Raises
    ------
    UsageError
        If KERAS_BACKEND names a framework that is not installed.
    """
    requested = os.environ.get("KERAS_BACKEND")
    installed = [name for name, backend in BACKENDS.items() if backend.is_installed()]
    if requested is None:
        return installed[0] if installed else None
    if requested not in installed:
        raise UsageError(
            f"KERAS_BACKEND={requested}, but Keras can run on "
            f"{', '.join(installed) or 'nothing'} here: "
            f"install {requested} with Keras 3, or unset KERAS_BACKEND"
        )
    return requested


def open_framework(
    threads: int | None = None, determinism: bool = False, for_studies: bool = False
) -> Framework:
    """Import the framework with explicit settings; a process does so once.

    Parameters
    ----------
    threads
        Threads to compute with; None leaves the number to the framework.
    determinism
        Whether operators are deterministic.
    for_studies
        Whether the compiled engine may train on it. All models of a process then run with what that
        engine needs, whether or not it trains them.

    Raises
    ------
    UsageError
        If it is open already with other settings, does not start, or KERAS_BACKEND is wrong.
    """
    if _opened:
        if (_opened[0].threads, _opened[0].determinism) != (threads, determinism):
            raise UsageError("threads and determinism can be set only once a process")
        return _opened[0]
    name = backend_name()
    if name is None:
        return without_framework(threads, determinism)
    _limit_pools(threads)
    backend = _configure(name, threads, determinism)
    if for_studies:
        backend.prepare_studies()
    flags = {flag: os.environ[flag] for flag in FLAGS if flag in os.environ}
    _opened.append(Framework(name, backend, threads, determinism, flags))
    return _opened[0]


def without_framework(threads: int | None = None, determinism: bool = False) -> Framework:
    """Return what estimators run on: the CPU, with ``threads`` threads in their pools."""
    _limit_pools(threads)
    return Framework(None, none, threads, determinism)


def require(framework: Framework, choice: str) -> tuple[tuple[str, str | None], ...]:
    """Return the kinds of devices of a choice, each with the reason to skip it, or None.

    Parameters
    ----------
    framework
        The framework that looks for them.
    choice
        ``cpu``, ``gpu``, ``all`` (both must be there) or ``auto`` (those that are there).

    Raises
    ------
    DeviceError
        If a device is missing and ``choice`` is not ``auto``.
    """
    kinds = (choice,) if choice in KINDS else KINDS
    reasons = {kind: None if framework.devices(kind) else framework.missing(kind) for kind in kinds}
    missing = [reason for reason in reasons.values() if reason]
    if missing and choice != "auto":
        raise DeviceError(f"device {choice}: {'; '.join(missing)}")
    return tuple(reasons.items())


def requested_device(framework: Framework) -> str:
    """Return the device that EVENFOLD_DEVICE names, such as ``gpu`` or ``cpu:1``; else ``cpu``.

    Raises
    ------
    UsageError
        If it names no device.
    DeviceError
        If the framework does not find that device.
    """
    device = os.environ.get(DEVICE, "cpu")
    kind, _, number = device.partition(":")
    if kind not in KINDS or not (number or "0").isdigit():
        raise UsageError(f"{DEVICE}={device} names no device: write cpu, gpu or gpu:1")
    # Without a framework the estimator itself is skipped, with its own reason.
    names = framework.devices(kind)
    if framework.name is not None and len(names) <= int(number or 0):
        raise DeviceError(f"{DEVICE}={device}: {', '.join(names) or framework.missing(kind)}")
    return device


def fits_at_once(variables: Mapping[str, str]) -> int:
    """Return how many fits of a study an environment trains at once, where its engine can.

    Raises
    ------
    UsageError
        If EVENFOLD_FITS_AT_ONCE is no number from 1.
    """
    on_gpu = variables.get(DEVICE, "cpu").startswith("gpu")
    number = variables.get(FITS_AT_ONCE, str(FITS_AT_ONCE_ON_GPU if on_gpu else 1))
    if not number.isdigit() or int(number) < 1:
        raise UsageError(f"{FITS_AT_ONCE}={number} is no number of fits: write 1 or more")
    return int(number)


def _configure(name: str, threads: int | None, determinism: bool) -> Backend:
    os.environ["KERAS_BACKEND"] = name
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        BACKENDS[name].configure(threads, determinism)
    except EvenfoldError:
        raise
    except Exception as error:  # a framework can fail at import in any way
        raise UsageError(
            f"{name} is installed but does not start: {type(error).__name__}: {error}"
        ) from error
    return BACKENDS[name]


def _limit_pools(threads: int | None) -> None:
    if threads is None:
        return
    # Estimators' OpenMP and BLAS pools read these when they are first loaded.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(threads)
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:  # comes with scikit-learn; without it there is no pool to limit
        return
    threadpool_limits(threads)
