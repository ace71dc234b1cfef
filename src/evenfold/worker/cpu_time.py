"""The CPU time of child processes, which is not part of this process' own."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

PROCESSES = Path("/proc")
# Indices of fields after the command's name in proc_pid_stat(5): state, ppid, pgrp, session, ...
PARENT, GROUP, CPU_TICKS = 1, 2, slice(11, 15)


def children_seconds() -> float:
    """Return the seconds of CPU time of this process' children, and of theirs that have ended.

    Running processes count if they are children or in this process' group; where it leads a group,
    that includes all that it or its children started. 0 where the system does not report them.
    """
    own = os.times()
    return own.children_user + own.children_system + _running_seconds()


def _running_seconds() -> float:
    if not PROCESSES.exists() or not hasattr(os, "getpgrp"):
        return 0.0
    ticks, own_id, own_group = 0, str(os.getpid()), str(os.getpgrp())
    for process in PROCESSES.iterdir():
        if not process.name.isdigit() or process.name == own_id:
            continue
        with suppress(OSError):  # it may end meanwhile
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            if own_id == fields[PARENT] or own_group == fields[GROUP]:
                ticks += sum(int(field) for field in fields[CPU_TICKS])
    return ticks / os.sysconf("SC_CLK_TCK")
