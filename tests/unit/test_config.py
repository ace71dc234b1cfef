"""A project's settings in pyproject.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenfold import config
from evenfold.config import project_file, read_config
from evenfold.errors import UsageError
from evenfold.plugins.models import find_models


def test_folders_are_beside_the_file_that_names_them(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.evenfold]\nmodels = ["mine", "../yours"]\n')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert (tmp_path / "mine", tmp_path / ".." / "yours") == read_config(below).models


def test_a_project_without_settings_has_none(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert () == read_config(tmp_path).models


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.evenfold\n", "is not TOML"),
        ("tool = 5\n", "tool is 5, expected a table"),
        ("[tool]\nevenfold = 3\n", "evenfold is 3, expected a table"),
        ("a = " + "[" * 5000 + "]" * 5000 + "\n", "nested too deeply|is not TOML"),
        ("a = " + "9" * 5000 + "\n", "is not TOML"),
        (
            "[tool.evenfold]\nmodel = []\n",
            "has no setting 'model': settings are models, datasets, metrics",
        ),
        ("[tool.evenfold]\nmodels = 'mine'\n", "models must be a list of folders, found 'mine'"),
        ("[tool.evenfold]\nmodels = [1]\n", "must be a list of folders"),
    ],
)
def test_a_wrong_setting_is_told_with_its_file(tmp_path, text, message):
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(UsageError, match=rf"pyproject\.toml.*{message}"):
        read_config(tmp_path)


def test_references_are_names(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.evenfold]\nreferences = ['majority']\n")
    assert ("majority",) == read_config(tmp_path).references
    (tmp_path / "pyproject.toml").write_text("[tool.evenfold]\nreferences = 'majority'\n")
    with pytest.raises(UsageError, match="references must be a list of models' names"):
        read_config(tmp_path)


@pytest.fixture
def below(tmp_path, monkeypatch):
    """A folder two levels below one with settings; no home folder or other owner lies between."""
    (tmp_path / "pyproject.toml").write_text("[tool.evenfold]\nmodels = ['mine']\n")
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path.parent))
    return folder


def test_the_nearest_project_counts(below, tmp_path):
    assert tmp_path / "pyproject.toml" == project_file(below)
    (below.parent / "pyproject.toml").touch()
    assert below.parent / "pyproject.toml" == project_file(below)


def test_settings_outside_of_the_repository_are_of_another_project(below, tmp_path):
    (below.parent / ".git").mkdir()
    assert project_file(below) is None
    assert () == read_config(below).models
    (below.parent / "pyproject.toml").write_text("[tool.evenfold]\nmodels = ['ours']\n")
    assert (below.parent / "ours",) == read_config(below).models


@pytest.mark.parametrize("other", ["pyproject.toml", ".", "a"])
def test_settings_of_another_owner_are_not_read(below, tmp_path, monkeypatch, other):
    """They name code that is run: those of somebody else's folder above do not count."""
    real = config._owner
    theirs = tmp_path / other
    monkeypatch.setattr(config, "_owner", lambda path: 54321 if path == theirs else real(path))
    assert project_file(below) is None


def test_settings_of_the_administrator_are_read(below, tmp_path, monkeypatch):
    """As in a container whose files belong to root, in a folder of another user."""
    file = tmp_path / "pyproject.toml"
    monkeypatch.setattr(config, "_user", lambda: 1000)
    monkeypatch.setattr(config, "_owner", lambda path: 0 if path == file else 54321)
    assert file == project_file(below)
    assert config.skipped_file(below) is None


def test_settings_that_are_skipped_for_their_owner_are_mentioned(below, tmp_path, monkeypatch):
    file, real = tmp_path / "pyproject.toml", config._owner
    assert config.skipped_file(below) is None
    monkeypatch.setattr(config, "_owner", lambda path: 54321 if path == file else real(path))
    assert file == config.skipped_file(below)
    (note,) = find_models([], below).notes
    assert note.startswith(f"{file} is not read, because it belongs to another user")


def test_a_project_of_another_owner_in_which_one_stands_is_read(below, monkeypatch):
    (below / "pyproject.toml").touch()
    monkeypatch.setattr(config, "_owner", lambda path: 54321)
    assert below / "pyproject.toml" == project_file(below)


def test_settings_of_the_home_folder_count_there_alone(below, tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert project_file(below) is None
    assert tmp_path / "pyproject.toml" == project_file(tmp_path)
