"""The contract suite in a process of its own.

``python -m evenfold.worker.run_checks NAME FILE ...`` prints each outcome as it comes, and
``{"ends": name}`` after a model's last: without that line, the process died of that model.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

from evenfold.errors import EvenfoldError
from evenfold.worker import checks
from evenfold.worker.pipes import framework_or_error, take_stdout
from evenfold.worker.plugin import load_plugin


def main(pairs: list[str]) -> None:
    """Checks each model of NAME FILE pairs."""
    say = take_stdout()
    framework = framework_or_error(say)
    if framework is None:
        return
    for name, file in zip(pairs[::2], pairs[1::2]):
        try:
            plugin = load_plugin(name, Path(file))
        except EvenfoldError as error:
            say(asdict(checks.Outcome(name, checks.LOADS, checks.FAILED, str(error))))
        else:
            for outcome in checks.run_checks(plugin, framework):
                say(asdict(outcome))
        say({"ends": name})


if __name__ == "__main__":
    main(sys.argv[1:])
