"""The cores that a process may run on, and pinning all of its threads to some of them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Iterable

# Threads of OpenMP and OpenBLAS that wait for others spin by default. Beside another load they then
# wait for threads that do not run, and a fit takes ten times as long or more.
SLEEPING = {"OMP_WAIT_POLICY": "PASSIVE", "OPENBLAS_THREAD_TIMEOUT": "4"}
TASKS = Path("/proc/self/task")


def available_cores() -> list[int]:
    """Return the numbers of the cores that this process may run on; empty if unknown."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def pin(cores: Iterable[int]) -> None:
    """Keep every thread of this process on some cores; without cores it does nothing."""
    chosen = set(cores)
    if not chosen:
        return
    # A call for the process would move its main thread alone; frameworks compute in others.
    for task in _tasks():
        with suppress(ProcessLookupError):
            os.sched_setaffinity(task, chosen)


def let_waiting_threads_sleep() -> None:
    """Let threads of libraries that are loaded later sleep while they wait, unless that is set."""
    for variable, value in SLEEPING.items():
        os.environ.setdefault(variable, value)


def _tasks() -> list[int]:
    # 0, the calling thread, comes first: threads that it starts meanwhile inherit its cores.
    return [0, *(int(task.name) for task in TASKS.iterdir())] if TASKS.exists() else [0]
