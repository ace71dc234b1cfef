"""``evenfold upgrade`` as a process, with real workers in environments that do differ."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time

import pytest

from builders.commands import run_command
from builders.models import CHEAP, NETWORK
from builders.processes import interruptible
from evenfold import upgrade
from evenfold.race.files import read_race
from evenfold.score.studies import read_studies
from evenfold.upgrade.files import read_upgrades
from evenfold.upgrade.tables import upgrade_numbers

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are ended by signals")

# What a flag of its environment makes slow, and worse.
DIFFERS = CHEAP.replace(
    "        far = ((x",
    "        import os, time\n        if 'TEST_SLOW' in os.environ:\n"
    "            time.sleep(0.01)\n            x = -x\n        far = ((x",
)
DIES = CHEAP.replace("def build(task):", "def build(task):\n    __import__('os')._exit(7)")
# Padding is what a race's processes have, and a study's have not.
DIES_IN_RACES = CHEAP.replace(
    "def build(task):",
    "def build(task):\n    import os\n    if 'EVENFOLD_PADDING' in os.environ: os._exit(7)",
)
SKIPS = CHEAP.replace("import Model", "import Model, Skip").replace(
    "def build(task):",
    "def build(task):\n    import os\n    if 'TEST_SLOW' in os.environ: raise Skip('not in here')",
)
BEFORE, AFTER = f"before={sys.executable}", f"after={sys.executable},TEST_SLOW=1"
SMALL = ("--folds", "3", "--repeats", "2")


class Upgrades:
    """Upgrades of models written for them, into a folder of their own."""

    def __init__(self, folder):
        self.models, self.results = folder / "own", folder / "r"
        self.models.mkdir()

    def command(self, *arguments, **texts):
        for name, text in texts.items():
            (self.models / f"{name}.py").write_text(text)
        return ["upgrade", *map(str, arguments), *texts, *SMALL,
                "--models", str(self.models), "--results", str(self.results)]  # fmt: skip

    def run(self, *arguments, **texts):
        return run_command(*self.command(*arguments, **texts))

    @property
    def races(self):
        return {file.stem: read_race(file) for file in self.results.rglob("races/*.json")}


def require_same_scores_in_python(upgrades, row):
    """``evenfold.upgrade`` has the scores that the command saved, without another fit."""
    done = upgrade(
        BEFORE, AFTER, "mine", folders=upgrades.models, folds=3, repeats=2, budget="1s",
        results=upgrades.results,
    )  # fmt: skip
    (again,) = done.table.to_dict("records")
    for name in ("model", "environment_before", "environment_after", "score", "fits"):
        assert row[name] == again[name]
    for name in ("before", "after", "difference", "score_low", "score_high"):
        assert pytest.approx(row[name], abs=1e-8) == again[name]
    assert "worse" in done.conclusion
    assert "<table" in done._repr_html_()
    assert "| mine " in repr(done)


@pytest.fixture
def upgrades(tmp_path):
    return Upgrades(tmp_path)


@pytest.mark.slow(reason="fits in two environments, then races in real time")
def test_a_worse_and_slower_model_is_reported_saved_and_not_fitted_again(upgrades):
    done = upgrades.run(BEFORE, AFTER, "--budget", "45s", "--fail-on", "slower",
                        "--format", "json", mine=DIFFERS)  # fmt: skip
    assert 1 == done.returncode, done.stderr
    (row,) = json.loads(done.stdout)
    assert ("mine", "before", "after", 6) == (
        row["model"], row["environment_before"], row["environment_after"], row["fits"]
    )  # fmt: skip
    assert ("worse", "fit", "slower") == (
        row["score"], row["training_measure"], row["predict_verdict"]
    )  # fmt: skip
    assert row["before"] > 0.9 > row["after"]
    assert 2 < row["predict_low"] < row["predict_ratio"] < row["predict_high"]
    for line in ("before: 6 fits in ", "after: 6 fits in ", "mine, predict: "):
        assert line in done.stderr

    races = upgrades.races
    assert {"mine-before-vs-mine-after-fit", "mine-before-vs-mine-after-predict"} == set(races)
    race = races["mine-before-vs-mine-after-predict"]
    assert (1, "predict") == (race.settings.rows, race.settings.measure)
    assert pytest.approx(row["predict_ratio"]) == race.ratios[0].estimate
    assert "1" == race.contenders[1].environment["flags"]["TEST_SLOW"]
    studies = {study.label: study for study in read_studies([upgrades.results]).studies}
    assert {"before", "after"} == set(studies)
    assert pytest.approx(row["after"]) == studies["after"].scores["accuracy"].mean()
    ((saved,), problems) = read_upgrades([upgrades.results])
    numbers = upgrade_numbers(saved.results, saved.settings)
    assert ([row], []) == (json.loads(numbers.to_json(orient="records")), problems)

    planned = upgrades.run(BEFORE, AFTER, "mine", "--budget", "1s", "--plan")
    assert "before: 6 fits, 0 to run" in planned.stdout
    assert "after: 6 fits, 0 to run" in planned.stdout
    assert re.search(r"scores: detectable difference at most \d\.\d+ of accuracy", planned.stdout)
    assert "the last saved race of predict of 1 row, mine" in planned.stdout
    again = upgrades.run(BEFORE, AFTER, "mine", "--budget", "1s", "--fail-on", "worse,slower")
    assert 1 == again.returncode, again.stderr
    assert "fits," not in again.stderr
    for measure in ("fit", "predict"):
        assert f"mine, {measure}: a budget of 1 s allows" in again.stderr
    assert races == upgrades.races, "a race that is refused leaves no file"
    require_same_scores_in_python(upgrades, row)


@pytest.mark.slow(reason="fits in two environments, then races in real time")
def test_the_same_environment_twice_is_no_worse(upgrades):
    """Its fits are run once, and its scores differ by nothing; so do two names of one Python."""
    again = BEFORE.replace("before", "again")
    for after, label, clock in ((BEFORE, "before (2)", "cpu"), (again, "again", "wall")):
        done = upgrades.run(BEFORE, after, "--budget", "45s", "--fail-on", "worse,slower",
                            "--clock", clock, mine=CHEAP)  # fmt: skip
        assert 0 == done.returncode, done.stderr
        assert f"accuracy, before → {label}" in done.stdout
        assert "| +0.0000 [+0.0000, +0.0000] | equivalent |" in done.stdout
        assert f"{label}: 6 fits: all of them saved, none to run" in done.stderr
        assert f"Saved in {upgrades.results}" in done.stdout
        words = " ".join(done.stdout.split())
        assert ("CPU times of before → " in words) == (clock == "cpu")
    assert {"cpu", "wall"} == {race.settings.clock for race in upgrades.races.values()}


@pytest.mark.slow(reason="workers import TensorFlow and train before they race")
def test_a_network_is_raced_by_its_epochs(upgrades, framework):
    """A budget of a second is refused, after a launch of each race."""
    done = upgrades.run(BEFORE, BEFORE, "--budget", "1s", "--format", "json", "--jobs", "1",
                        net=NETWORK.replace("epochs=3", "epochs=1"))  # fmt: skip
    assert 3 == done.returncode, done.stderr
    (row,) = json.loads(done.stdout)
    assert ("epoch", 6) == (row["training_measure"], row["fits"])
    for measure in ("epoch", "predict"):
        assert f"net, {measure}: a budget of 1 s allows 1 launch, and a verdict" in done.stderr


@pytest.mark.slow(reason="fits in two environments, then races in real time")
def test_what_is_skipped_or_fails_is_a_row_and_the_others_go_on(upgrades):
    texts = {"dies": DIES, "dies_in_races": DIES_IN_RACES, "skips": SKIPS, "good": CHEAP}
    done = upgrades.run(BEFORE, AFTER, "--budget", "45s", **texts)
    assert 3 == done.returncode, done.stderr
    table = [line for line in done.stdout.splitlines() if line.startswith("| ")][1:5]
    rows = {line.split()[1]: line for line in table}
    assert list(texts) == list(rows)
    assert 3 == rows["dies"].count("failed in before and after")
    assert 3 == rows["skips"].count("skipped in after")
    assert 2 == rows["dies_in_races"].count("failed")
    assert "equivalent" in rows["dies_in_races"]
    assert 0 == rows["good"].count("failed")
    for reason in ("in before: dies: its process ended: exit code 7",
                   "skips skipped in after: not in here",
                   "dies_in_races, fit: dies_in_races@"):  # fmt: skip
        assert reason in done.stderr
    assert "Traceback" not in done.stderr
    assert {"good"} == {race.contenders[0].spec.partition("@")[0]
                        for race in upgrades.races.values()}  # fmt: skip


def test_where_nothing_could_be_compared_it_fails(upgrades):
    done = upgrades.run(BEFORE, AFTER, "--budget", "1s", "--format", "json", skips=SKIPS)
    assert 3 == done.returncode
    assert "in after no fit of any model has a score" in done.stderr
    assert "nothing could be compared" in done.stderr
    (row,) = json.loads(done.stdout)
    assert ("skipped", None, "skipped") == (row["score"], row["before"], row["predict_verdict"])


@pytest.mark.slow(reason="fits in two environments, then races in real time")
def test_all_of_it_is_in_one_folder_and_fits_are_saved_with_those_of_studies(upgrades, tmp_path):
    command = upgrades.command(BEFORE, BEFORE, "--budget", "45s", mine=CHEAP)
    done = run_command(*command[:-2], cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    (folder,) = (tmp_path / ".evenfold" / "runs").iterdir()
    assert 2 == len([*folder.rglob("races/*.json")])
    assert 1 == len([*folder.rglob("scores/breast_cancer*.csv")])
    assert [tmp_path / ".evenfold" / "fits.sqlite"] == [*tmp_path.rglob("*.sqlite")]


@pytest.mark.slow(reason="fits in two environments, then races in real time")
def test_interrupted_its_fits_are_saved(upgrades, tmp_path):
    pids = tmp_path / "pids"
    notes = DIES_IN_RACES.replace("os._exit(7)", f"open({str(pids)!r}, 'a').write('x')")
    command = upgrades.command(BEFORE, AFTER, "--budget", "100s", mine=notes)
    process = interruptible(["-m", "evenfold", *command])
    until = time.monotonic() + 60
    while not pids.exists() and time.monotonic() < until and process.poll() is None:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert 130 == process.returncode, stderr
    saved = "evenfold: interrupted: all fits are saved, and 0 races in "
    assert saved in stderr
    assert "the same command runs no fit again, and the races from the beginning" in stderr
    assert "Traceback" not in stderr
    assert 2 == len(read_studies([upgrades.results]).studies)
    planned = upgrades.run(BEFORE, AFTER, "mine", "--plan").stdout
    assert 2 == planned.count("6 fits, 0 to run")


def test_a_plan_of_versions_that_are_not_installed_estimates(tmp_path):
    done = run_command("upgrade", "tf2.98", "tf2.99", "majority", "--plan", "--repeats", "1",
                       "--budget", "30s", "--jobs", "2", cwd=tmp_path)  # fmt: skip
    assert 0 == done.returncode, done.stderr
    assert "tf2.98: not installed yet; without --plan, evenfold installs it first" in done.stdout
    assert "1 model × 10 fits in each environment, 2 at a time, about 20 s" in done.stdout
    assert "2 s assumed for majority, of which no fit is saved" in done.stdout
    assert "2 races, 30 s or less each" in done.stdout
    assert "about 80 s or less in all, and the time of the installation" in done.stdout
    assert "up to 5 times as long" not in done.stdout
    usual = run_command("upgrade", "tf2.98", "tf2.99", "majority", "--plan", cwd=tmp_path)
    assert "2 races, 2 min or less each (5 min for fits of estimators)" in usual.stdout
    assert "a race takes up to 5 times as long on a machine where the" in usual.stdout
    assert not (tmp_path / ".evenfold").exists()


def test_a_plan_runs_nothing(upgrades, tmp_path):
    notes = CHEAP.replace(
        "def build(task):", f"def build(task):\n    open({str(tmp_path / 'ran')!r}, 'w')"
    )
    done = upgrades.run(BEFORE, AFTER, "--budget", "90s", "--plan", mine=notes, other=CHEAP)
    assert 0 == done.returncode, done.stderr
    assert "before: 12 fits, 12 to run" in done.stdout
    assert "after: 12 fits, 12 to run" in done.stdout
    assert "scores: no fits finished in both environments" in done.stdout
    assert "2 races of fit, 1 min 30 s or less each" in done.stdout
    assert "2 races of predict, 1 min 30 s or less each" in done.stdout
    assert "time of a fit: 2 s assumed for mine and other, of which no fit is saved" in done.stdout
    assert re.search(r"about [67] min or less in all", done.stdout)
    same = upgrades.run(BEFORE, BEFORE.replace("before", "again"), "mine", "--plan")
    assert "before: 6 fits, 6 to run" in same.stdout
    assert "again: 6 fits, 0 to run" in same.stdout
    assert not (tmp_path / "ran").exists()
    assert not [*upgrades.results.rglob("*.csv")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((BEFORE,), "Missing argument 'AFTER'"),
        ((BEFORE, "nowhere"), "no environment 'nowhere'"),
        ((BEFORE, f"{BEFORE},A=1", "majority"), "are two environments of one name"),
        ((BEFORE, AFTER, "nothing"), "no model 'nothing'"),
        ((BEFORE, AFTER, "--fail-on", "better"), "'better' is not one of worse, slower"),
        ((BEFORE, AFTER, "majority", "--dataset", "wine", "--metric", "sensitivity"), "--positive"),
        ((BEFORE, "bad={bad}", "majority"), "its process ended: exit code 5"),
    ],
)
def test_wrong_input_is_one_message_and_exit_2(upgrades, tmp_path, arguments, message):
    """An environment that cannot be used is reported before anything is fitted in the other."""
    bad = tmp_path / "bad"
    bad.write_text("#!/bin/sh\nexit 5\n")
    bad.chmod(0o755)
    done = upgrades.run(*(text.format(bad=bad) for text in arguments), "--budget", "1s")
    assert 2 == done.returncode, done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "" == done.stdout
    assert not [*upgrades.results.rglob("*.csv")]
