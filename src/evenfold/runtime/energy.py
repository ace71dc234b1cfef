"""Energy that this machine has used: RAPL's counters of processor packages, and NVML's of GPUs.

Both count everything that the package or GPU does: all processes, and what it takes when idle.

References
----------
Linux kernel documentation, "Power Capping Framework" (``energy_uj``, ``max_energy_range_uj``).

NVIDIA Management Library, ``nvmlDeviceGetTotalEnergyConsumption``.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from evenfold.errors import UsageError

POWERCAP: Final = Path("/sys/class/powercap")
# A package; its parts (intel-rapl:0:1) are in it, and psys is the package with what is around it.
ZONE: Final = re.compile(r"intel-rapl:\d+")
PACKAGE: Final = "package"
# A counter of 65 kJ, the smallest range in use, lasts four minutes at 270 W.
SECONDS_BETWEEN_READINGS: Final = 30.0


@dataclass(frozen=True)
class EnergyCounter:
    """A counter of energy.

    Parameters
    ----------
    name
        What it counts, such as ``package-0`` or ``NVIDIA H100 0``.
    read
        Returns the present reading, in joules.
    wraps_at
        The reading at which it begins anew; None if it does not.
    """

    name: str
    read: Callable[[], float]
    wraps_at: float | None = None


class EnergyMeter:
    """Sums what counters count; a thread reads them often enough that none wraps twice unseen.

    Parameters
    ----------
    counters
        The counters.
    """

    def __init__(self, counters: Sequence[EnergyCounter]) -> None:
        """Read no counter yet."""
        self.counters = counters
        self._last: list[float] = []
        self._joules = 0.0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep_reading, daemon=True)

    def __enter__(self) -> EnergyMeter:
        self._last = [counter.read() for counter in self.counters]
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def lap(self) -> float:
        """Return the joules since the last lap, or since the meter was opened."""
        with self._lock:
            self._read()
            joules, self._joules = self._joules, 0.0
        return joules

    def _keep_reading(self) -> None:
        while not self._ended.wait(SECONDS_BETWEEN_READINGS):
            with self._lock:
                self._read()

    def _read(self) -> None:
        for place, counter in enumerate(self.counters):
            now, before = counter.read(), self._last[place]
            if now < before and counter.wraps_at is not None:
                before -= counter.wraps_at
            self._joules += max(now - before, 0.0)
            self._last[place] = now


def energy_counters(powercap: Path = POWERCAP) -> list[EnergyCounter]:
    """Return the counters that can be read here: packages of the processor, then GPUs.

    Parameters
    ----------
    powercap
        The kernel's folder of RAPL zones.

    Raises
    ------
    UsageError
        There is none; the message says why.
    """
    packages, reason = _packages(powercap)
    gpus, gpu_reason = _gpus()
    if not packages and not gpus:
        raise UsageError(
            f"--energy: no energy counter can be read here: {reason}, and {gpu_reason}. Leave "
            "--energy out: evenfold does not guess energy"
        )
    return [*packages, *gpus]


def _packages(powercap: Path) -> tuple[list[EnergyCounter], str]:
    """The counters of packages, or why there are none."""
    counters, reason = [], f"{powercap} has no package of RAPL"
    zones = sorted(powercap.iterdir()) if powercap.is_dir() else []
    for zone in zones:
        if not ZONE.fullmatch(zone.name):
            continue
        try:
            name = (zone / "name").read_text().strip()
            if not name.startswith(PACKAGE):
                continue
            counter = _package(name, zone)
            counter.read()
        except PermissionError as error:
            reason = f"{error.filename} may be read by root alone"
        except (OSError, ValueError) as error:
            reason = f"{zone} cannot be read ({error})"
        else:
            counters.append(counter)
    return counters, reason


def _package(name: str, zone: Path) -> EnergyCounter:
    range_ = int((zone / "max_energy_range_uj").read_text()) * 1e-6
    return EnergyCounter(name, lambda: int((zone / "energy_uj").read_text()) * 1e-6, range_)


def _gpus() -> tuple[list[EnergyCounter], str]:
    """The counters of GPUs, or why there are none."""
    try:
        pynvml = import_module("pynvml")
    except ImportError:
        return [], "NVML of NVIDIA GPUs is not there: the package nvidia-ml-py is not installed"
    try:
        pynvml.nvmlInit()
        found = [_gpu(pynvml, number) for number in range(pynvml.nvmlDeviceGetCount())]
        for counter in found:
            counter.read()
    except pynvml.NVMLError as error:
        return [], f"NVML finds no GPU with a counter ({error})"
    return found, "NVML finds no GPU"


def _gpu(nvml: Any, number: int) -> EnergyCounter:
    handle = nvml.nvmlDeviceGetHandleByIndex(number)
    name = nvml.nvmlDeviceGetName(handle)
    text = name.decode() if isinstance(name, bytes) else name
    return EnergyCounter(
        f"{text} {number}", lambda: nvml.nvmlDeviceGetTotalEnergyConsumption(handle) * 1e-3
    )
