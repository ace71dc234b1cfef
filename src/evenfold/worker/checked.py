"""The contract suite in a process of its own: ``python -m evenfold.worker.checked NAME FILE ...``.

Says each outcome as it comes, and ``{"ends": name}`` after a model's last: a parent that does not
hear it knows that the process died of that model.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

from evenfold.errors import EvenfoldError
from evenfold.worker import checks, plugins
from evenfold.worker.answers import framework_or_error, take_stdout


def main(pairs: list[str]) -> None:
    """Checks each model of NAME FILE pairs."""
    say = take_stdout()
    framework = framework_or_error(say)
    if framework is None:
        return
    for name, file in zip(pairs[::2], pairs[1::2]):
        try:
            plugin = plugins.load(name, {Path(file).stem: Path(file)})
        except EvenfoldError as error:
            say(asdict(checks.Outcome(name, checks.LOADS, checks.FAILED, str(error))))
        else:
            for outcome in checks.run_checks(plugin, framework):
                say(asdict(outcome))
        say({"ends": name})


if __name__ == "__main__":
    main(sys.argv[1:])
