"""The record of the battery of score intervals, and its table in the report."""

from __future__ import annotations

import copy
import json

import pytest

from evenfold.errors import ResultsError
from evenfold.score.battery_record import SCORE_BATTERIES
from evenfold.score.battery_tables import battery_caption, battery_table
from evenfold.score.battery_targets import battery_conclusion, missed_targets

CELL = "learners, balanced, 178 rows, 10x10"
TARGET = {
    "count": 100,
    "covered": [95, 100, 60],
    "widths": [4.0, 8.0, 2.0],
    "sums": [0.0, 0.0, 0.04],
    "words": [{"undecided": 100}, {"better": 2, "undecided": 98}, {}],
}


def record():
    targets = {
        "lda/accuracy": {**TARGET, "covered": [96, 80, 60]},
        "1-nn/accuracy": {**TARGET, "covered": [91, 70, 60]},
        "network - network again/accuracy": TARGET,
        "family/accuracy": {**TARGET, "covered": [97, 97, 97]},
    }
    cell = {"batches": 2, "truth": {"lda/accuracy": 0.9}, "targets": copy.deepcopy(targets)}
    return {"schema": 1, "cells": {CELL: cell}}


def read(content, folder):
    file = folder / "score_errors.json"
    file.write_text(json.dumps(content))
    return SCORE_BATTERIES.read(file)


def test_a_row_has_the_worst_of_its_cell(tmp_path):
    row = battery_table(read(record(), tmp_path)).iloc[0]
    assert row["cell"] == CELL
    assert row["stable: lowest coverage"] == "0.950 (network - network again)"
    assert row["unstable: lowest coverage"] == "0.910 (1-nn)"
    assert row["Nadeau and Bengio: lowest"] == "0.800 (lda)"
    # Half-width 0.04, standard deviation 0.02.
    assert row["half-width over needed"] == f"{0.04 / (1.96 * 0.02):.2f}"
    assert row["seeds: over Nadeau and Bengio"] == "0.50"
    assert row["false better or worse"] == "0.020 (network - network again)"
    assert row["all of a table"] == "0.970"


def test_the_caption_states_the_smallest_number_of_data_sets(tmp_path):
    assert "at least 100 data sets" in " ".join(battery_caption(read(record(), tmp_path)).split())


def missed(content, folder):
    return [(m.target, m.what, m.value) for m in missed_targets(read(content, folder))]


def test_targets_are_missed_by_more_than_two_standard_errors(tmp_path):
    """Of 100 data sets, 87.9 % is the bound of stable learners, and 85.3 % of those that jump."""
    content = record()
    targets = content["cells"][CELL]["targets"]
    targets["lda/accuracy"]["covered"][0] = 88
    targets["1-nn/accuracy"]["covered"][0] = 86
    assert missed(content, tmp_path) == []
    targets["lda/accuracy"]["covered"][0] = 87
    targets["1-nn/accuracy"]["covered"][0] = 85
    assert missed(content, tmp_path) == [
        ("lda/accuracy", "coverage", 0.87),
        ("1-nn/accuracy", "coverage", 0.85),
    ]


def test_few_rows_have_the_lower_target(tmp_path):
    content = record()
    content["cells"][CELL]["targets"]["lda/accuracy"]["covered"][0] = 86
    content["cells"]["learners, balanced, 80 rows, 10x10"] = content["cells"].pop(CELL)
    assert missed(content, tmp_path) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"better": 5, "worse": 5}, ["false better or worse"]),
        ({"equivalent": 10}, ["false equivalent"]),
        ({"better": 4, "worse": 5, "equivalent": 9}, []),
        ({"not better": 50, "not worse": 50}, []),
    ],
)
def test_false_verdicts_have_a_target_of_five_percent(words, expected, tmp_path):
    """Of 100 data sets, chance explains up to nine."""
    content = record()
    state = content["cells"][CELL]["targets"]["network - network again/accuracy"]
    verdicts = {**words, "undecided": 100 - sum(words.values())}
    state["words"] = [verdicts, verdicts, verdicts]
    assert [what for _, what, _ in missed(content, tmp_path)] == expected


def test_the_conclusion_names_what_misses_its_target(tmp_path):
    content = record()
    text = " ".join(battery_conclusion(read(content, tmp_path)).split())
    assert text.startswith("Coverage and verdicts reach their targets in 1 of 1 cells.")
    assert "Missed" not in text
    content["cells"][CELL]["targets"]["lda/accuracy"]["covered"][0] = 80
    text = " ".join(battery_conclusion(read(content, tmp_path)).split())
    assert "reach their targets in 0 of 1 cells" in text
    assert f"Missed in {CELL} (100 data sets): coverage 0.800 (lda)." in text
    content["cells"][CELL]["targets"]["1-nn/accuracy"]["covered"][0] = 70
    text = " ".join(battery_conclusion(read(content, tmp_path)).split())
    assert "coverage 0.700 (1-nn) and 1 more." in text


def spoiled(key, value):
    content = record()
    content["cells"][CELL]["targets"]["lda/accuracy"][key] = value
    return content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (spoiled("covered", [101, 0, 0]), "covered .101, 0, 0. of 100"),
        (spoiled("covered", [1, 2]), "expected 3 numbers each"),
        (spoiled("widths", [float("inf"), 0, 0]), "a sum is not finite|finite"),
        (spoiled("words", [{"best": 100}, {}, {}]), "verdicts .*best"),
        (spoiled("words", [{"better": 3}, {}, {}]), "verdicts"),
        ({"schema": 1, "cells": {CELL: {"batches": 1, "truth": {}, "targets": {}}}}, "no targets"),
        ({"schema": 1}, "is not of experiments/score_errors.py"),
    ],
)
def test_a_record_that_cannot_be_is_refused(content, message, tmp_path):
    with pytest.raises(ResultsError, match=message):
        read(content, tmp_path)
