"""The tables of numbers of a score result: a row for each model, and a row for each fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenfold.score.numbers import score_numbers
from evenfold.score.settling import advice_numbers
from evenfold.score.split_counts import rows_by_split
from evenfold.score.time_tables import target_numbers

if TYPE_CHECKING:
    import pandas as pd

    from evenfold.score.comparison import ScoreComparison


def result_numbers(result: ScoreComparison) -> pd.DataFrame:
    """Return one row of numbers for each model, as ``ScoreComparison.numbers`` describes it."""
    metric = result.metric
    numbers = score_numbers(result.model_scores, metric, result.rope)
    numbers["data"] = result.scores["data"].iloc[0] if len(result.scores) else None
    numbers["distinct_splits"] = result.scores["rows"].nunique()
    numbers["positive"] = result.positive
    if result.groups_ignored is not None:
        ignored = score_numbers(result.ignoring_groups(), metric, result.rope)
        for name in ("", "_low", "_high", "_defined"):
            numbers[f"{metric}_groups_ignored{name}"] = ignored[f"{metric}{name}"]
    if result.duplicates is not None:
        numbers["duplicate_share"] = result.duplicates.share
        numbers["conflicting_rows"] = result.duplicates.conflicting_rows
    for name, value in advice_numbers(result.settling, list(numbers["model"])).items():
        numbers[name] = value
    numbers["findings"] = [_codes(result, model) for model in numbers["model"]]
    numbers["skipped"] = [result.skipped.get(model) for model in result.models]
    return _with_costs(numbers, result)


def planned_fits_table(result: ScoreComparison) -> pd.DataFrame:
    """Return one row for each planned fit, as ``ScoreComparison.fits`` describes it."""
    scores, unfinished = result.scores, result.unfinished
    count = len(scores)
    table = scores.reindex(range(count + len(unfinished)))
    places = list(zip(*(fit[:3] for fit in unfinished), strict=True)) or [(), (), ()]
    for column, values in zip(("model", "split", "seed"), places, strict=True):
        table[column] = [*scores[column], *values]
    for column in ("dataset", "protocol", "data"):
        table[column] = table[column].ffill()
    table["rows"] = table["rows"].fillna(table["split"].map(rows_by_split(scores)))
    table["positive"] = result.positive
    table["status"] = ["finished"] * count + [fit[3] for fit in unfinished]
    return table


def _codes(result: ScoreComparison, model: str) -> str:
    """The codes of what may be wrong with a model, or with the whole study."""
    return " ".join(
        finding.code
        for finding in result.findings
        if model in finding.subjects or not set(finding.subjects) & set(result.models)
    )


def _with_costs(numbers: pd.DataFrame, result: ScoreComparison) -> pd.DataFrame:
    """Add the time to a target and the energy, where they were requested."""
    if result.energy is not None:
        numbers["energy_joules"] = [result.energy.of(model) for model in numbers["model"]]
    if result.times is None or not result.times.models:
        return numbers
    times = target_numbers(result.times).set_index("model").add_prefix("target_")
    return numbers.join(times, on="model")
