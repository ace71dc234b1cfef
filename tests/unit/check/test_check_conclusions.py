"""The sentence above a table of checks, and the command below it."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenfold.check.conclusions import check_conclusion, check_next_step, detail_lines
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
        (GOOD, "good keeps the contract: 2 of 2 checks passed."),
        (OTHER, "other keeps the contract: 1 of 2 checks passed, 1 does not apply."),
        (
            [*GOOD, *OTHER],
            "All 2 models keep the contract: 3 of 4 checks passed, 1 does not apply.",
        ),
        (
            [*GOOD, CheckOutcome("good", "row_order", "expected failure")],
            "good keeps the contract: 2 of 3 checks passed, 1 failed as the model declares.",
        ),
        (BAD, "bad breaks the contract: 2 of 3 checks failed, finite and row_order."),
        ([*GOOD, *BAD], "1 of 2 models failed checks: bad fails finite and row_order."),
        (OTHER[1:], "Every check was skipped; the table has the reasons."),
        (
            [CheckOutcome("new", "loads", "failed")],
            "new cannot be checked: the check loads failed.",
        ),
    ],
)
def test_the_conclusion_names_what_fails(outcomes, text):
    assert text == check_conclusion(outcomes)


def test_the_conclusion_on_studies_is_about_studies():
    assert "Score studies of these data with good keep their promises: 2 of 2 checks passed." == (
        check_conclusion(GOOD, of_studies=True)
    )
    assert check_conclusion(BAD, of_studies=True).startswith(
        "A score study of these data with bad breaks a promise: 2 of 3 checks failed, finite"
    )


def test_many_failures_are_counted():
    outcomes = [CheckOutcome(f"m{n}", "builds", "failed") for n in range(7)]
    assert check_conclusion(outcomes).endswith("m4 fails builds; so do 2 others.")


def test_the_next_command_checks_again_or_scores():
    folders = [Path("my models")]
    assert check_next_step(BAD, folders).startswith(
        "Next: change what the details name, then evenfold check bad --models 'my models' checks"
    )
    assert "evenfold check bad --study and the same data" in check_next_step(BAD, (), True)
    assert check_next_step([*GOOD, *OTHER], folders).startswith(
        "Next: evenfold score logistic_regression good --models 'my models' shows"
    )


def test_a_detail_that_several_checks_share_is_one_line():
    outcomes = [
        CheckOutcome("one", "builds", "passed"),
        CheckOutcome("one", "rows_sum_to_1", "skipped", "for two classes"),
        CheckOutcome("one", "several_classes", "skipped", "for two classes"),
        CheckOutcome("one", "finite", "failed", "found NaN"),
    ]
    assert [
        "one: rows_sum_to_1 and several_classes skipped: for two classes",
        "one: finite failed: found NaN",
    ] == detail_lines(outcomes)
