"""The framework at hand, opened once with everything set, and the devices that it sees."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, ContextManager

from evenfold.errors import DeviceError, EvenfoldError, UsageError

BACKENDS = ("tensorflow", "jax", "torch")
KINDS = ("cpu", "gpu")
DEVICE = "EVENFOLD_DEVICE"  # of races: the device is part of an environment
FLAGS = (
    "KERAS_BACKEND",
    "TF_USE_LEGACY_KERAS",
    "TF_ENABLE_ONEDNN_OPTS",
    "TF_XLA_FLAGS",
    "XLA_FLAGS",
    "CUDA_VISIBLE_DEVICES",
)


@dataclass(frozen=True)
class Framework:
    """What fits run on: a backend's module (None where no framework is installed) and settings.

    ``threads`` is None for as many as the framework takes by itself. ``flags`` are the
    environment variables that were set when the framework was opened.
    """

    name: str | None
    backend: Any
    threads: int | None
    determinism: bool
    flags: dict[str, str] = field(default_factory=dict)

    def devices(self, kind: str) -> list[str]:
        """Names of the devices of a kind that the framework sees; estimators always have a CPU."""
        if self.backend is None:
            return ["cpu"] if kind == "cpu" else []
        names: list[str] = self.backend.devices(kind)
        return names

    def scope(self, device: str) -> ContextManager[Any]:
        """Places what is built and run inside on a device, ``cpu`` or ``gpu`` or ``cpu:1``."""
        return ExitStack() if self.backend is None else self.backend.scope(device)

    def missing(self, kind: str) -> str:
        """Why there is no device of that kind: what was looked for, and where."""
        if self.backend is None:
            return f"no {kind.upper()}: none of {', '.join(BACKENDS)} is installed"
        return f"no {kind.upper()}: {self.backend.looked_for(kind)} finds none"


_opened: list[Framework] = []


def backend_name() -> str | None:
    """The framework that Keras will run on here, by what is installed and KERAS_BACKEND.

    Imports nothing. Raises UsageError when KERAS_BACKEND names what is not installed.
    """
    wanted = os.environ.get("KERAS_BACKEND")
    here = [name for name in BACKENDS if _usable(name)]
    if wanted is None:
        return here[0] if here else None
    if wanted not in here:
        raise UsageError(
            f"KERAS_BACKEND={wanted}, but Keras can run on {', '.join(here) or 'nothing'} here: "
            f"install {wanted} with Keras 3, or unset KERAS_BACKEND"
        )
    return wanted


def open_framework(threads: int | None = None, determinism: bool = False) -> Framework:
    """Imports the framework and sets what would else be inherited; once a process.

    Raises UsageError when it is open already with other settings, or KERAS_BACKEND is wrong.
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
    flags = {flag: os.environ[flag] for flag in FLAGS if flag in os.environ}
    _opened.append(Framework(name, backend, threads, determinism, flags))
    return _opened[0]


def without_framework(threads: int | None = None, determinism: bool = False) -> Framework:
    """What estimators run on where no framework is installed, or none is wanted."""
    _limit_pools(threads)
    return Framework(None, None, threads, determinism)


def require(framework: Framework, choice: str) -> tuple[tuple[str, str | None], ...]:
    """The devices of ``cpu``, ``gpu``, ``all`` or ``auto``, each with a reason to skip it, or None.

    Raises DeviceError when one is asked for by name, or by ``all``, that is not there.
    """
    kinds = (choice,) if choice in KINDS else KINDS
    reasons = {kind: None if framework.devices(kind) else framework.missing(kind) for kind in kinds}
    absent = [reason for reason in reasons.values() if reason]
    if absent and choice != "auto":
        raise DeviceError(f"device {choice}: {'; '.join(absent)}")
    return tuple(reasons.items())


def wanted(framework: Framework) -> str:
    """The device that EVENFOLD_DEVICE names, ``cpu`` where it names none: ``gpu``, ``cpu:1``.

    Raises DeviceError when the framework does not see it.
    """
    named = os.environ.get(DEVICE, "cpu")
    kind, _, number = named.partition(":")
    if kind not in KINDS or not (number or "0").isdigit():
        raise UsageError(f"{DEVICE}={named} names no device: write cpu, gpu or gpu:1")
    # An estimator has no framework, and says by itself that it runs on a CPU.
    seen = framework.devices(kind)
    if framework.backend is not None and len(seen) <= int(number or 0):
        raise DeviceError(f"{DEVICE}={named}: {', '.join(seen) or framework.missing(kind)}")
    return named


def _usable(name: str) -> bool:
    # TensorFlow brings its own Keras; another framework needs the package keras.
    return _installed(name) and (name == "tensorflow" or _installed("keras"))


def _installed(module: str) -> bool:
    return module in sys.modules or importlib.util.find_spec(module) is not None


def _configure(name: str, threads: int | None, determinism: bool) -> Any:
    os.environ["KERAS_BACKEND"] = name
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    backend = importlib.import_module(f"evenfold.worker.backends.{name}")
    try:
        backend.configure(threads, determinism)
        _check_keras(name)
    except EvenfoldError:
        raise
    except Exception as error:  # a framework can fail at import in any way
        raise UsageError(
            f"{name} is installed but does not start: {type(error).__name__}: {error}"
        ) from error
    return backend


def _check_keras(name: str) -> None:
    if name == "tensorflow":
        return
    import keras

    if int(keras.__version__.split(".")[0]) < 3:
        raise UsageError(
            f"KERAS_BACKEND={name} needs Keras 3, found {keras.__version__}: "
            "install another Keras, or unset KERAS_BACKEND"
        )


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
