"""Models over several data sets: verdicts, tables, sentences, the figure and saved studies."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from builders.predicted_studies import predicted_study
from evenfold.report.dataset_sections import dataset_sections
from evenfold.report.report_data import ReportData
from evenfold.report.summary import summary_sections
from evenfold.score.across_captions import across_caption, across_conclusion
from evenfold.score.across_datasets import AcrossDatasets
from evenfold.score.across_tables import across_numbers, across_table, dataset_table
from evenfold.score.dataset_groups import dataset_groups, group_numbers, group_texts
from evenfold.score.rank_figure import CRITICAL, rank_figure
from evenfold.stats.score_intervals import Design

QUALITIES = {"middle": 0.7, "good": 0.95, "poor": 0.5, "same": 0.7}


def study(number, label="tf9", qualities=QUALITIES):
    """A study of one data set; each draws other rows."""
    made = predicted_study(qualities, Design(4, 1), label, tuple(qualities), seed=number)
    name = f"beads{number}"
    return replace(made, dataset=name, file=Path(f"{label}/scores/{name}.csv"))


@lru_cache
def studies(count):
    return tuple(study(number) for number in range(count))


@lru_cache
def across(count):
    scores = {one.dataset: one.model_scores for one in studies(count)}
    return AcrossDatasets(scores, "accuracy", None)


def test_data_sets_without_a_comparison_do_not_count():
    """Of a metric that one of three data sets lacks, two are left."""
    scores = {one.dataset: one.model_scores for one in studies(3)}
    scores["beads2"] = replace(scores["beads2"], models=("middle",))
    few = AcrossDatasets(scores, "accuracy", None)
    assert across_conclusion(few).startswith("2 data sets cannot show which model is better")
    text = " ".join(across_caption(few).split())
    assert "With 2 data sets the smallest possible p is 0.5" in text
    assert "good is compared on 2 of them." in text
    none = {name: replace(one, models=("middle", "lost")) for name, one in scores.items()}
    assert "smallest possible p" not in across_caption(AcrossDatasets(none, "accuracy", None))


def test_a_model_that_is_better_everywhere_is_better_on_the_next_data_set():
    good = across(7).contenders["good"]
    assert (good.wins, good.ties, good.losses) == (7, 0, 0)
    assert good.verdict == "better"
    assert good.signed_rank.p == pytest.approx(2 / 2**7)
    assert good.signed_rank.adjusted == pytest.approx(3 * 2 / 2**7)
    assert across(7).contenders["poor"].verdict == "worse"


def test_wins_ties_and_losses_are_those_of_the_margin():
    wide = replace(across(7), rope=1.0).contenders["good"]
    assert (wide.wins, wide.ties, wide.losses) == (0, 7, 0)
    assert wide.verdict == "equivalent"


def test_a_metric_of_which_less_is_better_is_turned():
    loss = replace(across(7), metric="log_loss")
    assert loss.contenders["good"].wins == 7
    assert next(iter(loss.ranks.ranks)) == "good"


def test_the_conclusion_names_what_is_shown():
    text = across_conclusion(across(7))
    assert text.startswith("On the next data set, with a probability of 95 % or more: good is bett")
    assert "poor is worse than middle by more than 1 point of accuracy" in text


def test_two_data_sets_have_no_prediction_and_the_reason_is_stated():
    two = across(2)
    assert two.contenders["good"].next_dataset is None
    assert across_conclusion(two) == (
        "2 data sets cannot show which model is better on the next one: 3 are the least."
    )
    text = " ".join(across_caption(two).split())
    assert "smallest possible p is 0.5: a signed-rank test at 5 % needs 6." in text


def test_enough_data_sets_have_no_warning():
    assert "smallest possible p" not in across_caption(across(7))


def test_a_model_that_a_data_set_lacks_is_compared_on_the_others():
    scores = {one.dataset: one.model_scores for one in studies(3)}
    less = {name: value for name, value in QUALITIES.items() if name != "same"}
    lacking = AcrossDatasets(
        {**scores, "beads9": study(9, qualities=less).model_scores}, "accuracy", None
    )
    assert lacking.contenders["same"].datasets == ("beads0", "beads1", "beads2")
    assert set(lacking.ranks.ranks) == {"middle", "good", "poor"}
    assert "same is compared on 3 of them." in " ".join(across_caption(lacking).split())
    assert dataset_table(lacking)["same"].iloc[-1] == "–"


def test_tables_have_one_row_for_each_model_or_data_set():
    table, numbers = across_table(across(7)), across_numbers(across(7))
    assert list(table["model"]) == list(numbers["model"]) == list(QUALITIES)
    assert list(table["wins/ties/losses"][:2]) == ["–", "7/0/0"]
    row = numbers.set_index("model").loc["good"]
    assert row["better"] + row["equivalent"] + row["worse"] == pytest.approx(1)
    assert row["difference_low"] < row["difference"] < row["difference_high"]
    assert np.isnan(numbers["better"].iloc[0])
    assert list(dataset_table(across(7))["data set"]) == [f"beads{n}" for n in range(7)]


def test_the_figure_has_every_model_and_the_critical_difference():
    figure = rank_figure(across(7).ranks, "ranks", "Mean ranks")
    rows = figure.table.set_index("row")
    assert set(QUALITIES) < set(rows.index)
    bar = rows.loc[CRITICAL]
    assert bar["end"] - bar["start"] == pytest.approx(across(7).ranks.critical)
    assert "<svg" in figure.svg()


def test_saved_studies_of_one_environment_and_reference_are_a_group():
    turned = study(8, qualities={"good": 0.9, "middle": 0.7})
    other = study(7, label="tf8")
    grouped = dataset_groups([*studies(7), turned, other])
    assert [len(group.studies) for group in grouped] == [7]


def test_of_several_studies_of_one_data_set_the_last_is_compared():
    """A store keeps those of rows that have changed since."""
    later = replace(study(9), dataset="beads0")
    (group,) = dataset_groups([*studies(3), later])
    assert [one.dataset for one in group.studies] == ["beads0", "beads1", "beads2"]
    assert group.studies[0] is later


def test_studies_without_their_groups_are_in_no_group():
    ignoring = replace(study(0), dataset="beads0-groups-ignored")
    assert len(dataset_groups([*studies(3), ignoring])[0].studies) == 3


def test_compare_prints_the_verdict_over_data_sets_first():
    texts = list(group_texts(studies(7), "accuracy", None, "markdown"))
    assert texts[0] == "7 data sets, kfold4x1, tf9"
    assert texts[1].startswith("On the next data set")


def test_a_report_has_a_section_on_six_data_sets_and_none_on_five():
    assert not list(dataset_sections(ReportData((), studies(5), ())))
    heading, section = dataset_sections(ReportData((), studies(7), ()))
    assert (heading.title, section.title) == (
        "Several data sets",
        "7 data sets, kfold4x1, tf9",
    )


def test_the_short_page_has_no_sections_of_the_single_data_sets(tmp_path):
    titles = [one.title for one in summary_sections(ReportData((), studies(7), ()), tmp_path)]
    assert titles == ["Several data sets", "7 data sets, kfold4x1, tf9"]


def test_the_conclusion_counts_where_the_reference_is_best():
    """A reference that is never best may be the wrong choice everywhere."""
    assert across(7).best_of_reference == (0, 0)
    assert across_conclusion(across(7)).endswith(
        "middle has the best score on 0 of 7 data sets, and by more than the margin on 0."
    )
    first = {one.dataset: one.model_scores for one in studies(3)}
    turned = {name: replace(one, models=("good", "middle", "poor")) for name, one in first.items()}
    assert AcrossDatasets(turned, "accuracy", None).best_of_reference == (3, 3)


def test_numbers_of_saved_studies_name_their_group():
    numbers = group_numbers(studies(3), "accuracy", None)
    assert list(numbers["model"]) == list(QUALITIES)
    assert set(numbers["environment"]) == {"tf9"}
    assert set(numbers["protocol"]) == {"kfold4x1"}
