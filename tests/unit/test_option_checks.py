"""Numbers out of range: each is refused in one short sentence that names its option."""

from __future__ import annotations

import pytest

from evenfold.cli.main import main
from evenfold.errors import UsageError
from evenfold.option_checks import (
    check_number,
    check_seed,
    check_whole,
    parse_duration,
    parse_share,
)
from evenfold.score.options import MOST_FITS, ScoreOptions

HUGE = 10**5000
NUMBERS = [float("nan"), float("inf"), float("-inf"), -1, HUGE, 10**400, "5", True, None, [1], 1j]
TEXTS = ["nan", "inf", "-1", "1e10", "9" * 5000, "0x10", "1_0", "", "-5s", "1e400s", "s"]


@pytest.mark.parametrize("value", NUMBERS, ids=lambda value: type(value).__name__)
def test_no_number(value):
    with pytest.raises(UsageError, match=r"^timeout is .*give a number above 0") as raised:
        check_number("timeout", value, 0, exclusive=True, optional=False)
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize("value", [*NUMBERS, 0, 2.5, 2**32], ids=lambda value: type(value).__name__)
def test_no_whole_number(value):
    with pytest.raises(UsageError, match=r"^rows is .*give a whole number from 1 to 4294967295"):
        check_whole("rows", value, 1, 2**32)


@pytest.mark.parametrize("value", [-1, 2**32, 2**40, HUGE, -HUGE, 0.5], ids=["low", *"abcde"])
def test_no_seed(value):
    with pytest.raises(UsageError, match=r"^seed is .*from 0 to 4294967295") as raised:
        check_seed(value)
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize("parse", [parse_duration, parse_share])
def test_no_duration_and_no_share(parse, text):
    with pytest.raises(UsageError, match=r"is not a duration|is not a share|% or ") as raised:
        parse(text)
    assert len(str(raised.value)) < 250


def test_a_study_has_a_bound():
    """Its plan lies in memory."""
    ScoreOptions(repeats=MOST_FITS // 10)
    with pytest.raises(UsageError, match=r"--repeats 10000000 makes 100000000 fits"):
        ScoreOptions(repeats=10**7)
    with pytest.raises(UsageError, match=r"--seeds 10000000 makes 10000000 fits"):
        ScoreOptions(protocol="holdout", seeds=10**7)
    with pytest.raises(UsageError, match=r"--folds 1000000000, 10 times, .*: give fewer --folds"):
        ScoreOptions(folds=10**9)


@pytest.mark.parametrize("option", ["--seed", "--folds", "--timeout", "--rope", "--detect"])
@pytest.mark.parametrize("value", ["nan", "-1", "9" * 5000])
def test_a_number_of_the_command_line_is_refused_by_its_option(option, value, monkeypatch, capsys):
    monkeypatch.setattr(
        "sys.argv", ["evenfold", "score", "majority", f"{option}={value}", "--plan"]
    )
    with pytest.raises(SystemExit) as end:
        main()
    message = capsys.readouterr().err
    assert 2 == end.value.code
    assert option in message or option.strip("-") in message
    assert len(message) < 1500
