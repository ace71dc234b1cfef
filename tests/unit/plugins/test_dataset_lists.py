"""Several datasets at once: files of a project with their settings, folders, and refusals."""

from __future__ import annotations

import pandas as pd
import pytest

from evenfold.errors import UsageError
from evenfold.plugins.dataset_lists import expand_datasets
from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.plugins.datasets import has_default_positive, open_dataset

SETTINGS = '[tool.evenfold.tables."a.csv"]\ntarget = "y"\npositive = "no"\ndrop = ["z"]\n'


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Two tables with settings of one of them in pyproject.toml."""
    table = pd.DataFrame({"x": range(20), "z": range(20), "y": ["no", "yes"] * 10})
    for name in ("a", "b"):
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    (tmp_path / "pyproject.toml").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_table_is_read_with_the_settings_of_the_project(project):
    dataset = open_dataset(DatasetOptions("a.csv"), project)
    assert dataset.feature_names == ("x",)
    assert dataset.positive_name == "no"
    assert not has_default_positive(DatasetOptions("a.csv"), project)


def test_a_given_option_comes_before_the_projects(project):
    options = DatasetOptions("a.csv", positive="yes", drop=("x",))
    dataset = open_dataset(options, project)
    assert (dataset.feature_names, dataset.positive_name) == (("z",), "yes")


def test_a_table_without_settings_needs_its_target(project):
    with pytest.raises(UsageError, match="which column holds the labels"):
        open_dataset(DatasetOptions("b.csv"), project)


def test_a_setting_of_a_wrong_kind_is_refused_with_its_place(project):
    for text, message in (
        ("target = 3", "target must be a text, found 3"),
        ('drop = "x"', "drop must be a list of columns, found 'x'"),
        ('aim = "y"', "has no setting 'aim': settings are target"),
    ):
        (project / "pyproject.toml").write_text(f'[tool.evenfold.tables."a.csv"]\n{text}\n')
        with pytest.raises(UsageError, match=rf'tables\."a\.csv"\] {message}'):
            open_dataset(DatasetOptions("a.csv"), project)


def test_without_a_dataset_a_folder_stands_for_all_that_it_holds(project):
    every = expand_datasets((), DatasetOptions(datasets=(project,)), project)
    assert [one.dataset for one in every] == [str(project / "a.csv"), str(project / "b.csv")]


def test_a_folder_without_datasets_is_refused(tmp_path):
    with pytest.raises(UsageError, match="there is no dataset in this folder"):
        expand_datasets((), DatasetOptions(datasets=(tmp_path,)), tmp_path)


def test_an_option_of_one_dataset_is_refused_with_several(project):
    shared = DatasetOptions(target="y", sample_weight="w")
    with pytest.raises(UsageError, match=r"--target and --sample-weight cannot apply: .* are 2"):
        expand_datasets(["a.csv", "b.csv"], shared, project)
    assert expand_datasets(["b.csv"], shared, project)[0].target == "y"


def test_two_datasets_of_one_name_are_refused(project):
    with pytest.raises(UsageError, match="2 datasets are called 'a'"):
        expand_datasets(["a.csv", project / "a.csv"], DatasetOptions(), project)


def test_a_mapping_names_datasets(project):
    frame = pd.DataFrame({"x": range(20), "y": ["no", "yes"] * 10})
    [one] = expand_datasets({"mine": frame}, DatasetOptions(target="y"), project)
    assert open_dataset(one, project).name == "mine"


def test_no_dataset_is_the_default_one(tmp_path):
    assert expand_datasets((), DatasetOptions(), tmp_path)[0].dataset == "breast_cancer"


def test_folders_are_for_the_datasets_that_lie_there(project):
    shared = DatasetOptions(datasets=(project,))
    every = expand_datasets(["wine", "a.csv", "own"], shared, project)
    assert [one.datasets for one in every] == [(), (), (project,)]
