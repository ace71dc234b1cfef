"""``evenfold.load``: everything below a folder of results as tidy tables for pandas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.bench import comparison as compare
from evenfold.bench.results import Result, read_results
from evenfold.errors import ResultsError
from evenfold.race.files import read_races
from evenfold.race.record import Race
from evenfold.race.tables import race_numbers
from evenfold.report.result_kinds import holds_scores_or_races
from evenfold.score.predictions import read_histories, read_predictions
from evenfold.score.studies import StudyScores, read_studies

if TYPE_CHECKING:
    import pandas as pd

STUDY = ("machine", "environment", "dataset", "protocol")


@dataclass(frozen=True)
class Loaded:
    """Results as tables, each made when it is first asked for.

    ``problems`` has a line on every file that could not be read.
    """

    results: tuple[Result, ...]
    studies: tuple[StudyScores, ...]
    saved: tuple[Race, ...]
    problems: tuple[str, ...]

    @cached_property
    def scores(self) -> pd.DataFrame:
        """One row a fit.

        ``machine``, ``environment``, ``dataset``, ``protocol``, ``model``, ``split``, ``seed``,
        ``engine``; the metrics ``accuracy``, ``balanced_accuracy``, ``roc_auc``, ``log_loss``
        (nats), ``brier``, ``sensitivity``, ``specificity``; ``fit_seconds``, no benchmark, and
        ``peak_bytes`` of the process that fitted.
        """
        return self._of_studies(_fits)

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """One row a fit and test row: the fit as in ``scores``, ``row``, ``label``, ``p0``, ….

        ``row`` is the place in the split's test part; ``label`` is the class' code, ``p0``, ``p1``,
        … are the probabilities of the codes, NaN where a dataset has fewer classes.
        Raises ResultsError for a file that is missing or broken.
        """
        return self._of_studies(lambda study: read_predictions(study).table)

    @cached_property
    def histories(self) -> pd.DataFrame:
        """One row a fit and epoch: the fit as in ``scores``, ``epoch`` from 1, Keras' quantities.

        Raises ResultsError for a file that is missing or broken.
        """
        return self._of_studies(read_histories)

    @cached_property
    def timings(self) -> pd.DataFrame:
        """One row a figure of a bench run: ``median`` with ``low`` and ``high`` of what was timed.

        ``machine``, ``model``, ``device``, ``environment``; ``figure`` names what it is, with its
        unit (``fit s``, ``epoch ms``, ``one-row ms``, ``rows/s``, scores); ``path`` the inference
        path; ``ratio`` to the first environment's. Ranges, no intervals, and no verdicts: bench
        runs are sequential.
        """
        return compare.numbers(self.results)

    @cached_property
    def races(self) -> pd.DataFrame:
        """One row a contender of each race.

        ``machine``, ``race``, ``measure``, ``clock``, ``rows``, ``contender``, ``median_seconds``;
        ``ratio`` to the first contender with the ends ``low`` and ``high`` of its 99 % interval;
        ``verdict``, ``accuracy``, ``launches``, ``blocks``, ``outliers``, ``detectable``;
        ``difference`` of a path that rounds the model, ``delay`` where time was added on purpose,
        and ``jit_compile``.
        """
        return race_numbers(self.saved)

    def _of_studies(self, table: Callable[[StudyScores], pd.DataFrame]) -> pd.DataFrame:
        import pandas as pd

        parts = []
        for study in self.studies:
            part = table(study)
            told = [study.machine, study.environment_name]
            told += [study.dataset, study.protocol]
            for at, (name, value) in enumerate(zip(STUDY, told, strict=True)):
                part.insert(at, name, value)
            parts.append(part)
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(STUDY))


def load(folder: str | Path = "results") -> Loaded:
    """Everything below a folder of results; nothing is run, and nothing unpickled.

    Raises ResultsError when there is nothing that can be read.
    """
    base = Path(folder)
    if not base.is_dir():
        raise ResultsError(f"{base} is no folder of results")
    found, studies, saved = (
        read_results([base], holds_scores_or_races),
        read_studies([base]),
        read_races([base]),
    )
    return Loaded(
        found.results,
        studies.studies,
        tuple(race for _, race in saved.races),
        (*found.problems, *studies.problems, *saved.problems),
    )


def _fits(study: StudyScores) -> pd.DataFrame:
    told = study.scores.drop(columns=["dataset", "protocol"])
    return told.assign(seed=told["seed"].map(int))
