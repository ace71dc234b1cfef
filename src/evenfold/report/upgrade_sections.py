"""The sections of saved upgrades."""

from __future__ import annotations

from collections.abc import Iterator

from evenfold.render.media import sentence_for_markdown
from evenfold.report.parts import READING, Part, Section, Table, Words, folded
from evenfold.report.report_data import ReportData
from evenfold.upgrade.conclusions import upgrade_conclusion
from evenfold.upgrade.record import UpgradeRecord
from evenfold.upgrade.tables import (
    missing_score_notes,
    upgrade_caption,
    upgrade_table,
    versions_text,
)


def upgrade_sections(report_data: ReportData) -> Iterator[Section]:
    """Yield a section for each saved upgrade, with the table that `evenfold upgrade` printed."""
    if report_data.upgrades:
        yield Section("Upgrades")
        yield from map(_upgrade, report_data.upgrades)


def _upgrade(upgrade: UpgradeRecord) -> Section:
    models, settings = upgrade.results, upgrade.settings
    notes = [upgrade_caption(settings), *missing_score_notes(models, settings)]
    versions = versions_text(upgrade.named_environments).split("\n")
    lines = [sentence_for_markdown(line) for line in versions]
    before, after = upgrade.labels
    parts: list[Part] = [
        Table(upgrade_table(models, settings)),
        *folded("Both environments", [Words("\n\n".join(lines))]),
        *folded(READING, [Words("\n\n".join(map(sentence_for_markdown, notes)))]),
    ]
    title = f"{settings.dataset}, {before} to {after}: {upgrade.name}, {upgrade.machine}"
    lead = sentence_for_markdown(upgrade_conclusion(models, settings))
    return Section(title, parts, 3, lead)
