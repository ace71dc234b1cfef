"""Running a score study: from a request to its plan, its fits and its files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evenfold.data import splits as protocols
from evenfold.diagnostics.finding import Finding
from evenfold.errors import InterruptedRun, UsageError
from evenfold.render.words import counted
from evenfold.runtime import environment
from evenfold.runtime.environment import Environment, environment_name
from evenfold.runtime.interpreters import find_interpreter
from evenfold.runtime.model_info import ModelReader
from evenfold.runtime.pool import WorkerConfig, run_jobs
from evenfold.runtime.results_folder import require_writable, run_folder
from evenfold.score.files import scores_file, write_study
from evenfold.score.findings import study_findings
from evenfold.score.fit_energy import EnergyRecorder, FitEnergy, StudyCosts
from evenfold.score.fit_times import FitTimes, JobRunner
from evenfold.score.model_findings import ModelEvidence
from evenfold.score.options import ScoreOptions
from evenfold.score.plan import PlannedFit, Study, plan_fits
from evenfold.score.progress import Progress
from evenfold.score.request import ScoreRequest
from evenfold.score.row_predictions import prediction_arrays, rows_by_model
from evenfold.score.runner import FitResults, run_fits, score_table
from evenfold.score.store import Store
from evenfold.score.stored_scores import read_seconds, read_usual_seconds
from evenfold.stats.tested_rows import TestedRows
from evenfold.worker.protocol import EnvironmentInfo

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Workers:
    """The workers of a study: their environment, how jobs run on them, how many at a time.

    ``reader`` runs the files of models before they are fitted.
    """

    info: EnvironmentInfo
    run_jobs: JobRunner
    slots: int
    reader: ModelReader


@dataclass(frozen=True)
class StudyPlan:
    """A study that could run: its fits, where they run and where results go."""

    request: ScoreRequest
    study: Study
    fits: Sequence[PlannedFit]
    environment: Environment
    workers: Workers
    epochs: Mapping[str, int]  # of each network

    def finished(self) -> Mapping[str, float]:
        """Return the training seconds, by key, of the fits that the store has."""
        return read_seconds(self.request.store_file, (fit.key for fit in self.fits))


@dataclass(frozen=True)
class ScoredStudy:
    """A study that has run: its table of scores, the table's file, and every fit.

    ``notes`` say what the table replaced, ``findings`` what may be wrong with the study, and
    ``energy`` is what fits used, where it was measured.
    """

    scores: pd.DataFrame
    results: FitResults
    file: Path
    plan: StudyPlan
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    energy: FitEnergy | None = None

    def prediction_arrays(self) -> dict[str, np.ndarray]:
        """Return the predictions of every fit, named as in a file of predictions."""
        return prediction_arrays(self.plan.study, self.plan.fits, self.results.fits)

    def tested_rows(self) -> dict[str, TestedRows]:
        """Return the predictions of every test row, by model."""
        if not len(self.scores):
            return {}
        return rows_by_model(
            self.scores, self.prediction_arrays(), self.plan.request.options.design
        )


@contextmanager
def early_reader(options: ScoreOptions, root: Path) -> Iterator[ModelReader | None]:
    """Start the worker that reads models while the data are read; None where there is none.

    An environment that cannot be used is reported by ``open_request``.
    """
    try:
        config = WorkerConfig(find_interpreter(options.env, root), options.timeout)
    except UsageError:
        yield None
        return
    if options.scheduler is not None:
        yield None
        return
    with ModelReader(config) as reader:
        reader.start()
        yield reader


@contextmanager
def open_workers(request: ScoreRequest, reader: ModelReader | None = None) -> Iterator[Workers]:
    """Connect to the workers of a study: processes on this machine, or a Dask cluster's.

    Parameters
    ----------
    request
        The study.
    reader
        The worker that reads models, if it was started early.

    Raises
    ------
    UsageError
        No worker can be started, or the cluster cannot be used.
    """
    options = request.options
    if options.scheduler is None:
        config, slots = WorkerConfig(request.interpreter, options.timeout), request.jobs
        with nullcontext(reader) if reader else ModelReader(config) as reader:
            info = reader.environment()
            yield Workers(info, lambda jobs: run_jobs(jobs, slots, config), slots, reader)
        return
    from evenfold.runtime.cluster import Cluster

    cluster = Cluster(options.scheduler, options.timeout)
    try:
        with ModelReader(WorkerConfig(timeout=options.timeout)) as reader:
            yield Workers(cluster.info, cluster.run, cluster.slots, reader)
    finally:
        cluster.close()


def plan_study(request: ScoreRequest, workers: Workers) -> StudyPlan:
    """Plan the fits of a study. **Runs the models' files, in a worker.**

    Raises
    ------
    DataError
        The rows cannot be split as requested.
    PluginError
        A model's file cannot be loaded.
    """
    here = _environment(request, workers.info)
    study = _study(request, workers.info, here.name)
    infos = workers.reader.infos(request.models)
    layouts = {name: info.layout for name, info in infos.items()}
    epochs = {name: info.epochs for name, info in infos.items() if info.epochs is not None}
    return StudyPlan(request, study, plan_fits(study, layouts), here, workers, epochs)


def run_study(
    plan: StudyPlan,
    progress: Progress,
    diagnose: bool = False,
    energy: EnergyRecorder | None = None,
) -> ScoredStudy:
    """Run the fits that the store lacks, and write the files of the study.

    Parameters
    ----------
    plan
        The study.
    progress
        Called before the first fit and after each one.
    diagnose
        Whether to look for what may be wrong with the study.
    energy
        Records the energy of fits; None for no measurement.

    Raises
    ------
    InterruptedRun
        Ctrl-C; says how many fits are saved.
    UsageError
        A worker cannot be started.
    ResultsError
        The store or the results cannot be written; finished fits are saved.
    """
    request, study = plan.request, plan.study
    options = request.options
    require_writable(options.results or request.root)
    folder = run_folder(
        plan.environment, request.root, options.results, request.is_complete, datetime.now()
    )
    times = _fit_times(plan)
    run_jobs = times.watch(plan.workers.run_jobs)
    if energy is not None:
        run_jobs = energy.watch(run_jobs)
    try:
        progress(times.state)
        with Store(request.store_file) as store:
            results = run_fits(study, plan.fits, store, run_jobs, lambda: progress(times.state))
    except KeyboardInterrupt as error:
        saved = f"{len(plan.finished()):,} of {counted(len(plan.fits), 'fit')} are saved"
        raise InterruptedRun(f"{saved}; the same command continues") from error
    scores = score_table(study, plan.fits, results.fits)
    file = scores_file(folder, study)
    notes: tuple[str, ...] = ()
    findings = None
    if diagnose:
        evidence = _evidence(plan, scores, results)
        findings = study_findings(study, plan.fits, results.fits, evidence, request.silenced)
    used = None if energy is None else energy.energy
    if len(scores):
        planned = {m: n for m, n in plan.epochs.items() if m not in results.skipped}
        costs = StudyCosts(planned, used)
        notes = write_study(
            file, plan.environment, study, plan.fits, results.fits, results.skipped, scores,
            stays=options.results is not None, findings=findings, costs=costs,
        )  # fmt: skip
    return ScoredStudy(scores, results, file, plan, notes, findings or (), used)


def _evidence(plan: StudyPlan, scores: pd.DataFrame, results: FitResults) -> ModelEvidence:
    design = plan.request.options.design
    arrays = prediction_arrays(plan.study, plan.fits, results.fits)
    tested = rows_by_model(scores, arrays, design) if len(scores) else {}
    return ModelEvidence(scores, tested, design, plan.request.options.metric)


def _fit_times(plan: StudyPlan) -> FitTimes:
    """Return the fits that the store lacks, with the times of those of each model that it has."""
    finished = plan.finished()
    left = Counter(fit.model for fit in plan.fits if fit.key not in finished)
    usual = read_usual_seconds(plan.request.store_file, plan.study.dataset.name)
    known = {model: [seconds] for model, seconds in usual.items()}
    own: dict[str, list[float]] = {}
    for fit in plan.fits:
        if fit.key in finished:
            own.setdefault(fit.model, []).append(finished[fit.key])
    return FitTimes(len(finished), left, {**known, **own}, plan.workers.slots)


def _environment(request: ScoreRequest, info: EnvironmentInfo) -> Environment:
    name = request.interpreter.name or environment_name(info["backend"], info["versions"])
    return environment.current_environment(
        info["backend"],
        threads=1,
        flags=info["flags"],
        root=request.root,
        name=name,
        python=info["python"],
        versions=info["versions"],
    )


def _study(request: ScoreRequest, info: EnvironmentInfo, environment: str) -> Study:
    """The study of a request; its splits are drawn with the seed of the run."""
    options, dataset = request.options, request.dataset
    design = options.design
    if design.folds > 1:
        splits = protocols.kfold(dataset, design.folds, design.repeats, options.seed)
        protocol, seeds = f"kfold{design.folds}x{design.repeats}", 1
    else:
        splits, protocol, seeds = protocols.holdout(dataset), "holdout", design.repeats
    return Study(
        dataset=dataset,
        protocol=protocol,
        design=protocol.partition("x")[0],
        splits=splits,
        seeds=seeds,
        models=request.models,
        engine=options.engine,
        run_seed=options.seed,
        environment=environment,
        worker_info=info,
    )
