"""The CPU time of processes that this one started, which is not in its own."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

PROCESSES = Path("/proc")
# Of the fields of proc_pid_stat(5) after the command's name: state, ppid, pgrp, session, ...
PARENT, GROUP, USED = 1, 2, slice(11, 15)


def children_seconds() -> float:
    """Seconds of CPU time of this process' children, those that have ended and their children too.

    Of running ones those are counted that are in the group of this process, as where it leads one
    all are that it or they started. 0 where the system does not tell.
    """
    own = os.times()
    return own.children_user + own.children_system + _running()


def _running() -> float:
    if not PROCESSES.exists() or not hasattr(os, "getpgrp"):
        return 0.0
    ticks, me, group = 0, str(os.getpid()), str(os.getpgrp())
    for process in PROCESSES.iterdir():
        if not process.name.isdigit() or process.name == me:
            continue
        with suppress(OSError):  # it may end meanwhile
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            if me == fields[PARENT] or group == fields[GROUP]:
                ticks += sum(int(field) for field in fields[USED])
    return ticks / os.sysconf("SC_CLK_TCK")
