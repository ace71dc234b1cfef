"""Sentences on networks that Keras' ``fit`` trained instead of the compiled engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from evenfold.score.fit import Fit
from evenfold.score.plan import PlannedFit


def engine_notes(planned: Sequence[PlannedFit], fits: Mapping[str, Fit]) -> list[str]:
    """State for each model why its training was left to ``fit``, with the fits if not all.

    Parameters
    ----------
    planned
        The fits of a study.
    fits
        The finished ones, by key.
    """
    finished = [(fit.model, fits[fit.key].note) for fit in planned if fit.key in fits]
    totals = Counter(model for model, _ in finished)
    notes = []
    for (model, reason), count in Counter(finished).items():
        some = "" if count == totals[model] else f", in {count} of {totals[model]} fits"
        if reason:
            notes.append(
                f"Keras' fit trained {model} instead of the compiled engine{some}: "
                f"{reason.rstrip('.')}."
            )
    return notes
