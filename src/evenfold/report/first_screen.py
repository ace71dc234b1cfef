"""The first screen of report.html: conclusion, leaderboard, scores against cost, and versions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from evenfold.bench.results import Result
from evenfold.race.conclusions import race_conclusion
from evenfold.race.version_figure import is_of_versions, version_ratios
from evenfold.render.charts import Figure
from evenfold.render.legends import without_legends
from evenfold.render.media import sentence_for_markdown
from evenfold.report.answers import answers
from evenfold.report.cost_figure import score_against_cost
from evenfold.report.dataset_sections import group_conclusion, several_datasets
from evenfold.report.gallery import versions_of
from evenfold.report.leaderboard import MOST_MODELS, leaderboard
from evenfold.report.parts import Part, Section, Words, folded
from evenfold.report.report_data import METRIC, ReportData
from evenfold.report.summary import counts_sentence, same_contenders
from evenfold.score.captions import compare_caption, study_heading
from evenfold.score.same_rows import group_studies
from evenfold.score.study_scores import StudyScores
from evenfold.score.tables import environment_conclusion, study_conclusion

HEIGHT = 195  # pixels of a figure that leaves room for the others
COST = "fit s"
VERDICTS = """\
A verdict follows from an interval and a margin. *Not better* rules out a gain beyond the margin,
*not worse* a loss, *equivalent* both, and *undecided* neither."""
USING = """\
Click a heading to sort a table, and point at a mark in a figure to see its numbers. A model has the
same colour and shape everywhere."""


def first_screen(report_data: ReportData, base: Path) -> Section:
    """Return the first screen: what there is of it in these results."""
    conclusion, *reading = _conclusions(report_data, base)
    parts: list[Part] = []
    group = lead_group(report_data)
    if group:
        study = group[-1]
        bench = bench_of(study, report_data)
        parts.append(leaderboard(study, bench, METRIC, report_data.references, report_data.styles))
        parts += [_small(figure) for figure in _costs(study, bench, report_data)]
        count = len(study.model_scores.present)
        models = f"has {MOST_MODELS} of the {count} models" if count > MOST_MODELS else "is"
        heading = f"The table {models} of {study_heading(study)}."
        caption = compare_caption(METRIC, None, [study])
        reading += [sentence_for_markdown(heading), sentence_for_markdown(caption)]
    parts += [_small(figure) for figure in _versions(group, report_data)]
    parts += folded("How to read this page", [Words("\n\n".join([*reading, USING]))])
    return Section("", parts, lead=conclusion)


def lead_group(report_data: ReportData) -> list[StudyScores]:
    """Return the studies on the same folds with the most fits in one: a report begins with them.

    Those that ignore groups are optimistic: they lead only where there are no others.
    """
    groups = group_studies(report_data.studies)
    return max(
        groups,
        key=lambda group: (not group[0].ignores_groups, len(group[-1].scores)),
        default=[],
    )


def bench_of(study: StudyScores, report_data: ReportData) -> Result | None:
    """Return the bench run in the environment of a study."""
    place = (study.machine, study.environment_name)
    for bench in report_data.results:
        if (bench.machine, bench.environment["name"]) == place:
            return bench
    return None


def _conclusions(report_data: ReportData, base: Path) -> list[str]:
    """The conclusion, of the answers or else of tables, and paragraphs on how to read it."""
    text = answers(base, report_data) or ""
    first = re.split(r"^## ", text, maxsplit=1, flags=re.MULTILINE)[0].strip()
    if first:
        conclusion, *reading = re.split(r"\n\s*\n", first)
        return [conclusion, *(reading or [VERDICTS])]
    if over_datasets := [group_conclusion(group) for group in several_datasets(report_data)]:
        return over_datasets
    group = lead_group(report_data)
    sentences = [study_conclusion(group[-1], METRIC, None)] if group else []
    if len(group) > 1:
        sentences.append(environment_conclusion(group, METRIC, None))
    elif report_data.races:
        sentences.append(race_conclusion(report_data.races[0]))
    known = [sentence_for_markdown(text) for text in sentences if text]
    return [" ".join(known) or counts_sentence(report_data).strip(), VERDICTS]


def _costs(study: StudyScores, bench: Result | None, report_data: ReportData) -> Iterator[Figure]:
    if bench is not None:
        figure = score_against_cost(
            study, bench, METRIC, COST, report_data.references, report_data.styles
        )
        if len(figure.table):
            yield figure


def _versions(group: list[StudyScores], report_data: ReportData) -> Iterator[Figure]:
    """The times of one model in several environments, or else the scores of all models in them."""
    races = [race for race in report_data.races if is_of_versions(race)]
    if races:
        most = max(same_contenders(races), key=lambda each: len(each[0].contenders))
        yield version_ratios(most, report_data.styles)
    elif len(group) > 1:
        figure = versions_of(group, report_data)
        yield replace(figure, spec=without_legends(figure.spec))


def _small(figure: Figure) -> Figure:
    """A figure of the first screen, whose models are those of the table."""
    is_of_models = "model" in figure.table
    spec = without_legends(figure.spec) if is_of_models else figure.spec
    return replace(figure, name=f"{figure.name}-first", spec={**spec, "height": HEIGHT})
