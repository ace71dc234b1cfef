"""The table of an upgrade: what another environment makes of each model's scores and times."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evenfold.race.record import Race
from evenfold.race.tables import WIDTH, ratio_cell, verdict_cell
from evenfold.render.cells import NONE
from evenfold.render.tables import write
from evenfold.runtime.environment import HARNESS, Environment
from evenfold.score import tables as scores
from evenfold.score.studies import StudyScores
from evenfold.stats.score_intervals import ROPE, Comparison, Design
from evenfold.stats.verdicts import SLOWER, WORSE
from evenfold.worker.protocol import Clock

if TYPE_CHECKING:
    import pandas as pd

SKIPPED, FAILED = "skipped", "failed"
NAN = float("nan")
SCORE = ("before", "after", "fits", "difference", "low", "high", "p", "score")
TIMES = ("ratio", "low", "high", "verdict")
NUMBERS = (
    "model", "metric", "environment_before", "environment_after",
    *(f"score_{name}" if name in ("low", "high", "p") else name for name in SCORE),
    "clock", "training_measure", *(f"training_{name}" for name in TIMES),
    *(f"predict_{name}" for name in TIMES),
)  # fmt: skip


@dataclass(frozen=True)
class Gap:
    """Why there is no figure: ``word`` is SKIPPED or FAILED, ``where`` the environment if known."""

    word: str
    where: str = ""

    def __str__(self) -> str:
        return f"{self.word} in {self.where}" if self.where else self.word


@dataclass(frozen=True)
class Change:
    """Means of a metric over the ``fits`` that both environments have, and their comparison.

    ``compared`` is of after against before, oriented so that above 0 is better; the means are not.
    """

    before: float
    after: float
    fits: int
    compared: Comparison


@dataclass(frozen=True)
class Upgraded:
    """One model in both environments; the contenders of a race are before and after.

    ``measure`` is what was raced as its training: epoch or fit.
    """

    model: str
    score: Change | Gap
    measure: str
    training: Race | Gap
    predict: Race | Gap


@dataclass(frozen=True)
class Asked:
    """What was asked of all models; ``environments`` are the names of before and after."""

    environments: tuple[str, str]
    dataset: str
    metric: str
    design: Design
    rope: float | None
    margin: float
    threads: int
    clock: Clock = "wall"


def changes(
    before: StudyScores, after: StudyScores, metric: str, rope: float | None
) -> dict[str, Change]:
    """Of each model that has fits of the same splits in both; p-values are adjusted over models."""
    compared = scores.between([before, after], metric, rope)
    old, new = (scores.by_fit(study.scores, metric) for study in (before, after))
    found = {}
    for (model, _), comparison in compared.items():
        pairs = np.array([*zip(*old[model].align(new[model], join="inner"), strict=True)], float)
        pairs = pairs[~np.isnan(pairs).any(axis=1)]
        means = pairs.mean(axis=0)
        found[model] = Change(float(means[0]), float(means[1]), len(pairs), comparison)
    return found


def fell_short(models: Sequence[Upgraded]) -> frozenset[str]:
    """WORSE where a model's score is, SLOWER where its training or its prediction is."""
    verdicts: set[str] = set()
    for model in models:
        if isinstance(model.score, Change):
            verdicts.add(model.score.compared.verdict)
        of_model = (model.training, model.predict)
        verdicts |= {race.ratios[0].verdict for race in of_model if isinstance(race, Race)}
    return frozenset(verdicts & {WORSE, SLOWER})


def table(models: Sequence[Upgraded], asked: Asked) -> pd.DataFrame:
    """One row a model, all cells text: score, training and one-row predict, a verdict on each."""
    import pandas as pd

    planned = asked.design.folds * asked.design.repeats
    rows = [
        (
            model.model,
            *_score(model.score, planned),
            *_times(model.training),
            *_times(model.predict),
        )
        for model in models
    ]
    before, after = asked.environments
    head = ["model", f"{asked.metric}, {before} → {after}", f"Δ {asked.metric}", "score"]
    times = ["training, after / before", "training", "predict, after / before", "predict"]
    return pd.DataFrame(rows, columns=[*head, *times])


def numbers(models: Sequence[Upgraded], asked: Asked) -> pd.DataFrame:
    """One row a model, in numbers; the columns are ``NUMBERS``.

    ``before`` and ``after`` are means of ``metric`` over the paired ``fits``; ``difference``, with
    its 95 % interval ``score_low`` to ``score_high`` and adjusted ``score_p``, is oriented so that
    above 0 is better; ``score`` is the verdict on it. ``clock`` is wall or cpu. Of training
    (``training_measure``: epoch or fit) and of predict: the ratio, after over before, its 99 %
    interval and the verdict. A verdict may be ``skipped`` or ``failed``: the numbers beside it are
    then NaN.
    """
    import pandas as pd

    rows = [
        (
            model.model, asked.metric, *asked.environments, *_score_numbers(model.score),
            asked.clock, model.measure,
            *_time_numbers(model.training), *_time_numbers(model.predict),
        )
        for model in models
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(NUMBERS))


def shown(
    models: Sequence[Upgraded],
    asked: Asked,
    environments: Sequence[Environment],
    style: str,
) -> str:
    """An upgrade in one of the formats; for people with what it means and what was upgraded."""
    if style in ("csv", "json"):
        return write(numbers(models, asked), style)
    told = caption(asked), versions(dict(zip(asked.environments, environments, strict=True)))
    return "\n\n".join([write(table(models, asked), style), *told])


def caption(asked: Asked) -> str:
    """What the figures, intervals and verdicts are."""
    before, after = asked.environments
    margin = ROPE[asked.metric] if asked.rope is None else asked.rope
    threads = "one thread" if asked.threads == 1 else f"{asked.threads} threads"
    times, how = ("Times", "in turns") if asked.clock == "wall" else ("CPU times", "at once")
    text = (
        f"{asked.dataset}. Score: means of {asked.metric} over the fits that both have, "
        f"{scores.how(asked.design)}; Δ with its 95 % interval is paired fit by fit, above 0 is "
        f"better; p-values Holm-adjusted over the models, and a difference below {margin:g} is of "
        f"no interest. {times}, {threads}: ratios of {after} to {before}, raced {how}, below 1 is "
        "faster, with 99 % intervals, each race by itself; training is an epoch of a network and a "
        f"fit of an estimator, predict is of one row. A ratio within {100 * asked.margin:.3g} % of "
        "1 is of no interest; a verdict that is undecided tells what difference would be found "
        "half of the time."
    )
    return textwrap.fill(text, WIDTH)


def versions(environments: Mapping[str, Environment]) -> str:
    """A line an environment: Python, packages, and those flags that are not the same in all."""
    flags = [environment.flags for environment in environments.values()]
    lines = []
    for name, environment in environments.items():
        packages = [
            f"{package} {version}"
            for package, version in environment.versions.items()
            if package not in HARNESS
        ]
        settings = [
            f"{flag}={value}"
            for flag, value in sorted(environment.flags.items())
            if any(other.get(flag) != value for other in flags)
        ]
        lines.append(
            f"{name}: " + ", ".join([f"Python {environment.python}", *packages, *settings])
        )
    return "\n".join(lines)


def _score(score: Change | Gap, planned: int) -> tuple[str, str, str]:
    if isinstance(score, Gap):
        return NONE, NONE, str(score)
    difference, verdict, _ = scores.judged(score.compared)
    short = f" ({score.fits} of {planned} fits)" if score.fits < planned else ""
    return f"{score.before:.4f} → {score.after:.4f}", difference, verdict + short


def _times(race: Race | Gap) -> tuple[str, str]:
    if isinstance(race, Gap):
        return NONE, str(race)
    (ratio,) = race.ratios
    return ratio_cell(ratio), verdict_cell(race, ratio)


def _score_numbers(score: Change | Gap) -> tuple[Any, ...]:
    if isinstance(score, Gap):
        return NAN, NAN, 0, NAN, NAN, NAN, NAN, score.word
    compared = score.compared
    around = compared.difference
    means = (score.before, score.after, score.fits)
    return *means, around.mean, around.low, around.high, compared.p, compared.verdict


def _time_numbers(race: Race | Gap) -> tuple[Any, ...]:
    if isinstance(race, Gap):
        return NAN, NAN, NAN, race.word
    (ratio,) = race.ratios
    return ratio.estimate, ratio.low, ratio.high, ratio.verdict
