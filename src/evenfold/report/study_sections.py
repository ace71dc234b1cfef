"""The sections of score studies: one screen each, and the details folded below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from evenfold.render.charts import Figure
from evenfold.render.media import sentence_for_markdown
from evenfold.report.first_screen import lead_group
from evenfold.report.gallery import (
    cost_figures,
    curves_of_others,
    curves_of_predictions,
    curves_of_reference,
    curves_of_split,
    dots_of,
    matrix_of,
    protocols_of,
    versions_of,
)
from evenfold.report.leaderboard import drawn_score_table
from evenfold.report.parts import READING, Part, Section, Table, Words, folded
from evenfold.report.report_data import METRIC, ReportData
from evenfold.report.study_words import (
    environment_conclusion_words,
    environment_note_words,
    finding_words,
    study_conclusion_words,
    study_note_words,
)
from evenfold.score.captions import compare_caption, study_heading
from evenfold.score.same_rows import group_studies
from evenfold.score.saved_times import times_of_study
from evenfold.score.study_scores import StudyScores
from evenfold.score.tables import BETWEEN_ENVIRONMENTS, environment_table, study_tables
from evenfold.score.time_tables import target_caption, target_conclusion, target_table


def study_sections(report_data: ReportData) -> Iterator[Section]:
    """Yield a section for each study, the largest group first, and for each group of several."""
    lead = lead_group(report_data)
    groups = group_studies(report_data.studies)
    for group in sorted(groups, key=lambda group: group[0] is not lead[0]):
        is_lead = group[0] is lead[0]
        for study in reversed(group):
            yield _study(study, report_data, is_lead and study is group[-1])
        if len(group) > 1:
            yield _environments(group, report_data)


def _study(study: StudyScores, report_data: ReportData, is_open: bool) -> Section:
    first, *pairs = [Table(frame) for frame in study_tables(study, METRIC, None)]
    # Several studies of folds may show the same split.
    ending = f"beside-{study.protocol}"
    beside = [_renamed(figure, ending) for figure in curves_of_split(study, report_data)]
    parts: list[Part] = [
        drawn_score_table(study, METRIC, report_data.references, report_data.styles),
        *finding_words(study, report_data.silenced),
        dots_of(study, report_data),
        *protocols_of(study, report_data),
        *curves_of_reference(study, report_data),
        *beside,
        *folded("Learning curves of the other models", curves_of_others(study, report_data)),
        *folded("Errors by class and probability", curves_of_predictions(study, report_data)),
        *folded("Every pair of models", [*pairs, *matrix_of(study)]),
        *folded("Score against cost", cost_figures(study, report_data)),
        *_time_to_target(study, report_data),
        *folded("All metrics", [first]),
        *folded(READING, [*study_note_words(study), _caption(report_data)]),
    ]
    lead = "".join(words.text for words in study_conclusion_words(study))
    return Section(study_heading(study), parts, 3, lead, is_open)


def _time_to_target(study: StudyScores, report_data: ReportData) -> list[Part]:
    """How networks reach the project's target; nothing for a study without such curves."""
    target, histories = report_data.target, report_data.histories.get(study.file)
    if target is None or histories is None:
        return []
    times = times_of_study(study, target, histories)
    if not times.models:
        return []
    words = [target_conclusion(times), target_caption(times)]
    before, after = (Words(sentence_for_markdown(text)) for text in words)
    return folded(f"Time to {target.words}", [before, Table(target_table(times)), after])


def _environments(group: Sequence[StudyScores], report_data: ReportData) -> Section:
    """The same models on the same folds, in several environments."""
    parts: list[Part] = [
        versions_of(group, report_data),
        Table(environment_table(group, METRIC, None)),
        *folded(READING, [*environment_note_words(group), _caption(report_data)]),
    ]
    title = f"{group[0].dataset}, {group[0].protocol}: {BETWEEN_ENVIRONMENTS}"
    lead = "".join(words.text for words in environment_conclusion_words(group))
    return Section(title, parts, 3, lead)


def _caption(report_data: ReportData) -> Words:
    return Words(compare_caption(METRIC, None, report_data.studies))


def _renamed(figure: Figure, ending: str) -> Figure:
    """A figure that a page shows a second time."""
    return replace(figure, name=f"{figure.name}-{ending}")
