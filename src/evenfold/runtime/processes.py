"""A worker module in a process of its own: its reports, line by line, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator

from evenfold.errors import UsageError
from evenfold.worker.protocol import CheckReport, DeviceReport, ModelEnd, ProcessEnd, Report


def run_module(
    module: str, arguments: Iterable[str] = ()
) -> Iterator[CheckReport | ModelEnd | DeviceReport | ProcessEnd]:
    """Run ``evenfold.worker.<module>`` and yield its reports, and a ``ProcessEnd`` at last.

    All other output of the process goes to stderr. The process ends when the caller closes the
    iterator.

    Parameters
    ----------
    module
        A module of ``evenfold.worker`` that sends reports.
    arguments
        Its command line.

    Raises
    ------
    UsageError
        If it sends an ``ErrorReport``; with its message.
    """
    command = [sys.executable, "-m", f"evenfold.worker.{module}", *arguments]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        # As in the workers of a study.
        env={"PYTHONHASHSEED": "0", **os.environ},
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            report: Report = json.loads(line)
            if "error" in report:
                raise UsageError(report["error"])
            yield report
        code = process.wait()
        yield {"code": f"signal {-code}" if code < 0 else f"exit code {code}"}
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
