"""Fixtures of all tests: the framework, the data, and model files written for a test."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap

import pytest

from builders import ROOT
from builders.models import ESTIMATOR, NETWORK
from builders.processes import outside_xdist
from evenfold.runtime.lock import LOCK_DIR_VARIABLE


def pytest_collection_modifyitems(items):
    """Mark what uses a framework; refuse a slow test that does not say why it is slow."""
    for item in items:
        if {"framework", "compiled_framework", "tensorflow_framework"} & set(item.fixturenames):
            item.add_marker("framework")
        for mark in item.iter_markers("slow"):
            if not mark.kwargs.get("reason"):
                raise pytest.UsageError(f"{item.nodeid}: give the marker slow a reason")


def pytest_make_parametrize_id(val, argname):
    """Bytes get the name of their argument: packed bytes hold the time, and processes that share
    the tests must collect the same names."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session", autouse=True)
def lock_folder(tmp_path_factory):
    """The timing lock is one of this test run, so that two runs do not wait for each other."""
    folder = tmp_path_factory.mktemp("locks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(LOCK_DIR_VARIABLE, str(folder))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def program_cache(tmp_path_factory):
    """Workers of one test run share compiled programs, and leave none in the user's folder."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENFOLD_PROGRAMS", str(folder / "programs"))
        yield folder / "programs"


@pytest.fixture(scope="session")
def framework():
    from evenfold.worker.device import open_framework

    opened = open_framework()
    if opened.name is None:
        pytest.skip("no framework is installed")
    return opened


@pytest.fixture(scope="session")
def compiled_framework(framework):
    """The framework, where it has a compiled engine."""
    from evenfold.worker.engines.choice import ENGINES

    if framework.name not in ENGINES:
        pytest.skip(f"Keras on {framework.name} has no compiled engine")
    return framework


@pytest.fixture(scope="session")
def tensorflow_framework(framework):
    """The framework, where it is TensorFlow."""
    if framework.name != "tensorflow":
        pytest.skip("of the compiled engine on TensorFlow")
    return framework


@pytest.fixture(scope="session")
def built_in_files():
    from evenfold.plugins.folders import built_in_folder, find_plugins

    return find_plugins([built_in_folder()]).files


@pytest.fixture(scope="session")
def cancer():
    from evenfold.data.datasets import built_in

    return built_in("breast_cancer")


@pytest.fixture(scope="session")
def tutorial_split(cancer):
    from evenfold.data.splits import holdout

    return holdout(cancer)[0]


@pytest.fixture(scope="session")
def flat_fold(cancer, tutorial_split):
    from evenfold.data.folds import make_fold

    return make_fold(cancer, tutorial_split, "flat")


@pytest.fixture
def write_model(tmp_path):
    """Writes a model file and returns it loaded."""
    from evenfold.plugins.models import load_model

    def write(text, name="mine"):
        folder = tmp_path / "models"
        folder.mkdir(exist_ok=True)
        path = folder / f"{name}.py"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return load_model(name, path)

    return write


@pytest.fixture
def network(write_model):
    return write_model(NETWORK, "network")


@pytest.fixture
def estimator(write_model):
    return write_model(ESTIMATOR, "estimator")


@pytest.fixture
def run_python():
    """Run this Python in a process of its own, far from the checkout's configuration."""

    def run(*arguments, cwd=ROOT, timeout=900, **environment):
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=cwd,
            timeout=timeout,
            env={**outside_xdist(), "PYTHONIOENCODING": "utf-8", **environment},
        )

    return run


@pytest.fixture
def results(tmp_path, monkeypatch):
    """One environment's bench run of the repository."""
    monkeypatch.chdir(tmp_path)
    bench = "epyc-2c/tf2.21"
    without = shutil.ignore_patterns("scores")
    shutil.copytree(ROOT / "results" / bench, tmp_path / "results" / bench, ignore=without)
    return tmp_path / "results"


@pytest.fixture
def told_of(results):
    """What a report shows and its only problem, where one of its files says something."""

    def told_of(file, says):
        from evenfold.report.reading import read_report_data

        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(says))
        shown, (problem,) = read_report_data(results)
        assert str(file) in problem
        return shown, problem

    return told_of
