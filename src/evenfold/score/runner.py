"""Running the fits of a study: what the store lacks is fitted, scored and saved."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evenfold.data.datasets import Dataset
from evenfold.data.splits import Split
from evenfold.errors import WorkerError
from evenfold.runtime.cleanup import scratch
from evenfold.runtime.record_checks import is_number
from evenfold.score.array_checks import GROUPS, LABELS, ROWS
from evenfold.score.failures import FailedFit
from evenfold.score.fit import Fit, SplitRows, StudyKey
from evenfold.score.fit_times import JobRunner
from evenfold.score.jobs import StudyJobs
from evenfold.score.plan import PlannedFit, Study
from evenfold.score.row_predictions import split_arrays
from evenfold.score.split_counts import DIGEST_COLUMNS
from evenfold.score.store import Store
from evenfold.stats.metric_names import METRIC_NAMES
from evenfold.stats.metrics import CURVE_METRICS, compute_scores
from evenfold.worker.protocol import FitAnswer, FitResult

if TYPE_CHECKING:
    import pandas as pd

# A metric of every fit, which stores of an older evenfold do not have.
ALWAYS_DEFINED = "mcc"
LARGEST = 2.0**53  # seconds or bytes of a fit
FIT_COLUMNS = ("model", "dataset", "protocol", "split", "seed")


@dataclass
class FitResults:
    """Fits and failed fits by key, and the reasons of skipped models by name."""

    fits: dict[str, Fit] = field(default_factory=dict)
    failed: dict[str, FailedFit] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


def run_fits(
    study: Study,
    planned: Sequence[PlannedFit],
    store: Store,
    run_jobs: JobRunner,
    finished: Callable[[], None],
) -> FitResults:
    """Run the fits that the store lacks and save each as it finishes.

    Parameters
    ----------
    study, planned
        The study and its fits.
    store
        Where finished fits are found and saved.
    run_jobs
        Runs jobs and yields each with its answer, in any order.
    finished
        Called after each fit.
    """
    key = _study_key(study)
    # Before anything is written: a store that is damaged stays as it is.
    results = FitResults(store.get(fit.key for fit in planned))
    missing = {fit.key: fit for fit in planned if fit.key not in results.fits}
    store.put_study(key, list(study.models), _split_rows(study))
    with scratch() as folder:
        jobs = StudyJobs(study, missing.values(), folder)
        for job, answer in run_jobs(jobs):
            _save(study, missing[job["key"]], answer, store, results)
            jobs.finish(job)
            finished()
    store.require_present()
    results.fits |= store.get(missing)
    for fit in planned:
        if fit.key in results.fits:
            results.fits[fit.key] = _with_all_scores(study, fit, results.fits[fit.key])
    if _has_comparison(study, planned, results):
        store.put_order(key, list(study.models))
    return results


def _has_comparison(study: Study, planned: Sequence[PlannedFit], results: FitResults) -> bool:
    """Whether the reference and a contender have fits."""
    reference, *contenders = study.models
    present = {fit.model for fit in planned if fit.key in results.fits}
    return reference in present and not present.isdisjoint(contenders)


def _study_key(study: Study) -> StudyKey:
    return StudyKey(
        dataset=study.dataset.name,
        fingerprint=study.dataset.fingerprint,
        design=study.design,
        environment=study.environment,
        engine=study.engine,
        run_seed=study.run_seed,
    )


def _split_rows(study: Study) -> list[SplitRows]:
    rows = []
    for split in study.splits:
        arrays = dict(split_arrays(study.dataset, split))
        groups, positive = arrays.get(GROUPS), study.dataset.positive
        rows.append(SplitRows(split.digest, arrays[LABELS], arrays[ROWS], groups, positive))
    return rows


def _with_all_scores(study: Study, planned: PlannedFit, fit: Fit) -> Fit:
    """Compute the metrics that a fit in a store of an older evenfold lacks."""
    if not math.isnan(fit.scores[ALWAYS_DEFINED]):
        return fit
    y = study.dataset.y[planned.split.test]
    return replace(fit, scores=compute_scores(y, fit.probabilities, study.dataset.positive))


def score_table(
    study: Study, planned: Iterable[PlannedFit], fits: Mapping[str, Fit]
) -> pd.DataFrame:
    """Return one row for each finished fit, sorted by ``FIT_COLUMNS``."""
    import pandas as pd

    rows = []
    for place in planned:
        fit = fits.get(place.key)
        if fit is None:
            continue
        first = (place.model, study.dataset.name, study.protocol, place.split.name, place.seed)
        scores = [fit.scores[name] for name in METRIC_NAMES]
        digests = (study.dataset.fingerprint, place.split.digest)
        rows.append((*first, fit.engine, *scores, fit.seconds, fit.peak_bytes, *digests))
    columns = [
        *FIT_COLUMNS, "engine", *METRIC_NAMES, "fit_seconds", "peak_bytes", *DIGEST_COLUMNS
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(list(FIT_COLUMNS), ignore_index=True)


def learning_curves_of(
    dataset: Dataset, split: Split, predictions: Sequence[Sequence[Sequence[float]]] | None
) -> dict[str, list[float]]:
    """Compute accuracy and log loss after each epoch, of the training and the held-out rows.

    Parameters
    ----------
    predictions
        Probabilities of the training rows, then of the test rows: ``(epochs, rows, classes)``; None
        if the training was not watched.
    """
    if predictions is None:
        return {}
    epochs = np.array(predictions, dtype=np.float64)
    parts = {
        "training": (split.train, epochs[:, : len(split.train)]),
        "held_out": (split.test, epochs[:, len(split.train) :]),
    }
    return {
        f"{part}_{metric}": [score(dataset.y[rows], of_epoch) for of_epoch in of_part]
        for part, (rows, of_part) in parts.items()
        for metric, score in CURVE_METRICS.items()
    }


def _save(
    study: Study, planned: PlannedFit, answer: FitAnswer, store: Store, results: FitResults
) -> None:
    if "skip" in answer:
        results.skipped[planned.model] = answer["skip"]
    elif "failed" in answer:
        results.failed[planned.key] = FailedFit(
            planned.model, planned.sources.path, planned.split.name, planned.seed, answer["failed"]
        )
    else:
        try:
            fit = fit_of_answer(study.dataset, planned.split, answer)
        except WorkerError as error:
            results.failed[planned.key] = FailedFit(
                planned.model, planned.sources.path, planned.split.name, planned.seed, str(error)
            )
        else:
            store.put(planned.key, planned.place, fit)


def fit_of_answer(dataset: Dataset, split: Split, answer: FitResult) -> Fit:
    """A fit from a worker's answer, scored. Raises WorkerError if the answer is not one."""
    test, every, classes = len(split.test), len(split.train) + len(split.test), dataset.n_classes
    probabilities = _array("probabilities", answer["probabilities"], (test, classes))
    for name, value in (("seconds", answer["seconds"]), ("peak_bytes", answer["peak_bytes"] or 0)):
        if not is_number(value, 0, LARGEST):
            raise WorkerError(f"the answer of its worker: {name} is {value!r:.40}")
    watched = answer["curves"]
    if watched is not None:
        _array("curves", watched, ("epochs", every, classes))
    for values in answer["history"].values():
        if not np.isfinite(values).all():
            raise WorkerError("the answer of its worker: the history is not finite")
    curves = learning_curves_of(dataset, split, watched)
    return Fit(
        engine=answer["engine"],
        note=answer["note"],
        seconds=answer["seconds"],
        peak_bytes=answer["peak_bytes"],
        probabilities=probabilities,
        history={**answer["history"], **curves},
        scores=compute_scores(dataset.y[split.test], probabilities, dataset.positive),
    )


def _array(name: str, values: object, shape: tuple[int | str, ...]) -> NDArray[np.float64]:
    """The values of an answer as an array; a text in ``shape`` is any length."""
    wrong = f"the answer of its worker: {name}"
    try:
        array = np.array(values, dtype=np.float64)
    except ValueError as error:
        raise WorkerError(f"{wrong} are not an array") from error
    expected = [
        n if isinstance(n, int) else have for n, have in zip(shape, array.shape, strict=False)
    ]
    if array.ndim != len(shape) or list(array.shape) != expected:
        lengths = ", ".join(map(str, shape))
        raise WorkerError(f"{wrong} have shape {array.shape}, expected ({lengths})")
    if not np.isfinite(array).all():
        raise WorkerError(f"{wrong} are not finite")
    return array
