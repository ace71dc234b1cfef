"""The result of ``evenfold.race``: a race as text, table and HTML."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.race.figures import race_ratios
from evenfold.race.record import Race
from evenfold.race.tables import caption, race_table, shown
from evenfold.render.notebook import html_table
from evenfold.stats.race_ratios import Ratio

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class RaceComparison:
    """A race and the file that holds it; in a notebook it is a table and a drawing."""

    race: Race
    file: Path

    @property
    def ratios(self) -> dict[str, Ratio]:
        """Time over that of the first contender, of each of the others: interval and verdict."""
        names = [runner.name for runner in self.race.contenders[1:]]
        return dict(zip(names, self.race.ratios, strict=True))

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a contender, all cells text."""
        return race_table(self.race)

    @property
    def caption(self) -> str:
        """What was raced, and what the intervals and verdicts are."""
        return caption([self.race])

    def __repr__(self) -> str:
        return shown(self.race, "markdown")

    def _repr_html_(self) -> str:
        drawing = race_ratios(self.race).svg()
        return html_table(self.table, self.caption, drawing[drawing.index("<svg") :])
