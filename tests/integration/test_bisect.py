"""``evenfold bisect`` and ``history`` as commands, with real workers in different environments."""

from __future__ import annotations

import json
import sys

import pytest

from builders.bisects import finished
from builders.commands import run_command
from builders.models import CHEAP
from builders.other_tools import benchmark_run
from evenfold.bisect.record import BISECT_FILE, read_bisects

# What a flag of its environment makes slow, and worse; another one ends it.
DIFFERS = CHEAP.replace(
    "        far = ((x",
    "        import os, time\n        if 'TEST_SLOW' in os.environ:\n"
    "            time.sleep(0.01)\n            x = -x\n        far = ((x",
).replace(
    "def build(task):",
    "def build(task):\n    import os\n    if 'TEST_DIES' in os.environ: os._exit(7)",
)
FLAGS = {"a": "", "b": "", "c": ",TEST_DIES=1", "d": ",TEST_SLOW=1", "e": ",TEST_SLOW=1"}
PATH = ("a", "e", "mine", "--via", "b", "--via", "c", "--via", "d")


@pytest.fixture
def bisect(tmp_path):
    """Runs a bisect of a model over five environments, one of which ends it."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "mine.py").write_text(DIFFERS)

    def run(*arguments, path=PATH):
        named = [
            f"--env={name}={sys.executable}{flags}" for name, flags in FLAGS.items() if name in path
        ]
        return run_command("bisect", *path, *named, "--models", tmp_path / "own",
                           "--results", tmp_path / "r", *arguments)  # fmt: skip

    return run


def test_a_plan_names_the_path_and_runs_nothing(bisect, tmp_path):
    done = bisect("--plan")
    assert 0 == done.returncode, done.stderr
    assert "5 versions: a, b, c, d, e" in done.stdout
    assert "7 at most" in done.stdout
    assert not (tmp_path / "r").exists()


@pytest.mark.slow(reason="score studies in five environments, each with workers of its own")
def test_a_change_of_scores_is_found_and_a_complete_bisect_is_printed_again(bisect, tmp_path):
    small = ("--metric", "accuracy", "--folds", "3", "--repeats", "2", "--jobs", "1")
    done = bisect(*small, "--fail-on", "worse")
    assert 1 == done.returncode, done.stderr
    assert "The accuracy of mine became worse between b and d" in done.stdout
    assert "c could not be measured and was left out" in done.stdout
    ([saved], []) = read_bisects([tmp_path / "r"])
    assert saved.is_complete
    again = bisect(*small)
    assert (0, done.stdout) == (again.returncode, again.stdout)
    assert "fits" not in again.stderr


@pytest.mark.slow(reason="a race in real time")
def test_a_change_of_times_is_found_by_a_race_that_is_saved(bisect, tmp_path):
    # A wide margin is decided at the first look.
    done = bisect("--rows", "1", "--budget", "45s", "--margin", "50%", "--format", "json",
                  path=("a", "d", "mine", "--via", "c"))  # fmt: skip
    assert 0 == done.returncode, done.stderr
    (row,) = json.loads(done.stdout)
    assert ("a", "d", "slower", True) == (
        row["first"], row["last"], row["verdict"], row["is_named"],
    )  # fmt: skip
    files = {file.stem for file in (tmp_path / "r").rglob("races/*.json")}
    ([saved], []) = read_bisects([tmp_path / "r"])
    assert {step.race for step in saved.steps} == files
    assert saved.versions[1].unusable is not None


def test_a_bisect_of_another_question_is_not_continued(bisect, tmp_path):
    assert 0 == bisect("--plan").returncode
    from evenfold.runtime.environment import current_machine

    file = tmp_path / "r" / current_machine() / "bisects" / "a-to-e-mine-epoch.json"
    BISECT_FILE.write(file, finished([0.0] * 5))
    done = bisect("--plan")
    assert 2 == done.returncode
    assert "is a bisect with another model: give this one another --name" in done.stderr


def test_a_history_is_printed_and_a_damaged_file_named(tmp_path):
    folder = tmp_path / ".benchmarks"
    folder.mkdir()
    for day in (1, 2):
        (folder / f"{day}.json").write_text(json.dumps(benchmark_run(0.01, day)))
    done = run_command("history", tmp_path, "--format", "csv")
    assert 0 == done.returncode, done.stderr
    assert 3 == len(done.stdout.splitlines())
    (folder / "3.json").write_text("{")
    done = run_command("history", tmp_path)
    assert 3 == done.returncode
    assert "None of 1 series changed" in done.stdout
    assert "3.json is truncated or not JSON" in done.stderr
    assert 2 == run_command("history", tmp_path / "nothing").returncode
