"""What disturbs timings on this machine, as far as the operating system shows it, and remedies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from evenfold.worker.cores import available_cores

GOVERNORS = Path("/sys/devices/system/cpu")
STAT = Path("/proc/stat")
# The load of other processes, and the share of time that a hypervisor gives to other guests.
MUCH_LOAD, MUCH_STOLEN = 0.5, 0.01
STOLEN_FIELD = 7  # position among the numbers of a line: proc(5)


def disturbances() -> Iterator[str]:
    """Yield a line on each disturbance; to be called before any worker runs."""
    cores = available_cores()
    if not cores:
        yield ("this system cannot pin a process to a core: expect intervals several times as wide")
    elif len(cores) == 1:
        yield "there is only one core for contenders and everything else: add a second one"
    elif len(cores) == 2:
        yield (
            "there are two cores, and races by wall time use both: the harness and other processes "
            "disturb them, so add a third core"
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
            yield f"other processes run, with a load of {load:.1f} on average: end them, or wait"


def processor_times() -> tuple[int, int] | None:
    """Return the ticks of all processors since the start, and those given to other guests.

    Returns
    -------
    tuple or None
        Both numbers; None where the system does not count them.
    """
    try:
        first = STAT.read_text(encoding="ascii").splitlines()[0].split()
        ticks = [int(number) for number in first[1:]]
        return sum(ticks[: STOLEN_FIELD + 1]), ticks[STOLEN_FIELD]
    except (OSError, ValueError, IndexError):
        return None


def stolen_since(before: tuple[int, int] | None) -> Iterator[str]:
    """Yield a line if a hypervisor gave much time to other guests.

    Parameters
    ----------
    before
        The earlier result of ``processor_times``.
    """
    now = processor_times()
    if before is None or now is None or now[0] <= before[0]:
        return
    share = (now[1] - before[1]) / (now[0] - before[0])
    if share > MUCH_STOLEN:
        yield (
            f"the machine is shared: {100 * share:.1f} % of its time went to other guests: "
            "use a machine with cores of its own, or a longer --budget"
        )


def _governors() -> Iterator[str]:
    for file in sorted(GOVERNORS.glob("cpu[0-9]*/cpufreq/scaling_governor")):
        try:
            yield file.read_text(encoding="ascii").strip()
        except OSError:
            continue
