"""The table of how often races of a suite err, beside comparisons of saved runs."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from evenfold.race.ratio_words import WIDTH
from evenfold.race.selfcheck_tables import share_cell
from evenfold.suite.error_record import SuiteErrors

if TYPE_CHECKING:
    import pandas as pd


def suite_errors_heading(errors: SuiteErrors) -> str:
    """Return what was raced."""
    return f"How often races of a suite err: {errors.suite}"


def suite_errors_conclusion(errors: SuiteErrors) -> str:
    """Return the false alarms of both, and what they find of the largest share that was added."""
    races, runs = errors.slower(0.0), errors.regressed(0.0)
    text = (
        f"Of identical code, {races.count} of {races.total} verdicts of races are slower, and "
        f"{runs.count} of {runs.total} benchmarks fail the comparison of two runs by {errors.gate}."
    )
    both = {one.added for one in errors.trials} & {one.added for one in errors.gate_trials}
    most = max(both, default=0.0)
    if not most:
        return text
    races, runs = errors.slower(most), errors.regressed(most)
    return (
        f"{text} With {100 * most:g} % added, races find {races.count} of {races.total}, and the "
        f"comparison finds {runs.count} of {runs.total}."
    )


def suite_errors_table(errors: SuiteErrors) -> pd.DataFrame:
    """Return one row for each share that was added; all cells are text."""
    import pandas as pd

    rows = [
        (
            f"{100 * added:g} %" if added else "none (identical)",
            str(sum(trial.added == added for trial in errors.trials)),
            share_cell(errors.slower(added)),
            share_cell(errors.equivalent(added)),
            share_cell(errors.wrong(added)),
            str(sum(trial.added == added for trial in errors.gate_trials)),
            share_cell(errors.regressed(added)),
        )
        for added in errors.added
    ]
    columns = ["added", "races", "slower", "equivalent", "wrong", "pairs of runs", "regressed"]
    return pd.DataFrame(rows, columns=columns)


def suite_errors_caption(errors: SuiteErrors) -> str:
    """Return what was measured, and what the columns mean."""
    clock = " by CPU time" if errors.clock == "cpu" else ""
    text = (
        f"{errors.suite}, raced between two revisions{clock} for {errors.budget:g} s at a margin "
        f"of {100 * errors.margin:g} %: every benchmark's call is made 100 times, and 102 or 105 "
        f"times where 2 or 5 % are added. Counts are of verdicts on benchmarks, with exact 95 % "
        f"intervals, which take them as independent. Slower: a false alarm where nothing was "
        f"added, and found where something was; the rest is missed. Wrong: false verdicts. "
        f"Regressed: of two runs of pytest-benchmark one after the other, by "
        f"--benchmark-compare-fail={errors.gate}, on the same revisions, by wall time."
    )
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)
