"""``evenfold race`` as a process, with real workers: what it measures, says, saves and survives."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from builders.commands import run_command
from builders.models import CHEAP, NETWORK
from builders.race_commands import NOTES, PREDICT, SLEEPY, SLOW, Races
from evenfold.race.budget import FEWEST_BLOCKS
from evenfold.race.files import read_race, write_race
from evenfold.worker.cores import available_cores
from evenfold.worker.device import backend_name

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are ended by signals")


@pytest.fixture
def races(tmp_path):
    return Races(tmp_path)


def prepared_meanwhile(before, launch):
    """Whether a launch began while the one before was measured, and was measured after that."""
    later = (launch.began_at - before.began_at).total_seconds()
    return later < before.at[-1] < later + launch.at[0]


def test_a_race_takes_turns_in_fresh_processes_and_saves_all_samples(races):
    """Every block has every contender once; pairs of blocks, processes and environments vary."""
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
    for launch in race.launches:
        blocks = np.reshape(launch.order, (-1, 2, 2))
        assert (blocks[:, 0] == blocks[:, 1, ::-1]).all(), "a block reverses the one before"
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
    done = races.run_affordable("net", "net/litert_int8", "--seed", "1", *PREDICT)
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
    assert "slow is slower than quick by more than 2 %." == done.stdout.splitlines()[0]
    assert done.stdout.splitlines()[0] in compared.stdout.splitlines()
    assert f"Next: evenfold report --results {races.results}" == done.stdout.splitlines()[-1]


@pytest.mark.slow(reason="a race of real processes in real time")
def test_cpu_times_are_sampled_at_once_on_one_core_without_waits(races):
    """CPU time has no sleep; a block is sampled at once; a continued race keeps its clock."""
    races.write("quick", CHEAP)
    races.write("slow", SLEEPY)
    by_cpu = ("--clock", "cpu", "--measure", "predict", "--budget", "60s", "--margin", "0.5")
    done = races.run("quick", "slow", *by_cpu)
    assert 0 == done.returncode, done.stderr
    assert "CPU time a prediction" in done.stdout
    assert "the time that they wait does not count" in done.stdout.replace("\n", " ")
    (file,) = races.files
    assert "quick-vs-slow-predict-cpu" == file.stem
    race = read_race(file)
    assert "cpu" == race.settings.clock
    assert race.medians[1] < 2 * race.medians[0], "sleeps are in it"
    assert {1} == {len(launch.cores) for launch in race.launches}
    if len(available_cores()) > 1:
        assert race.settings.ahead
        assert all(prepared_meanwhile(*pair) for pair in pairwise(race.launches))
    lengths = np.concatenate(race.times) * [contender.repeats for contender in race.contenders]
    assert 0.3 < np.divide(*np.median(lengths, axis=0)) < 3, "samples are of one length"
    for launch in race.launches:
        at = np.reshape(launch.at, (-1, 2))
        repeats = [contender.repeats for contender in race.contenders]
        lasts = launch.timed_blocks(2).seconds * repeats
        # Other processes may delay one of them.
        assert np.median(abs(np.diff(at)[:, 0])) < np.median(lasts)
    refused = races.run("--continue", file, "--clock", "wall")
    assert 2 == refused.returncode
    assert "--clock comes from the saved race" in refused.stderr
    write_race(file, undecided(race))
    longer = races.run_affordable("--continue", file, "--budget", "40s")
    assert 0 == longer.returncode, longer.stderr
    more = read_race(file)
    assert len(race.launches) < len(more.launches)
    assert {1} == {len(launch.cores) for launch in more.launches}
    one, other = np.median(np.concatenate(more.times[len(race.launches) :]), axis=0)
    assert other < 2 * one
    plan = races.run("quick", "slow", *by_cpu, "--plan")
    assert "predict of 1 row, CPU time, on breast_cancer" in plan.stdout
    assert "of 1 row by CPU time, quick-vs-slow" in plan.stdout
    assert file.stem not in races.run("quick", "slow", *PREDICT, "--plan").stdout


@pytest.mark.slow(reason="a race of real processes in real time")
def test_a_budget_that_cannot_decide_is_refused(races):
    """The message names one that can, before a launch is measured in vain."""
    races.write("one", CHEAP.replace("def build(task):", "def build(task):\n    import time\n"
                                     "    time.sleep(2)"))  # fmt: skip
    refused = races.run("one", "one", "--measure", "predict", "--budget", "8s", "--name", "short")
    assert 2 == refused.returncode
    message = re.search(
        r"a budget of 8 s allows \d launch(es)?, and a verdict needs 5: use --budget (\d+)s or",
        refused.stderr,
    )
    assert message, refused.stderr
    assert not races.files
    enough = races.run("one", "one", "--measure", "predict", "--budget", f"{message[2]}s")
    assert 0 == enough.returncode, enough.stderr
    assert 5 <= len(read_race(races.files[0]).launches)


@pytest.mark.slow(reason="a race of real processes in real time")
def test_an_undecided_race_is_continued(races):
    """Launches are added by the same plan, for as long as narrows the interval."""
    races.write("one", CHEAP)
    short = ("--margin", "0", "--name", "short")
    done = races.run_affordable("one", "one", *short, *PREDICT[:-1], "15s")
    assert 0 == done.returncode, done.stderr
    before = undecided(read_race(races.files[0]))
    write_race(races.files[0], before)
    again = races.run_affordable("--continue", "short", "--budget", "20s")
    assert 0 == again.returncode, again.stderr
    after = read_race(races.files[0])
    count = len(before.launches)
    assert count < len(after.launches)
    assert before.launches == after.launches[:count]
    assert (before.planned, before.settings.seed) == (after.planned, after.settings.seed)
    assert f"{after.settings.budget - before.settings.budget:g}s" in again.args
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
    write_race(races.files[0], before)
    races.write("one", CHEAP + "\n# another file\n")
    other = races.run("--continue", "short", "--budget", "25s")
    assert 2 == other.returncode
    assert "its code has changed since the race" in other.stderr


def undecided(race):
    """The race with every second launch of its second contender four times as long."""
    launches = tuple(
        replace(launch, seconds=tuple(
            seconds * (4.0 if contender and number % 2 else 1.0)
            for contender, seconds in zip(launch.order, launch.seconds, strict=True)
        ))
        for number, launch in enumerate(race.launches)
    )  # fmt: skip
    return replace(race, launches=launches)


@pytest.mark.slow(reason="a race of real processes in real time")
def test_environments_are_raced_with_their_flags_and_devices(races):
    """One interpreter has two names with other flags."""
    races.write("one", CHEAP)
    flags = {"cpu": "EVENFOLD_DEVICE=cpu", "plain": "PLAIN=1"}
    named = [part for name, flag in flags.items()
             for part in ("--env", f"{name}={sys.executable},{flag}")]  # fmt: skip
    done = races.run_affordable("one@cpu", "one@plain", *named, *PREDICT[:-1], "20s")
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
    """With accuracy, repeats and finite times; most of the time is measured."""
    # PyTorch compiles with a compiler of C++, which need not be there.
    compiled = framework.name != "torch"
    network = NETWORK.replace("epochs=3", "epochs=20")
    network = network.replace("loss=task.loss", f"loss=task.loss, jit_compile={compiled}")
    races.write("net", network)
    done = races.run_affordable("net", "net[epochs=10]", "--format", "json", "--budget", "90s")
    assert 0 == done.returncode, done.stderr
    race = read_race(races.files[0])
    assert "epoch" == race.settings.measure
    assert [compiled, compiled] == [contender.jit_compile for contender in race.contenders]
    assert race.contenders[0].repeats == race.contenders[1].repeats
    assert 0.5 < race.contenders[0].accuracy
    assert (np.concatenate(race.times) > 0).all()
    where = race.contenders[0].environment
    assert where["versions"].get("numpy") == np.__version__
