"""The findings of a score study: those on its data, and those on its models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from evenfold.data.datasets import Dataset
from evenfold.data.duplicates import duplicate_findings
from evenfold.data.folds import make_fold
from evenfold.data.splits import Split
from evenfold.diagnostics.finding import (
    CODES,
    Finding,
    finding_from_json,
    without_silenced,
)
from evenfold.diagnostics.logistic import PreparedSplit, is_affordable, logistic_probabilities
from evenfold.errors import ResultsError
from evenfold.score.data_findings import data_findings
from evenfold.score.fit import Fit
from evenfold.score.model_findings import ModelEvidence, Place, model_findings
from evenfold.score.plan import PlannedFit, Study
from evenfold.score.predictions import read_histories
from evenfold.score.row_predictions import FITS_OF_SPLIT, split_number
from evenfold.score.study_scores import StudyScores
from evenfold.stats.tested_rows import TestedRows

# The codes that compare models with logistic regression.
OF_BASELINE = ("EF009", "EF012")
LOGISTIC = "logistic_regression"


def study_findings(
    study: Study,
    planned: Sequence[PlannedFit],
    fits: Mapping[str, Fit],
    evidence: ModelEvidence,
    silenced: Sequence[str] = (),
) -> tuple[Finding, ...]:
    """Return the findings of a study that has run, in the order of codes.

    Parameters
    ----------
    study, planned, fits
        The study, its fits, and the finished ones by key.
    evidence
        Scores and predictions.
    silenced
        Codes that are left out.
    """
    curves = {
        (fit.model, fit.split.name, fit.seed): {
            name: np.array(values) for name, values in fits[fit.key].history.items()
        }
        for fit in planned
        if fit.key in fits and fits[fit.key].history
    }
    baseline = None
    if set(OF_BASELINE) - set(silenced):
        baseline = logistic_baseline(study.dataset, study.splits, evidence)
    evidence = replace(evidence, curves=curves, baseline=baseline)
    of_data = data_findings(study.dataset, study.duplicates, evidence.metric)
    return without_silenced([*of_data, *model_findings(evidence)], silenced)


def saved_findings(
    study: StudyScores, metric: str, silenced: Sequence[str] = ()
) -> tuple[Finding, ...]:
    """Return the findings of a saved study, in the order of codes.

    Those on the data are those of the run; an older study has none but that on duplicates. Those on
    the models come from its predictions and learning curves.

    Parameters
    ----------
    study
        The study.
    metric
        The metric of the verdicts.
    silenced
        Codes that are left out.
    """
    record = study.environment.get("findings")
    if record is not None:
        known = [finding_from_json(each) for each in record if each["code"] in CODES]
        return without_silenced(known, silenced)
    tested = study.model_scores.tested
    evidence = ModelEvidence(
        scores=study.scores,
        tested=tested,
        design=study.design,
        metric=metric,
        curves=_saved_curves(study),
        baseline=tested.get(LOGISTIC),
    )
    found = [*duplicate_findings(study.duplicates), *model_findings(evidence)]
    return without_silenced(found, silenced)


def _saved_curves(study: StudyScores) -> dict[Place, Mapping[str, Any]]:
    try:
        table = read_histories(study)
    except ResultsError:  # a store, and older studies, have none
        return {}
    curves: dict[Place, Mapping[str, Any]] = {}
    quantities = [name for name in table.columns if name not in ("model", "split", "seed", "epoch")]
    for (model, split, seed), rows in table.groupby(["model", "split", "seed"], sort=False):
        values = {name: rows[name].to_numpy(np.float64) for name in quantities}
        kept = {name: each for name, each in values.items() if np.isfinite(each).all()}
        curves[str(model), str(split), int(str(seed))] = kept
    return curves


def logistic_baseline(
    dataset: Dataset, splits: Sequence[Split], evidence: ModelEvidence
) -> TestedRows | None:
    """Return the predictions of logistic regression: of a study that has it, or of a first repeat.

    Parameters
    ----------
    dataset, splits
        The rows and all splits.
    evidence
        The design, and the predictions of models, whose fits the baseline has.

    Returns
    -------
    TestedRows
        None if the fits would take long, or no model has fits of the first repeat.
    """
    if LOGISTIC in evidence.tested:
        return evidence.tested[LOGISTIC]
    design, classes = evidence.design, dataset.n_classes
    columns = int(np.prod(dataset.x.shape[1:]))
    if not evidence.tested or not is_affordable(len(dataset.y), columns, classes):
        return None
    template = max(evidence.tested.values(), key=lambda one: len(one.row))
    first = splits[: design.folds]
    numbers = [split_number(split.name, design) for split in first]
    fits = np.unique(template.fit)
    of_first = template.only_fits(fits[np.isin(fits % FITS_OF_SPLIT, numbers)])
    if not len(of_first.row):
        return None
    predicted = np.full((len(dataset.y), classes), np.nan)
    for split in first:
        predicted[split.test] = logistic_probabilities(_prepared(dataset, split), classes)
    return replace(of_first, probabilities=predicted[of_first.row])


def _prepared(dataset: Dataset, split: Split) -> PreparedSplit:
    fold = make_fold(dataset, split, "flat")
    return PreparedSplit(fold.x_train, fold.y_train, fold.x_test)
