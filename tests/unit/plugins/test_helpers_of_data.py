"""Datasets and metrics with helpers: loaded from their sources, like models."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from builders.plugin_files import write_files
from evenfold.errors import PluginError
from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.plugins.datasets import open_dataset
from evenfold.plugins.metrics import find_metric

DATASET = """
import numpy as np
from _shape import ROWS
from evenfold import Dataset


def beads():
    from .more import FEATURES

    x = np.random.default_rng(0).normal(size=(ROWS, FEATURES))
    names = tuple(f"x{number}" for number in range(FEATURES))
    return Dataset("beads", x, np.arange(ROWS) % 2, names, ("a", "b"))


DATASET = beads
"""
METRIC = """
from evenfold import Metric


def half(y, probabilities, positive):
    from _value import VALUE

    return VALUE


METRIC = Metric(half)
"""


def test_a_dataset_has_helpers_and_its_data_are_of_the_present_ones(tmp_path):
    """An edited helper gives other data, and with them another fingerprint."""
    write_files(
        tmp_path, {"beads.py": DATASET, "_shape.py": "ROWS = 40", "more.py": "FEATURES = 3"}
    )
    options, shapes, fingerprints = DatasetOptions("beads", datasets=(tmp_path,)), [], set()
    for features in (3, 4, 3):
        write_files(tmp_path, {"more.py": f"FEATURES = {features}"})
        dataset = open_dataset(options)
        shapes.append(dataset.x.shape)
        fingerprints.add(dataset.fingerprint)
    assert [(40, 3), (40, 4), (40, 3)] == shapes
    assert 2 == len(fingerprints)
    assert "_shape" not in sys.modules


def test_a_metric_has_helpers_that_it_imports_when_it_is_called(tmp_path):
    """Apart from the helpers of another metric, whichever is called first."""
    values = {}
    for name, value in (("first", 0.25), ("second", 0.5)):
        files = {f"{name}.py": METRIC, "_value.py": f"VALUE = {value}"}
        folder = write_files(tmp_path / name, files)
        values[name] = find_metric(name, [folder], tmp_path).plugin.function
    write_files(tmp_path, {"first/_value.py": "1 / 0"})
    arguments = np.zeros(2, np.int64), np.ones((2, 2)), None
    assert [0.5, 0.25] == [values[name](*arguments) for name in ("second", "first")]
    assert "_value" not in sys.modules


def test_a_package_may_be_a_dataset_or_a_metric(tmp_path):
    files = {"beads/__init__.py": DATASET.replace("from _shape", "from ._shape"),
             "beads/_shape.py": "ROWS = 30", "beads/more.py": "FEATURES = 2"}  # fmt: skip
    dataset = open_dataset(DatasetOptions("beads", datasets=(write_files(tmp_path, files),)))
    assert ("beads", (30, 2)) == (dataset.name, dataset.x.shape)


def test_a_broken_helper_of_a_dataset_is_named(tmp_path):
    write_files(tmp_path, {"beads.py": DATASET, "_shape.py": "ROWS =", "more.py": ""})
    with pytest.raises(PluginError, match=r"^dataset beads \(.*\): _shape\.py, line 1 is not P"):
        open_dataset(DatasetOptions("beads", datasets=(tmp_path,)))
