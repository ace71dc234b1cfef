"""Tables of a bisect: every comparison, as text for people and numbers for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from evenfold.bisect.conclusions import bisect_conclusion, step_interval_text, verdict_word
from evenfold.bisect.record import Bisect
from evenfold.render.cells import NONE
from evenfold.render.media import sentence
from evenfold.render.tables import write
from evenfold.render.words import counted

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 100
NUMBERS = ("first", "last", "estimate", "low", "high", "verdict", "error", "launches", "race",
           "is_named")  # fmt: skip


def bisect_table(bisect: Bisect) -> pd.DataFrame:
    """Return one row for each comparison, in the order of the path; all cells are text."""
    import pandas as pd

    named = {(change.first, change.last) for change in bisect.search.changes}
    rows = []
    for found in sorted(bisect.search.steps, key=lambda s: (s.first, -s.last)):
        step = bisect.step(found.first, found.last)
        if step is None:
            continue
        verdict = verdict_word(bisect, found)
        mark = "the change" if (step.first, step.last) in named else ""
        launches = NONE if step.launches is None else str(step.launches)
        rows.append(
            (
                bisect.versions[step.first].name,
                bisect.versions[step.last].name,
                step_interval_text(bisect, step),
                verdict,
                launches,
                mark,
            )
        )
    kind = "difference" if bisect.settings.quantity == "score" else "ratio"
    return pd.DataFrame(rows, columns=["from", "to", kind, "verdict", "launches", "answer"])


def bisect_numbers(bisect: Bisect) -> pd.DataFrame:
    """Return one row of numbers for each comparison, in the order in which they were made.

    ``estimate`` is the ratio of times, the last version over the first, or the difference of
    scores, above 0 if the last is better; ``low`` and ``high`` are the ends of its interval, which
    may miss with the probability ``error``; ``is_named`` is whether it is a change of the answer.
    """
    import pandas as pd

    named = {(change.first, change.last) for change in bisect.search.changes}
    found = {(step.first, step.last): step for step in bisect.search.steps if step.is_measured}
    rows = [
        (
            bisect.versions[step.first].name,
            bisect.versions[step.last].name,
            step.estimate,
            step.low,
            step.high,
            verdict_word(bisect, found[step.first, step.last]),
            step.error,
            step.launches,
            step.race,
            (step.first, step.last) in named,
        )
        for step in bisect.steps
    ]
    return pd.DataFrame(rows, columns=list(NUMBERS))


def bisects_table(bisects: Sequence[Bisect]) -> pd.DataFrame:
    """Return the numbers of several bisects, each row with what was compared."""
    import pandas as pd

    parts = []
    for bisect in bisects:
        settings, part = bisect.settings, bisect_numbers(bisect)
        where = {
            "machine": bisect.machine, "bisect": bisect.name, "model": settings.model,
            "dataset": settings.dataset, "quantity": settings.label,
        }  # fmt: skip
        for place, (name, value) in enumerate(where.items()):
            part.insert(place, name, value)
        parts.append(part)
    columns = ["machine", "bisect", "model", "dataset", "quantity", *NUMBERS]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def bisect_text(bisect: Bisect, style: str) -> str:
    """Write a bisect in a format; tables for people begin with the answer and have a caption."""
    if style in ("csv", "json"):
        return write(bisect_numbers(bisect), style)
    table = write(bisect_table(bisect), style)
    return "\n\n".join(
        [bisect_conclusion(bisect, style), table, sentence(bisect_caption(bisect), style)]
    )


def bisect_caption(bisect: Bisect) -> str:
    """Describe the path, the numbers and the guarantee."""
    settings = bisect.settings
    count = len(bisect.steps)
    if settings.quantity == "score":
        numbers = (
            f"Differences of {settings.metric}, above 0 if the later version is better, over the "
            f"same folds ({settings.folds} folds, {counted(settings.repeats or 0, 'repeat')}); the "
            f"margin is {settings.margin:g}."
        )
    else:
        time = "times" if settings.clock == "wall" else "CPU times"
        numbers = (
            f"Ratios of {time} ({settings.label}), the later version over the earlier one, by "
            f"races; below 1 is faster; the margin is {100 * settings.margin:.3g} %."
        )
    search = "every step was compared" if settings.thorough else "stretches were halved"
    text = (
        f"{settings.model} on {settings.dataset}, {bisect.versions[0].name} to "
        f"{bisect.versions[-1].name}, {counted(len(bisect.versions), 'version')}: "
        f"{counted(count, 'comparison')}; {search}. {numbers} All intervals hold at once with a "
        f"probability of {100 * (1 - settings.error):.3g} %: then every change that is named is "
        "one, and the ends of every stretch that is called equivalent are."
    )
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)
