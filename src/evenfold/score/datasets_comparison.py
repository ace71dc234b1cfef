"""The result of ``evenfold.score`` for several data sets: one verdict, and all comparisons."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from evenfold.diagnostics.finding import finding_lines
from evenfold.render.media import sentence
from evenfold.render.notebook import html_table
from evenfold.render.tables import write
from evenfold.score.across_captions import across_caption, across_conclusion
from evenfold.score.across_datasets import AcrossDatasets
from evenfold.score.across_tables import across_numbers, across_table
from evenfold.score.comparison import ScoreComparison
from evenfold.score.result_texts import cost_texts
from evenfold.stats.verdicts import WORSE, ScoreVerdict

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class DatasetsComparison:
    """The same models on several data sets, and the verdict on the next one.

    In a notebook it is shown as a table.

    Parameters
    ----------
    studies
        The comparison on each data set, by its name.
    """

    studies: Mapping[str, ScoreComparison]

    @cached_property
    def across(self) -> AcrossDatasets:
        """The models compared over the data sets."""
        first = next(iter(self.studies.values()))
        scores = {name: study.model_scores for name, study in self.studies.items()}
        return AcrossDatasets(scores, first.metric, first.rope)

    @property
    def verdicts(self) -> dict[str, ScoreVerdict | None]:
        """The verdict of each contender on the next data set; None with too few data sets."""
        return {model: one.verdict for model, one in self.across.contenders.items()}

    @property
    def is_any_worse(self) -> bool:
        """Whether a contender is worse than the reference on the next data set."""
        return WORSE in self.verdicts.values()

    @property
    def is_complete(self) -> bool:
        """Whether the study of every data set is complete."""
        return all(study.is_complete for study in self.studies.values())

    @property
    def failed(self) -> list[str]:
        """A message on each kind of fit that failed, and on each model that was skipped."""
        return [
            f"{name}: {line}"
            for name, study in self.studies.items()
            for line in (
                *study.failed,
                *(f"{model} skipped: {reason}" for model, reason in study.skipped.items()),
            )
        ]

    @property
    def notes(self) -> list[str]:
        """The notes on each study, and what may be wrong with it, after the name of its data."""
        return [
            f"{name}: {line}"
            for name, study in self.studies.items()
            for line in (*study.notes, *finding_lines(study.findings))
        ]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row of numbers for each model, over all data sets; what is missing is NaN or None."""
        return across_numbers(self.across)

    @cached_property
    def text_table(self) -> pd.DataFrame:
        """The table over data sets as it is printed: all cells are text."""
        return across_table(self.across)

    @cached_property
    def numbers(self) -> pd.DataFrame:
        """One row of numbers for each data set and model, as of ``ScoreComparison.numbers``."""
        import pandas as pd

        return pd.concat(
            [study.numbers.assign(dataset=name) for name, study in self.studies.items()],
            ignore_index=True,
        )

    @cached_property
    def fits(self) -> pd.DataFrame:
        """One row for each planned fit of each data set, as of ``ScoreComparison.fits``."""
        import pandas as pd

        return pd.concat([study.fits for study in self.studies.values()], ignore_index=True)

    @property
    def json(self) -> str:
        """The numbers over data sets and those of each as JSON: ``across`` and ``datasets``."""
        tables = {"across": self.table, "datasets": self.numbers}
        parts = {name: json.loads(write(table, "json")) for name, table in tables.items()}
        return json.dumps(parts, indent=1, ensure_ascii=False)

    @property
    def conclusion(self) -> str:
        """The verdict over data sets; empty without a contender."""
        return across_conclusion(self.across)

    @property
    def caption(self) -> str:
        """What the probabilities, tests and ranks are, and what few data sets can show."""
        return across_caption(self.across)

    @property
    def next_step(self) -> str:
        """The next useful command."""
        # The table of scores lies in BASE/machine/environment/scores.
        base = next(iter(self.studies.values())).file.parents[3]
        return f"Next: evenfold report --results {base} makes a page of these data sets."

    def texts(self, style: str) -> Iterator[str]:
        """Yield the table over data sets with its sentences, then the table of each data set."""
        yield sentence(self.conclusion, style)
        yield write(self.text_table, style)
        yield sentence(self.caption, style)
        for name, study in self.studies.items():
            heading = f"{name}: {study.conclusion}" if study.conclusion else name
            yield sentence(heading, style)
            yield write(study.text_table, style)
            yield sentence(study.caption, style)
            if study.findings:
                yield sentence(study.finding_text, style)
            yield from cost_texts(study, style)

    def without_evidence(self, words: Collection[ScoreVerdict]) -> dict[str, str]:
        """Return the contenders whose verdict is not one of these words, with what they have."""
        return {
            model: verdict or "no verdict"
            for model, verdict in self.verdicts.items()
            if verdict not in words
        }

    def __repr__(self) -> str:
        table = write(self.text_table, "markdown")
        return "\n\n".join(filter(None, [self.conclusion, table, self.caption, self.next_step]))

    def _repr_html_(self) -> str:
        caption = f"{self.caption}\n{self.next_step}"
        return html_table(self.text_table, caption, conclusion=self.conclusion)
