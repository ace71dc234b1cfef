"""A worker module in a process of its own: its reports, line by line, and how it ends."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from evenfold.errors import UsageError
from evenfold.runtime.child_process import SECONDS_TO_END, ChildProcess, LineTooLongError
from evenfold.runtime.output_lines import last_lines
from evenfold.runtime.typed import convert
from evenfold.worker.module_command import module_command
from evenfold.worker.pipes import NONCE_VARIABLE
from evenfold.worker.process_reports import CheckReport, DeviceReport, ModelEnd, ProcessEnd

MOST_REPORT_BYTES = 2**24
SECONDS_BETWEEN_REPORTS = 180.0
REPORTS: Mapping[str, type] = {"ends": ModelEnd, "check": CheckReport, "kind": DeviceReport}


def run_module(
    module: str, arguments: Iterable[str] = (), timeout: float = SECONDS_BETWEEN_REPORTS
) -> Iterator[CheckReport | ModelEnd | DeviceReport | ProcessEnd]:
    """Run ``evenfold.worker.<module>`` and yield its reports, and a ``ProcessEnd`` at last.

    All other output of the process is quoted, its last lines, where it does not end as it should:
    frameworks write much that says nothing. The process ends, with all that it started, when
    the caller closes the iterator, and where it writes anything but reports.

    Parameters
    ----------
    module
        A module of ``evenfold.worker`` that sends reports.
    arguments
        Its command line.
    timeout
        Seconds between two reports.

    Raises
    ------
    UsageError
        If it sends an ``ErrorReport``; with its message.
    """
    nonce = secrets.token_hex(8)
    # Sets have one order, as in the workers of a study.
    variables = {"PYTHONHASHSEED": "0", **os.environ, NONCE_VARIABLE: nonce}
    command = module_command(f"evenfold.worker.{module}", *arguments)
    with tempfile.TemporaryFile("w+b") as stderr:
        process = ChildProcess(command, variables, stderr)
        try:
            process.close_input()
            while True:
                report = _next_report(process, nonce, timeout)
                if "code" in report:
                    yield {"code": report["code"] + last_lines(stderr)}
                    return
                yield report
        finally:
            process.stop()


def _next_report(
    process: ChildProcess, nonce: str, timeout: float
) -> CheckReport | ModelEnd | DeviceReport | ProcessEnd:
    try:
        line = process.read_line(timeout, MOST_REPORT_BYTES)
    except TimeoutError:
        return {"code": f"gave no result within {timeout:g} s"}
    except LineTooLongError:
        return {"code": f"wrote more than {MOST_REPORT_BYTES} bytes to the pipe of results"}
    if not line.endswith(b"\n"):
        return {"code": f"ended its process: {process.how_it_ended(SECONDS_TO_END)}"}
    report = _parsed(line, nonce)
    if report is None:
        written = line[:80].decode(errors="replace").strip()
        return {"code": f"wrote {written!r} to the pipe of results"}
    if "error" in report:
        raise UsageError(str(report["error"]))
    checked: CheckReport | ModelEnd | DeviceReport = report
    return checked


def _parsed(line: bytes, nonce: str) -> Any:
    """A report of the process; None for what something else wrote."""
    try:
        report = json.loads(line)
        if not isinstance(report, dict) or report.pop("nonce", None) != nonce:
            return None
        kind = next((kind for kind in REPORTS if kind in report), None)
        return report if kind is None else convert(report, REPORTS[kind])
    except (ValueError, RecursionError):
        return None
