"""Processes that tests start and watch."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress

from builders import ROOT

# Packages that only a worker may import.
FRAMEWORKS = ("tensorflow", "keras", "jax", "torch", "onnxruntime")


def interruptible(arguments):
    """A Python in a group of its own, which heeds Ctrl-C even where the tests do not."""
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


def running(pid):
    """Whether a process is there and has not ended."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        pass
    if os.path.exists("/proc/self/stat"):
        return False
    with suppress(OSError):
        os.kill(pid, 0)
        return True
    return False


def outside_xdist():
    """Return the environment without what pytest-xdist sets: under it nothing is timed."""
    return {name: value for name, value in os.environ.items() if "XDIST" not in name}
