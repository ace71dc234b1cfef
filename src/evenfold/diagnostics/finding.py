"""Findings: a code and a sentence on what may be wrong with a study, and how to silence a code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from evenfold.errors import UsageError, did_you_mean

# What each code is about. Every code has an anchor of its name in docs/reference/diagnostics.md.
CODES: Final[dict[str, str]] = {
    "EF001": "rows that are alike in training and test part",
    "EF002": "a feature that gives the target away",
    "EF003": "a column that looks like an id",
    "EF004": "a column that looks like groups, which are not declared",
    "EF005": "classes that drift with the order of rows",
    "EF006": "training that has not converged",
    "EF007": "training long past its best epoch",
    "EF008": "overfitting",
    "EF009": "underfitting",
    "EF010": "scores that vary more by seed than by fold",
    "EF011": "a model that is not shown to be better than a constant prediction",
    "EF012": "a model that is not shown to be better than logistic regression",
    "EF013": "badly calibrated probabilities",
    "EF014": "a metric that does not suit the balance of classes",
    "EF015": "results of different rows or versions in one table",
    "EF016": "a date as a feature",
    "EF017": "a category of many levels",
    "EF018": "numbers with leading zeros",
    "EF019": "levels that differ by case or blanks alone",
}
# The codes that rest on a statistical test, which may err on a study with nothing wrong.
TESTED: Final = (
    "EF002", "EF004", "EF005", "EF006", "EF007", "EF008", "EF009", "EF010", "EF013",
)  # fmt: skip
STUDY_ERROR: Final = 0.05
# By Bonferroni, the probability that any test of a study errs is at most STUDY_ERROR.
CODE_ERROR: Final = STUDY_ERROR / len(TESTED)
MOST_OF_A_CODE: Final = 3
MOST_NAMES: Final = 5
PAGE: Final = "docs/reference/diagnostics.md"
OWN_CODE = re.compile(r"\((EF\d{3})\)$")


@dataclass(frozen=True)
class Finding:
    """Something that may be wrong with a study.

    Parameters
    ----------
    code
        A code of ``CODES``.
    message
        What is wrong, where, and what to do.
    subjects
        The models or columns that it is about; empty if it is about the study.
    """

    code: str
    message: str
    subjects: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The code and the message, as they are printed."""
        return f"{self.code} {self.message}"

    @property
    def note(self) -> str:
        """The message as a note on reading data, which ends with the code."""
        return f"{self.message} ({self.code})"

    def about(self, models: Sequence[str]) -> Finding | None:
        """Return what the finding states about these models; None if it states nothing of them.

        A sentence that does not begin with the names of all its subjects cannot be divided: it
        states something only about all of them.
        """
        left = tuple(name for name in self.subjects if name in models)
        if not left or left == self.subjects:
            return self if left else None
        names = some_names(self.subjects)
        if not self.message.startswith(f"{names}: "):
            return None
        return Finding(self.code, some_names(left) + self.message.removeprefix(names), left)

    def to_json(self) -> dict[str, Any]:
        """Return the finding as a record on disk has it."""
        return {**asdict(self), "subjects": list(self.subjects)}


def finding_from_json(record: dict[str, Any]) -> Finding:
    """Return the finding of a record on disk."""
    return Finding(record["code"], record["message"], tuple(record["subjects"]))


def require_codes(codes: Iterable[str], where: str) -> tuple[str, ...]:
    """Return codes in capitals and in order, each once.

    Parameters
    ----------
    codes
        Codes as a user writes them.
    where
        The option or setting that names them, for messages.

    Raises
    ------
    UsageError
        A code is unknown.
    """
    known = []
    for code in codes:
        name = code.upper() if isinstance(code, str) else code
        if name not in CODES:
            hint = did_you_mean(str(code), CODES)
            raise UsageError(
                f"{where}: no diagnostic has the code {code!r}: codes are {min(CODES)} to "
                f"{max(CODES)}{hint}"
            )
        known.append(name)
    return tuple(sorted(set(known)))


def without_silenced(findings: Iterable[Finding], silenced: Sequence[str]) -> tuple[Finding, ...]:
    """Return the findings whose code is not silenced, in the order of codes."""
    left = [finding for finding in findings if finding.code not in silenced]
    return tuple(sorted(left, key=lambda finding: finding.code))


def without_silenced_notes(notes: Iterable[str], silenced: Sequence[str]) -> list[str]:
    """Return the notes that do not end with a silenced code."""
    codes = [(note, OWN_CODE.search(note)) for note in notes]
    return [note for note, code in codes if code is None or code[1] not in silenced]


def finding_lines(findings: Sequence[Finding]) -> list[str]:
    """Return the findings as lines: a heading, at most ``MOST_OF_A_CODE`` of a code, and a hint."""
    if not findings:
        return []
    lines = ["What may be wrong with this study:"]
    for code in dict.fromkeys(finding.code for finding in findings):
        of_code = [finding for finding in findings if finding.code == code]
        lines += [finding.text for finding in of_code[:MOST_OF_A_CODE]]
        if more := len(of_code) - MOST_OF_A_CODE:
            lines += [f"{code} and {more} more of this kind"] if more > 0 else []
    first = findings[0].code
    return [*lines, f"The reference explains each code (diagnostics); --silence {first} hides one."]


def some_names(names: Sequence[str]) -> str:
    """Join names as a sentence does, at most ``MOST_NAMES`` of them."""
    if len(names) > MOST_NAMES:
        return f"{', '.join(names[:MOST_NAMES])} and {len(names) - MOST_NAMES} more"
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
