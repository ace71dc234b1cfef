"""``evenfold race`` as a process, with real workers: what it measures, says, saves and survives."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

import evenfold
from builders.commands import run_command
from builders.models import CHEAP, NETWORK
from builders.processes import interruptible, running
from evenfold.errors import ResultsError
from evenfold.race import runner as race_runner
from evenfold.race.budget import FEWEST_BLOCKS
from evenfold.race.files import read_race, write_race
from evenfold.worker.cores import available_cores
from evenfold.worker.device import backend_name

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are ended by signals")

# Notes the process that it is predicted in, and then does something else.
NOTES = CHEAP.replace(
    "    def predict_proba(self, x):\n",
    "    def predict_proba(self, x):\n        import os, time\n"
    "        with open({pid_file!r}, 'a') as file:\n"
    "            file.write(str(os.getpid()) + '\\n')\n"
    "        {then}\n",
)
SLOW = CHEAP.replace(
    "        far = ((x", "        __import__('time').sleep(0.01)\n        far = ((x"
)


class Races:
    """Runs races of models written for them, into a folder of their own."""

    def __init__(self, folder):
        self.models, self.results, self.pid_file = folder / "own", folder / "r", folder / "pids"
        self.models.mkdir()

    def write(self, name, text, then=""):
        text = text.replace("{pid_file!r}", repr(str(self.pid_file)))
        text = text.replace("{then}", then or "pass")
        (self.models / f"{name}.py").write_text(text)
        return name

    def command(self, *arguments):
        return ["race", *map(str, arguments), "--models", str(self.models),
                "--results", str(self.results)]  # fmt: skip

    def run(self, *arguments, **more):
        return run_command(*self.command(*arguments), **more)

    @property
    def files(self):
        return sorted(self.results.rglob("*.json"))

    def pids(self):
        text = self.pid_file.read_text() if self.pid_file.exists() else ""
        return {int(pid) for pid in text.split()}

    def started(self, *arguments):
        """A race in the background, once a model of it predicts."""
        process = interruptible(["-m", "evenfold", *self.command(*arguments)])
        until = time.monotonic() + 100
        while not self.pids() and time.monotonic() < until and process.poll() is None:
            time.sleep(0.05)
        return process

    def assert_nobody_is_left(self):
        assert self.pids(), "no model was ever run"
        until = time.monotonic() + 30
        left = self.pids()
        while left and time.monotonic() < until:
            left = set(filter(running, left))
            time.sleep(0.05)
        assert not left


@pytest.fixture
def races(tmp_path):
    return Races(tmp_path)


PREDICT = ("--measure", "predict", "--budget", "30s")


def test_a_race_takes_turns_in_fresh_processes_and_saves_all_samples(races):
    """Every block has every contender once; orders, processes and environments vary."""
    races.write("one", NOTES)
    done = races.run("one", "one", *PREDICT, "--seed", "5", "--format", "json")
    assert 0 == done.returncode, done.stderr
    (file,) = races.files
    race = read_race(file)
    printed = json.loads(done.stdout)
    assert ["one", "one (2)"] == [contender["contender"] for contender in printed["contenders"]]
    assert race.ratios[0].estimate == printed["contenders"][1]["ratio"]
    assert (5, "predict", 1) == (race.settings.seed, race.settings.measure, race.settings.rows)
    assert 5 <= len(race.launches)
    assert 2 * len(race.launches) <= len(races.pids())
    assert {min(2, len(available_cores()))} == {len(launch.cores) for launch in race.launches}
    for launch in race.launches:
        assert sorted(launch.at) == list(launch.at)
        blocks = np.reshape(launch.order, (-1, 2))
        assert FEWEST_BLOCKS <= len(blocks)
        assert (np.sort(blocks, axis=1) == [0, 1]).all()
    every = [launch.order[i : i + 2] for launch in race.launches
             for i in range(0, len(launch.order), 2)]  # fmt: skip
    assert {(0, 1), (1, 0)} == set(every)
    assert 1 < len({launch.hash_seeds for launch in race.launches})
    assert 1 < len({launch.paddings for launch in race.launches})
    assert race.contenders[0].accuracy == race.contenders[1].accuracy > 0.9
    assert [None, None] == [contender.jit_compile for contender in race.contenders]
    assert os.uname().nodename not in file.read_text()
    races.assert_nobody_is_left()


@pytest.mark.slow(reason="workers import TensorFlow and train before they race")
def test_a_path_that_rounds_has_its_own_accuracy_and_difference(races):
    """The reference has no difference."""
    if backend_name() != "tensorflow":
        pytest.skip("LiteRT converts TensorFlow's models")
    races.write("net", NETWORK)
    done = races.run("net", "net/litert_int8", *PREDICT)
    assert 0 == done.returncode, done.stderr
    (file,) = races.files
    one, rounded = read_race(file).contenders
    assert one.difference is None
    assert 0 < rounded.difference < 0.2
    assert 0.5 < rounded.accuracy
    assert "differs by" in done.stdout


@pytest.mark.slow(reason="a race of real processes in real time")
def test_a_slower_contender_is_an_exit_code(races):
    races.write("quick", CHEAP)
    races.write("slow", SLOW)
    done = races.run("quick", "slow", *PREDICT, "--fail-on", "slower")
    assert 1 == done.returncode, done.stderr
    assert "slower" in done.stdout
    assert "Predict, 1 row on breast_cancer, one thread" in done.stdout.replace("\n", " ")
    compared = run_command("compare", races.results, "--fail-on", "slower")
    assert 1 == compared.returncode
    assert done.stdout.splitlines()[2] in compared.stdout.splitlines()


@pytest.mark.slow(reason="a race of real processes in real time")
def test_cpu_times_are_sampled_at_once_on_one_core_without_waits(races):
    """CPU time has no sleep; a block is sampled at once; a continued race keeps its clock."""
    races.write("quick", CHEAP)
    races.write("slow", SLOW)
    by_cpu = ("--clock", "cpu", "--measure", "predict", "--budget", "8s")
    done = races.run("quick", "slow", *by_cpu)
    assert 0 == done.returncode, done.stderr
    assert "CPU time a prediction" in done.stdout
    assert "the time that they wait does not count" in done.stdout.replace("\n", " ")
    (file,) = races.files
    assert "quick-vs-slow-predict-cpu" == file.stem
    race = read_race(file)
    assert "cpu" == race.settings.clock
    assert race.medians[1] < 0.005, "a sleep of 0.01 s is in it"
    assert {1} == {len(launch.cores) for launch in race.launches}
    lengths = np.concatenate(race.times) * [contender.repeats for contender in race.contenders]
    assert 0.3 < np.divide(*np.median(lengths, axis=0)) < 3, "samples are of one length"
    for launch in race.launches:
        at = np.reshape(launch.at, (-1, 2))
        lasts = np.array(launch.times(2)) * [contender.repeats for contender in race.contenders]
        # Other processes may delay one of them.
        assert np.median(abs(np.diff(at)[:, 0])) < np.median(lasts)
    refused = races.run("--continue", file, "--clock", "wall")
    assert 2 == refused.returncode
    assert "--clock comes from the saved race" in refused.stderr
    longer = races.run("--continue", file, "--budget", "5s")
    assert 0 == longer.returncode, longer.stderr
    more = read_race(file)
    assert len(race.launches) < len(more.launches)
    assert {1} == {len(launch.cores) for launch in more.launches}
    assert np.concatenate(more.times)[:, 1].max() < 0.005
    plan = races.run("quick", "slow", *by_cpu, "--plan")
    assert "predict of 1 row, CPU time, on breast_cancer" in plan.stdout
    assert "the last race of predict by CPU time that is saved here, quick-vs-slow" in plan.stdout
    assert file.stem not in races.run("quick", "slow", *PREDICT, "--plan").stdout


@pytest.mark.slow(reason="a race of real processes in real time")
def test_an_undecided_race_is_continued(races):
    """A budget for too few launches is reported at once; launches are added by the same plan."""
    races.write("one", CHEAP.replace("def build(task):", "def build(task):\n    import time\n"
                                     "    time.sleep(2)"))  # fmt: skip
    done = races.run("one", "one", "--measure", "predict", "--budget", "8s", "--name", "short")
    assert 0 == done.returncode, done.stderr
    assert "a verdict needs 5: it will be undecided; use --budget" in done.stderr
    assert "of 5 launches)" in done.stdout
    before = read_race(races.files[0])
    again = races.run("--continue", "short", "--budget", "12s")
    assert 0 == again.returncode, again.stderr
    after = read_race(races.files[0])
    count = len(before.launches)
    assert count < min(5, len(after.launches))
    assert before.launches == after.launches[:count]
    assert (before.planned, before.settings.seed) == (after.planned, after.settings.seed)
    assert 20.0 == after.settings.budget
    refused = races.run("--continue", "short", "--margin", "1%")
    assert 2 == refused.returncode
    assert "--margin comes from the saved race" in refused.stderr
    elsewhere = tuple(replace(contender, device="gpu") for contender in before.contenders)
    cores = tuple(replace(launch, cores=(97, 98, 99)) for launch in before.launches)
    for changed, message in (
        (replace(before, launches=cores), "the race ran on 3 cores and would run on"),
        (replace(before, contenders=elsewhere), "one ran on gpu and runs on cpu now"),
    ):
        write_race(races.files[0], changed)
        other = races.run("--continue", "short", "--budget", "8s")
        assert 2 == other.returncode
        assert message in other.stderr
        assert "saved: evenfold race --continue" not in other.stderr
        assert changed == read_race(races.files[0])
    write_race(races.files[0], after)
    races.write("one", CHEAP + "\n# another file\n")
    other = races.run("--continue", "short", "--budget", "25s")
    assert 2 == other.returncode
    assert "its file has changed since the race" in other.stderr or "is decided" in other.stderr


@pytest.mark.slow(reason="a race of real processes in real time")
def test_environments_are_raced_with_their_flags_and_devices(races):
    """One interpreter has two names with other flags."""
    races.write("one", CHEAP)
    flags = {"cpu": "EVENFOLD_DEVICE=cpu", "plain": "PLAIN=1"}
    named = [part for name, flag in flags.items()
             for part in ("--env", f"{name}={sys.executable},{flag}")]  # fmt: skip
    done = races.run("one@cpu", "one@plain", "--measure", "predict", "--budget", "3s", *named)
    assert 0 == done.returncode, done.stderr
    race = read_race(races.files[0])
    assert ["one@cpu", "one@plain"] == [contender.name for contender in race.contenders]
    for contender, (name, flag) in zip(race.contenders, flags.items(), strict=True):
        assert (name, "cpu") == (contender.environment["name"], contender.device)
        assert dict([flag.split("=")]).items() <= contender.environment["flags"].items()
    nowhere = races.run("one@cpu", "one@mars", *PREDICT, "--env", f"cpu={sys.executable}",
                        "--env", f"mars={sys.executable},EVENFOLD_DEVICE=mars")  # fmt: skip
    assert 2 == nowhere.returncode
    assert "EVENFOLD_DEVICE=mars names no device: write cpu, gpu or gpu:1" in nowhere.stderr


@pytest.mark.slow(reason="workers import TensorFlow and train before they race")
def test_a_network_is_raced_by_its_epochs(races, framework):
    """Too short for a verdict, but with accuracy, repeats and finite times of one launch."""
    # PyTorch compiles with a compiler of C++, which need not be there.
    compiled = framework.name != "torch"
    network = NETWORK.replace("epochs=3", "epochs=20")
    network = network.replace("loss=task.loss", f"loss=task.loss, jit_compile={compiled}")
    races.write("net", network)
    done = races.run("net", "net[epochs=10]", "--budget", "5s", "--format", "json")
    assert 0 == done.returncode, done.stderr
    race = read_race(races.files[0])
    assert "epoch" == race.settings.measure
    assert [compiled, compiled] == [contender.jit_compile for contender in race.contenders]
    assert race.contenders[0].repeats == race.contenders[1].repeats
    assert 0.5 < race.contenders[0].accuracy
    assert (np.concatenate(race.times) > 0).all()
    where = race.contenders[0].environment
    assert where["versions"].get("numpy") == np.__version__


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
        ("raise ValueError('boom')", "bad: sample: ValueError: boom"),
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
    done = races.run("loud", "loud", "--measure", "predict", "--budget", "3s")
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


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
@pytest.mark.slow(reason="a race of real processes in real time")
def test_a_race_that_is_killed_leaves_no_process_and_no_part_of_a_file(races, sent, code):
    races.write("one", NOTES)
    race = races.started("one", "one", "--measure", "predict", "--budget", "100s")
    (os.killpg if sent == signal.SIGINT else os.kill)(race.pid, sent)
    _, output = race.communicate(timeout=60)
    assert code == race.returncode, output
    assert "Traceback" not in output
    races.assert_nobody_is_left()
    for file in races.files:
        read_race(file)
    assert not [file for file in races.results.rglob(".*") if file.is_file()]


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
    assert "0.5 minutes or less; a verdict needs 5 launches" in done.stdout
    assert not races.pids()
