"""Advice on undecided verdicts: in words, in numbers, and for pairs of environments."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

import numpy as np
import pytest

from builders.predicted_studies import predicted_study
from evenfold.errors import ResultsError
from evenfold.score.settling import (
    MOST_PAIRS,
    advice_lines,
    advice_numbers,
    settle_comparisons,
    settle_pair,
)
from evenfold.score.settling_record import (
    SETTLING_RECORDS,
    real_pairs_table,
    settling_caption,
    settling_conclusion,
    settling_table,
)
from evenfold.stats.score_intervals import Design
from evenfold.stats.settling import Settlement
from evenfold.stats.verdicts import UNDECIDED

QUALITIES = {"a": 0.7, "b": 0.72, "c": 0.1}
ORDER = ("a", "b", "c")


def advised(design=None, method="rows", noise=1.0):
    study = predicted_study(QUALITIES, design, order=ORDER, noise=noise)
    scores = study.model_scores
    if method != scores.method:
        scores = replace(scores, method=method)
    compared = scores.compare_with_reference("accuracy", None)
    return scores, compared, settle_comparisons(scores, compared, "accuracy")


@pytest.mark.parametrize("method", ["rows", "nadeau-bengio"])
def test_an_undecided_pair_has_advice_and_a_decided_one_has_none(method):
    scores, compared, advice = advised(method=method)
    assert [m for m, one in compared.items() if one.verdict == UNDECIDED] == list(advice) == ["b"]
    one = advice["b"]
    assert (120, 5, "rows") == (one.rows, one.repeats, one.unit)
    rows, _repeats = one.needed
    assert rows > 120
    assert 4 * 2 * 0.1 == pytest.approx(one.seconds_per_repeat)
    assert settle_pair((scores, "c"), (scores, "a"), compared["c"], "accuracy") is None


def test_a_sentence_has_the_rows_and_what_does_not_help():
    _, _, advice = advised()
    alone = replace(advice["b"], settlement=Settlement(2300, None, 0.1))
    (line,) = advice_lines({"b": alone}, "a")
    assert "b against a: about 2,300 rows like these 120 would decide it with 80 % chance" in line
    assert "more repeats of the same 120 would not" in line
    (line,) = advice_lines(advice, "a")
    rows, repeats = advice["b"].settlement.together
    assert (511, 50) == (rows, repeats)
    assert "about 520 rows like these 120 with 50 repeats instead of 5" in line


def test_a_sentence_has_repeats_with_fits_and_time():
    _, _, advice = advised()
    by_repeats = replace(advice["b"], settlement=Settlement(None, 205, 0.95))
    (line,) = advice_lines({"b": by_repeats}, "a")
    assert "205 repeats instead of 5 (800 more fits of each, about 3 minutes) would decide" in line
    (line,) = advice_lines({"b": replace(by_repeats, settlement=Settlement(900, 205, 0.95))}, "a")
    assert ", or about 900 rows like these 120, would decide it" in line
    (line,) = advice_lines({"b": replace(by_repeats, settlement=Settlement(None, None, 0.1))}, "a")
    assert "neither more repeats nor 1,000 times as many rows would decide it" in line


def test_many_pairs_have_a_few_sentences():
    _, _, advice = advised()
    lines = advice_lines({f"m{n}": advice["b"] for n in range(MOST_PAIRS + 2)}, "a")
    assert MOST_PAIRS + 1 == len(lines)
    assert "2 more pairs undecided" in lines[-1]


def test_seeds_of_a_holdout_are_called_seeds():
    _, _, advice = advised(Design(1, 12), noise=2.0)
    assert (12, "test rows") == (advice["b"].repeats, advice["b"].unit)
    both = replace(advice["b"], settlement=Settlement(900, 205, 0.95))
    (line,) = advice_lines({"b": both}, "a")
    assert "205 seeds instead of 12 (193 more fits of each" in line
    assert "or about 900 test rows like these 60, would decide it" in line


def test_numbers_are_missing_where_nothing_is_undecided():
    _, _, advice = advised()
    columns = advice_numbers(advice, ORDER)
    rows = columns["rows_to_settle"]
    assert advice["b"].needed[0] == rows[1]
    assert np.isnan([rows[0], rows[2]]).all()
    assert {"rows_to_settle", "repeats_to_settle", "seconds_to_settle"} == set(columns)


CELL = {"studies": 100, "undecided": 80, "by_rows": 50, "settled_by_rows": 40, "false_by_rows": 1,
        "by_repeats": 0, "settled_by_repeats": 0, "false_by_repeats": 0}  # fmt: skip
PAIR = {"table": "wine", "contender": "tree", "reference": "naive Bayes", "rows": 90, "repeats": 2,
        "advised_rows": 150, "advised_repeats": 0, "verdict": "worse"}  # fmt: skip


def read(cells, pairs, folder):
    file = folder / "settle.json"
    file.write_text(json.dumps({"schema": 1, "cells": cells, "pairs": pairs}))
    return SETTLING_RECORDS.read(file)


def test_the_record_of_the_experiment_has_tables(tmp_path):
    other = {**PAIR, "advised_rows": 0, "advised_repeats": 9, "verdict": "undecided"}
    record = read({"small": CELL}, [PAIR, other], tmp_path)
    assert "80 % of 50" == settling_table(record).iloc[0]["more rows decide"]
    assert ["150 rows", "9 repeats"] == real_pairs_table(record)["advice"].tolist()
    conclusion = " ".join(settling_conclusion(record).split())
    assert "80 % of 50 of the studies with more rows" in conclusion
    assert "of 2 undecided pairs on real tables it decides 1" in conclusion
    assert "experiments/settle.py" in settling_caption()


@pytest.mark.parametrize(
    ("cell", "pair", "message"),
    [
        ({"settled_by_rows": 51}, {}, "small: more decided than followed"),
        ({"undecided": 101}, {}, "has more undecided studies"),
        ({}, {"verdict": "good"}, "verdict"),
    ],
)
def test_a_damaged_record_is_refused(cell, pair, message, tmp_path):
    with pytest.raises(ResultsError, match=message):
        read({"small": {**copy.deepcopy(CELL), **cell}}, [{**PAIR, **pair}], tmp_path)
