"""The result of ``evenfold.race``: a race as text, table and HTML."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.race.conclusions import race_conclusion
from evenfold.race.figures import race_ratios
from evenfold.race.record import Race
from evenfold.race.settling import LaunchAdvice, settle_ratios
from evenfold.race.tables import race_caption, race_numbers, race_table, race_text
from evenfold.render.charts import NameStyles
from evenfold.render.notebook import html_table
from evenfold.stats.race_ratios import Ratio

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class RaceComparison:
    """A race and the file that holds it; a notebook shows a table and a figure."""

    race: Race
    file: Path

    @property
    def ratios(self) -> dict[str, Ratio]:
        """Ratio of each contender after the first, by name: time over that of the first."""
        names = [contender.name for contender in self.race.contenders[1:]]
        return dict(zip(names, self.race.ratios, strict=True))

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row of numbers for each contender, with the columns of ``evenfold.load``'s races.

        Among them ``contender``, ``median_seconds``, ``ratio`` with the ends ``low`` and ``high``
        of its 99 % interval (floats), and ``verdict``. The first contender has a ratio of 1.
        """
        return race_numbers([self.race])

    @cached_property
    def text_table(self) -> pd.DataFrame:
        """The table as it is printed; all cells are text."""
        return race_table(self.race)

    @cached_property
    def settling(self) -> dict[str, LaunchAdvice]:
        """The further launches that would settle each undecided ratio, and their seconds."""
        return settle_ratios(self.race)

    @property
    def conclusion(self) -> str:
        """The result in one sentence."""
        return race_conclusion(self.race)

    @property
    def caption(self) -> str:
        """What was raced, and what the columns mean."""
        return race_caption([self.race])

    def __repr__(self) -> str:
        return race_text(self.race, "markdown")

    def _repr_html_(self) -> str:
        styles = NameStyles.of(contender.label for contender in self.race.contenders)
        drawing = race_ratios(self.race, styles).svg()
        return html_table(
            self.text_table,
            self.caption,
            drawing[drawing.index("<svg") :],
            self.conclusion,
        )
