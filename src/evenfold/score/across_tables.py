"""Tables of models over several data sets: texts, numbers, and the score on each of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from evenfold.render.cells import NONE, signed
from evenfold.score.across_datasets import AcrossDatasets, ContenderAcross
from evenfold.stats.dataset_ranks import MeanRanks

if TYPE_CHECKING:
    import pandas as pd


def across_table(across: AcrossDatasets) -> pd.DataFrame:
    """Return one row for each model: what the next data set is predicted to show; all are texts."""
    import pandas as pd

    rows = [(across.reference, *[NONE] * 7, _rank_cell(across.ranks, across.reference))]
    for model, contender in across.contenders.items():
        rows.append((model, *_contender_cells(contender), _rank_cell(across.ranks, model)))
    head = [
        "model", "wins/ties/losses", f"Δ {across.metric}", "P(better)", "P(equivalent)", "P(worse)",
        "next data set", "p, signed ranks", "mean rank",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=head)


def dataset_table(across: AcrossDatasets) -> pd.DataFrame:
    """Return the score of each model on each data set, with the verdict; all cells are text."""
    import pandas as pd

    rows = []
    for place, dataset in enumerate(across.scores):
        cells = [dataset]
        for model in across.models:
            score = across.column(model)[place]
            compared = across.comparisons.get(model, {}).get(dataset)
            text = NONE if not math.isfinite(score) else f"{score:.4f}"
            cells.append(text if compared is None else f"{text} {compared.verdict}")
        rows.append(cells)
    return pd.DataFrame(rows, columns=["data set", *across.models])


def across_numbers(across: AcrossDatasets) -> pd.DataFrame:
    """Return one row of numbers for each model; what is missing is NaN or None.

    Columns: ``model``, ``reference``, ``metric``, ``margin``, ``datasets``, ``wins``, ``ties``,
    ``losses``; ``difference`` with ``difference_low`` and ``difference_high``, the location of the
    differences, and their ``spread``; ``better``, ``equivalent`` and ``worse``, probabilities on
    the next data set, and ``most_likely_better`` and so on; ``verdict``; ``p``, ``p_holm`` of the
    signed ranks; ``mean_rank`` and ``critical_difference``.
    """
    import pandas as pd

    rows = [_numbers(across, model) for model in across.models]
    return pd.DataFrame(rows)


def _numbers(across: AcrossDatasets, model: str) -> dict[str, Any]:
    contender, ranks = across.contenders.get(model), across.ranks
    row: dict[str, Any] = {
        "model": model,
        "reference": across.reference,
        "metric": across.metric,
        "margin": across.margin,
        "datasets": len(across.scores) if contender is None else len(contender.datasets),
        "wins": None if contender is None else contender.wins,
        "ties": None if contender is None else contender.ties,
        "losses": None if contender is None else contender.losses,
    }
    predicted = None if contender is None else contender.next_dataset
    centre = None if predicted is None else predicted.centre
    row["difference"] = math.nan if centre is None else centre.estimate
    row["difference_low"] = math.nan if centre is None else centre.low
    row["difference_high"] = math.nan if centre is None else centre.high
    row["spread"] = math.nan if predicted is None else predicted.spread
    for place, name in enumerate(("better", "equivalent", "worse")):
        row[name] = math.nan if predicted is None else getattr(predicted, name)
        likely = math.nan if predicted is None else predicted.most_likely[place]
        row[f"most_likely_{name}"] = likely
    row["verdict"] = None if contender is None else contender.verdict
    test = None if contender is None else contender.signed_rank
    row["p"] = math.nan if test is None else test.p
    row["p_holm"] = math.nan if test is None else test.adjusted
    row["mean_rank"] = math.nan if ranks is None else ranks.ranks.get(model, math.nan)
    row["critical_difference"] = math.nan if ranks is None else ranks.critical
    return row


def _contender_cells(contender: ContenderAcross) -> tuple[str, ...]:
    counts = f"{contender.wins}/{contender.ties}/{contender.losses}"
    test = NONE if contender.signed_rank is None else f"{contender.signed_rank.adjusted:.2g}"
    predicted = contender.next_dataset
    if predicted is None:
        return (counts, NONE, NONE, NONE, NONE, NONE, test)
    centre = predicted.centre
    chances = (
        f"{100 * p:.0f} %" for p in (predicted.better, predicted.equivalent, predicted.worse)
    )
    difference = f"{signed(centre.estimate)} [{signed(centre.low)}, {signed(centre.high)}]"
    return (counts, difference, *chances, predicted.verdict, test)


def _rank_cell(ranks: MeanRanks | None, model: str) -> str:
    return NONE if ranks is None or model not in ranks.ranks else f"{ranks.ranks[model]:.2f}"
