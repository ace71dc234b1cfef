"""The output and the exit codes of ``evenfold race``, without a race being run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from builders.races import race
from evenfold.cli.race import race_command
from evenfold.race.run import FinishedRace

FILE = Path("r/epyc-2c/races/aa.json")


@pytest.fixture
def run(monkeypatch, capsys):
    """Prints a finished race; returns the exit code and what was printed."""

    def print_race(saved, *arguments):
        def finished(contenders, options, message, monitor):
            return FinishedRace(saved, FILE)

        # By its name in sys.modules: evenfold.race is also the function.
        monkeypatch.setattr(sys.modules["evenfold.race.run"], "run_contenders", finished)
        code = race_command.main(
            ["mine", "mine", "--format", "markdown", *arguments], standalone_mode=False
        )
        return code, capsys.readouterr()

    return print_race


def test_the_first_line_is_the_conclusion_and_the_last_the_next_command(run):
    code, printed = run(race(1.1))
    lines = printed.out.strip().splitlines()
    assert "mine (2) is slower than mine by more than 2 %." == lines[0]
    assert "Next: evenfold report --results r" == lines[-1]
    assert 0 == code


@pytest.mark.parametrize(
    ("ratio", "fails", "required"),
    [(1.1, 1, 1), (1.02, 0, 1), (1.0, 0, 0), (1 / 1.02, 0, 0), (0.9, 0, 0)],
)
def test_a_gate_fails_on_slower_or_on_what_is_not_shown_to_be_not_slower(
    run, ratio, fails, required
):
    saved = race(ratio)
    assert fails == run(saved, "--fail-on", "slower")[0]
    code, printed = run(saved, "--require", "not-slower")
    assert required == code
    verdict = saved.ratios[0].verdict
    line = f"evenfold: --require not-slower: not shown for mine (2): {verdict}"
    assert bool(required) == (line in printed.err)


def test_a_gate_cannot_pass_by_a_race_that_was_broken_off(run):
    assert 1 == run(race(0.9, judged=()), "--require", "not-slower")[0]
