"""The devices that a framework finds, in a process of its own."""

from __future__ import annotations

from evenfold.worker.device import KINDS
from evenfold.worker.pipes import open_framework_or_report, take_stdout
from evenfold.worker.process_reports import DeviceReport


def main() -> None:
    """Send a ``DeviceReport`` for each kind of device."""
    send = take_stdout()
    framework = open_framework_or_report(send)
    if framework is None:
        return
    for kind in KINDS:
        names = framework.devices(kind)
        missing = None if names else framework.missing(kind)
        report: DeviceReport = {"kind": kind, "names": names, "missing": missing}
        send(report)


if __name__ == "__main__":
    main()
