"""Options of ``evenfold compare``, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from evenfold.option_checks import check_number, refuse_given
from evenfold.score.options import check_interval_method
from evenfold.score.target import ScoreTarget
from evenfold.stats.comparisons import IntervalMethod
from evenfold.stats.metric_names import DEFAULT_METRIC

ResultKind = Literal["bench", "scores", "datasets", "races", "suites"]
RESULT_KINDS: Final[tuple[ResultKind, ...]] = get_args(ResultKind)
KIND_WORDS: Final[dict[ResultKind, str]] = {
    "bench": "bench run",
    "scores": "score study",
    "datasets": "study of three data sets with the same models",
    "races": "race",
    "suites": "race of a suite",
}


@dataclass(frozen=True)
class CompareOptions:
    """Options of ``evenfold compare``.

    Parameters
    ----------
    results
        Files or folders of results; without any, the folder of this machine.
    only
        The one kind of results to compare; None for all.
    metric
        The metric of the verdicts: a built-in one, or the name of a plug-in.
    metrics
        Folders of metric plug-ins, beside those of the project.
    rope
        The margin of the verdicts; None for the metric's own.
    interval
        How intervals of scores are computed.
    time_to
        The score whose time to be reached is shown; None for none.
    """

    results: tuple[Path, ...] = ()
    only: ResultKind | None = None
    metric: str = DEFAULT_METRIC
    metrics: tuple[Path, ...] = ()
    rope: float | None = None
    interval: IntervalMethod = "rows"
    time_to: ScoreTarget | None = None

    def __post_init__(self) -> None:
        check_number("rope", self.rope, 0)
        check_interval_method(self.interval)
        if self.only == "datasets":
            refuse_given(
                {"time-to": self.time_to}, "it is of each study: use --only scores, or leave it out"
            )
