"""The tables of score studies: scores with intervals, verdicts of models and of environments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evenfold.render.cells import NONE, MedianRange, signed
from evenfold.render.media import sentence
from evenfold.render.tables import write
from evenfold.score.captions import (
    basis_text,
    compare_caption,
    has_training_cost,
    positive_caption,
    study_caption,
    study_heading,
)
from evenfold.score.conclusions import conclusion, next_step
from evenfold.score.fit_counts import (
    FitCounts,
    count_fits,
    missing_notes,
    of_planned,
    pair_notes,
    planned_fits,
)
from evenfold.score.model_scores import ModelScores
from evenfold.score.numbers import table_metrics
from evenfold.score.pairing import basis_between, compare_environments
from evenfold.score.predictions import positive_class
from evenfold.score.same_rows import group_studies, table_findings
from evenfold.score.studies import STORE_SUFFIX
from evenfold.score.study_scores import StudyScores
from evenfold.stats.comparisons import Comparison, Interval
from evenfold.stats.metric_names import depends_on_positive
from evenfold.stats.verdicts import UNDECIDED

if TYPE_CHECKING:
    import pandas as pd

BETWEEN_ENVIRONMENTS = "each model, between environments"


def score_summary(scores: ModelScores, metric: str, rope: float | None) -> pd.DataFrame:
    """Return one row for each model: scores with 95 % intervals, and the verdict on ``metric``.

    All cells are text. ``metric`` and its verdict come first, the other metrics after them, where a
    narrow terminal may cut the table. Seconds of a fit are a column where they are the models' own.
    A score or verdict over fewer fits than planned states how many.
    """
    import pandas as pd

    comparisons = scores.compare_with_reference(metric, rope)
    planned = planned_fits(scores.design)
    metrics = table_metrics(scores.scores, metric)
    counts = {n: count_fits(scores, scores.models, n) for n in metrics}
    has_cost = has_training_cost(scores.scores)
    rows = []
    for model in scores.models:
        mean, *means = [
            _score_cell(scores.interval(model, name), counts[name][model]) for name in metrics
        ]
        difference, verdict = comparison_cells(comparisons.get(model), planned)
        cost = [_seconds_cell(scores.of_fits(model, "fit_seconds"))] if has_cost else []
        fits = _fits_cell(counts[metric][model])
        rows.append((model, fits, mean, difference, verdict, *means, *cost))
    head = ["model", "fits", metric, f"Δ {metric}", "verdict", *metrics[1:]]
    return pd.DataFrame(rows, columns=[*head, *["fit s"] * has_cost])


def study_conclusion(study: StudyScores, metric: str, rope: float | None) -> str:
    """Return the first sentence of a study's table; empty without a comparison."""
    scores = study.model_scores
    return conclusion(scores.compare_with_reference(metric, rope), scores.reference, metric)


def study_next_step(study: StudyScores, metric: str, rope: float | None) -> str:
    """Return the next useful command after the table of a saved study, which names the study."""
    scores = study.model_scores
    name = f"the study {study.dataset}, {study.protocol}, {study.label}"
    return next_step(scores.compare_with_reference(metric, rope), scores.reference, name)


def study_notes(study: StudyScores, metric: str, rope: float | None) -> list[str]:
    """Return what intervals and verdicts are, what a saved study lacks, and the positive class."""
    scores = study.model_scores
    compared = scores.compare_with_reference(metric, rope)
    return [*study_caption(scores, metric, rope, compared).split("\n"), *gaps(study, metric, rope)]


def gaps(study: StudyScores, metric: str, rope: float | None) -> list[str]:
    """Return what a saved study lacks, and which class the metric is about, in sentences."""
    scores = study.model_scores
    positive = positive_class(study) if depends_on_positive(metric) else None
    metrics = table_metrics(study.scores, metric)
    compared = scores.compare_with_reference(metric, rope)
    return [
        *reference_notes(scores),
        *missing_notes(scores, scores.present, metrics, study.undefined),
        *pair_notes(compared, scores, scores.present),
        *([positive_caption(metric, positive)] if positive else []),
    ]


def reference_notes(scores: ModelScores) -> list[str]:
    """Return that there are no verdicts, if the reference has no scores."""
    if len(scores.models) < 2 or scores.reference in scores.present:
        return []
    return [f"There are no verdicts, because the reference {scores.reference} has no scores."]


def lacks_values(studies: Sequence[StudyScores], metric: str) -> bool:
    """Whether a planned fit, the metric of a finished one, or a reference is missing in a study.

    A store of fits has no plan: there, only values of finished fits can be missing.
    """
    for study in studies:
        models = study.scores["model"].unique()
        if len(study.models) > 1 and study.models[0] not in models:
            return True
        has_plan = study.file.suffix != STORE_SUFFIX
        for count in count_fits(study.model_scores, models, metric).values():
            if count.defined < (count.planned if has_plan else count.finished):
                return True
    return False


def verdict_table(scores: ModelScores, metric: str, rope: float | None) -> pd.DataFrame:
    """Return a matrix of models: the verdict on row against column, and the difference."""
    import pandas as pd

    comparisons = scores.compare_all_pairs(metric, rope)
    comparisons |= {(b, a): one.reversed for (a, b), one in comparisons.items()}
    planned = planned_fits(scores.design)

    def cell(row: str, column: str) -> str:
        if (row, column) not in comparisons:
            return NONE
        c = comparisons[row, column]
        return f"{c.verdict} {signed(c.difference.estimate)}{of_planned(c.pairs, planned)}"

    models = scores.present
    rows = [(row, *(cell(row, column) for column in models)) for row in models]
    return pd.DataFrame(rows, columns=["row against column", *models])


def environment_table(
    studies: Sequence[StudyScores], metric: str, rope: float | None
) -> pd.DataFrame:
    """Return one row for each model in each environment after the first; all cells are text."""
    import pandas as pd

    comparisons = compare_environments(studies, metric, rope)
    rows = [
        (model, label, *comparison_cells(comparison, planned_fits(studies[0].design)))
        for (model, label), comparison in sorted(comparisons.items())
    ]
    head = ["model", f"against {studies[0].label}", f"Δ {metric}", "verdict"]
    return pd.DataFrame(rows, columns=head)


def environment_conclusion(studies: Sequence[StudyScores], metric: str, rope: float | None) -> str:
    """Return the first sentence of a table of environments; empty without a comparison."""
    comparisons = compare_environments(studies, metric, rope)
    named = {f"{model} in {label}": one for (model, label), one in sorted(comparisons.items())}
    return conclusion(named, f"itself in {studies[0].label}", metric)


def study_tables(study: StudyScores, metric: str, rope: float | None) -> Iterator[pd.DataFrame]:
    """Yield the scores of every model and, of three or more, the verdict on every pair."""
    yield score_summary(study.model_scores, metric, rope)
    if len(study.model_scores.present) > 2:
        yield verdict_table(study.model_scores, metric, rope)


def score_tables(
    studies: Sequence[StudyScores],
    metric: str,
    rope: float | None,
    style: str,
    silenced: Sequence[str] = (),
) -> Iterator[str]:
    """Yield the tables of each study, and of each model in several environments, as text."""
    for group in group_studies(studies):
        for study in group:
            yield sentence(study_heading(study), style)
            if text := study_conclusion(study, metric, rope):
                yield sentence(text, style)
            yield from (write(table, style) for table in study_tables(study, metric, rope))
            yield sentence("\n".join(study_notes(study, metric, rope)), style)
        if len(group) > 1:
            heading = f"{group[0].dataset}, {group[0].protocol}: {BETWEEN_ENVIRONMENTS}"
            yield sentence(heading, style)
            if text := environment_conclusion(group, metric, rope):
                yield sentence(text, style)
            yield write(environment_table(group, metric, rope), style)
            if text := basis_text(basis_between(group)):
                yield sentence(text, style)
    yield from (sentence(note, style) for note in table_findings(studies, silenced))
    if studies:
        yield sentence(compare_caption(metric, rope, studies), style)
        yield sentence(study_next_step(studies[-1], metric, rope), style)


def comparison_cells(comparison: Comparison | None, planned: int) -> tuple[str, str]:
    """Return two cells: the difference with its interval, and the verdict.

    A verdict over fewer pairs than ``planned`` states how many; ``undecided`` states the difference
    that such a study detects.
    """
    if comparison is None:
        return NONE, NONE
    d = comparison.difference
    difference = f"{signed(d.estimate)} [{signed(d.low)}, {signed(d.high)}]"
    return difference, verdict_words(comparison) + of_planned(comparison.pairs, planned)


def verdict_words(comparison: Comparison) -> str:
    """Return a verdict; ``undecided`` with the detectable difference."""
    if comparison.verdict != UNDECIDED:
        return comparison.verdict
    return f"{UNDECIDED} (detectable difference: {comparison.detectable:.4f})"


def _score_cell(around: Interval, count: FitCounts) -> str:
    if not np.isfinite(around.estimate):
        return NONE
    ends = f"{around.low:.4f}, {around.high:.4f}" if np.isfinite(around.low) else NONE
    return f"{around.estimate:.4f} [{ends}]{of_planned(count.defined, count.planned)}"


def _fits_cell(count: FitCounts) -> str:
    if count.finished < count.planned:
        return f"{count.finished} of {count.planned}"
    return str(count.finished)


def _seconds_cell(seconds: NDArray[np.float64]) -> str:
    seconds = seconds[~np.isnan(seconds)]
    if not len(seconds):
        return NONE
    return str(MedianRange(float(np.median(seconds)), float(seconds.min()), float(seconds.max())))
