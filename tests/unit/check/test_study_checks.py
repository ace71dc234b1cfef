"""The checks on studies pass, and a study that is unfair fails them."""

from __future__ import annotations

from functools import partial

import pytest

from builders.tables import messy_table
from evenfold.check.studies import StudyChecker, default_study, permuted_labels, run_study_checks
from evenfold.data import folds
from evenfold.data.frames import from_frame
from evenfold.data.table_options import TableOptions
from evenfold.plugins.sources import read_sources
from evenfold.runtime.environment import core_count
from evenfold.runtime.pool import WorkerConfig, describe_worker, run_jobs
from evenfold.score import runner

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
        study = default_study(
            dataset, {"tree": read_sources(file)}, "here", describe_worker(WorkerConfig())
        )
        runner = partial(run_jobs, workers=core_count(), config=WorkerConfig())
        return {
            found.check: found for found in run_study_checks(StudyChecker(study, runner, tmp_path))
        }

    return run


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
    study = default_study(
        messy, {"constant": read_sources(file)}, "here", describe_worker(WorkerConfig())
    )
    runner = partial(run_jobs, workers=core_count(), config=WorkerConfig())
    assert {"constant": ""} == permuted_labels(StudyChecker(study, runner, tmp_path), {})


@pytest.mark.slow(reason="four studies with hundreds of fits")
def test_a_study_that_trains_on_its_test_rows_fails(outcomes, monkeypatch):
    real = folds.make_fold

    def unfair(dataset, split, layout):
        from dataclasses import replace

        import numpy as np

        fold = real(dataset, split, layout)
        # The rows to predict come with the training rows, many times.
        x = np.concatenate([fold.x_train, *[fold.x_test] * 20])
        y = np.concatenate([fold.y_train, *[dataset.y[split.test]] * 20])
        return replace(fold, x_train=x, y_train=y)

    monkeypatch.setattr(runner, "make_fold", unfair)
    found = outcomes()
    assert "failed" == found["permuted_labels"].result
    assert "on permuted labels, chance is 0.5000" in found["permuted_labels"].detail
    assert "failed" == found["cross_validate"].result
    assert "cross_validate has" in found["cross_validate"].detail
