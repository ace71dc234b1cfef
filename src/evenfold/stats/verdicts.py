"""The words of verdicts: on scores, better or worse; on times, faster or slower."""

from __future__ import annotations

from typing import Final, Literal

ScoreVerdict = Literal["better", "worse", "equivalent", "undecided"]
TimeVerdict = Literal["faster", "slower", "equivalent", "undecided"]

BETTER: Final = "better"
WORSE: Final = "worse"
FASTER: Final = "faster"
SLOWER: Final = "slower"
EQUIVALENT: Final = "equivalent"
UNDECIDED: Final = "undecided"

# The verdict on a pair of models when the two change places.
REVERSED: Final[dict[ScoreVerdict, ScoreVerdict]] = {BETTER: WORSE, WORSE: BETTER}
