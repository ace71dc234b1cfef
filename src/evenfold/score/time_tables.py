"""The table of a time to a target, with its conclusion, its caption and its numbers."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from evenfold.render.cells import NONE, MedianRange, number
from evenfold.render.media import sentence
from evenfold.render.tables import write
from evenfold.render.words import counted, listed
from evenfold.score.captions import WIDTH, design_text
from evenfold.score.time_to_target import TargetTimes, TimeToTarget
from evenfold.stats.comparisons import Interval

if TYPE_CHECKING:
    import pandas as pd

NEVER = "∞"
ROWS_CAPTION = {
    "validation": "Curves are of the validation rows that each network holds back from its "
    "training part, as Keras reports them.",
    "test": "Curves are of the test rows after each epoch. The first epoch that reaches the target "
    "is picked on the rows that judge it, which is optimistic; with Model(..., validation=0.1) it "
    "is picked on other rows.",
}
EPOCHS_CAPTION = (
    f"Epochs and seconds: median with a 95 % interval; {NEVER} stands for longer than the "
    "training. A fit that does not reach the target before its training ends counts in the median, "
    "and is not left out."
)
SECONDS_CAPTION = (
    "Seconds: the epochs times the median time of an epoch of the same fit, of this run on this "
    "machine, beside as many other fits as there were workers. Start-up, saved s: median [least, "
    "most]. Start-up is what the first epoch takes longer, and saved s what the planned epochs "
    "after an early stop would have taken."
)
NO_SECONDS = (
    "There are no seconds, as the compiled engine trained and its time is not a model's own: score "
    "with --engine keras to measure them."
)
NO_CURVE = (
    "no curve of rows that training does not see. Score with --protocol holdout, or hold rows back "
    "with Model(..., validation=0.1)."
)


def target_table(times: TimeToTarget) -> pd.DataFrame:
    """Return one row for each network; all cells are text."""
    import pandas as pd

    has_seconds = any(one.seconds is not None for one in times.models)
    has_both = len({one.rows for one in times.models}) > 1
    rows = []
    for one in times.models:
        cells: dict[str, Any] = {"model": one.model, "fits": str(one.fits)}
        cells |= {"rows": one.rows} if has_both else {}
        cells[f"reach {times.target.words}"] = _share_cell(one.share)
        cells["epochs to it"] = _time_cell(one.epochs, 0)
        cells["epochs trained"] = _trained_cell(one)
        if has_seconds:
            cells["s to it"] = _time_cell(one.seconds)
            cells["start-up s"] = _spread_cell(one.start_up)
            cells["saved s"] = _spread_cell(one.saved_seconds)
        rows.append(cells)
    return pd.DataFrame(rows)


def target_numbers(times: TimeToTarget) -> pd.DataFrame:
    """Return one row of numbers for each network; what is missing, or never comes, is NaN.

    Columns: ``model``, ``metric``, ``target``, ``rows`` that the curve is of, ``fits``,
    ``reached``; ``share``, ``epochs`` and ``seconds``, each with the ends ``_low`` and ``_high`` of
    its 95 % interval; medians ``start_up_seconds``, ``epochs_trained``, ``epochs_planned``,
    ``saved_epochs_share`` and ``saved_seconds``.
    """
    import pandas as pd

    return pd.DataFrame([_numbers(one, times) for one in times.models])


def target_conclusion(times: TimeToTarget) -> str:
    """Return the result in one sentence."""
    words = times.target.words
    if not times.models:
        return f"No network has a curve that could reach {words}."
    reached = [one for one in times.models if math.isfinite(one.epochs.estimate)]
    if not reached:
        return f"No network reaches {words} in more than half of its fits."
    parts = [f"{one.model} after {counted(int(one.epochs.estimate), 'epoch')}" for one in reached]
    rest = [one.model for one in times.models if one not in reached]
    others = f"; {listed(rest)} {'does' if len(rest) == 1 else 'do'} not" if rest else ""
    return f"Half of the fits reach {words}: {listed(parts)}{others}."


def target_caption(times: TimeToTarget) -> str:
    """Return what the table shows, of which rows, and what is missing."""
    if not times.models:
        return _without_text(times)
    parts = [ROWS_CAPTION[rows] for rows in dict.fromkeys(one.rows for one in times.models)]
    parts += [EPOCHS_CAPTION, _interval_text(times)]
    has_seconds = any(one.seconds is not None for one in times.models)
    parts.append(SECONDS_CAPTION if has_seconds else NO_SECONDS)
    parts.append(_without_text(times))
    text = " ".join(filter(None, parts))
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def target_texts(times: TimeToTarget, style: str) -> Iterator[str]:
    """Yield the conclusion, the table and its caption in a style."""
    yield sentence(target_conclusion(times), style)
    if times.models:
        yield write(target_table(times), style)
    yield sentence(target_caption(times), style)


def _interval_text(times: TimeToTarget) -> str:
    design = design_text(times.design)
    if times.design.folds == 1:
        return f"Intervals rest on the seeds: {design}."
    return f"Intervals allow for the overlap of training parts: {design}."


def _without_text(times: TimeToTarget) -> str:
    if not times.without:
        return "" if times.models else "Only networks have epochs, and there is none here."
    return f"{listed(times.without)}: {NO_CURVE}"


def _numbers(one: TargetTimes, times: TimeToTarget) -> dict[str, Any]:
    numbers: dict[str, Any] = {
        "model": one.model, "metric": times.target.metric, "target": times.target.value,
        "rows": one.rows, "fits": one.fits, "reached": one.reached,
    }  # fmt: skip
    parts = {"share": one.share, "epochs": one.epochs, "seconds": one.seconds}
    for name, around in parts.items():
        ends = (around.estimate, around.low, around.high) if around else (math.nan,) * 3
        for ending, value in zip(("", "_low", "_high"), ends, strict=True):
            numbers[f"{name}{ending}"] = value if math.isfinite(value) else math.nan
    numbers["start_up_seconds"] = _middle(one.start_up)
    numbers["epochs_trained"] = one.trained.middle
    numbers["epochs_planned"] = math.nan if one.planned is None else float(one.planned)
    numbers["saved_epochs_share"] = one.saved_share
    numbers["saved_seconds"] = _middle(one.saved_seconds)
    return numbers


def _middle(spread: MedianRange | None) -> float:
    return math.nan if spread is None else spread.middle


def _share_cell(share: Interval) -> str:
    return f"{100 * share.estimate:.0f} % [{100 * share.low:.0f}, {100 * share.high:.0f}]"


def _time_cell(around: Interval | None, digits: int | None = None) -> str:
    if around is None:
        return NONE
    texts = [
        number(value, digits) if math.isfinite(value) else NEVER
        for value in (around.estimate, around.low, around.high)
    ]
    return f"{texts[0]} [{texts[1]}, {texts[2]}]"


def _spread_cell(spread: MedianRange | None) -> str:
    if spread is None:
        return NONE
    return str(spread) if spread.high > 0 else "0"


def _trained_cell(one: TargetTimes) -> str:
    text = number(one.trained.middle, 0)
    if one.trained.low < one.trained.high:
        text += f" [{number(one.trained.low, 0)}, {number(one.trained.high, 0)}]"
    if one.planned is None:
        return text
    saved = f", {100 * one.saved_share:.0f} % saved" if one.saved_share > 0 else ""
    return f"{text} of {one.planned}{saved}"
