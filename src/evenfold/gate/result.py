"""The result of a gate: its parts, its headline and its exit code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, Literal

from evenfold.race.record import Race
from evenfold.render.words import counted, listed
from evenfold.score.comparison import ScoreComparison
from evenfold.stats.verdicts import NOT_WORSE_VERDICTS

Part = Literal["scores", "speed"]
FELL_SHORT, NOTHING, SOME_FAILED = 1, 2, 3
SAME: Final = "the model, what it imports, the files in its folder and those of the environment"
MOST_FILES: Final = 5  # that a note names


@dataclass(frozen=True)
class Unmeasured:
    """Why a part could not be measured, and the exit code of that."""

    reason: str
    code: int


@dataclass(frozen=True)
class GateResult:
    """A gate that has run.

    Parameters
    ----------
    model
        The model, with settings.
    base
        The revision of the base.
    reference
        What the model is compared with, as tables name it.
    is_new
        Whether the base lacks the model.
    is_unchanged
        Whether nothing was measured, because nothing has changed.
    former
        The model's name in the base; None if it is the same.
    environment
        Changed files that decide which packages are installed.
    requires_evidence
        Whether the scores have to show that the model is not worse.
    scores, race
        What was measured; None if it was not.
    unmeasured
        Why a part was not measured, although it should have been.
    """

    model: str
    base: str
    reference: str
    is_new: bool = False
    is_unchanged: bool = False
    former: str | None = None
    environment: tuple[str, ...] = ()
    requires_evidence: bool = False
    scores: ScoreComparison | None = None
    race: Race | None = None
    unmeasured: Mapping[Part, Unmeasured] = field(default_factory=dict)

    @property
    def is_worse(self) -> bool:
        """Whether the model is worse than the reference."""
        return self.scores is not None and self.scores.is_any_worse

    @property
    def is_slower(self) -> bool:
        """Whether the model is slower than the reference."""
        return self.race is not None and self.race.is_slower

    @cached_property
    def missing_evidence(self) -> Mapping[str, str]:
        """The verdict that is not the required one, by the model; empty if none is required."""
        if self.scores is None or not self.requires_evidence:
            return {}
        return self.scores.without_evidence(NOT_WORSE_VERDICTS)

    @property
    def is_incomplete(self) -> bool:
        """Whether fits, or the verdict on the scores, are missing."""
        if self.scores is None:
            return False
        return not self.scores.is_complete or not self.scores.verdicts

    @property
    def exit_code(self) -> int:
        """0 if the gate passes, 1 if a verdict fails it, 2 if nothing was measured, else 3."""
        if self.is_worse or self.is_slower or self.missing_evidence:
            return FELL_SHORT
        codes = {each.code for each in self.unmeasured.values()}
        if self.scores is None and self.race is None and codes:
            return NOTHING if codes == {NOTHING} else SOME_FAILED
        return SOME_FAILED if codes or self.is_incomplete else 0

    @property
    def passes(self) -> bool:
        """Whether the gate passes."""
        return self.exit_code == 0

    @property
    def headline(self) -> str:
        """The result in one sentence, which begins with pass or fail."""
        if self.is_unchanged:
            return f"Pass: {self.model} is as in {self.base}, and nothing was measured"
        if self.passes:
            return f"Pass: {self.model} is {self._passed}"
        shown = [word for word, is_shown in (("worse", self.is_worse), ("slower", self.is_slower))
                 if is_shown]  # fmt: skip
        parts = [f"{self.model} is {listed(shown)}"] if shown else []
        if self.missing_evidence and not self.is_worse and "scores" not in self._without_verdict:
            (verdict,) = self.missing_evidence.values()
            parts.append(f"{self.model} is not shown to be at least as good ({verdict})")
        if self._without_verdict:
            names = listed(self._without_verdict)
            parts.append(f"the {names} of {self.model} could not be measured")
        elif self.is_incomplete and not parts:
            parts.append(f"the scores of {self.model} are incomplete")
        return f"Fail: {', and '.join(parts)}"

    @property
    def _without_verdict(self) -> list[str]:
        """The parts that were to be measured and have no verdict."""
        has_no_scores = self.scores is not None and not self.scores.verdicts
        return [*(["scores"] if has_no_scores else []), *self.unmeasured]

    @property
    def _passed(self) -> str:
        if self.is_new:
            word = "not worse" if self.requires_evidence else "not shown to be worse"
            return f"new, and {word} than {self.reference}"
        if self.requires_evidence:
            return "not worse, and not shown to be slower"
        return "not shown to be worse or slower"

    @property
    def notes(self) -> list[str]:
        """Sentences on what was compared."""
        notes = []
        if self.is_unchanged:
            notes.append(f"In head and {self.base}, {SAME} are the same.")
        if self.former:
            notes.append(f"In {self.base} the model has another name, {self.former}.")
        if self.environment and not self.is_unchanged:
            files = listed(_first(self.environment))
            differ = "differs" if len(self.environment) == 1 else "differ"
            notes.append(
                f"{files} {differ} from {self.base}. Both models ran in the environment of head; "
                "evenfold upgrade compares environments."
            )
        return notes


def _first(names: Sequence[str]) -> list[str]:
    """Return names, and in place of those after the first few their number."""
    more = len(names) - MOST_FILES
    return [*names[:MOST_FILES], *([counted(more, "other file")] if more > 0 else [])]


def without_accuracy(race: Race) -> Race:
    """Return a race without the accuracies of single fits, beside which scores stand."""
    contenders = tuple(replace(contender, accuracy=None) for contender in race.contenders)
    return replace(race, contenders=contenders)
