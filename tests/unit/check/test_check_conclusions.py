"""The sentence above a table of checks, and the command below it."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenfold.check.conclusions import check_conclusion, check_next_step
from evenfold.worker.checks import CheckOutcome

GOOD = [CheckOutcome("good", "builds", "passed"), CheckOutcome("good", "finite", "passed")]
OTHER = [CheckOutcome("other", "builds", "passed"), CheckOutcome("other", "finite", "skipped")]
BAD = [
    CheckOutcome("bad", "builds", "passed"),
    CheckOutcome("bad", "finite", "failed"),
    CheckOutcome("bad", "row_order", "failed"),
]


@pytest.mark.parametrize(
    ("outcomes", "text"),
    [
        ([], ""),
        (GOOD, "good passes every check that applies."),
        (OTHER, "other passes every check that applies; 1 check skipped."),
        ([*GOOD, *OTHER], "All 2 models pass every check that applies; 1 check skipped."),
        (BAD, "bad fails finite and row_order."),
        ([*GOOD, *BAD], "bad fails finite and row_order (1 of 2 models)."),
        (OTHER[1:], "Every check was skipped."),
    ],
)
def test_the_conclusion_names_what_fails(outcomes, text):
    assert text == check_conclusion(outcomes)


def test_many_failures_are_counted():
    outcomes = [CheckOutcome(f"m{n}", "builds", "failed") for n in range(7)]
    assert check_conclusion(outcomes).endswith("m4 fails builds; so do 2 others (7 of 7 models).")


def test_the_next_command_checks_again_or_scores():
    folders = [Path("my models")]
    assert check_next_step(BAD, folders).startswith(
        "Next: after a change, evenfold check bad --models 'my models' checks again."
    )
    assert "evenfold check bad --study and the same data" in check_next_step(BAD, (), True)
    assert check_next_step([*GOOD, *OTHER], folders).startswith(
        "Next: evenfold score logistic_regression good --models 'my models' shows"
    )
