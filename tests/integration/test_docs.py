"""Commands in docs/ run, and print what the documents show."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from builders import ROOT
from builders.models import CHEAP

sys.path.insert(0, str(ROOT / "docs"))
from execute import executed

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="a workflow's commands are for bash")

SLOW = CHEAP.replace(
    "        far = ((x", "        __import__('time').sleep(0.01)\n        far = ((x"
)
# As fast, but predicts the other class.
WRONG = CHEAP.replace("np.unique(y)", "np.unique(y)[::-1]")
# Shorter settings of the same commands.
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
    """Runs the workflow's commands in a clone whose head has another model than its base."""

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
                process = subprocess.run(["bash", "-e", "-c", step["run"]], cwd=clone, env=env,
                                      capture_output=True, text=True)  # fmt: skip
                codes[step["name"]] = process.returncode
                assert process.returncode in (0, 1), process.stderr
        return codes, clone

    return steps


@pytest.mark.slow(reason="a workflow of studies and a race in real time")
def test_a_model_that_is_slower_fails_the_race_alone(run):
    codes, clone = run(SLOW)
    assert {"model of the base": 0, "scores": 0, "race": 1} == codes
    assert "slower" in (clone / "race.md").read_text()
    assert "| net_before " in (clone / "scores.md").read_text()


@pytest.mark.slow(reason="a workflow of studies and a race in real time")
def test_a_model_that_is_worse_fails_the_scores_alone(run):
    codes, clone = run(WRONG)
    assert {"model of the base": 0, "scores": 1, "race": 0} == codes
    assert "worse" in (clone / "scores.md").read_text()


NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
TIMES = re.compile(r"^```text times\n(.*?)^```$", re.DOTALL | re.MULTILINE)
OUTPUT = re.compile(r"^```text *\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.mark.slow(reason="the commands of a whole document, some of which train networks")
@pytest.mark.skipif(find_spec("keras") is None, reason="Keras is not installed")
def test_the_example_prints_its_documented_output(tmp_path):
    """Words are equal, and scores within a tolerance between versions; times are not compared."""
    text, printed = read_and_execute("example.md", tmp_path)
    assert len(outputs(text)) >= 3
    # Of tables of times, only the captions.
    assert times(text) == times(printed)
    assert (tmp_path / "results" / "report.html").is_file()


@pytest.mark.slow(reason="the scores of a whole document")
def test_the_page_on_python_prints_its_documented_output(tmp_path):
    text, _ = read_and_execute("api.md", tmp_path)
    assert 2 == len(outputs(text))


@pytest.mark.slow(reason="the scores of a whole document")
def test_the_page_on_tables_prints_its_documented_output(tmp_path):
    text, _ = read_and_execute("tables.md", tmp_path)
    assert 5 == len(outputs(text))


def read_and_execute(name, folder):
    """Read and execute a document, and require the words and numbers that it documents."""
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    printed = executed(text, folder)
    documented, printed_now = outputs(text), outputs(printed)
    assert [words(part) for part in documented] == [words(part) for part in printed_now]
    numbers = [
        [float(n) for part in parts for n in NUMBER.findall(part)]
        for parts in (documented, printed_now)
    ]
    assert numbers[0] == pytest.approx(numbers[1], abs=0.05)
    return text, printed


def outputs(text):
    """Outputs of commands, without the folder of this machine."""
    return [re.sub(r"^Saved in .*$", "", part, flags=re.MULTILINE) for part in OUTPUT.findall(text)]


def times(text):
    """Conclusions and captions of tables of times, without notes on single samples and launches."""
    lines = "".join(TIMES.findall(text)).splitlines()
    words = [line for line in lines if not line.startswith(("|", "Saved in ", "Next: "))]
    return re.sub(r" (Slow samples matter|One launch of)[^.]*\.", "", " ".join(words))


def words(text):
    """A text without numbers, and without the widths of columns."""
    return re.sub(r":?-{3,}:?", "---", re.sub(r" +", " ", NUMBER.sub("#", text)))


def test_an_outdated_output_is_replaced(tmp_path):
    text = (
        "```python a.py\nx = 3\n```\n```python\nfrom a import x\nprint(x)\n```\n\n```text\n4\n```\n"
    )
    assert text.replace("4", "3") == executed(text, tmp_path)
    assert "x = 3\n" == (tmp_path / "a.py").read_text()


def test_a_command_that_fails_ends_the_document(tmp_path):
    with pytest.raises(subprocess.CalledProcessError):
        executed("```sh\nfalse\ntrue\n```\n", tmp_path)


def test_a_block_that_cannot_be_run_or_a_file_elsewhere_ends_the_document(tmp_path):
    with pytest.raises(ValueError, match="a block of yaml cannot be run"):
        executed("```yaml\na: 1\n```\n", tmp_path)
    with pytest.raises(ValueError, match="not below the document's folder"):
        executed("```python ../a.py\n```\n", tmp_path)
