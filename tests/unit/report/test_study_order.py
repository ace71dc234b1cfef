"""Studies in a report: their order, and names of figures that several studies have."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from builders.bisects import finished
from builders.predicted_studies import predicted_study
from builders.races import race
from builders.studies import FOLDS, MODELS, histories, study
from evenfold.render.charts import Figure
from evenfold.report.dataset_sections import dataset_sections
from evenfold.report.first_screen import first_screen, lead_group
from evenfold.report.parts import Table
from evenfold.report.report_data import ReportData
from evenfold.report.sections import complete_sections
from evenfold.report.summary import summary_sections
from evenfold.stats.score_intervals import Design

ONE = study()
IGNORING = replace(ONE, dataset="beads-groups-ignored", file=Path("tf9/scores/beads-groups.csv"))


def figure_names(sections):
    return [part.name for one in sections for part in one.flat_parts if isinstance(part, Figure)]


def test_scores_with_ignored_groups_never_lead():
    """They are optimistic, and their file is the first by name."""
    assert lead_group(ReportData([], [IGNORING, ONE], [])) == [ONE]
    assert lead_group(ReportData([], [IGNORING], [])) == [IGNORING]


def test_scores_with_ignored_groups_come_after_the_others(tmp_path):
    data = ReportData([], [IGNORING, ONE], [])
    for sections in (complete_sections(data, tmp_path), summary_sections(data, tmp_path)):
        titles = [one.title for one in sections if one.title.startswith("beads")]
        assert [title.partition(",")[0] for title in titles] == ["beads", "beads-groups-ignored"]


def test_studies_of_folds_beside_one_split_share_no_name_of_a_figure(tmp_path):
    models = {"net[epochs=4]": 0.95, **MODELS}
    folds = study(models=models)
    fewer = replace(
        folds, protocol="kfold3x2", design=Design(FOLDS, 2), file=Path("tf9/scores/fewer.csv"),
        scores=folds.scores[folds.scores["split"].str.startswith(("r0", "r1"))],
    )  # fmt: skip
    split = replace(
        folds, protocol="holdout", design=Design(1, 12), file=Path("tf9/scores/split.csv"),
        scores=folds.scores.assign(split="holdout", rows="holdout"), order=("net[epochs=4]",),
    )  # fmt: skip
    data = ReportData([], [folds, fewer, split], [], histories={split.file: histories(split)})
    counts = Counter(figure_names(complete_sections(data, tmp_path)))
    assert sum("beside" in name for name in counts) == 4
    assert set(counts.values()) == {1}


def test_ranks_over_data_sets_of_two_references_share_no_name_of_a_figure():
    design, qualities = Design(2, 1), {"good": 0.9, "poor": 0.5}
    studies = []
    for number in range(12):
        order = ("good", "poor") if number < 6 else ("poor", "good")
        made = predicted_study(qualities, design, "tf9", order, seed=number)
        file = Path(f"tf9/scores/beads{number}.csv")
        studies.append(replace(made, dataset=f"beads{number}", file=file))
    names = figure_names(dataset_sections(ReportData([], studies, [])))
    assert names == ["abacus-tf9-kfold2x1-ranks", "abacus-tf9-kfold2x1-ranks-2"]


def test_of_many_models_the_first_screen_has_the_best_and_the_reference(tmp_path):
    qualities = {f"m{number:02}": 0.95 - number / 50 for number in range(14)}
    many = replace(study(models=qualities), order=("m13",))
    screen = first_screen(ReportData([], [many], []), tmp_path)
    (table,) = [part for part in screen.parts if isinstance(part, Table)]
    assert list(table.frame["model"]) == [*(f"m{number:02}" for number in range(11)), "m13"]
    assert "The table has 12 of the 14 models of beads" in screen.parts[-1].parts[0].text


def test_a_bisect_and_a_race_of_one_name_share_no_name_of_a_figure(tmp_path):
    other = finished([0.0, 0.3])
    data = ReportData([], [], [replace(race(), name=other.name)], bisects=[other])
    names = figure_names(complete_sections(data, tmp_path))
    assert len(set(names)) == len(names) == 3


def test_a_score_without_an_interval_has_none_on_the_first_screen(tmp_path):
    split = replace(
        ONE, protocol="holdout", design=Design(1, 12), scores=ONE.scores.assign(split="x")
    )
    (table,) = [p for p in first_screen(ReportData([], [split], []), tmp_path).parts
                if isinstance(p, Table)]  # fmt: skip
    assert not table.frame["accuracy"].str.contains("nan").any()
