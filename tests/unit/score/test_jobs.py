"""The jobs of a study: each has the files of its fold, which take bounded room."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from builders.models import ESTIMATOR
from evenfold.data.folds import make_fold
from evenfold.data.splits import kfold
from evenfold.errors import DataError
from evenfold.plugins.sources import read_sources
from evenfold.score.jobs import StudyJobs
from evenfold.score.plan import Study, plan_fits

LAYOUTS = {"a": "flat", "b": "flat"}
INFO = {"python": "3.13.0", "versions": {"numpy": "2.0"}, "backend": None, "flags": {}}


@pytest.fixture
def study(cancer, tmp_path):
    """Two models on three splits."""
    (tmp_path / "bayes.py").write_text(ESTIMATOR)
    source = read_sources(tmp_path / "bayes.py")
    splits = kfold(cancer, folds=3, repeats=1, seed=0)
    models = {"a": source, "b": source}
    return Study(cancer, "kfold3x1", "kfold3", splits, 1, models, "compiled", 0, "e", INFO)


def folds_on_disk(folder):
    return sorted(folder.glob("*.npz"))


@pytest.mark.parametrize("most_bytes", [0, 300_000, 2**30])
def test_every_job_has_the_arrays_of_its_fold(study, tmp_path, most_bytes):
    planned = plan_fits(study, LAYOUTS)
    jobs = StudyJobs(study, planned, tmp_path, most_bytes)
    for fit, job in zip(planned, jobs, strict=True):
        expected = make_fold(study.dataset, fit.split, fit.layout)
        with np.load(job["fold"]) as fold:
            np.testing.assert_array_equal(fold["x_train"], expected.x_train)
        assert (job["key"], job["seed"]) == (fit.key, fit.seed)
        jobs.finish(job)


def test_folds_are_removed_when_no_fit_reads_them_and_they_are_too_large(study, tmp_path):
    jobs = StudyJobs(study, plan_fits(study, LAYOUTS), tmp_path, most_bytes=0)
    running = iter(jobs)
    first, second = next(running), next(running)
    assert len(folds_on_disk(tmp_path)) == 2
    jobs.finish(first)
    assert folds_on_disk(tmp_path) == [Path(second["fold"])]
    jobs.finish(second)
    assert folds_on_disk(tmp_path) == []


def test_models_share_folds_as_long_as_there_is_room(study, tmp_path):
    jobs = StudyJobs(study, plan_fits(study, LAYOUTS), tmp_path)
    files = []
    for job in jobs:
        files.append(job["fold"])
        jobs.finish(job)
    assert files[:3] == files[3:]
    assert len(folds_on_disk(tmp_path)) == 3


def test_a_fold_is_made_when_its_job_is_taken(study, tmp_path):
    jobs = StudyJobs(study, plan_fits(study, LAYOUTS), tmp_path)
    assert len(folds_on_disk(tmp_path)) == 1
    next(running := iter(jobs))
    assert len(folds_on_disk(tmp_path)) == 1
    next(running)
    assert len(folds_on_disk(tmp_path)) == 2


def test_data_that_cannot_be_prepared_are_refused_before_any_job(study, tmp_path):
    x = study.dataset.x.copy()
    x[0, 0] = 1e305
    of_large = replace(study, dataset=replace(study.dataset, x=x))
    with pytest.raises(DataError, match="too large"):
        StudyJobs(of_large, plan_fits(study, LAYOUTS), tmp_path)
