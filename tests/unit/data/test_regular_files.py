"""What never ends is not read: pipes in place of files are refused at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evenfold.errors import DataError
from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.plugins.datasets import open_dataset
from evenfold.plugins.folders import find_plugins

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="for systems with named pipes")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *(
            (f"d.{suffix}", {"target": "y"})
            for suffix in ("csv", "tsv", "csv.gz", "parquet", "xlsx")
        ),
        ("d.npz", {}),
        ("d.ts", {}),
        ("wisdm", {"data": Path("wisdm")}),
    ],
)
def test_a_pipe_is_no_file_of_data(tmp_path, monkeypatch, name, options):
    monkeypatch.chdir(tmp_path)
    os.mkfifo(name)
    with pytest.raises(DataError, match=f"{name} is no regular file"):
        open_dataset(DatasetOptions(name, **options))


def test_a_pipe_is_no_plug_in(tmp_path):
    os.mkfifo(tmp_path / "x.py")
    (tmp_path / "y.py").write_text("MODEL = 1\n")
    assert ["y"] == list(find_plugins([tmp_path]).files)
