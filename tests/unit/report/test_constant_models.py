"""Models that predict the same for every row are references where a project names none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from builders.predicted_studies import predicted_study
from builders.saved_studies import save_study
from evenfold.report.constant_models import constant_models
from evenfold.report.reading import read_report_data


@pytest.fixture
def study():
    """The predictions of the model ``same`` are 0.4 and 0.6, whatever the row."""
    made = predicted_study({"net": 0.8, "same": 0.5})
    arrays = {
        name: np.full_like(values, [0.4, 0.6]) if name.startswith("same/") else values
        for name, values in made.read_predictions().items()
    }
    return replace(made, arrays=lambda: arrays)


def test_a_constant_model_is_found(study):
    assert ("same",) == constant_models([study])


def test_a_model_that_learns_in_another_study_is_no_constant(study):
    assert () == constant_models([study, predicted_study({"same": 0.8})])


def test_a_report_takes_them_where_the_project_names_no_references(study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_study(study, tmp_path / "results")
    assert ("same",) == read_report_data(tmp_path / "results")[0].references
    (tmp_path / "pyproject.toml").write_text('[tool.evenfold]\nreferences = ["net"]\n')
    assert ("net",) == read_report_data(tmp_path / "results")[0].references
