"""The contract suite as a command runs it: in a worker process, which a model may kill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from evenfold.runtime.processes import run_module
from evenfold.worker.checks import BUILDS, FAILED, LOADS, CheckOutcome

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("model", "check", "result", "detail")
CHECK_FAILED, ALL_UNUSABLE, SOME_UNUSABLE = 1, 2, 3


def check_models(files: Mapping[str, Path]) -> Iterator[CheckOutcome]:
    """Every outcome of every model, as it comes; ``files`` are by the models' names.

    A model that ends its process has that for an outcome, and the next goes on in another.
    Raises UsageError when the framework does not start.
    """
    left = dict(files)
    while left:
        last = LOADS
        pairs = [part for name, file in left.items() for part in (name, str(file))]
        for answer in run_module("run_checks", pairs):
            if "ends" in answer:
                del left[answer["ends"]]
                last = LOADS
            elif "code" in answer:
                if left:
                    name = next(iter(left))
                    del left[name]
                    yield CheckOutcome(name, last, FAILED, f"ended its process: {answer['code']}")
            else:
                outcome = CheckOutcome(**answer)
                last = f"after {outcome.check}"
                yield outcome


def check_studies(files: Mapping[str, Path]) -> Iterator[CheckOutcome]:
    """Every check on score studies with those models, in this environment, as it comes."""
    from evenfold.check.studies import Checker, run_checks, study_for
    from evenfold.data.datasets import built_in
    from evenfold.runtime.environment import core_count, environment_name
    from evenfold.runtime.pool import WorkerConfig, describe_worker, run_jobs

    told = describe_worker(WorkerConfig())
    name = environment_name(told["backend"], told["versions"])
    with TemporaryDirectory(prefix="evenfold-") as folder:
        study = study_for(built_in("breast_cancer"), files, name, told)
        runner = partial(run_jobs, workers=core_count(), config=WorkerConfig())
        yield from run_checks(Checker(study, runner, Path(folder)))


def table(outcomes: list[CheckOutcome]) -> pd.DataFrame:
    """One row an outcome, all cells text."""
    import pandas as pd

    rows = [tuple(getattr(outcome, column) for column in COLUMNS) for outcome in outcomes]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def exit_code(outcomes: list[CheckOutcome]) -> int:
    """0 if all is well; 1 when a check failed; 2 when no model could be used, 3 when some."""
    models = {outcome.model for outcome in outcomes}
    failed = [outcome for outcome in outcomes if outcome.result == FAILED]
    unusable = {outcome.model for outcome in failed if outcome.check in (LOADS, BUILDS)}
    if any(outcome.model not in unusable for outcome in failed):
        return CHECK_FAILED
    if unusable:
        return ALL_UNUSABLE if unusable == models else SOME_UNUSABLE
    return 0
