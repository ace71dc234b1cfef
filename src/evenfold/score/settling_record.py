"""How often the advice on undecided verdicts settles them: one JSON file, and its tables.

``experiments/settle.py`` computes it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from evenfold.render.cells import NONE
from evenfold.runtime.experiment_files import Experiment
from evenfold.runtime.record_checks import is_printable
from evenfold.runtime.records import converted
from evenfold.stats.settling import CHANCE
from evenfold.stats.verdicts import SCORE_VERDICTS, UNDECIDED, ScoreVerdict

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = 1  # 1: the first
WIDTH = 100
SETTLING_HEADING = "What settles undecided verdicts"
Count = Annotated[int, Meta(ge=0, le=10**9)]


@dataclass(frozen=True)
class SettlingCell:
    """Simulated studies of one population.

    Parameters
    ----------
    studies
        The number of studies.
    undecided
        How many were undecided.
    by_rows, by_repeats
        Of how many a number of rows, or of repeats, was advised and followed.
    settled_by_rows, settled_by_repeats
        How many of these were then decided.
    false_by_rows, false_by_repeats
        How many had then a verdict that the true difference contradicts.
    """

    studies: Count
    undecided: Count
    by_rows: Count
    settled_by_rows: Count
    false_by_rows: Count
    by_repeats: Count
    settled_by_repeats: Count
    false_by_repeats: Count


@dataclass(frozen=True)
class RealPair:
    """Two models on a part of a real table, undecided, and the advice followed on more of it.

    Parameters
    ----------
    table, contender, reference
        What was scored.
    rows, repeats
        The size of the undecided study.
    advised_rows, advised_repeats
        What was advised; 0 for what was not needed.
    verdict
        The verdict of the larger study.
    """

    table: str
    contender: str
    reference: str
    rows: Count
    repeats: Count
    advised_rows: Count
    advised_repeats: Count
    verdict: ScoreVerdict


@dataclass(frozen=True)
class SettlingRecord:
    """Simulated cells by name, and real pairs."""

    cells: dict[str, SettlingCell]
    pairs: list[RealPair]


def settling_table(record: SettlingRecord) -> pd.DataFrame:
    """Return one row for each population: how often following the advice decides; all are text."""
    import pandas as pd

    rows = [
        (
            name,
            f"{cell.undecided:,} of {cell.studies:,}",
            _share(cell.settled_by_rows, cell.by_rows),
            _share(cell.false_by_rows, cell.by_rows),
            _share(cell.settled_by_repeats, cell.by_repeats),
            _share(cell.false_by_repeats, cell.by_repeats),
        )
        for name, cell in record.cells.items()
    ]
    head = ["population", "undecided", "more rows decide", "falsely", "more repeats decide",
            "falsely "]  # fmt: skip
    return pd.DataFrame(rows, columns=head)


def real_pairs_table(record: SettlingRecord) -> pd.DataFrame:
    """Return one row for each real pair; all are text."""
    import pandas as pd

    rows = [
        (
            pair.table,
            f"{pair.contender} against {pair.reference}",
            f"{pair.rows:,} rows, {pair.repeats} repeats",
            _advice(pair),
            pair.verdict,
        )
        for pair in record.pairs
    ]
    return pd.DataFrame(rows, columns=["table", "models", "undecided with", "advice", "verdict"])


def settling_conclusion(record: SettlingRecord) -> str:
    """Return how often following the advice decided, in simulations and on real tables."""
    cells = record.cells.values()
    by_rows = _share(sum(c.settled_by_rows for c in cells), sum(c.by_rows for c in cells))
    by_repeats = _share(sum(c.settled_by_repeats for c in cells), sum(c.by_repeats for c in cells))
    decided = sum(pair.verdict != UNDECIDED for pair in record.pairs)
    text = (
        f"Advice that promises a decision with {100 * CHANCE:.0f} % chance decides in simulations "
        f"{by_rows} of the studies with more rows and {by_repeats} of those with more repeats; of "
        f"{len(record.pairs)} undecided pairs on real tables it decides {decided}."
    )
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def settling_caption() -> str:
    """Return what was tried, and the meaning of the columns."""
    text = (
        "By `python experiments/settle.py`: studies of two models with known true accuracies that "
        "are undecided, and the same studies with as many rows, or repeats, as is advised. "
        "Falsely: the share with a verdict that the true difference contradicts, after both looks. "
        "Real tables: models on some rows of a table, undecided; then on the advised number of its "
        "rows, or with the advised repeats."
    )
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _advice(pair: RealPair) -> str:
    return f"{pair.advised_rows:,} rows" if pair.advised_rows else f"{pair.advised_repeats} repeats"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} % of {whole:,}" if whole else NONE


def _from_content(content: Mapping[str, Any]) -> SettlingRecord:
    """Convert and check a file's content. Raises ValueError or KeyError, naming the field."""
    record = converted({"cells": content["cells"], "pairs": content["pairs"]}, SettlingRecord)
    for name, cell in record.cells.items():
        followed = ((cell.by_rows, cell.settled_by_rows, cell.false_by_rows),
                    (cell.by_repeats, cell.settled_by_repeats, cell.false_by_repeats))  # fmt: skip
        if not is_printable(name) or cell.undecided > cell.studies:
            raise ValueError(f"cells: {name!r} cannot be printed, or has more undecided studies")
        if any(max(settled, false) > whole for whole, settled, false in followed):
            raise ValueError(f"{name}: more decided than followed")
    for pair in record.pairs:
        names = (pair.table, pair.contender, pair.reference)
        if not all(map(is_printable, names)) or pair.verdict not in SCORE_VERDICTS:
            raise ValueError(f"pairs: {names} cannot be printed, or have no verdict")
    return record


SETTLING_RECORDS = Experiment("settle", "pairs", SCHEMA, _from_content)
