"""Checks on an upgrade from a file, which may come from anyone."""

from __future__ import annotations

import math

from evenfold.files.path_names import ALLOWED, is_slug
from evenfold.runtime.record_checks import is_number, is_printable, require_environment
from evenfold.score.settling import Advice
from evenfold.stats.score_intervals import Design
from evenfold.stats.verdicts import score_verdict
from evenfold.upgrade.record import ModelRecord, ScoreRecord, UpgradeRecord


def require_upgrade(record: UpgradeRecord) -> None:
    """Check an upgrade from a file: names that are shown or are paths, and numbers.

    Raises
    ------
    ValueError
        A value cannot be used; the message names its field.
    """
    if not is_slug(record.name):
        raise ValueError(f"name: {record.name!r:.80} is not a name: {ALLOWED}")
    for environment in record.environments:
        require_environment(environment)
        if not isinstance(environment.get("python"), str):
            raise ValueError("environments: python is missing")
    texts = [
        *record.labels,
        record.dataset,
        record.metric,
        *([record.positive] * bool(record.positive)),
    ]
    texts += [model.model for model in record.models]
    for text in texts:
        if not is_printable(text):
            raise ValueError(f"{text!r:.80} has characters that cannot be printed")
    _require_design(record.design)
    if not is_number(record.margin, most=1) or not (record.rope is None or is_number(record.rope)):
        raise ValueError(f"margin: {record.margin!r}, rope: {record.rope!r}")
    for number, model in enumerate(record.models):
        _require_model(f"models[{number}]", model)


def _require_design(design: Design) -> None:
    counts = [design.folds, design.repeats]
    if design.counts is not None:
        counts += [design.counts.splits, design.counts.distinct, design.counts.partitions]
        if not is_number(design.counts.effective, most=1e9):
            raise ValueError(f"design.counts.effective: {design.counts.effective!r}")
    if not all(is_number(count, least=1, most=1e9) for count in counts):
        raise ValueError(f"design: {design!r:.200}")


def _require_advice(where: str, advice: Advice) -> None:
    settlement = advice.settlement
    counts = [advice.rows, advice.repeats, *(settlement.together or ())]
    counts += [n for n in (settlement.rows, settlement.repeats) if n is not None]
    seconds = advice.seconds_per_repeat
    if not all(is_number(count, least=1, most=1e12) for count in counts) or not (
        seconds is None or is_number(seconds)
    ):
        raise ValueError(f"{where}.score.advice: {advice!r:.200}")
    _require_design(advice.design)


def _require_model(where: str, model: ModelRecord) -> None:
    pairs = {
        "score": (model.score, model.score_gap),
        "training": (model.training, model.training_gap),
        "prediction": (model.prediction, model.prediction_gap),
    }
    for name, pair in pairs.items():
        if pair.count(None) != 1:
            raise ValueError(f"{where}.{name}: expected a result or a gap, and one of them null")
        gap = pair[1]
        if gap is not None and gap.environment and not is_printable(gap.environment):
            raise ValueError(f"{where}.{name}_gap.environment: {gap.environment!r:.80}")
    if model.score and not (
        is_number(model.score.level, most=1) and is_number(model.score.margin, 0)
    ):
        raise ValueError(
            f"{where}.score: level {model.score.level!r}, margin {model.score.margin!r}"
        )
    _require_verdict(where, model.score)
    if model.score and model.score.advice:
        _require_advice(where, model.score.advice)
    for name, time in (("training", model.training), ("prediction", model.prediction)):
        if time is not None and not all(map(is_printable, time.settling)):
            raise ValueError(f"{where}.{name}.settling has characters that cannot be printed")
        if time is not None and not (is_slug(time.race) and is_number(time.ratio)):
            raise ValueError(f"{where}.{name}: race {time.race!r:.80}, ratio {time.ratio!r}")
        if time is not None and not all(map(is_number, time.seconds or ())):
            raise ValueError(f"{where}.{name}.seconds: {time.seconds!r}")


def _require_verdict(where: str, score: ScoreRecord | None) -> None:
    """Refuse a verdict that is not the one of its interval and margin."""
    if score is None:
        return
    low, high = (math.nan if end is None else end for end in (score.low, score.high))
    expected = score_verdict(low, high, score.margin)
    if score.verdict != expected:
        raise ValueError(
            f"{where}.score.verdict: {score.verdict!r}, but its interval and margin are "
            f"{expected!r}"
        )
