"""docs/ci.md does what it says: its commands are run on a small repository with base and head."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import CHEAP, ROOT

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="a workflow's commands are for bash")

SLOW = CHEAP.replace(
    "        far = ((x", "        __import__('time').sleep(0.01)\n        far = ((x"
)
# As fast, and sure of the other class.
WRONG = CHEAP.replace("np.unique(y)", "np.unique(y)[::-1]")
# The same commands, for as long as a test may take.
SHORT = {"SCORE": "--folds 3 --repeats 2", "RACE": "--measure predict --budget 25s",
         "BASE": "origin/main"}  # fmt: skip


@pytest.fixture(scope="module")
def workflow():
    text = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    return yaml.safe_load(text.partition("```yaml\n")[2].partition("```")[0])


def git(folder, *arguments):
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.fixture
def run(tmp_path, workflow):
    """Runs the workflow's own commands in a clone whose head has another model than its base."""

    def steps(head):
        origin = tmp_path / "origin"
        (origin / "mine").mkdir(parents=True)
        git(origin, "init", "-b", "main")
        (origin / "mine" / "net.py").write_text(CHEAP)
        git(origin, "add", "-A")
        git(origin, "commit", "-m", "base")
        git(tmp_path, "clone", str(origin), "clone")
        clone = tmp_path / "clone"
        (clone / "mine" / "net.py").write_text(head)
        there = Path(sys.executable).parent
        path = f"{there}{os.pathsep}{os.environ['PATH']}"
        env = {**os.environ, **workflow["env"], **SHORT, "PATH": path}
        codes = {}
        for step in workflow["jobs"]["compare"]["steps"]:
            if "run" in step and step["name"] not in ("install", "comment"):
                done = subprocess.run(["bash", "-e", "-c", step["run"]], cwd=clone, env=env,
                                      capture_output=True, text=True)  # fmt: skip
                codes[step["name"]] = done.returncode
                assert done.returncode in (0, 1), done.stderr
        return codes, clone

    return steps


def test_a_model_that_is_slower_fails_the_race_alone(run):
    codes, clone = run(SLOW)
    assert {"the model as it was": 0, "scores": 0, "race": 1} == codes
    assert "slower" in (clone / "race.md").read_text()
    assert "| net_before " in (clone / "scores.md").read_text()


def test_a_model_that_is_worse_fails_the_scores_alone(run):
    codes, clone = run(WRONG)
    assert {"the model as it was": 0, "scores": 1, "race": 0} == codes
    assert "worse" in (clone / "scores.md").read_text()
