"""Checks of models and of score studies, run in worker processes, which a model may kill."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from evenfold.check.options import CheckOptions
from evenfold.check.progress import CheckProgress
from evenfold.diagnostics.finding import Finding, without_silenced, without_silenced_notes
from evenfold.diagnostics.silence import silenced_codes
from evenfold.plugins.datasets import open_dataset
from evenfold.plugins.models import find_models, select_models
from evenfold.plugins.sources import read_sources
from evenfold.runtime.cleanup import scratch
from evenfold.runtime.processes import run_module
from evenfold.worker.checks import BUILDS, FAILED, LOADS, SKIPPED, CheckOutcome
from evenfold.worker.sources import Sources

if TYPE_CHECKING:
    import pandas as pd

    from evenfold.data.datasets import Dataset

COLUMNS = ("model", "check", "result", "detail")
FOUND = "found"  # of a diagnostic, which neither passes nor fails
CHECK_FAILED, ALL_UNUSABLE, SOME_UNUSABLE = 1, 2, 3


def run_check(
    options: CheckOptions,
    root: Path,
    print_messages: Callable[[Iterable[str]], None],
    add_findings: Callable[[Iterable[Finding]], None] = lambda findings: None,
) -> list[CheckOutcome]:
    """Run the checks that the options name, and print each result as it comes.

    Parameters
    ----------
    options
        The options.
    root
        The folder of the project.
    print_messages
        Prints lines.
    add_findings
        Called with what may be wrong with the study.

    Raises
    ------
    UsageError
        A model or a code is unknown, or the framework does not start.
    """
    available = find_models(options.folders, root)
    print_messages(available.notes)
    models = select_models(options.models or sorted(available.files), available.files)
    outcomes = []
    if options.study:
        silenced = silenced_codes(options.silence, root)
        progress = CheckProgress(print_messages, list(models), str(options.data.dataset))
        dataset = open_dataset(options.data, root)
        print_messages(without_silenced_notes(dataset.notes, silenced))
        checks = check_studies(
            models, dataset, lambda found: add_findings(without_silenced(found, silenced))
        )
    else:
        progress = CheckProgress(print_messages, list(models))
        checks = check_sources(models)
    try:
        for outcome in checks:
            outcomes.append(outcome)
            progress(outcome)
    finally:
        progress.close()
    return outcomes


def check_models(files: Mapping[str, Path]) -> Iterator[CheckOutcome]:
    """Run the contract suite on model files, as ``check_sources`` does on their sources.

    Parameters
    ----------
    files
        The files of the models by name. Their code runs.

    Raises
    ------
    UsageError
        The framework does not start.
    PluginError
        A file cannot be read.
    """
    return check_sources({name: read_sources(Path(file)) for name, file in files.items()})


def check_sources(models: Mapping[str, Sources]) -> Iterator[CheckOutcome]:
    """Run the contract suite on models, and yield each outcome as it comes.

    A model that ends its process has that as an outcome, and the next one runs in another process.

    Parameters
    ----------
    models
        The sources of the models by name. Their code runs.

    Raises
    ------
    UsageError
        The framework does not start.
    """
    with scratch() as folder:
        yield from _check_saved(
            {
                name: sources.save(folder / f"{number}.json")
                for number, (name, sources) in enumerate(models.items())
            },
            folder,
        )


def _check_saved(left: dict[str, Path], folder: Path) -> Iterator[CheckOutcome]:
    """Check models by their files of saved sources; removes each that is done."""
    while left:
        last, is_over = LOADS, False
        pairs = [part for name, file in left.items() for part in (name, str(file))]
        for answer in run_module("run_checks", [str(folder), *pairs]):
            if "ends" in answer:
                del left[answer["ends"]]
                last, is_over = LOADS, bool(answer["leftover"])
            elif "code" in answer:
                if left and not is_over:
                    name = next(iter(left))
                    del left[name]
                    yield CheckOutcome(name, last, FAILED, answer["code"])
            else:
                outcome = CheckOutcome(**answer)
                last = f"after {outcome.check}"
                yield outcome


def check_studies(
    models: Mapping[str, Sources],
    dataset: Dataset,
    add_findings: Callable[[Iterable[Finding]], None] = lambda findings: None,
) -> Iterator[CheckOutcome]:
    """Check score studies of models in this environment, and yield each outcome as it comes.

    Parameters
    ----------
    models
        The sources of the models by name. Their code runs.
    dataset
        The rows that are studied.
    add_findings
        Called with what may be wrong with the study, once its fits are done.

    Raises
    ------
    DataError
        The dataset has too few rows of a class to be split.
    """
    from evenfold.check.studies import StudyChecker, default_study, run_study_checks
    from evenfold.runtime.environment import core_count, environment_name
    from evenfold.runtime.model_info import ModelReader
    from evenfold.runtime.pool import WorkerConfig, run_jobs

    with ModelReader(WorkerConfig()) as reader:
        worker_info, infos = reader.environment(), reader.infos(models)
    name = environment_name(worker_info["backend"], worker_info["versions"])
    with TemporaryDirectory(prefix="evenfold-") as folder:
        study = default_study(dataset, models, name, worker_info)
        runner = partial(run_jobs, workers=core_count(), config=WorkerConfig())
        checker = StudyChecker(study, runner, Path(folder), infos, add_findings)
        yield from run_study_checks(checker)


def outcome_table(
    outcomes: Sequence[CheckOutcome], findings: Sequence[Finding] = ()
) -> pd.DataFrame:
    """Tabulate outcomes: one row an outcome, every cell text.

    Findings follow, with their code as the check: a row for each model that they are about, or one
    without a model.
    """
    import pandas as pd

    models = list(dict.fromkeys(outcome.model for outcome in outcomes))
    rows = [tuple(getattr(outcome, column) for column in COLUMNS) for outcome in outcomes]
    for finding in findings:
        about = [model for model in models if model in finding.subjects] or [""]
        rows += [(model, finding.code, FOUND, finding.message) for model in about]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def check_exit_code(outcomes: Sequence[CheckOutcome]) -> int:
    """Return 1 if a check failed, 2 if no model could be used, 3 if some could not, else 0.

    A model of which every check is skipped was not used: alone, or beside others like it, it is no
    success.
    """
    models = {outcome.model for outcome in outcomes}
    failed = [outcome for outcome in outcomes if outcome.result == FAILED]
    unusable = {outcome.model for outcome in failed if outcome.check in (LOADS, BUILDS)}
    used = {outcome.model for outcome in outcomes if outcome.result != SKIPPED} - unusable
    if any(outcome.model not in unusable for outcome in failed):
        return CHECK_FAILED
    if models and not used:
        return ALL_UNUSABLE
    return SOME_UNUSABLE if unusable else 0
