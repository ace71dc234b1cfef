"""The text of the complete report."""

from __future__ import annotations

from evenfold.report.markdown import section_markdown
from evenfold.report.reading import read_report_data
from evenfold.report.sections import complete_sections


def complete_text(base):
    """All sections of the complete report on a folder, as Markdown."""
    report_data, _ = read_report_data(base)
    return "\n".join(map(section_markdown, complete_sections(report_data, base)))
