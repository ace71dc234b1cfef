"""What may be wrong with the training and the predictions of the models of a study."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evenfold.diagnostics.baselines import (
    are_alike,
    constant_predictions,
    is_constant,
    not_shown_better,
)
from evenfold.diagnostics.calibration import calibration_distance
from evenfold.diagnostics.curves import not_converged, overfits, past_best, underfits
from evenfold.diagnostics.finding import CODE_ERROR, Finding, some_names
from evenfold.diagnostics.mixtures import splits_of_several_rows
from evenfold.diagnostics.seeds import seeds_vary_more_than_folds
from evenfold.score.conclusions import metric_words
from evenfold.stats.metric_names import METRIC_NAMES, POSITIVE_CLASS_METRICS
from evenfold.stats.row_forms import row_values
from evenfold.stats.row_variance import row_variance
from evenfold.stats.score_intervals import Design
from evenfold.stats.tested_rows import TestedRows

if TYPE_CHECKING:
    import pandas as pd

HELD_OUT = ("held_out_log_loss", "val_loss")
TRAINING_ACCURACY = ("training_accuracy", "accuracy")
# Quantities after each epoch, by name.
FitCurves = Mapping[str, NDArray[np.float64]]
Place = tuple[str, str, int]


@dataclass(frozen=True)
class ModelEvidence:
    """What a study has of its models.

    Parameters
    ----------
    scores
        One row for each fit: ``model``, ``split``, ``seed`` and the metrics.
    tested
        The predictions of every test row, by model.
    design
        The folds and repeats.
    metric
        The metric of the verdicts.
    curves
        The learning curves of networks, by model, split and seed.
    baseline
        The predictions of logistic regression, of all fits or those of the first repeat; None if
        they are unknown.
    """

    scores: pd.DataFrame
    tested: Mapping[str, TestedRows]
    design: Design
    metric: str
    curves: Mapping[Place, FitCurves] = field(default_factory=dict)
    baseline: TestedRows | None = None

    @cached_property
    def networks(self) -> dict[str, list[tuple[Place, FitCurves]]]:
        """The learning curves of each network, of its fits in order."""
        networks: dict[str, list[tuple[Place, FitCurves]]] = {}
        for place, curves in self.curves.items():
            networks.setdefault(place[0], []).append((place, curves))
        return networks

    @cached_property
    def learners(self) -> dict[str, TestedRows]:
        """The predictions of models that are no constant."""
        return {model: one for model, one in self.tested.items() if not is_constant(one)}


def model_findings(evidence: ModelEvidence) -> list[Finding]:
    """Return what may be wrong with training and predictions: one finding of a code at most."""
    if evidence.scores.empty:
        return []
    parts = (
        _mixed_rows, _convergence, _past_best, _overfitting, _underfitting, _seeds, _baselines,
        _calibrated,
    )  # fmt: skip
    return [finding for part in parts for finding in part(evidence)]


def _mixed_rows(evidence: ModelEvidence) -> Iterator[Finding]:
    if "rows" not in evidence.scores:
        return
    splits = evidence.scores["split"].astype(str).tolist()
    mixed = splits_of_several_rows(splits, evidence.scores["rows"].astype(str).tolist())
    if mixed:
        yield Finding(
            "EF015",
            f"the fits of {some_names(mixed)} are of different rows under one name, and models are "
            "compared on other rows than their own. Score all models again with one seed",
        )


def _convergence(evidence: ModelEvidence) -> Iterator[Finding]:
    rises = _late(evidence)

    def fall(model: str, error: float) -> float:
        losses = _losses(evidence.networks[model], (*HELD_OUT, "loss"))
        return 0.0 if model in rises or not losses else not_converged(losses, error)

    falls = _by_model(evidence.networks, fall)
    if falls:
        worst = max(falls.values())
        yield Finding(
            "EF006",
            f"{some_names(list(falls))}: the loss still falls, over the last tenth of the epochs "
            f"by up to {100 * worst:.0f} % of its whole fall. Train longer before you compare "
            "scores",
            tuple(falls),
        )


def _late(evidence: ModelEvidence) -> dict[str, int]:
    """The epoch after which the held-out loss rises again, by network."""

    def epoch(model: str, error: float) -> int:
        return past_best(_losses(evidence.networks[model], HELD_OUT), error)

    return {model: int(best) for model, best in _by_model(evidence.networks, epoch).items()}


def _past_best(evidence: ModelEvidence) -> Iterator[Finding]:
    late = _late(evidence)
    if late:
        epochs = {model: len(_losses(evidence.networks[model], HELD_OUT)[0]) for model in late}
        text = [f"{model} (best at epoch {late[model]} of {epochs[model]})" for model in late]
        yield Finding(
            "EF007",
            f"{some_names(text)}: the held-out loss rises again after its best epoch. Train for "
            "fewer epochs, or stop early on validation rows that are part of the training rows",
            tuple(late),
        )


def _overfitting(evidence: ModelEvidence) -> Iterator[Finding]:
    places = zip(*(evidence.scores[name] for name in ("model", "split", "seed")), strict=True)
    accuracy = dict(
        zip(
            [(str(m), str(s), int(n)) for m, s, n in places],
            evidence.scores["accuracy"].to_numpy(np.float64),
            strict=True,
        )
    )

    def gap(model: str, error: float) -> float:
        fits = [(p, c) for p, c in evidence.networks[model] if p in accuracy]
        training = _training_accuracy([curves for _, curves in fits])
        if training is None:
            return 0.0
        tested = np.array([accuracy[place] for place, _ in fits])
        return float((training - tested).mean()) if overfits(training, tested, error) else 0.0

    gaps = _by_model(evidence.networks, gap)
    if gaps:
        yield Finding(
            "EF008",
            f"{some_names(list(gaps))}: overfits, the accuracy on training rows exceeds that on "
            f"test rows by up to {100 * max(gaps.values()):.0f} points. Use a smaller network, "
            "dropout or weight decay, or more rows",
            tuple(gaps),
        )


def _underfitting(evidence: ModelEvidence) -> Iterator[Finding]:
    if evidence.baseline is None:
        return
    simple = row_values("accuracy", evidence.baseline).estimate

    def gap(model: str, error: float) -> float:
        training = _training_accuracy([curves for _, curves in evidence.networks[model]])
        if training is None or not underfits(training, simple, error):
            return 0.0
        return simple - float(training.mean())

    gaps = _by_model(evidence.networks, gap)
    if gaps:
        yield Finding(
            "EF009",
            f"{some_names(list(gaps))}: underfits, logistic regression is right on "
            f"{100 * simple:.0f} % of the test rows, up to {100 * max(gaps.values()):.0f} points "
            "more than the network on its own training rows. Train longer, raise the learning "
            "rate or use a larger network",
            tuple(gaps),
        )


def _seeds(evidence: ModelEvidence) -> Iterator[Finding]:
    if evidence.metric not in METRIC_NAMES:
        return

    def ratio(model: str, error: float) -> float:
        values = row_values(evidence.metric, evidence.learners[model])
        return seeds_vary_more_than_folds(row_variance(values), evidence.design.repeats, error)

    ratios = _by_model(evidence.learners, ratio)
    if ratios:
        yield Finding(
            "EF010",
            f"{some_names(list(ratios))}: scores vary more by the training, its seed and rows, "
            f"than by the test rows ({max(ratios.values()):.1f} times the variance). A single "
            "training says little: average several, or make the training more stable",
            tuple(ratios),
        )


def _baselines(evidence: ModelEvidence) -> Iterator[Finding]:
    metric, learners = evidence.metric, evidence.learners
    if metric not in METRIC_NAMES or not learners:
        return
    words = metric_words(metric)
    chance = []
    if metric not in POSITIVE_CLASS_METRICS:
        constant = constant_predictions(next(iter(learners.values())))
        chance = list(not_shown_better(learners, constant, metric))
    if chance:
        yield Finding(
            "EF011",
            f"{some_names(chance)}: not shown to be better in {words} than a constant prediction, "
            "the shares of the classes. Check labels and features, or collect more rows",
            tuple(chance),
        )
    if evidence.baseline is None:
        return
    others = {
        model: one
        for model, one in learners.items()
        if model not in chance and not are_alike(one, evidence.baseline)
    }
    if simple := list(not_shown_better(others, evidence.baseline, metric)) if others else []:
        score = row_values(metric, evidence.baseline).estimate
        is_scored = len(others) + len(chance) < len(learners)
        yield Finding(
            "EF012",
            f"{some_names(simple)}: not shown to be better than logistic regression, which has "
            f"{words} {score:.4f} on the same rows. Prefer the simpler model"
            + ("" if is_scored else ", or score it too"),
            tuple(simple),
        )


def _calibrated(evidence: ModelEvidence) -> Iterator[Finding]:
    def distance(model: str, error: float) -> float:
        tested = evidence.learners[model]
        first = np.unique(tested.row, return_index=True)[1]  # each row in its first fit
        return calibration_distance(
            tested.y[first], tested.probabilities[first], tested.unit[first], error
        )

    distances = _by_model(evidence.learners, distance)
    if distances:
        yield Finding(
            "EF013",
            f"{some_names(list(distances))}: probabilities are off by up to "
            f"{100 * max(distances.values()):.0f} points on average. Calibrate them before you use "
            "them as chances, or judge by a metric of ranks or hits",
            tuple(distances),
        )


def _by_model(
    models: Mapping[str, object], diagnose: Callable[[str, float], float | int]
) -> dict[str, float]:
    """Return what is found of each model, where something is; models share the error of a code."""
    error = CODE_ERROR / max(len(models), 1)
    found = {model: diagnose(model, error) for model in models}
    return {model: value for model, value in found.items() if value}


def _losses(
    fits: Sequence[tuple[Place, FitCurves]], names: Sequence[str]
) -> list[NDArray[np.float64]]:
    """The first of these curves that all fits have; none where a rule stopped some fits early."""
    for name in names:
        losses = [curves[name] for _, curves in fits if name in curves]
        if len(losses) == len(fits):
            return losses if len({len(loss) for loss in losses}) == 1 else []
    return []


def _training_accuracy(fits: Sequence[FitCurves]) -> NDArray[np.float64] | None:
    for name in TRAINING_ACCURACY:
        if fits and all(name in curves and len(curves[name]) for curves in fits):
            return np.array([curves[name][-1] for curves in fits])
    return None
