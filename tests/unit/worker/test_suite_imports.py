"""A suite imports what its environment has installed, whatever pytest adds to the search path."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from evenfold.runtime.staging import stage
from evenfold.runtime.worker_process import WorkerProcess
from evenfold.worker.suite_imports import InstalledFinder

SUITE = """
import pytest
import installed_one
import only_here

@pytest.mark.parametrize("place", [installed_one.PLACE, only_here.PLACE])
def test_place(benchmark, place):
    benchmark(len, place)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project whose folder pytest adds to the search path, and an environment with a package."""
    folder = tmp_path_factory.mktemp("imports")
    for place in ("project", "installed"):
        (folder / place / "installed_one").mkdir(parents=True)
        (folder / place / "installed_one/__init__.py").write_text(f"PLACE = {place!r}\n")
    root = folder / "project"
    (root / "only_here.py").write_text("PLACE = 'here'\n")
    (root / "conftest.py").touch()
    (root / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\n')
    (root / "bench").mkdir()
    (root / "bench/__init__.py").touch()
    (root / "bench/test_place.py").write_text(SUITE)
    return root


def collected(project: Path, folder: Path, paths: list[Path]) -> dict:
    variables = {**os.environ, "PYTHONPATH": str(project.parent / "installed")}
    worker = WorkerProcess(Path(sys.executable), stage(folder, "suite_serve"), variables)
    try:
        worker.greet(1, False)
        return worker.ask(
            {"do": "collect", "root": str(project), "suite": "bench/test_place.py",
             "paths": [str(path) for path in paths], "packages": ["installed_one", "only_here"],
             "clock": "wall", "describe": False}, 60,
        )  # fmt: skip
    finally:
        worker.stop()


def test_an_environment_runs_what_is_installed_in_it(project, tmp_path):
    answer = collected(project, tmp_path / "staged", [])
    names = [benchmark["name"] for benchmark in answer["benchmarks"]]
    assert names == ["test_place[installed]", "test_place[here]"]
    assert answer["uninstalled"] == ["only_here"]


def test_a_contender_of_files_runs_its_files(project, tmp_path):
    answer = collected(project, tmp_path / "staged", [project])
    names = [benchmark["name"] for benchmark in answer["benchmarks"]]
    assert names == ["test_place[project]", "test_place[here]"]
    assert answer["uninstalled"] == []


def test_a_package_that_is_not_installed_is_left_to_others():
    finder = InstalledFinder(["json", "no_such_package"])
    assert finder.find_spec("json").origin.endswith("__init__.py")
    assert finder.find_spec("no_such_package") is None
