"""The sentences around the table of a score result, and the whole result as text and HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenfold.render.media import sentence
from evenfold.render.notebook import html_table
from evenfold.render.tables import write
from evenfold.score.captions import (
    COST_CAPTION,
    has_training_cost,
    positive_caption,
    study_caption,
)
from evenfold.score.fit_counts import missing_notes, pair_notes
from evenfold.score.numbers import table_metrics
from evenfold.score.tables import reference_notes
from evenfold.score.time_tables import (
    target_caption,
    target_conclusion,
    target_table,
    target_texts,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evenfold.score.comparison import ScoreComparison

WEIGHTS_CAPTION = "Models are trained with the sample weights of the data; scores are unweighted."
GROUPS_CAPTION = "Groups ignored: the score if groups were split across folds (optimistic)."


def result_notes(result: ScoreComparison) -> list[str]:
    """Return a sentence on what is missing, and on networks that ``fit`` trained."""
    models, skipped = result.models, result.skipped
    if not len(result.scores):
        why = "Every model was skipped" if set(models) <= set(skipped) else "No fit finished"
        return [f"{why}: no scores."]
    has_fits = [model for model, count in result.counts.items() if count.finished]
    notes = [f"{model} was skipped: {reason}." for model, reason in skipped.items()]
    notes += reference_notes(result.model_scores)
    metrics = table_metrics(result.scores, result.metric)
    notes += missing_notes(result.model_scores, models, metrics, result.undefined, skipped)
    notes += pair_notes(result.verdicts, result.model_scores, has_fits)
    return [*notes, *result.engines, *result.model_notes]


def result_caption(result: ScoreComparison) -> str:
    """Return what the intervals and verdicts are, and what is missing."""
    metric = result.metric
    text = study_caption(result.model_scores, metric, result.rope, result.verdicts)
    is_default = result.positive_is_default and result.depends_on_positive
    positive = positive_caption(metric, result.positive, is_default)
    cost = COST_CAPTION if has_training_cost(result.scores) else ""
    groups = "" if result.groups_ignored is None else GROUPS_CAPTION
    weights = WEIGHTS_CAPTION if result.is_weighted else ""
    return "\n".join(filter(None, [text, weights, *result.notes, positive, cost, groups]))


def cost_texts(result: ScoreComparison, style: str) -> Iterator[str]:
    """Yield the tables of the time to a target and of energy with their sentences, if there are."""
    if result.times is not None:
        yield from target_texts(result.times, style)
    if result.energy is not None:
        table = result.energy.text_table()
        yield write(table, style) if len(table) else "No fit was measured."
        yield sentence(result.energy.caption, style)


def result_text(result: ScoreComparison) -> str:
    """Return a result as text in Markdown."""
    table = write(result.text_table, "markdown")
    parts = [result.conclusion, table, _caption_with_data_notes(result), result.settling_text]
    parts += [result.finding_text, *cost_texts(result, "markdown"), result.next_step]
    return "\n\n".join(filter(None, parts))


def result_html(result: ScoreComparison) -> str:
    """Return a result as HTML for a notebook."""
    parts = [_caption_with_data_notes(result), result.settling_text, result.finding_text]
    parts.append(result.next_step)
    caption = "\n".join(filter(None, parts))
    ends = result.table[["low", "mean", "high"]]
    drawn = [(low, mean, high) for low, mean, high in ends.itertuples(index=False)]
    intervals = {result.metric: drawn}
    conclusion = result.conclusion
    scores = html_table(result.text_table, caption, conclusion=conclusion, intervals=intervals)
    return scores + _costs_html(result)


def _costs_html(result: ScoreComparison) -> str:
    texts = []
    if result.times is not None:
        times = result.times
        conclusion = target_conclusion(times)
        texts.append(html_table(target_table(times), target_caption(times), conclusion=conclusion))
    if result.energy is not None:
        texts.append(html_table(result.energy.text_table(), result.energy.caption))
    return "".join(texts)


def _caption_with_data_notes(result: ScoreComparison) -> str:
    # The command line prints these notes when it has read the data.
    coded = {finding.note for finding in result.findings}
    notes = [note for note in result.data_notes if note not in coded]
    return "\n".join([result.caption, *notes])
