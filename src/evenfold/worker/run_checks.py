"""The contract suite in a process of its own.

``python -m evenfold.worker.run_checks FOLDER NAME SOURCES ...`` reads files of saved sources, and
makes its folders in one that is removed even where it is killed. It sends each outcome as it comes,
and a ``ModelEnd`` after a model's last one: if that is missing, the model ended the process.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Iterator

from evenfold.errors import EvenfoldError
from evenfold.worker.checks import FAILED, LOADS, CheckOutcome, check_model
from evenfold.worker.device import Framework
from evenfold.worker.error_text import describe_error, error_message
from evenfold.worker.fresh_fits import FreshFits
from evenfold.worker.pipes import Send, open_framework_or_report, take_stdout
from evenfold.worker.plugin import load_plugin
from evenfold.worker.process_reports import CheckReport, ModelEnd
from evenfold.worker.process_state.guard import StateGuard
from evenfold.worker.scratch import relative_path_hint
from evenfold.worker.source_modules import activate
from evenfold.worker.sources import Sources, read_saved


def main(arguments: list[str]) -> None:
    """Check each model of some pairs of a name and a file of saved sources, after a folder."""
    folder, *pairs = arguments
    send = take_stdout()
    framework = open_framework_or_report(send)
    if framework is None:
        return
    opened = framework
    guard = StateGuard(lambda: opened)
    with FreshFits(folder) as fresh_fits:
        for name, file in zip(pairs[::2], pairs[1::2]):
            sources = read_saved(Path(file))
            with guard.running(name, Path(folder)):
                for outcome in _outcomes(name, sources, framework, fresh_fits):
                    _send_outcome(send, outcome, guard.user_folder)
            end: ModelEnd = {"ends": name, "leftover": guard.finish()}
            send(end)
            if end["leftover"]:
                return  # the other models need another process


def _outcomes(
    name: str, sources: Sources, framework: Framework, fresh_fits: FreshFits
) -> Iterator[CheckOutcome]:
    """Check one model."""
    try:
        plugin = load_plugin(name, sources)
    except EvenfoldError as error:
        yield CheckOutcome(name, LOADS, FAILED, error_message(error))
        return
    # A model that interrupts, or an error of its own kind, is not the user at the terminal.
    except BaseException as error:
        yield CheckOutcome(name, LOADS, FAILED, f"raised {describe_error(error)}")
        return
    activate(plugin.modules)
    yield from check_model(plugin, framework, fresh_fits=fresh_fits)


def _send_outcome(send: Send, outcome: CheckOutcome, user_folder: Path) -> None:
    hint = relative_path_hint(outcome.detail, user_folder) if outcome.result == FAILED else ""
    report: CheckReport = {
        "model": outcome.model,
        "check": outcome.check,
        "result": outcome.result,
        "detail": outcome.detail + hint,
    }
    send(report)


if __name__ == "__main__":
    main(sys.argv[1:])
