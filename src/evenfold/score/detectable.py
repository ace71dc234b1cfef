"""What a study will detect: the detectable difference of each contender, before the study runs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evenfold.errors import UsageError
from evenfold.plugins.metrics import SelectedMetric
from evenfold.render.words import counted, listed
from evenfold.score.conclusions import OF_POINTS
from evenfold.score.model_scores import ModelScores, compare_models
from evenfold.score.own_metrics import scores_with_metric
from evenfold.score.run import ScoredStudy, StudyPlan
from evenfold.score.runner import FitResults, score_table
from evenfold.score.store import Store
from evenfold.stats.comparisons import ERROR, Comparison
from evenfold.stats.metric_names import margin_of
from evenfold.stats.row_variance import difference_variance

# Models of tables and series that are worth comparing disagree on about so many of their rows.
TYPICAL_DISAGREEMENT = 0.05
# A smaller part of the variance is not worth more repeats.
LEAST_PART = 0.02


@dataclass(frozen=True)
class Outlook:
    """What a study will show of a contender.

    Parameters
    ----------
    half_width
        Half of the interval of its difference to the reference.
    repeats_part
        The share of the variance that more repeats, or seeds, lower.
    pairs
        The finished pairs of fits that this comes from.
    """

    half_width: float
    repeats_part: float
    pairs: int


def detectable_lines(
    plan: StudyPlan, metric: SelectedMetric, detect: float | None
) -> Iterator[str]:
    """Yield the detectable difference of each contender, and the rows that another one needs.

    Parameters
    ----------
    plan
        The study.
    metric
        The metric of the verdicts.
    detect
        The difference that the user wants to detect; None for twice the margin.

    Raises
    ------
    UsageError
        ``detect`` is not above the margin, or there is one model.
    """
    margin = margin_of(metric.name, plan.request.options.rope)
    if detect is not None and detect <= margin:
        raise UsageError(
            f"--detect {detect:g} is not above the margin of {margin:g}: give a larger difference, "
            "or a smaller margin with --rope"
        )
    contenders = list(plan.request.models)[1:]
    if detect is not None and not contenders:
        raise UsageError(
            "--detect is about the difference of a model to the first one, and there is one model: "
            "name another"
        )
    outlooks = _outlooks(plan, metric)
    half_widths = [outlook.half_width for outlook in outlooks.values()]
    for contender, outlook in outlooks.items():
        yield _outlook_line(plan, metric.name, contender, outlook, margin)
    without = [model for model in contenders if model not in outlooks]
    if without:
        if metric.name not in OF_POINTS or plan.request.options.interval != "rows":
            yield _no_outlook_line(plan, without, detect)
            return
        half_widths.append(_typical_half_width(plan, len(contenders)))
        yield (
            "models without finished fits: detectable difference about "
            f"{margin + half_widths[-1]:.4f} of {metric.name}, if a contender and the reference "
            f"disagree on {100 * TYPICAL_DISAGREEMENT:g} % of the rows, and less if on fewer"
        )
    wanted = 2 * margin if detect is None else detect
    if half_widths and wanted > margin:
        yield _rows_line(plan, wanted, margin, max(half_widths) / (wanted - margin))


def _no_outlook_line(plan: StudyPlan, without: Sequence[str], detect: float | None) -> str:
    wanted = "a detectable difference"
    if detect is not None:
        wanted = f"the {_tested_unit(plan)} that a difference of {detect:g} needs"
    return f"no finished fits of {listed(without)} to derive {wanted} from: run a short study first"


def _outlook_line(
    plan: StudyPlan, metric: str, contender: str, outlook: Outlook, margin: float
) -> str:
    best = margin + outlook.half_width * math.sqrt(1 - outlook.repeats_part)
    more = f"more {_repeats(plan)} alone would lower it to {best:.4f} at best"
    if outlook.repeats_part < LEAST_PART:
        more = f"more {_repeats(plan)} alone would not lower it"
    return (
        f"{contender} against {next(iter(plan.request.models))}: detectable difference about "
        f"{margin + outlook.half_width:.4f} of {metric}, from {outlook.pairs} finished pairs of "
        f"fits; {more}"
    )


def _rows_line(plan: StudyPlan, wanted: float, margin: float, excess: float) -> str:
    """How many rows a difference needs, if intervals are so many times too wide for it.

    Twice the margin takes as many rows as to show that models of equal score are equivalent.
    """
    rows, unit = _tested_count(plan), _tested_unit(plan)
    needed = math.ceil(rows * excess**2)
    enough = f"{rows:,} {unit} are enough"
    if needed > rows:
        enough = f"about {needed:,} {unit} like these {rows:,} are needed"
    if not math.isclose(wanted, 2 * margin):
        return f"to detect a difference of {wanted:g} from every contender, {enough}"
    return (
        f"to detect a difference of {wanted:g} from every contender, or to rule out that one of "
        f"equal score differs by more than {margin:g}, {enough}; to rule out that one that scores "
        "lower is better takes fewer"
    )


def detectable_change(plans: Sequence[StudyPlan], metric: str, rope: float | None) -> str:
    """Return the detectable change of the scores of models in two environments, in a sentence.

    Parameters
    ----------
    plans
        The studies before and after, of the same models on the same splits.
    metric, rope
        The metric of the verdicts and their margin; None for the metric's own.
    """
    scores = [_finished_scores(plan, SelectedMetric(metric)) for plan in plans]
    old, new = scores
    compared = {}
    if old is not None and new is not None:
        both = [model for model in new.present if model in old.present]
        pairs = {(model, "after"): ((new, model), (old, model)) for model in both}
        compared = compare_models(pairs, metric, rope)
    if not compared:
        return "scores: no fits finished in both environments show a detectable difference yet"
    widest = max(comparison.detectable for comparison in compared.values())
    return (
        f"scores: detectable difference at most {widest:.4f} of {metric}, from the finished fits "
        f"of {counted(len(compared), 'model')}"
    )


def _outlooks(plan: StudyPlan, metric: SelectedMetric) -> dict[str, Outlook]:
    """What finished fits show of each contender."""
    scores = _finished_scores(plan, metric)
    if scores is None or scores.basis == "none":
        return {}
    compared = scores.compare_with_reference(metric.name, plan.request.options.rope)
    if scores.basis == "fits":
        return {m: _outlook_of_fits(plan, comparison) for m, comparison in compared.items()}
    outlooks = {}
    for model, comparison in compared.items():
        values, reference = (scores.values(m, metric.name) for m in (model, scores.reference))
        variance = difference_variance(values, reference)
        tested = len(np.unique(values.row)) / _tested_count(plan)
        outlooks[model] = Outlook(
            half_width=comparison.difference.half_width * math.sqrt(min(1.0, tested)),
            repeats_part=variance.fits / variance.total if variance.total else 0.0,
            pairs=comparison.pairs,
        )
    return outlooks


def _outlook_of_fits(plan: StudyPlan, comparison: Comparison) -> Outlook:
    """What the scores of fits show, whose variance is that of Nadeau and Bengio."""
    design, overlap = plan.request.options.design, plan.request.options.design.test_to_train
    of_fits = 1 / (design.folds * design.repeats)
    part = (of_fits + overlap) / (1 / comparison.pairs + overlap)
    return Outlook(
        half_width=comparison.difference.half_width * math.sqrt(min(1.0, part)),
        repeats_part=of_fits / (of_fits + overlap),
        pairs=comparison.pairs,
    )


def _finished_scores(plan: StudyPlan, metric: SelectedMetric) -> ModelScores | None:
    store_file = plan.request.store_file
    if not store_file.exists():
        return None
    with Store(store_file) as store:
        fits = store.get(fit.key for fit in plan.fits)
    if not fits:
        return None
    design = plan.request.options.design
    table = score_table(plan.study, plan.fits, fits)
    scored = ScoredStudy(table, FitResults(fits), store_file, plan)
    table, _ = scores_with_metric(scored, metric)
    own = {} if metric.plugin is None else {metric.name: metric.plugin}
    return ModelScores(
        scores=table,
        models=tuple(plan.request.models),
        design=design,
        tested=scored.tested_rows(),
        method=plan.request.options.interval,
        own_metrics=own,
    )


def _typical_half_width(plan: StudyPlan, contenders: int) -> float:
    from scipy.special import ndtri

    critical = -float(ndtri(ERROR / 2 / contenders))
    return critical * math.sqrt(TYPICAL_DISAGREEMENT / _tested_count(plan))


def _tested_count(plan: StudyPlan) -> int:
    """The rows, or groups of rows, that the study tests."""
    tested = np.unique(np.concatenate([split.test for split in plan.study.splits]))
    groups = plan.study.dataset.groups
    return len(tested) if groups is None else len(np.unique(groups[tested]))


def _tested_unit(plan: StudyPlan) -> str:
    if plan.study.dataset.groups is not None:
        return "groups"
    return "test rows" if plan.study.has_curves else "rows"


def _repeats(plan: StudyPlan) -> str:
    return "seeds" if plan.study.has_curves else "repeats"
