"""Bytes that this process holds, and that one call needs at its peak, as Linux tells them."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any, Callable

STATUS, PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs")
RESET_PEAK = "5"  # proc_pid_clear_refs(5): VmHWM starts anew


def resident(field: str) -> int | None:
    """Bytes of this process: ``VmHWM``, the most resident so far, or ``VmRSS``, resident now.

    None where there is no /proc: ``ru_maxrss`` would not do, since a child begins with the
    maximum of the process that forked it.
    """
    try:
        status = STATUS.read_text()
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    return None


def peak_beyond(call: Callable[[], Any]) -> int | None:
    """Bytes at the peak of a call beyond those resident before; None where nothing tells them.

    Memory that the process had been given already and did not use is not counted: it is a lower
    bound, near for calls that need much more than that.
    """
    gc.collect()
    try:
        PEAK.write_text(RESET_PEAK)
    except OSError:
        call()
        return None
    before = resident("VmRSS")
    call()
    peak = resident("VmHWM")
    return None if before is None or peak is None else max(peak - before, 0)
