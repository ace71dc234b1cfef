"""Studies of other data or other splits are never paired, and a sentence says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from builders.predicted_studies import predicted_study
from builders.studies import FOLDS, REPEATS
from builders.studies import study as make_study
from evenfold.report.study_words import environment_note_words
from evenfold.score.captions import design_text
from evenfold.score.numbers import comparison_numbers
from evenfold.score.pairing import compare_environments, comparisons_with_first
from evenfold.score.same_rows import group_studies, unpaired_notes
from evenfold.score.split_counts import with_split_counts
from evenfold.score.tables import score_tables
from evenfold.stats.score_intervals import Design, SplitCounts, compare, interval

FIRST = make_study("tf1")


def other_study(worse=0.2, **changes):
    """A study in another environment, clearly worse, with changed columns."""
    study = make_study("tf2", {"net": 0.95 - worse, "majority": 0.6}, seed=1)
    return replace(study, scores=study.scores.assign(**changes))


def is_any_worse(studies):
    compared = comparisons_with_first(studies, "accuracy", None)
    return any(one is not None and one.verdict == "worse" for _, one in compared)


def drawn_otherwise(study, splits):
    """A study of which some splits have other rows."""
    rows = study.scores["rows"].where(~study.scores["split"].isin(splits), "other rows")
    return replace(study, scores=study.scores.assign(rows=rows))


UNPAIRED = [
    pytest.param(other_study(data="other"), "their data differ (other rows, labels,", id="data"),
    pytest.param(
        other_study(rows="x"), f"other rows in {FOLDS * REPEATS} of {FOLDS * REPEATS})", id="rows"
    ),
    pytest.param(
        drawn_otherwise(other_study(), ["r0f0"]), "other rows in 1 of 12)", id="one split"
    ),
    pytest.param(other_study(data="", rows=""), "has no digests of data and rows", id="older"),
]


@pytest.mark.parametrize(("study", "reason"), UNPAIRED)
def test_studies_of_other_rows_are_not_paired(study, reason):
    """They are groups of their own, have no comparison, and one sentence names both files."""
    assert [[FIRST], [study]] == group_studies([FIRST, study])
    assert {} == compare_environments([FIRST, study], "accuracy", None)
    (note,) = unpaired_notes([FIRST, study])
    assert note.startswith("beads, kfold3x4: ")
    assert reason in note
    assert str(study.file) in note
    assert "not compared" in note
    assert "run their studies again" in note
    text = "\n".join(score_tables([FIRST, study], "accuracy", None, "markdown"))
    assert note in text
    assert "between environments" not in text


@pytest.mark.parametrize(("study", "reason"), UNPAIRED)
def test_other_rows_have_no_numbers_and_no_verdict(study, reason):
    """The numbers compare the models within each study only, and nothing fails on a worse one."""
    numbers = comparison_numbers([FIRST, study], "accuracy", None)
    assert (numbers["environment"] == numbers["reference_environment"]).all()
    alone = [replace(s, scores=s.scores[s.scores["model"] == "net"]) for s in (FIRST, study)]
    assert not is_any_worse(alone)


def test_studies_of_the_same_rows_are_paired():
    """The same data and splits in two environments are one group, without a sentence."""
    study = other_study()
    assert [[FIRST, study]] == group_studies([FIRST, study])
    assert [] == unpaired_notes([FIRST, study])
    compared = compare_environments([FIRST, study], "accuracy", None)
    assert {("net", "tf2"), ("majority", "tf2")} == set(compared)
    alone = [replace(s, scores=s.scores[s.scores["model"] == "net"]) for s in (FIRST, study)]
    assert is_any_worse(alone)


def test_a_split_that_one_study_lacks_is_no_other_split():
    """Where a split failed in one environment, the others are paired."""
    study = other_study()
    study = replace(study, scores=study.scores[study.scores["split"] != "r0f0"])
    assert [[FIRST, study]] == group_studies([FIRST, study])


def test_studies_of_the_same_rows_are_paired_beside_others():
    """Of four studies two have other data: each two are compared, and one sentence names both."""
    studies = [FIRST, other_study(data="b"), other_study(), other_study(data="b")]
    assert [2, 2] == [len(group) for group in group_studies(studies)]
    assert 1 == len(unpaired_notes(studies))


def test_older_files_share_one_sentence():
    """Files without digests are not compared, with each other neither."""
    studies = [replace(other_study(data="", rows=""), file=Path(f"{n}.csv")) for n in range(3)]
    assert [1, 1, 1] == [len(group) for group in group_studies(studies)]
    (note,) = unpaired_notes(studies)
    assert "0.csv, 1.csv, 2.csv have no digests" in note


def test_a_single_older_file_needs_no_sentence():
    """Its models are compared with each other, on the same splits."""
    study = other_study(data="", rows="")
    assert [] == unpaired_notes([study])


# Splits with the same rows.


def repeated(times, folds=4):
    """A study of one model whose repeats are one partition, numbered in another order."""
    study = make_study()
    scores = study.scores.iloc[: folds * times].copy()
    scores["model"] = "net"
    number = np.arange(folds * times)
    scores["split"] = [f"r{n // folds}f{n % folds}" for n in number]
    scores["rows"] = [f"rows {(n + n // folds) % folds}" for n in number]
    return scores


def test_repeats_of_one_partition_count_once():
    """Three repeats of four folds are four fits, and all repeats one partition."""
    design = with_split_counts(Design(4, 3), repeated(3))
    assert SplitCounts(12, 4, 4.0, 1) == design.counts
    assert "2 of 3 repeats are the same partition as another" in design_text(design)


def test_different_splits_leave_the_design_as_it_is():
    """Nothing is stated where all rows differ, where they are unknown, and of a holdout."""
    scores = make_study().scores
    assert Design(3, 4) == with_split_counts(Design(3, 4), scores)
    assert Design(3, 4) == with_split_counts(Design(3, 4), scores.assign(rows=""))
    assert Design(1, 12) == with_split_counts(Design(1, 12), scores.assign(rows="a"))


def test_splits_that_are_repeated_in_other_partitions_count_less():
    """One of four folds is in all three repeats: 12 splits, 10 different, 8 in effect."""
    scores = repeated(3)
    scores["rows"] = [s if not s.endswith("f0") else "same" for s in scores["split"]]
    design = with_split_counts(Design(4, 3), scores)
    assert (12, 10, 3) == (design.counts.splits, design.counts.distinct, design.counts.partitions)
    assert 12**2 / (3**2 + 9) == pytest.approx(design.counts.effective)
    assert "2 of 12 splits have the rows of another" in design_text(design)


def test_intervals_of_repeated_partitions_are_those_of_one():
    """Ten times the same four scores have the interval and verdict of the four."""
    values = np.array([0.9, 0.3, 0.7, 0.7])
    ten = Design(4, 10, SplitCounts(40, 4, 4.0, 1))
    one, many = interval(values, Design(4, 1)), interval(np.tile(values, 10), ten)
    assert (one.estimate, one.low, one.high) == pytest.approx((many.estimate, many.low, many.high))
    single = compare({"a": values - 0.5}, "accuracy", Design(4, 1))["a"]
    tenfold = compare({"a": np.tile(values, 10) - 0.5}, "accuracy", ten)["a"]
    assert single.verdict == tenfold.verdict


def test_figures_of_two_groups_have_different_names():
    """Environments on the same splits share a figure, and others have one with a number."""
    from evenfold.report.gallery import versions_of
    from evenfold.report.report_data import ReportData

    studies = [FIRST, other_study(), replace(other_study(data="b"), label="tf3"),
               replace(other_study(data="b"), label="tf4")]  # fmt: skip
    report_data = ReportData((), studies, ())
    names = [versions_of(group, report_data).name for group in group_studies(studies)]
    assert ["beads-kfold3x4-versions", "beads-kfold3x4-versions-2"] == names


def of_environments(*intervals):
    """The same models in several environments, with a method of intervals each."""
    made = [predicted_study({"a": 0.9, "b": 0.8}, label=f"tf{n}") for n in range(len(intervals))]
    return [replace(one, interval=how) for one, how in zip(made, intervals, strict=True)]


@pytest.mark.parametrize(
    ("intervals", "method", "words"),
    [
        (("rows", "rows"), "rows", "rest on the predictions of the test rows"),
        (("rows", "nadeau-bengio"), "nadeau-bengio", "rest on the scores of fits, corrected"),
        (("nadeau-bengio", "rows"), "nadeau-bengio", "rest on the scores of fits, corrected"),
        (("rows", "rows", "nadeau-bengio"), "nadeau-bengio", "rest on the scores of fits"),
    ],
)
def test_intervals_between_environments_have_their_own_method(intervals, method, words):
    """Rows, if they are known in every environment; it need not be the method of the first."""
    studies = of_environments(*intervals)
    numbers = comparison_numbers(studies, "accuracy", None)
    between = numbers[numbers["environment"] != numbers["reference_environment"]]
    assert set(between["interval"]) == {method}
    assert any(words in text for text in score_tables(studies, "accuracy", None, "table"))
    noted = [part.text for part in environment_note_words(studies)]
    assert [words in text for text in noted] == [True] * (len(set(intervals)) > 1)
