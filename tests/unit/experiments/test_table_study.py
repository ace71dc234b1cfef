"""``experiments/tables/table_study.py`` with files as the packages have them."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import pytest

from builders import ROOT
from evenfold.config import read_config


@pytest.fixture
def table_study(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "experiments" / "tables"))
    sys.modules.pop("table_study", None)
    import table_study

    return table_study


@pytest.fixture
def packages(tmp_path: Path, table_study: ModuleType) -> Path:
    """Small files in the places of the tables, packed as they are there."""
    for table in table_study.TABLES:
        file = tmp_path / table.file
        file.parent.mkdir(parents=True, exist_ok=True)
        names = ["'x'", "naffairs", *table.drop, table.target]
        lines = [table.separator.join(names), table.separator.join(["1"] * len(names))]
        text = "\n".join(lines).encode()
        if file.suffix == ".zip":
            with ZipFile(file, "w") as archive:
                archive.writestr("table.csv", text)
        else:
            file.write_bytes(gzip.compress(text) if file.suffix == ".gz" else text)
    return tmp_path


def test_every_table_is_written_with_its_target(
    table_study: ModuleType, packages: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "tables"
    files = table_study.write_tables(folder, packages)
    assert len(files) + len(table_study.BUILT_IN) == 13
    settings = read_config(folder).tables
    for name in files:
        header = (folder / name).read_text().splitlines()[0]
        assert settings[folder / name]["target"] in header.split(",")


def test_columns_that_give_the_label_away_are_left_out(
    table_study: ModuleType, packages: Path
) -> None:
    for table in table_study.TABLES:
        frame = table_study.read_table(table, packages)
        assert not set(table.drop) & set(frame.columns)
    [fair] = [table for table in table_study.TABLES if table.name == "fair"]
    assert "naffairs" not in table_study.read_table(fair, packages)
    assert list(table_study.read_table(fair, packages)["affair"]) == ["yes"]
