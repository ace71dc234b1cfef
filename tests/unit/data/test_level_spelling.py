"""Levels that differ by case or blanks alone: one note for each column, and nothing is merged."""

from __future__ import annotations

import pytest

from evenfold.data.datasets import Dataset
from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.plugins.datasets import open_dataset
from evenfold.score.data_findings import data_findings

ROWS = 60


@pytest.fixture
def read(tmp_path):
    """A table with a column of some cells, one after the other, beside two features."""

    def make(cells, **options) -> Dataset:
        lines = ["age,cell,sick"]
        lines += [f"{20 + n % 37},{cells[n % len(cells)]},{n % 2}" for n in range(ROWS)]
        (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
        data = DatasetOptions(dataset=str(tmp_path / "t.csv"), target="sick", **options)
        return open_dataset(data, tmp_path)

    return make


def notes(dataset):
    return [note for note in dataset.notes if note.endswith("(EF019)")]


def test_levels_of_other_case_are_noted_once_and_stay_apart(read):
    dataset = read(["low", "Low", "LOW", "high", "high "])
    (note,) = notes(dataset)
    assert "column 'cell': has levels that differ by case or blanks alone: " in note
    assert "'LOW', 'Low' and 'low' (3 levels); 'high' and 'high ' (1 level)." in note
    assert ("LOW", "Low", "high", "low") == dataset.plan.features[1].levels


def test_blanks_inside_a_level_are_noted(read):
    (note,) = notes(read(["north east", "north  east", "south"]))
    assert "'north  east' and 'north east' (2 levels)" in note


def test_truth_values_of_other_case_are_noted_for_they_are_merged(read):
    dataset = read(["yes", "Yes", "no"])
    (note,) = notes(dataset)
    assert "truth values are read in any case and without blanks at the ends: 'Yes' and 'yes'" in (
        note
    )
    assert "--categorical cell keeps them apart" in note
    assert {0.0, 1.0} == set(dataset.x[:, 1])


@pytest.mark.parametrize("cells", [["low", "high"], ["1", "2"], ["yes", "no"], ["a", "NA", "na"]])
def test_other_columns_have_no_note(read, cells):
    assert [] == notes(read(cells))


def test_more_groups_than_a_message_holds_are_counted(read):
    (note,) = notes(read(["a", "A", "b", "B", "c", "C", "d", "D", "e", "E"]))
    assert "'C' and 'c' (2 levels); and 2 more of this kind." in note


def test_a_study_has_the_finding_once(read):
    dataset = read(["low", "Low", "high"])
    found = [f for f in data_findings(dataset, None, "accuracy") if f.code == "EF019"]
    assert [("cell",)] == [finding.subjects for finding in found]
