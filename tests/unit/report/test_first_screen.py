"""The first screen of report.html, the answers below it, and the sections of studies."""

from __future__ import annotations

import pytest

from builders.races import race, raced_versions
from builders.studies import MODELS, REPEATS, bench, kept, study
from builders.upgrades import result
from evenfold.report.answer_sections import answer_sections
from evenfold.report.first_screen import first_screen, lead_group
from evenfold.report.leaderboard import REFERENCE, drawn_score_table, leaderboard
from evenfold.report.parts import READING, Folded, Table, Words
from evenfold.report.report_data import ReportData
from evenfold.report.sections import complete_sections
from evenfold.report.summary import summary_sections
from evenfold.upgrade.record import upgrade_record

ONE = study()
DATA = ReportData(
    [bench()], [ONE, study("tf10", seed=1)], [race(), raced_versions("bb")],
    {ONE.file: kept(ONE)}, references=["majority"],
)  # fmt: skip


def figures_of(section):
    return {figure.name for figure in section.flat_parts if hasattr(figure, "spec")}


def test_it_has_a_conclusion_a_leaderboard_costs_and_versions(tmp_path):
    screen = first_screen(DATA, tmp_path)
    table, *figures, reading = screen.parts
    assert "shown to be worse" in screen.lead
    assert isinstance(table, Table)
    assert table.drawn is not None
    assert isinstance(reading, Folded)
    # The newest environment of the studies has no bench run; versions are of the race.
    assert ["epyc-2c-bb-environments-first"] == [figure.name for figure in figures]
    alone = ReportData([bench()], [ONE], [])
    assert figures_of(first_screen(alone, tmp_path)) == {"abacus-tf9-beads-fit-first"}


def test_without_a_race_of_versions_the_scores_of_all_environments_are_drawn(tmp_path):
    screen = first_screen(ReportData([], DATA.studies, [race()]), tmp_path)
    assert figures_of(screen) == {"beads-kfold3x4-versions-first"}


@pytest.mark.parametrize("data", [ReportData([], [], []), ReportData([], [], [race()])])
def test_without_scores_it_says_what_there_is(data, tmp_path):
    assert first_screen(data, tmp_path).lead
    assert first_screen(data, tmp_path).parts


def test_a_written_conclusion_comes_first_and_what_follows_is_folded(tmp_path):
    text = "It does **not**.\n\nHow to read it.\n\n## Claims\n\n**One?** No.\n"
    (tmp_path / "answers.md.j2").write_text(text)
    screen = first_screen(DATA, tmp_path)
    assert "It does **not**." == screen.lead
    assert screen.parts[-1].parts[0].text.startswith("How to read it.")
    (claims,) = [one for one in complete_sections(DATA, tmp_path) if one.title == "Claims"]
    assert [Folded("One?", [Words("No.")])] == claims.parts


def test_a_question_is_folded_over_its_answer_and_other_paragraphs_are_not():
    text = "Before.\n\n## A\n\n**Why\nso?** Because\nof it.\n\nA **bold** word.\n\n## B\n\nText."
    first, second = answer_sections(text)
    assert [Folded("Why so?", [Words("Because\nof it.")]), Words("A **bold** word.")] == first.parts
    assert ("B", [Words("Text.")]) == (second.title, second.parts)
    assert [] == list(answer_sections("No heading, **one** paragraph."))


def test_the_leaderboard_begins_with_the_best_and_names_the_reference():
    table = leaderboard(ONE, bench(), "accuracy", ["majority"], DATA.styles)
    scores = [ONE.model_scores.interval(m, "accuracy").estimate for m in table.frame["model"]]
    assert sorted(scores, reverse=True) == scores
    of_reference = table.frame["model"] == ONE.model_scores.reference
    assert [REFERENCE] == list(table.frame.loc[of_reference, table.frame.columns[2]])
    assert scores == [interval.estimate for interval in table.drawn.intervals]
    assert set(MODELS) == set(table.places)
    assert {"one fit", "one prediction"} <= set(table.frame)
    without = leaderboard(ONE, None, "accuracy", [], DATA.styles)
    assert ["model", "accuracy"] == list(without.frame)[:2]
    assert 3 == len(without.frame.columns)


def test_a_reference_far_off_is_off_the_axis_which_holds_all_others():
    table = drawn_score_table(ONE, "accuracy", ["majority"], DATA.styles)
    found = dict(zip(table.frame["model"], table.drawn.intervals, strict=True))
    for model, interval in found.items():
        for value in (interval.low, interval.estimate, interval.high):
            assert table.drawn.axis.holds(value) == (model != "majority")


def test_the_group_with_the_most_fits_leads_and_is_open(tmp_path):
    few = study("tf8")
    few = type(few)(**{**vars_of(few), "protocol": "holdout", "scores": few.scores[:6]})
    data = ReportData([], [few, *DATA.studies], [])
    assert [one.label for one in lead_group(data)] == ["tf9", "tf10"]
    opened = [one.title for one in complete_sections(data, tmp_path) if one.is_open]
    assert 1 == len(opened)
    assert "tf10" in opened[0]


def vars_of(record):
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def test_a_study_shows_its_table_and_dots_and_folds_the_rest(tmp_path):
    (section,) = [one for one in complete_sections(DATA, tmp_path) if ", tf9:" in one.title]
    shown = [part for part in section.parts if not isinstance(part, Folded)]
    assert isinstance(shown[0], Table)
    assert "abacus-tf9-beads-scores" == shown[1].name
    titles = [part.title for part in section.parts if isinstance(part, Folded)]
    assert [
        "Errors by class and probability", "Every pair of models", "Score against cost",
        "All metrics", READING,
    ] == titles  # fmt: skip
    curves = section.parts[len(shown)].parts
    endings = ("confusion", "roc", "precision-recall", "calibration")
    assert [figure.name.endswith(end) for figure, end in zip(curves, endings, strict=True)]
    assert f"{REPEATS}" in section.title


def test_a_saved_upgrade_has_a_section_with_its_table_and_both_environments(tmp_path):
    upgrade = upgrade_record(result(), "old-new-breast_cancer")
    data = ReportData([], [], [], upgrades=[upgrade])
    sections = {one.title: one for one in complete_sections(data, tmp_path)}
    assert "Upgrades" in sections
    section = sections["breast_cancer, old to new: old-new-breast_cancer, epyc-2c"]
    assert section.lead.startswith("Only net in new is shown to be worse")
    (table,) = [part for part in section.parts if isinstance(part, Table)]
    assert ["net", "<b>", "s"] == list(table.frame["model"])
    assert "numpy 2.1" in section.parts[1].parts[0].text
    short = {one.title: one for one in summary_sections(data, tmp_path)}
    assert section.lead == short[section.title].lead
    listed = sections["Hardware, packages and flags"].parts[0].frame
    assert ["new", "old"] == sorted(listed["environment"])
