"""``evenfold selfcheck`` with real races: a large delay is detected, and none is not."""

from __future__ import annotations

import json

import pytest

from builders.commands import run_command
from builders.models import CHEAP
from evenfold.race.files import read_races
from evenfold.race.history import HISTORY_FILE


@pytest.fixture
def selfcheck(tmp_path):
    (tmp_path / "mine.py").write_text(CHEAP)

    def run(*arguments):
        return run_command(
            "selfcheck", *arguments, "--models", str(tmp_path),
            "--results", str(tmp_path / "r"), cwd=tmp_path,
        )  # fmt: skip

    run.results = tmp_path / "r"
    return run


@pytest.mark.slow(reason="races of real processes in real time")
def test_a_great_delay_is_detected_and_none_is_not(selfcheck, tmp_path):
    """Real races by CPU time of a contender against itself, with a delay of a third and without.

    Those without one are added to the history of the machine.
    """
    done = selfcheck("mine", "--minutes", "2.2", "--budget", "40s", "--delay", "0", "--delay",
                     "33%", "--format", "json", "--seed", "1", "--clock", "cpu")  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    rows = {row["delay"]: row for row in json.loads(done.stdout)}
    assert {0.0, 0.33} == set(rows)
    assert rows[0.33]["races"] == rows[0.33]["found"] > 0
    assert 0 == rows[0.33]["wrong"]
    assert "wide intervals" in done.stderr
    saved = [race for _, race in read_races([selfcheck.results]).races]
    assert sum(row["races"] for row in rows.values()) == len(saved)
    assert {0.0, 0.33} == {race.contenders[1].delay for race in saved}
    (history,) = (tmp_path / ".evenfold" / "history").iterdir()
    kept = HISTORY_FILE.read(history)
    assert rows[0.0]["races"] == len(kept.races)
    assert {("mine", "cpu", "fit")} == {(r.contender, r.clock, r.measure) for r in kept.races}
    assert {("fit", "cpu")} == {(race.settings.measure, race.settings.clock) for race in saved}


def test_too_little_time_for_a_race_is_an_error_at_once(selfcheck):
    done = selfcheck("mine", "--minutes", "0.1")
    assert 2 == done.returncode
    assert "--budget" in done.stderr
    assert not selfcheck.results.exists()
