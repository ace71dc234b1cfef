"""How often diagnostics fire where they must and where they must not: one JSON file.

``experiments/diagnostics.py`` computes it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from evenfold.diagnostics.finding import CODES
from evenfold.render.cells import NONE
from evenfold.render.words import counted
from evenfold.runtime.experiment_files import Experiment
from evenfold.runtime.record_checks import is_printable
from evenfold.runtime.records import converted

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = 1  # 1: the first
WIDTH = 100
RATES_HEADING = "How often diagnostics fire"
KINDS = ("constructed", "real")
COLUMNS = ("code", "what", "constructed: fired", "constructed: false", "real: fired", "real: false")


@dataclass(frozen=True)
class DiagnosticCase:
    """Trials of one kind.

    Parameters
    ----------
    kind
        Whether the data are constructed or real with a fault put in.
    must, may
        The codes that must fire, and those that may; all others must be silent.
    trials
        The number of trials.
    fired
        In how many trials each code fired.
    """

    kind: Literal["constructed", "real"]
    must: list[str]
    may: list[str]
    trials: Annotated[int, Meta(ge=1, le=10**6)]
    fired: dict[str, int]


@dataclass(frozen=True)
class DiagnosticRates:
    """The cases by name."""

    cases: dict[str, DiagnosticCase]

    @property
    def covered(self) -> set[str]:
        """The codes that a case is about: of others, silence shows nothing."""
        return {code for case in self.cases.values() for code in case.must}

    def share(self, code: str, kind: str, must: bool) -> tuple[int, int, int]:
        """Return trials in which a code fired, all trials, and cases, where it must or must not.

        A code that no case is about has no trials.
        """
        fired = trials = cases = 0
        if code not in self.covered:
            return 0, 0, 0
        for case in self.cases.values():
            applies = code in case.must if must else code not in (*case.must, *case.may)
            if case.kind == kind and applies:
                fired += case.fired.get(code, 0)
                trials += case.trials
                cases += 1
        return fired, trials, cases


def rates_table(rates: DiagnosticRates) -> pd.DataFrame:
    """Return one row for each code: how often it fired where it must, and where it must not."""
    import pandas as pd

    rows = []
    for code, what in CODES.items():
        cells = [_cell(*rates.share(code, kind, must)) for kind in KINDS for must in (True, False)]
        rows.append((code, what, *cells))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def rates_conclusion(rates: DiagnosticRates) -> str:
    """Return how often diagnostics fire where they must, and where they must not."""
    parts = []
    for kind in KINDS:
        must = [rates.share(code, kind, True) for code in CODES]
        silent = [rates.share(code, kind, False) for code in CODES]
        shares = [
            f"{100 * sum(f for f, _, _ in part) / max(sum(t for _, t, _ in part), 1):.3g} %"
            for part in (must, silent)
        ]
        count = sum(case.kind == kind for case in rates.cases.values())
        parts.append(
            f"on {count} {kind} cases they fire in {shares[0]} of the trials where they must, and "
            f"in {shares[1]} where they must not"
        )
    text = f"Diagnostics of studies: {'; '.join(parts)}."
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def rates_caption() -> str:
    """Return what was tried, and the meaning of the columns."""
    text = (
        "By `python experiments/diagnostics.py`: fired, of the trials whose fault the code is "
        "about; false, of the trials that have no such fault. A trial is a data set with models "
        "and learning curves. Real: tables of scikit-learn, statsmodels and aeon, each row once "
        "and in random order, as they are and with a fault put in; codes of what a real table may "
        "have of its own are counted in neither column of that table. Codes that no case is about "
        "are not counted: those on how a file is read."
    )
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def missed_cases(rates: DiagnosticRates, least: float, most: float) -> Iterator[str]:
    """Yield the codes and cases whose share is below ``least`` or above ``most``."""
    for name, case in rates.cases.items():
        for code in CODES:
            share = case.fired.get(code, 0) / case.trials
            if code in case.must and share < least:
                yield f"{code} fires in {share:.0%} of: {name}"
            if code not in (*case.must, *case.may) and share > most:
                yield f"{code} fires falsely in {share:.0%} of: {name}"


def _cell(fired: int, trials: int, cases: int) -> str:
    if not trials:
        return NONE
    return f"{fired:,} of {trials:,} ({100 * fired / trials:.3g} %), {counted(cases, 'case')}"


def _from_content(content: Mapping[str, Any]) -> DiagnosticRates:
    """Convert and check a file's content. Raises ValueError or KeyError, naming the field."""
    rates = converted({"cases": content["cases"]}, DiagnosticRates)
    for name, case in rates.cases.items():
        if not is_printable(name):
            raise ValueError(f"cases: {name!r} cannot be printed")
        unknown = {*case.must, *case.may, *case.fired} - set(CODES)
        if unknown:
            raise ValueError(f"{name}: no diagnostic has the code {min(unknown)!r}")
        if not all(0 <= count <= case.trials for count in case.fired.values()):
            raise ValueError(f"{name}: fired {case.fired} of {case.trials}")
    return rates


DIAGNOSTIC_RATES = Experiment("diagnostics", "cases", SCHEMA, _from_content)
