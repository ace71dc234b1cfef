"""Histories as text: the conclusion, a table of series and their changes, and numbers."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from evenfold.history.options import HistoryOptions
from evenfold.history.series import ResultSeries, SeriesChange
from evenfold.render.cells import NONE, number, signed
from evenfold.render.media import sentence
from evenfold.render.tables import write
from evenfold.render.words import counted

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 100
MOST_NAMED = 5
NUMBERS = ("source", "machine", "series", "unit", "label", "when", "value", "low", "high",
           "is_sequential", "change", "change_estimate", "change_low", "change_high")  # fmt: skip
NEXT = "Next: evenfold bisect finds the version or revision that a change came with."


def history_conclusion(series: Sequence[ResultSeries], style: str = "table") -> str:
    """Return the result in a few sentences: how many series changed, and the latest changes."""
    if not series:
        return "There are no two results of one kind."
    changed = [one for one in series if one.changes]
    first = (
        f"{counted(len(changed), 'series', 'series')} of {len(series)} changed by more than the "
        "margin"
    )
    if not changed:
        text = f"None of {counted(len(series), 'series', 'series')} changed by more than the margin"
        return sentence(f"{text}.", style)
    named = [f"{one.title}: {_change_text(one, one.changes[-1])}" for one in changed[:MOST_NAMED]]
    more = f"; and {len(changed) - MOST_NAMED} more" if len(changed) > MOST_NAMED else ""
    return sentence(f"{first}. Latest changes: {'; '.join(named)}{more}.", style)


def history_table(series: Sequence[ResultSeries]) -> pd.DataFrame:
    """Return one row for each series, those with changes first; all cells are text."""
    import pandas as pd

    rows = [
        (
            one.title,
            one.machine or NONE,
            f"{one.source}, sequential" if one.is_sequential else one.source,
            len(one.points),
            _value_text(one, one.points[0].value),
            _value_text(one, one.points[-1].value),
            "; ".join(_change_text(one, change) for change in one.changes) or NONE,
        )
        for one in sorted(series, key=lambda one: not one.changes)
    ]
    columns = ["series", "machine", "measured by", "results", "first", "last", "changes"]
    return pd.DataFrame(rows, columns=columns)


def series_numbers(series: Sequence[ResultSeries]) -> pd.DataFrame:
    """Return one row of numbers for each result.

    ``low`` and ``high`` are the ends of its 95 % interval, NaN for sequential measurements.
    ``change`` is the word of a change that begins with this result, with its estimate and interval:
    a ratio of times or values, or a difference of scores.
    """
    import pandas as pd

    rows = []
    for one in series:
        changes = {change.place: change for change in one.changes}
        for place, point in enumerate(one.points):
            change = changes.get(place)
            size = (change.word, change.estimate, change.low, change.high) if change else (None,)
            when = point.when.isoformat() if point.when else None
            rows.append(
                (one.source, one.machine, one.title, one.unit, point.label, when, point.value,
                 point.low, point.high, one.is_sequential,
                 *size, *([math.nan] * (4 - len(size))))
            )  # fmt: skip
    return pd.DataFrame(rows, columns=list(NUMBERS))


def history_text(series: Sequence[ResultSeries], options: HistoryOptions, style: str) -> str:
    """Write a history in a format; tables for people begin with the conclusion."""
    if style in ("csv", "json"):
        return write(series_numbers(series), style)
    parts = [history_conclusion(series, style), write(history_table(series), style)]
    parts += [sentence(history_caption(series, options), style), NEXT]
    return "\n\n".join(parts)


def history_caption(series: Sequence[ResultSeries], options: HistoryOptions) -> str:
    """Describe the order, the changes and their rate of false alarms, and what is sequential."""
    margin = f"{100 * options.margin:.3g} %"
    text = (
        f"Results by {options.by}. A change is marked where it is shown to be beyond the margin, "
        f"{margin} for times and that of the metric for scores. At each new result the results "
        f"since the last change are examined once, and an examination marks a change where there "
        f"is none with a probability of at most {100 * options.rate:.3g} %. Races are compared by "
        "their intervals, scores fit by fit."
    )
    if any(one.source == "bisect" for one in series):
        text += (
            " The values of a bisect are relative to the first version of its path and follow from "
            "all of its comparisons; its changes are those that it names, with the error that it "
            "was given."
        )
    if any(one.is_sequential for one in series):
        text += (
            " Sequential: measured by another tool one run after the other, without a reference "
            "beside it; such results have no interval, and are compared by their ranks, which "
            "takes 12 results or more and holds while results without a change are exchangeable."
        )
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _change_text(series: ResultSeries, change: SeriesChange) -> str:
    """A change in words: ``slower from tf2.16 on, 1.0812 [1.0534, 1.1097]``."""
    label = series.points[change.place].label
    if series.direction == "score":
        size, ends = signed(change.estimate), (signed(change.low), signed(change.high))
    else:
        size, ends = f"{change.estimate:.4f}", (f"{change.low:.4f}", f"{change.high:.4f}")
    interval = "" if math.isnan(change.low) else f" [{ends[0]}, {ends[1]}]"
    return f"{change.word} from {label} on, {size}{interval}"


def _value_text(series: ResultSeries, value: float) -> str:
    if series.unit == "s":
        return f"{number(1000 * value)} ms"
    return f"{value:.4f}" if series.unit else number(value)
