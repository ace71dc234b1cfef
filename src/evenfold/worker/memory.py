"""Memory of this process and of one call at its peak, in bytes, as Linux reports it."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress
from pathlib import Path
from typing import Callable, Literal

STATUS, PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs")
MACHINE = Path("/proc/meminfo")
RESET_PEAK = "5"  # proc_pid_clear_refs(5): VmHWM starts again


def resident(field: Literal["VmHWM", "VmRSS"]) -> int | None:
    """Return the resident bytes of this process: ``VmHWM`` at most so far, ``VmRSS`` now.

    None where there is no /proc: ``ru_maxrss`` is no substitute, since a child begins with the
    maximum of the process that forked it.
    """
    return _read_bytes(STATUS, field)


def available_memory() -> int | None:
    """Return the bytes that new work can use without swapping; None where unknown."""
    return _read_bytes(MACHINE, "MemAvailable")


def peak_beyond(call: Callable[[], object]) -> int | None:
    """Return the peak bytes of a call beyond those resident before; None where unknown.

    Free memory of the process is returned to the system first, where the C library can: otherwise
    a call that reuses it would seem to need none.
    """
    gc.collect()
    with suppress(OSError, AttributeError, TypeError):  # not every system has it
        ctypes.CDLL(None).malloc_trim(0)
    try:
        PEAK.write_text(RESET_PEAK)
    except OSError:
        call()
        return None
    before = resident("VmRSS")
    call()
    peak = resident("VmHWM")
    return None if before is None or peak is None else max(peak - before, 0)


def _read_bytes(file: Path, field: str) -> int | None:
    try:
        text = file.read_text()
    except OSError:
        return None
    for line in text.splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    return None
