"""Running the fits of a study: each is scored once, when its worker answers."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from builders.models import ESTIMATOR
from evenfold.data.splits import kfold
from evenfold.errors import ResultsError
from evenfold.plugins.sources import read_sources
from evenfold.score import runner
from evenfold.score.plan import Study, plan_fits
from evenfold.score.runner import run_fits, score_table
from evenfold.score.store import Store
from evenfold.score.stored_scores import read_scores

LAYOUTS = dict.fromkeys(("bayes", "a", "b", "c"), "flat")
INFO = {"python": "3.13.0", "versions": {"numpy": "2.0"}, "backend": None, "flags": {}}


@pytest.fixture
def study(cancer, tmp_path):
    file = tmp_path / "bayes.py"
    file.write_text(ESTIMATOR)
    splits = kfold(cancer, folds=3, repeats=1, seed=0)
    models = {"bayes": read_sources(file)}
    return Study(cancer, "kfold3x1", "kfold3", splits, 1, models, "compiled", 0, "e", INFO)


def answers(jobs):
    """A worker's answer to each job: the same probabilities for every row."""
    for job in jobs:
        with np.load(job["fold"]) as fold:
            rows = len(fold["x_test"])
        yield job, {
            "engine": "estimator", "note": "", "probabilities": [[0.25, 0.75]] * rows,
            "curves": None, "history": {}, "seconds": 0.5, "peak_bytes": None,
            "resident_bytes": None,
        }  # fmt: skip


def test_a_fit_is_scored_once_and_its_scores_are_read_from_the_store(study, tmp_path, monkeypatch):
    real, calls = runner.compute_scores, []

    def counted(*arguments):
        calls.append(arguments)
        return real(*arguments)

    monkeypatch.setattr(runner, "compute_scores", counted)
    planned, tables = plan_fits(study, LAYOUTS), []
    for _ in range(2):
        with Store(tmp_path / "fits.sqlite") as store:
            results = run_fits(study, planned, store, answers, lambda: None)
        tables.append(score_table(study, planned, results.fits))
    assert 3 == len(calls)
    assert tables[0].equals(tables[1])
    y = study.dataset.y
    expected = [np.mean(y[split.test] == 1) for split in study.splits]
    assert expected == pytest.approx(list(tables[0]["accuracy"]))


def test_a_study_without_comparisons_leaves_the_order_of_the_store(study, tmp_path):
    """Neither a model alone nor a reference that fails becomes the reference of a store."""
    file, source = tmp_path / "fits.sqlite", study.models["bayes"]

    def order_after(models, runner=answers):
        made = replace(study, models=dict.fromkeys(models, source))
        with Store(file) as store:
            run_fits(made, plan_fits(made, LAYOUTS), store, runner, lambda: None)
        (order,) = read_scores(file, ["accuracy"]).orders.values()
        return order

    def failing(jobs):
        for job in jobs:
            yield job, {"failed": "no fit"}

    assert order_after(["a"]) == ("a",)
    assert order_after(["b", "a"]) == ("b", "a")
    assert order_after(["a"]) == ("b", "a")
    assert order_after(["c", "a"], failing) == ("b", "a")
    assert order_after(["a", "b"]) == ("a", "b")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"probabilities": [[0.25, 0.75]]},
            r"probabilities have shape \(1, 2\), expected \(190, 2",
        ),
        ({"probabilities": [[1.0]] * 190}, r"shape \(190, 1\)"),
        ({"probabilities": [[0.5, 0.5]] * 189 + [[1.0]]}, "probabilities are not an array"),
        ({"probabilities": [[0.5, float("nan")]] * 190}, "probabilities are not finite"),
        (
            {"curves": [[[0.5, 0.5]] * 190]},
            r"curves have shape \(1, 190, 2\), expected \(epochs, 569",
        ),
        ({"history": {"loss": [float("inf")]}}, "history is not finite"),
    ],
)
def test_a_wrong_answer_is_one_failed_fit(study, tmp_path, change, reason):
    """Others are saved. The rows of an answer are counted by whoever knows them."""

    def one_is_wrong(jobs):
        for number, (job, answer) in enumerate(answers(jobs)):
            yield job, {**answer, **change} if number == 0 else answer

    planned = plan_fits(study, LAYOUTS)
    with Store(tmp_path / "fits.sqlite") as store:
        results = run_fits(study, planned, store, one_is_wrong, lambda: None)
    (failed,) = results.failed.values()
    assert "bayes" == failed.model
    assert re.search(reason, failed.reason)
    assert 2 == len(results.fits)


def test_a_store_with_changed_predictions_is_refused_before_it_is_written(study, tmp_path):
    file, planned = tmp_path / "fits.sqlite", plan_fits(study, LAYOUTS)
    with Store(file) as store:
        run_fits(study, planned, store, answers, lambda: None)
        store._connection.execute("UPDATE kept SET probabilities = substr(probabilities, 17)")
        store._connection.commit()
    before = file.read_bytes()
    with Store(file) as store, pytest.raises(ResultsError, match="not those that were saved"):
        run_fits(study, planned, store, answers, lambda: None)
    assert file.read_bytes() == before
