"""Cells and sentences of ratios of times, which races of models and of suites share."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from evenfold.render.cells import NONE, number
from evenfold.render.intervals import picture
from evenfold.render.media import sentence
from evenfold.render.tables import write
from evenfold.stats.race_looks import FEWEST_LAUNCHES
from evenfold.stats.race_ratios import Estimate, Ratio
from evenfold.stats.verdicts import UNDECIDED, TimeVerdict
from evenfold.worker.protocol import Clock

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 100
MEANS = "ratio of means"
CPU_TIME_NOTE = (
    " CPU time is of all threads of a process. All contenders are sampled at the same time on one "
    "core, and the time that they wait does not count."
)
TIMES: dict[Clock, str] = {"wall": "time", "cpu": "CPU time"}
# The columns of a ratio in tables of numbers, as ``ratio_values`` has them.
RATIO_NUMBERS: Final = ("ratio", "low", "high", "mean_ratio", "mean_low", "mean_high", "judged_low",
                        "judged_high", "differs", "verdict")  # fmt: skip
UNDECIDED_NOTE = (
    "An undecided verdict shows what it lacks, or the difference that half of such races would "
    "detect."
)


class JudgedRatio(Protocol):
    """A verdict on a ratio of times, and what it rests on, as a ``Ratio`` has them."""

    @property
    def verdict(self) -> TimeVerdict:
        """The verdict."""

    @property
    def differs(self) -> bool:
        """Whether one of the contenders has the slow samples."""

    @property
    def launches(self) -> int:
        """The number of launches."""

    @property
    def detectable(self) -> float:
        """The ratio less 1 that half of such races would show to be beyond the margin."""


def ratio_values(ratio: Ratio) -> tuple[object, ...]:
    """Return the numbers of a ratio: of medians, of means, and what its verdict rests on."""
    return (
        ratio.estimate, ratio.low, ratio.high,
        ratio.mean.estimate, ratio.mean.low, ratio.mean.high,
        ratio.judged_low, ratio.judged_high, ratio.differs, ratio.verdict,
    )  # fmt: skip


def ratio_cell(ratio: Estimate, digits: int = 4) -> str:
    """Return a ratio with its interval, to so many decimals: ``0.9312 [0.9201, 0.9424]``."""
    ends = NONE
    if not math.isnan(ratio.low):
        ends = f"{_ratio_number(ratio.low, digits)}, {_ratio_number(ratio.high, digits)}"
    return f"{_ratio_number(ratio.estimate, digits)} [{ends}]"


def judged_cell(ratio: JudgedRatio, is_judged: bool) -> str:
    """Return a verdict as `verdict_cell` does.

    Parameters
    ----------
    ratio
        The verdict, and what it rests on.
    is_judged
        Whether the data were looked at after the last launch.
    """
    if ratio.verdict != UNDECIDED:
        return ratio.verdict + (" (slow samples)" if ratio.differs else "")
    if ratio.launches < FEWEST_LAUNCHES:
        return f"undecided ({ratio.launches} of {FEWEST_LAUNCHES} launches)"
    if not is_judged:
        return "undecided (broken off)"
    sign = "; slow samples" if ratio.differs else ""
    return f"undecided (detectable difference: {number(100 * ratio.detectable)} %{sign})"


def ratio_parts(
    conclusion: str,
    table: pd.DataFrame,
    names: Sequence[str],
    ratios: Sequence[Ratio],
    margin: float,
    style: str,
) -> Iterator[str]:
    """Yield the conclusion and the table of a race, on a terminal with a picture of its ratios.

    Parameters
    ----------
    conclusion, table
        What comes first.
    names
        The name of each ratio.
    ratios
        The ratios.
    margin
        The margin of the verdicts.
    style
        ``table`` or ``markdown``.
    """
    yield conclusion
    yield write(table, style)
    if style == "table":
        judged = [Estimate(r.estimate, r.judged_low, r.judged_high) for r in ratios]
        yield picture(names, judged, margin)


def filled(text: str, style: str) -> str:
    """Return a caption in lines of ``WIDTH`` characters, in a style."""
    lines = textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)
    return sentence(lines, style)


def finite(value: float) -> float | None:
    """Return a number, or None for what JSON cannot hold."""
    return value if math.isfinite(value) else None


def _ratio_number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if 0.1 <= value < 10 else number(value)
