"""What on this machine disturbs timings, and what to do about it, as far as the system tells."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from evenfold.worker.cores import available_cores

GOVERNORS = Path("/sys/devices/system/cpu")
STAT = Path("/proc/stat")
# Of processes that run beside us, and of time that a hypervisor took.
MUCH_LOAD, MUCH_STOLEN = 0.5, 0.01
STOLEN = 7  # its place among a line's numbers: proc(5)


def disturbances() -> Iterator[str]:
    """One line each, before anything of ours runs."""
    cores = available_cores()
    if not cores:
        yield "this system cannot keep processes on a core: expect intervals several times as wide"
    elif len(cores) == 1:
        yield "there is one core for contenders and everything else: give it a second"
    elif len(cores) == 2:
        yield (
            "there are two cores, which contenders have in races by wall time: the harness and all "
            "else run beside them, a third would be theirs"
        )
    slow = sorted(set(_governors()) - {"performance"})
    if slow:
        yield (
            f"the processor's governor is {', '.join(slow)}, so its clock changes with the load: "
            "set performance, as with `cpupower frequency-set -g performance`"
        )
    if hasattr(os, "getloadavg"):
        load = os.getloadavg()[0]
        if load > MUCH_LOAD:
            yield f"other processes run here, {load:.1f} on average: end them, or wait"


def processor_times() -> tuple[int, int] | None:
    """Ticks of all processors so far: all, and those a hypervisor took; None where not told."""
    try:
        first = STAT.read_text(encoding="ascii").splitlines()[0].split()
        ticks = [int(number) for number in first[1:]]
        return sum(ticks[: STOLEN + 1]), ticks[STOLEN]
    except (OSError, ValueError, IndexError):
        return None


def stolen_since(before: tuple[int, int] | None) -> Iterator[str]:
    """A line where a hypervisor gave much of the time since then to others."""
    now = processor_times()
    if before is None or now is None or now[0] <= before[0]:
        return
    share = (now[1] - before[1]) / (now[0] - before[0])
    if share > MUCH_STOLEN:
        yield (
            f"the machine is shared: {100 * share:.1f} % of its time went to other guests: "
            "use one with cores of its own, or a longer --budget"
        )


def _governors() -> Iterator[str]:
    for file in sorted(GOVERNORS.glob("cpu[0-9]*/cpufreq/scaling_governor")):
        try:
            yield file.read_text(encoding="ascii").strip()
        except OSError:
            continue
