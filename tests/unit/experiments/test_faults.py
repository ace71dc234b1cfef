"""``experiments/faults.py`` sees what it counts, and finds nothing in a few kills."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from functools import partial
from time import monotonic, sleep

import pytest

from builders import ROOT

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/environ"), reason="for Linux")


@pytest.fixture
def faults(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "experiments"))
    import faults

    return faults


@pytest.fixture
def store(tmp_path):
    file = tmp_path / "s.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE fits (key, split, seed, seconds)")
        connection.execute("CREATE TABLE kept (key, classes, probabilities, history)")
        for key in "abc":
            connection.execute("INSERT INTO fits VALUES (?, 'r0f0', 1, 0.5)", key)
            connection.execute("INSERT INTO kept VALUES (?, 2, 'p', '{}')", key)
    return file


@pytest.mark.parametrize(
    ("change", "count"),
    [
        ("DELETE FROM fits WHERE key = 'b'", 1),
        ("UPDATE kept SET probabilities = 'q'", 3),
        ("INSERT INTO fits VALUES ('d', 'r0f1', 1, 0.5)", 0),
    ],
)
def test_a_fit_that_is_gone_or_changed_is_lost(faults, store, change, count):
    before = faults.committed(store)
    with sqlite3.connect(store) as connection:
        connection.execute(change)
    assert 3 == len(before)
    assert count == faults.lost(before, faults.committed(store))


def test_a_fit_in_two_rows_of_a_table_is_counted_twice(faults, tmp_path, monkeypatch):
    monkeypatch.setattr(faults, "FITS", 2)
    (tmp_path / "scores").mkdir()
    file = tmp_path / "scores" / "d.csv"
    file.write_text("model,split,seed\nm,r0f0,1\nm,r0f1,1\n")
    assert 0 == faults.counted_twice(tmp_path)
    file.write_text("model,split,seed\nm,r0f0,1\nm,r0f0,1\nm,r0f1,1\n")
    assert 1 == faults.counted_twice(tmp_path)
    file.write_text("model,split,seed\nm,r0f0,1\n")
    assert 1 == faults.counted_twice(tmp_path)


def test_what_runs_on_is_counted_and_ended(faults, tmp_path, monkeypatch):
    monkeypatch.setattr("fault_commands.SECONDS_TO_VANISH", 0.1)
    command = faults.Command(tmp_path, "--version")
    command.process.wait()
    assert 0 == command.left()
    name, value = command.mark.split("=")
    left = os.spawnvpe(os.P_NOWAIT, "sleep", ["sleep", "600"], {**os.environ, name: value})
    until = monotonic() + 10
    while not command.processes() and monotonic() < until:  # it has no environment of its own yet
        sleep(0.01)
    assert 1 == command.left()
    assert 9 == os.waitstatus_to_exitcode(os.waitpid(left, 0)[1]) * -1


def test_a_command_that_does_not_end_is_counted_and_killed(faults, tmp_path, monkeypatch):
    monkeypatch.setattr("fault_commands.SECONDS_TO_END", 0.1)
    command, counts = faults.Command(tmp_path, "--version"), faults.Faults()
    assert 0 == command.process.wait()
    command.process = subprocess.Popen(["sleep", "600"])
    assert 1 == counts.code_of(command)
    assert 1 == counts.commands_that_did_not_end
    assert -9 == command.process.returncode


@pytest.mark.slow(reason="every kill starts a study")
def test_a_few_kills_lose_nothing(run_python):
    done = run_python(ROOT / "experiments" / "faults.py", "--kills", 4)
    assert 0 == done.returncode, done.stderr
    result = json.loads(done.stdout)
    assert 4 == sum(result["kills"].values())
    assert (0, 0, 0, 0) == tuple(
        result[name]
        for name in ("fits_lost", "fits_counted_twice", "damaged_files", "processes_left")
    )


def test_a_run_after_another_adds_the_kills_that_are_missing(faults, tmp_path, monkeypatch, capsys):
    """No study is run: what is killed is drawn, and counted."""

    class Killed:
        def __init__(self, folder, counts, rng):
            self.counts, self.moment = counts, rng.random()
            moments.append(self.moment)

        def kill_once(self, kind):
            self.counts.kills[kind] += 1

    def kill_other(folder, counts, rng, kind):
        counts.kills[kind] += 1

    moments = []
    monkeypatch.setattr(faults, "StudyTarget", Killed)
    for kind in ("race", "report"):
        monkeypatch.setattr(faults, f"kill_{kind}", partial(kill_other, kind=kind))
    monkeypatch.setattr(faults, "environment_record", lambda: {"revision": "abc"})

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["faults.py", *map(str, arguments)])
        with pytest.raises(SystemExit, match=r"^0$"):
            faults.main()
        return json.loads(capsys.readouterr().out)

    whole, file = run("--kills", 50), tmp_path / "faults.json"
    file.write_text(json.dumps({**run("--kills", 50, "--minutes", 0), "fits_committed": 3}))
    assert 0 == sum(json.loads(file.read_text())["kills"].values())
    content = {**json.loads(file.read_text()), "kills": {**whole["kills"], "worker": 0}}
    file.write_text(json.dumps(content))
    added = run("--kills", 50, "--after", file)
    assert 50 == sum(added["kills"].values())
    assert 3 == added["fits_committed"]
    assert [0, whole["kills"]["worker"]] == [each["kills"] for each in added["runs"]]
    assert 2 == len(set(moments))
