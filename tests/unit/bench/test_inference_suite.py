"""What the inference suite is made of: batches, paths, percentiles, and what it does without."""

from __future__ import annotations

import os
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from types import SimpleNamespace

import numpy as np
import pytest

from builders import ROOT
from evenfold.bench.inference import Inference
from evenfold.errors import FitError, Skip
from evenfold.worker import inference, train
from evenfold.worker.device import without_framework
from evenfold.worker.paths import litert


@pytest.fixture(scope="module")
def suite(pytestconfig):
    """The module of the suite, under a name that no test file has."""
    pytestconfig.addinivalue_line("markers", "full: as the hooks of the suite name it")
    spec = spec_from_file_location("inference_suite", ROOT / "bench" / "test_inference.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def session(estimator, flat_fold):
    """What batches and paths are made of, and how often a path was."""
    framework = without_framework()
    fit = train.prepare(estimator, flat_fold, 0, framework)
    train.run(fit)
    return SimpleNamespace(
        framework=framework, model=lambda contender, kind: fit.model, fold=lambda layout: flat_fold
    )


@pytest.mark.parametrize(
    ("samples", "known"), [(1, []), (2, ["50"]), (10, ["50", "90"]), (100, ["50", "90", "99"])]
)
def test_a_percentile_is_of_enough_samples(suite, samples, known):
    """The 99th of twenty would be the largest of them."""
    seconds = np.arange(1.0, samples + 1)
    found = suite.percentiles(seconds)
    assert known == list(found)
    assert all(found[p] == pytest.approx(np.percentile(seconds, int(p))) for p in known)


@pytest.mark.parametrize(("needed", "free"), [(None, 1e9), (1e9, None), (1e8, 1e9)])
def test_a_batch_that_has_room_is_measured(suite, needed, free):
    reason = None
    try:
        suite.require_memory(needed, free)
    except pytest.skip.Exception as skipped:  # which would skip this test too
        reason = str(skipped)
    assert reason is None


def test_a_batch_that_could_end_the_run_is_skipped_with_its_size(suite):
    with pytest.raises(pytest.skip.Exception, match=r"hold 3\.0 GB, 8\.0 GB are free"):
        suite.require_memory(3e9, 8e9)


def test_memory_that_could_not_be_measured_takes_no_timing_with_it(suite, monkeypatch):
    def killed(*_):
        raise FitError("net: its own process ended with -9")

    monkeypatch.setattr(suite.isolated, "measure_path", killed)
    with pytest.warns(UserWarning, match="call: its memory was not measured: net: its own"):
        assert suite.peak_of(None, None, None, "call", 65536) is None


def test_a_path_is_converted_once_and_given_up_for_the_next(session, monkeypatch, estimator):
    made = []
    prepare = inference.prepare_path
    monkeypatch.setattr(inference, "prepare_path", lambda *a: (made.append(a[0]), prepare(*a))[1])
    ready = Inference(session)
    first = ready.path(estimator, "cpu", "predict")
    assert first is ready.path(estimator, "cpu", "predict")
    assert ["predict"] == made
    ready.path(replace(estimator, name="other"), "cpu", "predict")
    assert 1 == len(ready._ready)
    ready.path(estimator, "cpu", "predict")
    assert ["predict"] * 3 == made
    ready.release()
    assert not ready._ready
    with pytest.raises(Skip):
        ready.path(estimator, "cpu", "call")


def test_batches_are_of_one_model_at_a_time(session, flat_fold, estimator):
    """Rows of the test part, again and again, with what predict makes of them."""
    ready = Inference(session)
    x, expected = ready.batch(estimator, "cpu", 300)
    assert ((300, 2), (300, *flat_fold.x_test.shape[1:])) == (expected.shape, x.shape)
    np.testing.assert_array_equal(x[: len(flat_fold.x_test)], x[len(flat_fold.x_test) :][:114])
    found = session.model(0, 0).predict_proba(x)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert x is ready.batch(estimator, "cpu", 300)[0]
    ready.batch(replace(estimator, name="other"), "cpu", 1)
    assert [("other", "cpu", 1)] == list(ready._batches)


@pytest.mark.parametrize(("threads", "expected"), [(3, 3), (None, os.cpu_count())])
def test_litert_takes_all_threads_unless_it_is_told_how_many(
    framework, write_model, flat_fold, monkeypatch, threads, expected
):
    """By itself it takes one, where other paths take all."""
    from builders.models import NETWORK

    told = []
    interpreter = litert._interpreter()

    def noting(**options):
        told.append(options["num_threads"])
        return interpreter(**options)

    monkeypatch.setattr(litert, "_interpreter", lambda: noting)
    model = train.prepare(write_model(NETWORK, "net"), flat_fold, 0, framework).model
    try:
        litert.prepare(model, replace(framework, threads=threads), flat_fold.x_train)
    except Skip as skip:
        pytest.skip(str(skip))
    assert [expected] == told
