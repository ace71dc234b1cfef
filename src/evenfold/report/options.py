"""The options of a report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ReportOptions:
    """Options of ``evenfold report``.

    Parameters
    ----------
    base
        The folder of results.
    check
        Write nothing, and report what differs.
    format
        The format of the table of contents: table, markdown, csv or json.
    """

    base: Path = Path("results")
    check: bool = False
    format: str = "table"
