"""How good races are on this machine: the table, and what it means."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from evenfold.race.selfcheck_record import (
    ERROR,
    OFTEN,
    Finding,
    Share,
    errs_too_often,
    smallest_found,
)
from evenfold.render.cells import NONE, number

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 100


def trial_table(found: Sequence[Finding]) -> pd.DataFrame:
    """One row a delay and margin, all cells text."""
    import pandas as pd

    rows = [
        (
            f"{100 * f.delay:g} %" if f.delay else "none (A/A)",
            f"{100 * f.margin:g} %",
            str(f.undecided.of),
            _share(f.found),
            _share(f.wrong),
            str(f.equivalent.count),
            str(f.undecided.count),
            NONE if math.isnan(f.seconds) else f"{f.seconds:.0f}",
            NONE if math.isnan(f.half_width) else f"{number(100 * f.half_width)} %",
        )
        for f in found
    ]
    columns = ["delay", "margin", "races", "found", "wrong", "equivalent", "undecided",
               "s to a verdict", "half-width"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def numbers(found: Sequence[Finding]) -> pd.DataFrame:
    """The same in numbers; ``wrong_low`` and ``wrong_high`` are its 95 % interval."""
    import pandas as pd

    rows = [
        (f.delay, f.margin, f.undecided.of, f.found.count if f.delay else None, f.wrong.count,
         *f.wrong.interval, f.equivalent.count, f.undecided.count, f.seconds, f.half_width)
        for f in found
    ]  # fmt: skip
    columns = ["delay", "margin", "races", "found", "wrong", "wrong_low", "wrong_high",
               "equivalent", "undecided", "seconds_to_verdict", "half_width"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).astype({"found": "Int64"})


def caption(found: Sequence[Finding]) -> str:
    """What the columns are, and what was found."""
    text = (
        "Margin: a ratio within it of 1 is of no interest. Found: races that said slower of those "
        "in which the second contender was. Wrong: races that said what is not so, with the exact "
        "95 % interval of their share. Seconds to a verdict: the median over those that had one. "
        "Half-width: of the 99 % interval of a ratio, the median over races."
    )
    return "\n".join(textwrap.fill(part, WIDTH) for part in (text, *conclusions(found)))


def conclusions(found: Sequence[Finding]) -> list[str]:
    """What races on this machine are worth."""
    said = []
    aa = [f.wrong for f in found if not f.delay]
    if aa:
        together = Share(sum(share.count for share in aa), sum(share.of for share in aa))
        said.append(
            f"False positives: {_share(together)} of A/A races; {100 * ERROR:.2g} % is what races "
            "promise at most."
        )
    if errs_too_often(found):
        said.append("Verdicts of races on this machine are not to be trusted.")
    smallest = smallest_found(found)
    if smallest is not None:
        said.append(
            f"The smallest effect found {OFTEN * 10:.0f} times of 10 or more: "
            f"{100 * smallest.delay:g} %, at a margin of {100 * smallest.margin:g} % "
            f"({_share(smallest.found)})."
        )
    elif any(f.delay for f in found):
        said.append(
            f"No effect that was tried was found {OFTEN * 10:.0f} times of 10: races of this "
            "budget are not worth much on this machine."
        )
    return said


def _share(share: Share) -> str:
    if not share.of:
        return NONE
    low, high = (100 * end for end in share.interval)
    return f"{share.count} of {share.of} [{low:.1f}, {high:.1f} %]"
