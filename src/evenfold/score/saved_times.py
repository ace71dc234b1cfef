"""The time to a target of saved studies, from their learning curves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from evenfold.errors import ResultsError
from evenfold.render.media import sentence
from evenfold.render.words import listed
from evenfold.score.captions import study_heading
from evenfold.score.predictions import read_histories
from evenfold.score.studies import STORE_SUFFIX
from evenfold.score.study_scores import StudyScores
from evenfold.score.target import ScoreTarget
from evenfold.score.time_tables import NO_CURVE, target_numbers, target_texts
from evenfold.score.time_to_target import TimeToTarget, histories_of_table, time_to_target

if TYPE_CHECKING:
    import pandas as pd


def times_of_study(
    study: StudyScores, target: ScoreTarget, histories: pd.DataFrame | None = None
) -> TimeToTarget:
    """Return how the networks of a saved study reach a target.

    Parameters
    ----------
    study
        The study.
    target
        The target.
    histories
        Its training histories; None to read them.

    Raises
    ------
    ResultsError
        The histories cannot be read, or the study is in a store, where they are not read from.
    """
    if histories is None:
        if study.file.suffix == STORE_SUFFIX:
            raise ResultsError(
                f"{study.file}: learning curves are read from a folder of results: score with "
                "--results DIR, and give that folder"
            )
        histories = read_histories(study)
    curves = histories_of_table(histories, study.models)
    return time_to_target(target, curves, study.design, study.environment.get("epochs", {}))


def saved_time_texts(
    studies: Sequence[StudyScores], target: ScoreTarget, style: str
) -> Iterator[str]:
    """Yield the conclusion, table and caption of each study with curves, and name the others."""
    without = []
    for study in studies:
        times = times_of_study(study, target)
        if times.models:
            yield sentence(study_heading(study), style)
            yield from target_texts(times, style)
        elif times.without:
            without.append(f"{study.dataset} ({study.protocol}, {study.label})")
    if without:
        yield sentence(f"{listed(without)}: {NO_CURVE}", style)


def saved_time_numbers(studies: Sequence[StudyScores], target: ScoreTarget) -> pd.DataFrame:
    """Return one row for each study and network with a curve; what never comes is NaN.

    Before the columns of ``ScoreComparison.time_table`` come ``machine``, ``environment``,
    ``dataset`` and ``protocol``.
    """
    import pandas as pd

    parts = []
    for study in studies:
        part = target_numbers(times_of_study(study, target))
        where = {
            "machine": study.machine, "environment": study.environment_name,
            "dataset": study.dataset, "protocol": study.protocol,
        }  # fmt: skip
        for place, (name, value) in enumerate(where.items()):
            part.insert(place, name, value)
        parts.append(part)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
