"""What a framework sees, asked of itself in a process of its own."""

from __future__ import annotations

from evenfold.worker.device import KINDS
from evenfold.worker.pipes import framework_or_error, take_stdout


def main() -> None:
    """Says ``{"kind", "names", "missing"}`` for each kind of device."""
    say = take_stdout()
    framework = framework_or_error(say)
    if framework is None:
        return
    for kind in KINDS:
        names = framework.devices(kind)
        say({"kind": kind, "names": names, "missing": None if names else framework.missing(kind)})


if __name__ == "__main__":
    main()
