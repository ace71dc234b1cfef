"""``evenfold race`` where something fails: contenders, environments, disks, signals, input."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

import evenfold
from builders.models import CHEAP
from builders.processes import interruptible
from builders.race_commands import NOTES, PREDICT, Races
from evenfold.cli.main import INTERRUPTED
from evenfold.errors import ResultsError
from evenfold.race import runner as race_runner
from evenfold.race.files import read_race
from evenfold.race.settings import CLOCKS

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are ended by signals")


@pytest.fixture
def races(tmp_path):
    return Races(tmp_path)


ENDS = "os.kill(os.getpid(), 9)"
HANGS = "time.sleep(600)"
PRINTS = "print('hello'); os.write(1, b'hello')"


@pytest.mark.slow(reason="a race of real processes in real time")
def test_a_plug_in_that_sleeps_on_import_ends_the_race(races):
    races.write("good", CHEAP)
    races.write("bad", "import time\ntime.sleep(600)\n")
    done = races.run("good", "bad", *PREDICT, "--timeout", "6")
    assert 3 == done.returncode, done.stdout + done.stderr
    assert "bad: no answer within 6 s" in done.stderr
    assert not races.files


@pytest.mark.parametrize(
    ("then", "message"),
    [
        (ENDS, "bad: its process ended: signal 9"),
        (HANGS, "bad: no answer within 6 s"),
        ("raise ValueError('boom')", "bad: ValueError: boom"),
        ("return x[:, :2] * 0 + 2", "bad: an output lies outside"),
    ],
)
@pytest.mark.slow(reason="a race of real processes in real time")
def test_a_contender_that_fails_ends_the_race_with_its_name(races, then, message):
    races.write("good", CHEAP)
    races.write("bad", NOTES, then)
    done = races.run("good", "bad", *PREDICT, "--timeout", "6")
    assert 3 == done.returncode, done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    races.assert_nobody_is_left()
    assert not races.files


@pytest.mark.parametrize(
    ("then", "message"),
    [
        (ENDS, "bad: its process ended: signal 9"),
        (HANGS, "bad: no answer within 6 s"),
        ("raise ValueError('boom')", "bad: ValueError: boom"),
    ],
)
@pytest.mark.slow(reason="a race of real processes in real time")
def test_a_contender_that_fails_in_a_sample_ends_the_race_with_its_name(races, then, message):
    """It fails in its second launch, after it is prepared and calibrated."""
    races.write("good", NOTES)
    later = "AT.append(len({*open(file.name)}) > 2 if not AT else 0)\n        "
    later += "if AT[0] and len(AT) > 60: "
    races.write("bad", NOTES + "\n\nAT = []\n", later + then)
    done = races.run("good", "bad", *PREDICT, "--timeout", "6", "--clock", "cpu")
    assert 3 == done.returncode, done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    races.assert_nobody_is_left()
    (file,) = races.files
    assert 1 == len(read_race(file).launches)


@pytest.mark.slow(reason="a race of real processes in real time")
def test_a_model_that_computes_in_other_processes_has_no_cpu_time(races):
    """Child processes that run and child processes that have ended."""
    races.write("good", CHEAP)
    work = "[sys.executable, '-c', 'import hashlib; hashlib.sha256(bytes(10**8))']"
    spawns = f"import subprocess, sys; subprocess.run({work}, check=True)"
    lives = (
        "import multiprocessing as m; POOL.append(m.get_context('fork').Pool(1)) "
        "if not POOL else None; POOL[0].apply(sum, (range(10**7),))"
    )
    for name, then in (("spawns", spawns), ("lives", lives)):
        races.write(name, NOTES + "\n\nPOOL = []\n", then)
        done = races.run("good", name, *PREDICT, "--clock", "cpu")
        assert 2 == done.returncode, done.stdout + done.stderr
        assert f"{name} is skipped here: it computes in other processes" in done.stderr
        assert not races.files
    races.assert_nobody_is_left()


@pytest.mark.slow(reason="a race of real processes in real time")
def test_output_of_a_model_is_no_answer(races):
    races.write("loud", NOTES, PRINTS)
    done = races.run_affordable("loud", "loud", *PREDICT)
    assert 0 == done.returncode, done.stderr


def test_an_unusable_environment_is_an_error_before_the_race(races, tmp_path):
    """A Python without numpy, a file that is no Python, and a missing file."""
    races.write("one", CHEAP)
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
    none = tmp_path / "none"
    none.write_text("#!/bin/sh\necho I am none >&2\nexit 5\n")
    none.chmod(0o755)
    for python, message in (
        (bare / "bin" / "python", "No module named 'numpy'"),
        (none, "its process ended: exit code 5\n  I am none"),
        (tmp_path / "nowhere", "no Python at"),
    ):
        done = races.run("one", "one@bad", *PREDICT, "--env", f"bad={python}")
        assert 2 == done.returncode
        assert message in done.stderr
        assert "Traceback (most recent call last):\n" not in done.stderr.partition("\n")[0]
    assert not races.files


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
@pytest.mark.slow(reason="a race of real processes in real time")
def test_a_race_that_is_killed_leaves_no_process_and_no_part_of_a_file(races, sent, code, clock):
    """By CPU time, while the second launch is prepared and the first is measured."""
    races.write("one", NOTES)
    options = ("--measure", "predict", "--budget", "100s", "--clock", clock)
    race = races.started("one", "one", *options)
    until = time.monotonic() + 60
    while clock == "cpu" and len(races.pids()) < 3 and time.monotonic() < until:
        time.sleep(0.02)
    (os.killpg if sent == signal.SIGINT else os.kill)(race.pid, sent)
    _, output = race.communicate(timeout=60)
    assert code == race.returncode, output
    assert "Traceback" not in output
    if code == INTERRUPTED:
        assert "evenfold: interrupted: no launch was finished, so nothing is saved" in output
    races.assert_nobody_is_left()
    for file in races.files:
        read_race(file)
    assert not [file for file in races.results.rglob(".*") if file.is_file()]


@pytest.mark.slow(reason="a race of real processes in real time")
def test_an_interrupted_self_check_says_what_is_saved(races):
    races.write("one", NOTES)
    command = ["selfcheck", "one", "--models", races.models, "--results", races.results]
    process = interruptible(["-m", "evenfold", *map(str, command)])
    until = time.monotonic() + 100
    while not races.pids() and time.monotonic() < until and process.poll() is None:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, output = process.communicate(timeout=60)
    assert INTERRUPTED == process.returncode, output
    assert "evenfold: interrupted: no race was finished, so nothing is saved" in output
    assert "Traceback" not in output
    races.assert_nobody_is_left()


@pytest.mark.parametrize("stuck", ["never starts", "keeps Python's lock"])
@pytest.mark.slow(reason="a race of real processes in real time")
def test_a_worker_that_does_not_read_ends_with_the_harness_too(races, stuck, monkeypatch, tmp_path):
    """A file that sleeps instead of Python, and a model that sleeps in C; folders are removed."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    races.write("one", CHEAP)
    if stuck == "never starts":
        python = tmp_path / "python"
        python.write_text(f"#!/bin/sh\necho $$ >> {races.pid_file}\nexec sleep 300\n")
        python.chmod(0o755)
        contenders = ("one", "one@stuck", "--env", f"stuck={python}")
    else:
        races.write("stuck", NOTES, "__import__('ctypes').PyDLL(None).sleep(300)")
        contenders = ("one", "stuck")
    race = races.started(*contenders, *PREDICT)
    assert list(scratch.glob("evenfold-*/*"))
    # A process is known to the guard only after it has been started.
    time.sleep(1)
    race.kill()
    race.communicate(timeout=60)
    races.assert_nobody_is_left()
    until = time.monotonic() + 30
    while list(scratch.glob("evenfold-*/")) and time.monotonic() < until:
        time.sleep(0.05)
    assert not [path for path in scratch.glob("evenfold-*") if path.is_dir()]


@pytest.mark.slow(reason="a race of real processes in real time")
def test_a_full_disk_ends_the_race_with_whole_launches_saved(races, monkeypatch):
    """Writing fails at the third launch; the first two are saved."""
    races.write("one", CHEAP)
    real = race_runner.write_race

    def full(file, race):
        if len(race.launches) > 2:
            raise ResultsError(f"{file} cannot be written: No space left on device")
        real(file, race)

    monkeypatch.setattr(race_runner, "write_race", full)
    with pytest.raises(ResultsError, match="No space left on device"):
        evenfold.race("one", "one", measure="predict", budget=30.0, models=[races.models],
                      results=races.results)  # fmt: skip
    assert 2 == len(read_race(races.files[0]).launches)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("one",), "name at least two contenders"),
        (("one", "../x"), "is not a contender"),
        (("one", "nothing"), "no model 'nothing'"),
        (("one", "one@nowhere"), "no environment 'nowhere'"),
        (("one/predict", "one", "--measure", "epoch"), "/predict is for predictions"),
        (("one", "one", "--measure", "epoch"), "an estimator has no epochs"),
        (("one", "one", "--clock", "cpu", "--threads", "2"), "raced on one core, with one thread"),
        (("one", "one", "--clock", "sun"), "'sun' is not one of 'wall', 'cpu'"),
        (("one", "one", "--budget", "soon"), "write 120s, 2m or 1.5h"),
        (("one", "one", "--margin", "2"), "write 2% or 0.02"),
        (("one", "one", "--name", "../x"), "cannot be a race's name"),
        (("--continue", "nothing"), "no saved race 'nothing'"),
    ],
)
def test_wrong_input_is_one_message_and_exit_2(races, arguments, message):
    races.write("one", CHEAP)
    done = races.run(*arguments)
    assert 2 == done.returncode, done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not races.files


def test_a_plan_runs_nothing(races):
    races.write("one", NOTES)
    done = races.run("one", "one", *PREDICT, "--plan")
    assert 0 == done.returncode, done.stderr
    assert "30 s or less; a verdict needs 5 launches" in done.stdout
    assert not races.pids()
