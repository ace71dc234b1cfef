"""A project's settings in pyproject.toml."""

from __future__ import annotations

import pytest

from evenfold.config import read_config
from evenfold.errors import UsageError


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
