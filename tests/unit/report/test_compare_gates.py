"""Gates of ``evenfold compare``: they judge the verdicts that are printed, and no others."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest

from builders.predicted_studies import predicted_study
from evenfold.plugins.metrics import SelectedMetric
from evenfold.report.compare import SavedResults, comparison_text
from evenfold.report.compare_gates import (
    contenders_without_evidence,
    has_verdict,
    why_incomplete,
)
from evenfold.report.compare_options import CompareOptions
from evenfold.stats.score_intervals import Design

QUALITIES = {"middle": 0.7, "poor": 0.5, "same": 0.7}


@lru_cache
def studies(count):
    made = [
        predicted_study(QUALITIES, Design(4, 1), "tf9", tuple(QUALITIES), seed=number)
        for number in range(count)
    ]
    return tuple(
        replace(one, dataset=f"beads{number}", file=Path(f"tf9/scores/beads{number}.csv"))
        for number, one in enumerate(made)
    )


def saved(count):
    return SavedResults((), studies(count), (), (), (), (), SelectedMetric("accuracy"))


def test_a_gate_over_data_sets_is_about_their_verdict():
    """Each study shows ``poor`` to be worse; three of them say nothing about the next data set."""
    results = saved(3)
    over, single = CompareOptions(only="datasets"), CompareOptions(only="scores")
    assert "undecided" in comparison_text(results, over, "markdown")
    assert not has_verdict("worse", results, over)
    assert has_verdict("worse", results, single)
    assert has_verdict("worse", results, CompareOptions())
    assert has_verdict("worse", saved(8), over)


def test_a_requirement_over_data_sets_names_them():
    missing = contenders_without_evidence(saved(8), CompareOptions(only="datasets"))
    assert missing["poor against middle over 8 data sets"] == "worse"
    assert not any("in tf9" in name for name in missing)


def test_a_requirement_names_the_data_set_of_each_pair():
    missing = contenders_without_evidence(saved(3), CompareOptions(only="scores"))
    for number in range(3):
        assert f"poor against middle in tf9, beads{number}, kfold4x1" in missing
    (name,) = [n for n in contenders_without_evidence(saved(1), CompareOptions()) if "poor" in n]
    assert name == "poor against middle in tf9"


@pytest.mark.parametrize("count", [3, 4])
def test_a_requirement_without_a_kind_holds_for_all_that_is_printed(count):
    every = contenders_without_evidence(saved(count), CompareOptions())
    assert f"poor against middle over {count} data sets" in every
    assert "poor against middle in tf9, beads0, kfold4x1" in every


def test_scores_alone_are_printed_without_a_verdict_over_data_sets():
    text = comparison_text(saved(3), CompareOptions(only="scores"), "markdown")
    assert "next data set" not in text
    assert "next data set" in comparison_text(saved(3), CompareOptions(), "markdown")


def test_a_comparison_over_data_sets_without_any_verdict_is_incomplete():
    results = saved(3)
    unlike = [replace(one, interval="nadeau-bengio") for one in results.studies]
    holdouts = [replace(one, design=Design(1, 4)) for one in unlike]  # which have no intervals
    options = CompareOptions(only="datasets")
    assert why_incomplete(replace(results, studies=holdouts), options, is_required=True)
    assert not why_incomplete(results, options, is_required=True)
