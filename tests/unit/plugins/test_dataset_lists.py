"""Several datasets at once: files of a project with their settings, folders, and refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evenfold.errors import DataError, UsageError
from evenfold.plugins.dataset_lists import as_sources, expand_datasets
from evenfold.plugins.dataset_options import DatasetOptions, dataset_name
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


def test_a_folder_with_one_table_is_that_table(project):
    (project / "one").mkdir()
    (project / "b.csv").rename(project / "one" / "b.csv")
    shared = DatasetOptions(target="y", datasets=(project / "one",))
    (one,) = expand_datasets((), shared, project)
    assert open_dataset(one, project).name == "b"


def test_a_named_dataset_that_no_folder_holds_refuses_the_folder(project):
    (one,) = expand_datasets(["a.csv"], DatasetOptions(datasets=(project,)), project)
    with pytest.raises(UsageError, match=r"--datasets cannot apply: none of its files is a\.csv"):
        open_dataset(one, project)


@pytest.mark.parametrize("ending", ["csv.gz", "tab", "tsv.gz", "parquet", "pq", "XLSX"])
def test_a_folder_stands_for_files_of_every_kind_that_is_read(ending, tmp_path):
    (tmp_path / f"mine.{ending}").write_bytes(b"")
    (one,) = expand_datasets((), DatasetOptions(datasets=(tmp_path,)), tmp_path)
    assert dataset_name(one) == "mine"


def test_the_name_of_a_dataset_is_known_before_it_is_opened(project):
    table = pd.read_csv("a.csv")
    table.to_csv("packed.csv.gz", index=False)
    for source in ("a.csv", "packed.csv.gz", "wine", table):
        options = DatasetOptions(
            source, target=None if isinstance(source, str) and source == "wine" else "y"
        )
        assert dataset_name(options) == open_dataset(options, project).name


def test_a_packed_table_and_an_unpacked_one_of_one_name_are_refused(project):
    with pytest.raises(UsageError, match="2 datasets are called 'a'"):
        expand_datasets(["a.csv", "a.csv.gz"], DatasetOptions(), project)


def test_options_apply_to_each_of_several_frames(project):
    frame = pd.DataFrame({"x": range(20), "y": ["no", "yes"] * 10})
    shared = DatasetOptions(target="y", positive="no")
    every = expand_datasets({"one": frame, "two": frame}, shared, project)
    assert [open_dataset(one, project).name for one in every] == ["one", "two"]
    assert [one.positive for one in every] == ["no", "no"]
    with pytest.raises(UsageError, match="--target and --positive cannot apply"):
        expand_datasets({"one": frame, "two": "a.csv"}, shared, project)


@pytest.mark.parametrize("data", [[], (), {}])
def test_an_empty_list_is_no_default_dataset(data):
    with pytest.raises(UsageError, match="there is no dataset to score on: data is empty"):
        as_sources(data)


@pytest.mark.parametrize(
    "data",
    [np.zeros((4, 2)), [np.zeros(4)], {"a": 3}, [None, "wine"], b"wine"],
    ids=["array", "arrays", "number", "none", "bytes"],
)
def test_what_is_no_dataset_is_refused_by_its_type(data):
    with pytest.raises(
        DataError, match=r"data: expected a pandas DataFrame, found .*: call pandas"
    ):
        as_sources(data)


def test_what_is_no_frame_is_refused_before_its_target_is(project):
    with pytest.raises(DataError, match="frame: expected a pandas DataFrame, found ndarray"):
        open_dataset(DatasetOptions(np.zeros((4, 2))), project)


def test_a_frame_a_path_and_a_name_are_datasets(project):
    frame = pd.DataFrame({"x": [1]})
    assert as_sources(frame)[0] is frame
    assert as_sources(["wine", project / "a.csv"]) == ["wine", project / "a.csv"]
    assert as_sources(None) == [None]
