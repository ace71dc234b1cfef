"""Checks on score studies: an effect that cannot be there must not be found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evenfold.check.by_hand import cross_validated
from evenfold.check.canaries import preprocessing_fault
from evenfold.check.leaks import with_leak
from evenfold.data.datasets import Dataset
from evenfold.data.splits import Split, kfold
from evenfold.diagnostics.finding import Finding
from evenfold.runtime.model_info import ModelInfo
from evenfold.score.findings import study_findings
from evenfold.score.fit_times import JobRunner
from evenfold.score.model_findings import ModelEvidence
from evenfold.score.plan import PlannedFit, Study, plan_fits
from evenfold.score.row_predictions import prediction_arrays, rows_by_model
from evenfold.score.runner import run_fits, score_table
from evenfold.score.store import Store
from evenfold.stats.row_forms import row_values
from evenfold.stats.row_intervals import compare_rows, score_interval
from evenfold.stats.row_variance import RowValues
from evenfold.stats.score_intervals import Design
from evenfold.stats.tested_rows import TestedRows, joined
from evenfold.stats.verdicts import BETTER, WORSE
from evenfold.worker.checks import FAILED, PASSED, SKIPPED, CheckOutcome
from evenfold.worker.plugin import canonical_spec, load_plugin, parse_spec
from evenfold.worker.process_state.state import unchanged_process
from evenfold.worker.protocol import EnvironmentInfo
from evenfold.worker.source_modules import active
from evenfold.worker.sources import Sources

DESIGN = Design(5, 2)
# Many models are checked at once: chance alone must hardly ever fail one.
ERROR = 0.001
BALANCED = "balanced_accuracy"
# A model that always predicts the same has an interval of one point, which is chance when rounded.
ROUNDING = 1e-9
# By model, what is wrong with its study; "" where nothing is.
Faults = dict[str, str]
METRICS = ("accuracy", "log_loss")


@dataclass(frozen=True)
class VariantScores:
    """The scores of a model in a study: by metric one for each split, and every test row."""

    by_split: Mapping[str, NDArray[np.float64]]
    tested: TestedRows

    def values(self, metric: str) -> RowValues:
        """Return a metric row by row."""
        return row_values(metric, self.tested)


Scores = dict[str, VariantScores]


@dataclass(frozen=True)
class StudyChecker:
    """Scores of variants of a study.

    Parameters
    ----------
    study
        The study that checks vary.
    runner
        Runs the fits.
    folder
        A folder for the store.
    infos
        What the file of each model states.
    add_findings
        Called with what may be wrong with the study.
    """

    study: Study
    runner: JobRunner
    folder: Path
    infos: Mapping[str, ModelInfo]
    add_findings: Callable[[Iterable[Finding]], None] = lambda findings: None

    def plan(self, study: Study) -> list[PlannedFit]:
        """Plan the fits of a variant, whose models may have other names for the same files."""
        by_file = {
            sources.digest: self.infos[name].layout for name, sources in self.study.models.items()
        }
        layouts = {name: by_file[sources.digest] for name, sources in study.models.items()}
        return plan_fits(study, layouts)

    def diagnose(self) -> None:
        """Look for what may be wrong with the study itself."""
        study, fits = self.study, self.plan(self.study)
        with Store(self.folder / "fits.sqlite") as store:
            results = run_fits(study, fits, store, self.runner, lambda: None)
        table = score_table(study, fits, results.fits)
        tested = rows_by_model(table, prediction_arrays(study, fits, results.fits), DESIGN)
        evidence = ModelEvidence(table, tested, DESIGN, METRICS[0])
        self.add_findings(study_findings(study, fits, results.fits, evidence))

    def scores(self, study: Study) -> Scores:
        """Return the scores of the models with all fits, in the order of the study's splits."""
        fits = self.plan(study)
        with Store(self.folder / "fits.sqlite") as store:
            results = run_fits(study, fits, store, self.runner, lambda: None)
        table = score_table(study, fits, results.fits)
        arrays = prediction_arrays(study, fits, results.fits)
        tested = rows_by_model(table, arrays, DESIGN)
        order = [split.name for split in study.splits]
        return {
            str(model): VariantScores(
                {
                    name: rows.set_index("split").loc[order, name].to_numpy(np.float64)
                    for name in METRICS
                },
                tested[str(model)],
            )
            for model, rows in table.groupby("model")
            if len(rows) == len(order)
        }


def run_study_checks(checker: StudyChecker) -> Iterator[CheckOutcome]:
    """Run every check on every model of the study, and yield each outcome as it comes."""
    normal = checker.scores(checker.study)
    checker.diagnose()
    for name, check in CHECKS.items():
        faults = check(checker, normal)
        for model in checker.study.models:
            if model not in normal or model not in faults:
                yield CheckOutcome(model, name, SKIPPED, "does not apply, or was not fitted")
            else:
                fault = faults[model]
                yield CheckOutcome(model, name, FAILED if fault else PASSED, fault)


def permuted_labels(checker: StudyChecker, normal: Scores) -> Faults:
    """On permuted labels, every model scores as chance does."""
    study = checker.study
    y = np.random.default_rng(study.run_seed).permutation(study.dataset.y)
    dataset = replace(study.dataset, name="permuted", y=y)
    splits = _splits(dataset)
    permuted = checker.scores(replace(study, dataset=dataset, splits=splits))
    chance = 1 / study.dataset.n_classes
    faults = {}
    for model, scores in permuted.items():
        found = score_interval(scores.values(BALANCED), BALANCED, error=ERROR)
        faults[model] = (
            ""
            if found.low - ROUNDING <= chance <= found.high + ROUNDING
            else f"balanced accuracy {found.estimate:.4f} "
            f"[{found.low:.4f}, {found.high:.4f}] on permuted labels, chance is {chance:.4f}"
        )  # fmt: skip
    return faults


def test_only_feature(checker: StudyChecker, normal: Scores) -> Faults:
    """A feature that gives the label away in test rows, and is noise in training rows, is no help.

    It would be if anything of the test rows reached the training.
    """
    study = checker.study
    by_split = [
        checker.scores(replace(study, dataset=leaking, splits=[split]))
        for split in study.splits
        for leaking in [with_leak(study.dataset, split, study.run_seed)]
    ]
    faults = {}
    for model, scores in normal.items():
        if not all(model in leaking for leaking in by_split):
            continue
        tested = joined([leaking[model].tested for leaking in by_split])
        gain, is_leak = leak_gain(tested, scores.tested)
        fault = f"{gain:+.4f} of accuracy by a feature of the test rows alone"
        faults[model] = fault if is_leak else ""
    return faults


def leak_gain(leaked: TestedRows, plain: TestedRows) -> tuple[float, bool]:
    """Return the accuracy that a feature of the test rows adds, and whether that is a leak.

    It is one if the interval of the difference, of error ``ERROR``, lies above the practical
    threshold.

    Parameters
    ----------
    leaked, plain
        The predictions of a model with the feature and without it.

    Notes
    -----
    On simulated tables of 200 rows with a weak signal (``python experiments/leak_check.py``), none
    of 1600 fair studies fails: 400 each of logistic regression, naive Bayes, 5 nearest neighbours
    and a tree. If all test rows are among the training rows, 100, 100, 97 and 0 of 100 fail; if a
    fifth of them are, 97, 88, 0 and 0. A tree that learned the test rows by heart has no accuracy
    to gain: ``permuted_labels`` finds it.
    """
    values = {"leaked": row_values("accuracy", leaked)}
    reference = row_values("accuracy", plain)
    (result,) = compare_rows(values, reference, "accuracy", error=ERROR).values()
    return result.difference.estimate, result.verdict == BETTER


def same_model_twice(checker: StudyChecker, normal: Scores) -> Faults:
    """A model under a second name, hence with other seeds, is not better or worse than itself."""
    study = checker.study
    twins = {}
    for name, sources in study.models.items():
        stem, settings = parse_spec(name)
        inside = ",".join(f"{key}={value}" for key, value in settings.items())
        twins[canonical_spec(f"{stem}.again[{inside}]")] = sources
    of_twins = checker.scores(replace(study, models=twins))
    faults = {}
    for name, twin in zip(study.models, twins, strict=True):
        if twin in of_twins and name in normal:
            again = {name: of_twins[twin].values("accuracy")}
            reference = normal[name].values("accuracy")
            (result,) = compare_rows(again, reference, "accuracy", error=ERROR).values()
            wrong = result.verdict in (BETTER, WORSE)
            faults[name] = f"{result.verdict} than itself" if wrong else ""
    return faults


def agrees_with_cross_validate(checker: StudyChecker, normal: Scores) -> Faults:
    """An estimator scores as in scikit-learn's ``cross_validate`` on the same splits."""
    study = checker.study
    every = checker.plan(study)
    faults = {}
    for model, sources in study.models.items():
        if checker.infos[model].is_network or model not in normal:
            continue
        with unchanged_process():
            plugin = load_plugin(model, sources)
        fits = [fit for fit in every if fit.model == model]
        with active(plugin.modules):
            scores, expected = normal[model].by_split, cross_validated(study.dataset, plugin, fits)
        same = np.array_equal(expected["accuracy"], scores["accuracy"])
        close = np.allclose(expected["log_loss"], scores["log_loss"], rtol=0, atol=1e-9)
        faults[model] = "" if same and close else (
            f"accuracy {np.mean(scores['accuracy']):.6f}, "
            f"log loss {np.mean(scores['log_loss']):.6f}; "
            f"cross_validate has {np.mean(expected['accuracy']):.6f}, "
            f"{np.mean(expected['log_loss']):.6f}"
        )  # fmt: skip
    return faults


def test_rows_are_not_fitted(checker: StudyChecker, normal: Scores) -> Faults:
    """Other test rows change nothing of what imputer, encoder and scaler know."""
    study = checker.study
    layouts = {model: checker.infos[model].layout for model in study.models}
    by_layout = {
        layout: preprocessing_fault(study.dataset, study.splits, layout)
        for layout in sorted(set(layouts.values()))
    }
    return {model: by_layout[layout] for model, layout in layouts.items()}


CHECKS: dict[str, Callable[[StudyChecker, Scores], Faults]] = {
    "preprocessing": test_rows_are_not_fitted,
    "permuted_labels": permuted_labels,
    "test_only_feature": test_only_feature,
    "same_model_twice": same_model_twice,
    "cross_validate": agrees_with_cross_validate,
}


def default_study(
    dataset: Dataset, models: Mapping[str, Sources], environment: str, worker_info: EnvironmentInfo
) -> Study:
    """Return the study that checks vary: two repeats of five folds, the compiled engine."""
    return Study(
        dataset=dataset,
        protocol=f"kfold{DESIGN.folds}x{DESIGN.repeats}",
        design=f"kfold{DESIGN.folds}",
        splits=_splits(dataset),
        seeds=1,
        models=models,
        engine="compiled",
        run_seed=0,
        environment=environment,
        worker_info=worker_info,
    )


def _splits(dataset: Dataset) -> Sequence[Split]:
    return kfold(dataset, DESIGN.folds, DESIGN.repeats, 0)
