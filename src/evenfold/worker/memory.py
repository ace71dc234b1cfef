"""Bytes that this process holds, and that one call needs at its peak, as Linux tells them."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress
from pathlib import Path
from typing import Any, Callable

STATUS, PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs")
MACHINE = Path("/proc/meminfo")
RESET_PEAK = "5"  # proc_pid_clear_refs(5): VmHWM starts anew


def resident(field: str) -> int | None:
    """Bytes of this process: ``VmHWM``, the most resident so far, or ``VmRSS``, resident now.

    None where there is no /proc: ``ru_maxrss`` would not do, since a child begins with the
    maximum of the process that forked it.
    """
    return _bytes(STATUS, field)


def available() -> int | None:
    """Bytes that new work can have on this machine without swapping; None where nothing tells."""
    return _bytes(MACHINE, "MemAvailable")


def peak_beyond(call: Callable[[], Any]) -> int | None:
    """Bytes at the peak of a call beyond those resident before; None where nothing tells them.

    What the process had been given and has free is handed back before, where the C library does
    so: else a call that takes it again would seem to need nothing.
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


def _bytes(file: Path, field: str) -> int | None:
    try:
        text = file.read_text()
    except OSError:
        return None
    for line in text.splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    return None
