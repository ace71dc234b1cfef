"""The contract suite in a process of its own.

``python -m evenfold.worker.run_checks NAME SOURCES ...`` reads files of saved sources. It sends
each outcome as it comes, and a ``ModelEnd`` after a model's last one: if that is missing, the model
ended the process.
"""

from __future__ import annotations

import sys
from pathlib import Path

from evenfold.errors import EvenfoldError
from evenfold.worker.checks import FAILED, LOADS, CheckOutcome, check_model
from evenfold.worker.pipes import Send, open_framework_or_report, take_stdout
from evenfold.worker.plugin import load_plugin
from evenfold.worker.protocol import CheckReport, ModelEnd
from evenfold.worker.source_modules import activate
from evenfold.worker.sources import read_saved


def main(arguments: list[str]) -> None:
    """Check each model of some pairs of a name and a file of saved sources."""
    send = take_stdout()
    framework = open_framework_or_report(send)
    if framework is None:
        return
    for name, file in zip(arguments[::2], arguments[1::2]):
        try:
            plugin = load_plugin(name, read_saved(Path(file)))
        except EvenfoldError as error:
            _send_outcome(send, CheckOutcome(name, LOADS, FAILED, str(error)))
        else:
            activate(plugin.modules)
            for outcome in check_model(plugin, framework):
                _send_outcome(send, outcome)
        end: ModelEnd = {"ends": name}
        send(end)


def _send_outcome(send: Send, outcome: CheckOutcome) -> None:
    report: CheckReport = {
        "model": outcome.model,
        "check": outcome.check,
        "result": outcome.result,
        "detail": outcome.detail,
    }
    send(report)


if __name__ == "__main__":
    main(sys.argv[1:])
