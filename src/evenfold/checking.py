"""The contract suite as a command runs it: in a worker process, which a model may kill."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenfold.errors import UsageError
from evenfold.worker.checks import BUILDS, FAILED, LOADS, Outcome

if TYPE_CHECKING:
    import pandas as pd

WORKER = ("-m", "evenfold.worker.checked")
COLUMNS = ("model", "check", "result", "detail")
CHECK_FAILED, ALL_UNUSABLE, SOME_UNUSABLE = 1, 2, 3


def check_models(files: Mapping[str, Path]) -> Iterator[Outcome]:
    """Every outcome of every model, as it comes; ``files`` are by the models' names.

    A model that ends its process has that for an outcome, and the next goes on in another.
    Raises UsageError when the framework does not start.
    """
    left = dict(files)
    while left:
        last = LOADS
        for answer in _answers(left):
            if "error" in answer:
                raise UsageError(answer["error"])
            if "ends" in answer:
                del left[answer["ends"]]
                last = LOADS
            elif "code" in answer:
                if left:
                    name = next(iter(left))
                    del left[name]
                    yield Outcome(name, last, FAILED, f"ended its process: {answer['code']}")
            else:
                outcome = Outcome(**answer)
                last = f"after {outcome.check}"
                yield outcome


def table(outcomes: list[Outcome]) -> pd.DataFrame:
    """One row an outcome, all cells text."""
    import pandas as pd

    rows = [tuple(getattr(outcome, column) for column in COLUMNS) for outcome in outcomes]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def exit_code(outcomes: list[Outcome]) -> int:
    """0 if all is well; 1 when a check failed; 2 when no model could be used, 3 when some."""
    models = {outcome.model for outcome in outcomes}
    failed = [outcome for outcome in outcomes if outcome.result == FAILED]
    unusable = {outcome.model for outcome in failed if outcome.check in (LOADS, BUILDS)}
    if any(outcome.model not in unusable for outcome in failed):
        return CHECK_FAILED
    if unusable:
        return ALL_UNUSABLE if unusable == models else SOME_UNUSABLE
    return 0


def _answers(files: Mapping[str, Path]) -> Iterator[dict[str, Any]]:
    """The worker's lines, and ``{"code": how it ended}`` after the last."""
    pairs = [part for name, file in files.items() for part in (name, str(file))]
    worker = subprocess.Popen(
        [sys.executable, *WORKER, *pairs], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert worker.stdout is not None
    try:
        for line in worker.stdout:
            yield json.loads(line)
        yield {"code": _ending(worker.wait())}
    finally:
        worker.kill()
        worker.wait()
        worker.stdout.close()


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
