"""The table of a self-check: how often races err on a machine, and what they detect."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from evenfold.race.selfcheck_record import (
    DETECTED_SHARE,
    ERROR,
    Share,
    TrialSummary,
    errs_too_often,
    false_positives,
    smallest_detected,
)
from evenfold.render.cells import NONE, number

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 100


def trial_table(summaries: Sequence[TrialSummary]) -> pd.DataFrame:
    """Return one row for each delay and margin; all cells are text."""
    import pandas as pd

    rows = [
        (
            f"{100 * summary.delay:g} %" if summary.delay else "none (A/A)",
            f"{100 * summary.margin:g} %",
            str(summary.undecided.total),
            share_cell(summary.detected),
            share_cell(summary.wrong),
            str(summary.equivalent.count),
            str(summary.one_sided.count),
            str(summary.undecided.count),
            NONE if math.isnan(summary.seconds) else f"{summary.seconds:.0f}",
            NONE if math.isnan(summary.half_width) else f"{number(100 * summary.half_width)} %",
        )
        for summary in summaries
    ]
    columns = ["delay", "margin", "races", "found", "wrong", "equivalent", "one-sided",
               "undecided", "s to a verdict", "half-width"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def trial_numbers(summaries: Sequence[TrialSummary]) -> pd.DataFrame:
    """Return the table in numbers; ``wrong_low`` and ``wrong_high`` are a 95 % interval."""
    import pandas as pd

    rows = [
        (
            summary.delay,
            summary.margin,
            summary.undecided.total,
            summary.detected.count if summary.delay else None,
            summary.wrong.count,
            *summary.wrong.interval,
            summary.equivalent.count,
            summary.one_sided.count,
            summary.undecided.count,
            summary.seconds,
            summary.half_width,
        )
        for summary in summaries
    ]
    columns = ["delay", "margin", "races", "found", "wrong", "wrong_low", "wrong_high",
               "equivalent", "one_sided", "undecided", "seconds_to_verdict",
               "half_width"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).astype({"found": "Int64"})


def trial_caption(summaries: Sequence[TrialSummary]) -> str:
    """Return the meaning of the columns, and the conclusions."""
    parts = (textwrap.fill(part, WIDTH) for part in conclusions(summaries))
    return "\n".join([column_caption(), *parts])


def column_caption() -> str:
    """Return the meaning of the columns."""
    columns = (
        "Margin: practical threshold of a ratio. Found: races with the verdict slower, where the "
        "second contender had a delay. Wrong: races with a false verdict, with the exact 95 % "
        "interval of their share. One-sided: not faster, or not slower. s to a verdict: median "
        "over races that had one. Half-width: of the 99 % interval of a ratio, median over races."
    )
    return textwrap.fill(columns, WIDTH)


def conclusions(summaries: Sequence[TrialSummary]) -> list[str]:
    """Return sentences on what races on this machine are worth."""
    sentences = []
    if any(not summary.delay for summary in summaries):
        sentences.append(
            f"False positives: {share_cell(false_positives(summaries))} of A/A races; races "
            f"promise at most {100 * ERROR:.2g} %."
        )
    if errs_too_often(summaries):
        sentences.append("Do not trust verdicts of races on this machine.")
    smallest = smallest_detected(summaries)
    often = f"{DETECTED_SHARE * 10:.0f} times of 10"
    if smallest is not None:
        sentences.append(
            f"The smallest delay found {often} or more: {100 * smallest.delay:g} %, at a margin of "
            f"{100 * smallest.margin:g} % ({share_cell(smallest.detected)})."
        )
    elif any(summary.delay for summary in summaries):
        sentences.append(
            f"No delay was found {often}: races of this budget are not worth much on this machine."
        )
    return sentences


def share_cell(share: Share) -> str:
    """Return a share with its interval: ``1 of 40 [0.1, 13.2 %]``."""
    if not share.total:
        return NONE
    low, high = (100 * end for end in share.interval)
    return f"{share.count} of {share.total} [{low:.1f}, {high:.1f} %]"
