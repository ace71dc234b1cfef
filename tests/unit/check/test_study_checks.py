"""The checks on studies pass, and a study that is unfair fails them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from builders.tables import messy_table, random_series, weak_table
from evenfold.check.run import check_exit_code, outcome_table
from evenfold.check.studies import (
    StudyChecker,
    agrees_with_cross_validate,
    default_study,
    permuted_labels,
    run_study_checks,
    test_only_feature,
)
from evenfold.data import folds
from evenfold.data.frames import from_frame
from evenfold.data.table_options import TableOptions
from evenfold.diagnostics.finding import Finding
from evenfold.plugins.sources import read_sources
from evenfold.runtime.environment import core_count
from evenfold.runtime.model_info import ModelInfo
from evenfold.runtime.pool import WorkerConfig, describe_worker, run_jobs
from evenfold.score import jobs
from evenfold.worker.checks import CheckOutcome

# A check of that name, not a test.
gains_by_leak = test_only_feature
del test_only_feature

LEARNS_BY_HEART = """
from evenfold import Model

def build(task):
    from sklearn.tree import DecisionTreeClassifier
    return DecisionTreeClassifier()

MODEL = Model(build)
"""


@pytest.fixture
def outcomes(cancer, tmp_path):
    """The checks' results for a quick estimator: failures by name."""
    file = tmp_path / "tree.py"
    file.write_text(LEARNS_BY_HEART)

    def run(dataset=cancer):
        checker = checker_of(dataset, file, tmp_path)
        return {outcome.check: outcome for outcome in run_study_checks(checker)}

    return run


def checker_of(dataset, file, folder):
    study = default_study(
        dataset, {file.stem: read_sources(file)}, "here", describe_worker(WorkerConfig())
    )
    runner = partial(run_jobs, workers=core_count(), config=WorkerConfig())
    infos = {file.stem: ModelInfo("flat", None)}
    return StudyChecker(study, runner, folder, infos)


@pytest.fixture
def linear(tmp_path):
    """The file of a logistic regression."""
    file = tmp_path / "linear.py"
    file.write_text(
        LEARNS_BY_HEART.replace("sklearn.tree", "sklearn.linear_model").replace(
            "DecisionTreeClassifier", "LogisticRegression"
        )
    )
    return file


@pytest.fixture
def leak_fault(linear, tmp_path):
    """What the feature of the test rows shows of a logistic regression on a weak signal."""

    def run(seed):
        checker = checker_of(weak_table(seed=seed), linear, tmp_path)
        return gains_by_leak(checker, checker.scores(checker.study))["linear"]

    return run


@pytest.fixture
def trains_on_test_rows(monkeypatch):
    """From here on, the rows to predict come with the training rows, a number of times."""
    real = folds.make_fold

    def start(times):
        def unfair(dataset, split, layout):
            fold = real(dataset, split, layout)
            x = np.concatenate([fold.x_train, *[fold.x_test] * times])
            y = np.concatenate([fold.y_train, *[dataset.y[split.test]] * times])
            return replace(fold, x_train=x, y_train=y)

        monkeypatch.setattr(jobs, "make_fold", unfair)

    return start


@pytest.mark.slow(reason="fits in worker processes")
def test_noise_that_could_correlate_with_the_label_is_no_leak(leak_fault):
    """On this table, noise of a fixed seed correlates with the label and looks like a leak."""
    assert "" == leak_fault(14)


@pytest.mark.slow(reason="fits in worker processes")
def test_a_leak_into_the_training_is_found(leak_fault, trains_on_test_rows):
    trains_on_test_rows(1)
    assert "of accuracy by a feature of the test rows alone" in leak_fault(0)


@pytest.mark.slow(reason="fits in worker processes")
def test_an_estimator_with_weights_of_classes_is_compared(linear, tmp_path):
    linear.write_text(
        linear.read_text().replace("Model(build)", "Model(build, class_weight={'1': 5.0})")
    )
    checker = checker_of(weak_table(), linear, tmp_path)
    normal = checker.scores(checker.study)
    assert {"linear": ""} == agrees_with_cross_validate(checker, normal)


@pytest.mark.slow(reason="four studies with hundreds of fits")
def test_a_fair_study_of_series_passes(outcomes):
    assert {"passed"} == {outcome.result for outcome in outcomes(random_series()).values()}


@pytest.mark.slow(reason="four studies with hundreds of fits")
def test_a_fair_study_passes(outcomes):
    assert {
        "preprocessing": "passed",
        "permuted_labels": "passed",
        "test_only_feature": "passed",
        "same_model_twice": "passed",
        "cross_validate": "passed",
    } == {name: found.result for name, found in outcomes().items()}


@pytest.mark.slow(reason="four studies with hundreds of fits")
def test_a_fair_study_of_a_messy_table_passes(outcomes):
    """The estimator scores as in a pipeline of scikit-learn's that was written by hand."""
    messy = from_frame(messy_table(), TableOptions("kind", drop=("patient",)))
    assert {"passed"} == {found.result for found in outcomes(messy).values()}


@pytest.mark.slow(reason="fits in worker processes")
def test_a_model_that_never_differs_from_chance_passes(tmp_path):
    """Its interval is chance itself, but for rounding."""
    file = tmp_path / "constant.py"
    file.write_text(
        LEARNS_BY_HEART.replace("sklearn.tree", "sklearn.dummy").replace(
            "DecisionTreeClassifier", "DummyClassifier"
        )
    )
    messy = from_frame(messy_table(), TableOptions("kind"))
    assert {"constant": ""} == permuted_labels(checker_of(messy, file, tmp_path), {})


@pytest.mark.slow(reason="four studies with hundreds of fits")
def test_a_study_that_trains_on_its_test_rows_fails(outcomes, trains_on_test_rows):
    trains_on_test_rows(20)
    found = outcomes()
    assert "failed" == found["permuted_labels"].result
    assert "on permuted labels, chance is 0.5000" in found["permuted_labels"].detail
    assert "failed" == found["cross_validate"].result
    assert "cross_validate has" in found["cross_validate"].detail


def test_the_study_itself_is_diagnosed_with_its_codes(linear, tmp_path):
    plain = weak_table()
    twice = np.tile(np.arange(len(plain.y)), 2)
    copied = replace(plain, x=plain.x[twice], y=plain.y[twice])
    found = []
    replace(checker_of(copied, linear, tmp_path), add_findings=found.extend).diagnose()
    assert "EF001" in {finding.code for finding in found}


def test_findings_follow_the_outcomes_and_change_no_exit_code():
    outcomes = [CheckOutcome("linear", "permuted_labels", "passed")]
    findings = [Finding("EF001", "copies"), Finding("EF013", "off", ("linear",))]
    table = outcome_table(outcomes, findings)
    assert ["permuted_labels", "EF001", "EF013"] == table["check"].tolist()
    assert ["linear", "", "linear"] == table["model"].tolist()
    assert ["passed", "found", "found"] == table["result"].tolist()
    assert 0 == check_exit_code(outcomes)
