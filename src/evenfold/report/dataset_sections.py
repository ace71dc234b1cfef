"""The section on several data sets: one verdict, mean ranks, and the score on each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from evenfold.files.path_names import slug_of
from evenfold.render.media import sentence_for_markdown
from evenfold.report.parts import READING, Part, Section, Table, Words, folded
from evenfold.report.report_data import METRIC, ReportData
from evenfold.score.across_captions import across_caption, across_conclusion
from evenfold.score.across_tables import across_table, dataset_table
from evenfold.score.dataset_groups import DatasetGroup, dataset_groups
from evenfold.score.rank_figure import rank_figure
from evenfold.stats.dataset_ranks import FEWEST_TO_REJECT

SEVERAL = "Several data sets"


def several_datasets(report_data: ReportData) -> list[DatasetGroup]:
    """Return the groups of studies that a report compares over data sets.

    Fewer data sets than a signed-rank test needs are left to ``evenfold compare``.
    """
    return dataset_groups(report_data.studies, FEWEST_TO_REJECT)


def dataset_sections(report_data: ReportData) -> Iterator[Section]:
    """Yield a section for each group of studies, below a heading; nothing without a group."""
    groups = several_datasets(report_data)
    if groups:
        yield Section(SEVERAL)
        numbers: Counter[str] = Counter()
        for group in groups:
            first = group.studies[0]
            place = (first.machine, first.environment_name, first.protocol, "ranks")
            name = "-".join(map(slug_of, place))
            numbers[name] += 1  # groups with other references
            yield _group(group, name if numbers[name] == 1 else f"{name}-{numbers[name]}")


def group_conclusion(group: DatasetGroup) -> str:
    """Return the verdict over the data sets of a group, in Markdown."""
    return sentence_for_markdown(across_conclusion(group.across(METRIC, None)))


def _group(group: DatasetGroup, name: str) -> Section:
    across = group.across(METRIC, None)
    caption = Words(sentence_for_markdown(across_caption(across)))
    parts: list[Part] = [Table(across_table(across))]
    if across.ranks is not None:
        parts.append(rank_figure(across.ranks, name, f"Mean ranks, {group.title}"))
    parts += [Table(dataset_table(across)), *folded(READING, [caption])]
    return Section(group.title, parts, 3, group_conclusion(group))
