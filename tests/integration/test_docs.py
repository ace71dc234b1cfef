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
from execute import copy_needed, executed

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="a workflow's commands are for bash")

SLOW = CHEAP.replace(
    "        far = ((x", "        __import__('time').sleep(0.01)\n        far = ((x"
)
# As fast, but predicts the other class.
WRONG = CHEAP.replace("np.unique(y)", "np.unique(y)[::-1]")
# Shorter settings of the same commands.
SHORT = {"SCORE": "--folds 3 --repeats 2", "RACE": "--measure predict --budget 25s",
         "BASE": "origin/main", "BASELINE": "majority", "PULL_REQUEST": "7",
         "GITHUB_REPOSITORY": "a/b"}  # fmt: skip
# Keeps comments as GitHub does: one file each, named by its number.
GH = """#!/usr/bin/env python3
import os, pathlib, sys
folder = pathlib.Path(os.environ["COMMENTS"])
arguments = sys.argv[1:]
if "--jq" in arguments:
    marker = arguments[arguments.index("--jq") + 1].split('"')[1]
    files = sorted(folder.iterdir())
    print("\\n".join(f.name for f in files if f.read_text().startswith(marker)))
else:
    method = arguments[arguments.index("--method") + 1]
    url = arguments[arguments.index("--method") + 2]
    assert url.startswith("repos/a/b/issues/"), url
    number = pathlib.Path(url).name if method == "PATCH" else str(len(list(folder.iterdir())))
    body = next(a for a in arguments if a.startswith("body=@")).removeprefix("body=@")
    (folder / number).write_text(pathlib.Path(body).read_text())
"""


@pytest.fixture(scope="module")
def workflow():
    """The last workflow of the page: the one without the action."""
    text = (ROOT / "docs" / "how-to" / "pull-request.md").read_text(encoding="utf-8")
    return yaml.safe_load(text.rpartition("```yaml\n")[2].partition("```")[0])


def steps_of(document):
    """The steps with commands, in their order."""
    return [step for step in document if "run" in step and step["name"] not in SETUP]


SETUP = ("install", "settings")


def git(folder, *arguments):
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.fixture
def run(tmp_path, workflow):
    """Runs the workflow's commands in a clone whose head has another model than its base."""

    def steps(head, former="net", pushes=1, **settings):
        origin = tmp_path / "origin"
        (origin / "mine").mkdir(parents=True)
        git(origin, "init", "-b", "main")
        (origin / "mine" / f"{former}.py").write_text(CHEAP)
        git(origin, "add", "-A")
        git(origin, "commit", "-m", "base")
        git(tmp_path, "clone", str(origin), "clone")
        clone, comments, tools = tmp_path / "clone", tmp_path / "comments", tmp_path / "tools"
        if former != "other":
            git(clone, "rm", "-q", f"mine/{former}.py")
        (clone / "mine").mkdir(exist_ok=True)
        (clone / "mine" / "net.py").write_text(head)
        git(clone, "add", "-A")
        git(clone, "commit", "-m", "head")
        comments.mkdir()
        tools.mkdir()
        (tools / "gh").write_text(GH)
        (tools / "gh").chmod(0o755)
        there = os.pathsep.join([str(tools), str(Path(sys.executable).parent)])
        path = f"{there}{os.pathsep}{os.environ['PATH']}"
        env = {
            **os.environ,
            **workflow["env"],
            **SHORT,
            **settings,
            "PATH": path,
            "COMMENTS": str(comments),
        }
        commands = {step["name"]: step["run"] for step in steps_of(recipe_steps(workflow))}
        for name in [*commands, *["comment"] * (pushes - 1)]:
            process = subprocess.run(["bash", "-e", "-c", commands[name]], cwd=clone, env=env,
                                     capture_output=True, text=True)  # fmt: skip
            assert name == "gate" or process.returncode == 0, process.stderr
            if name == "gate":
                gate = process.returncode
        gate_files = clone / ".evenfold" / "gate"
        codes = [int((gate_files / f"{name}.code").read_text()) for name in ("scores", "race")]
        texts = [file.read_text(encoding="utf-8") for file in comments.iterdir()]
        assert 1 == len(texts)
        return codes, gate, texts[0]

    return steps


def recipe_steps(workflow):
    return workflow["jobs"]["compare"]["steps"]


def test_the_action_runs_the_steps_of_the_recipe(workflow):
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    ours, theirs = steps_of(action["runs"]["steps"]), steps_of(recipe_steps(workflow))
    assert ["model of the base", "scores", "race", "comment", "gate"] == [s["name"] for s in ours]
    for mine, other in zip(ours, theirs, strict=True):
        assert (mine["name"], mine["run"], mine.get("if")) == (
            other["name"], other["run"], other.get("if"))  # fmt: skip
    settings = next(step for step in action["runs"]["steps"] if step.get("name") == "settings")
    set_there = set(re.findall(r"^(\w+)=", settings["env"]["VALUES"], re.M))
    assert set_there == set(workflow["env"]) - {"INSTALL"}


@pytest.mark.slow(reason="a workflow of studies and a race in real time")
def test_a_model_that_is_slower_fails_the_race_alone(run):
    codes, gate, comment = run(SLOW, pushes=2)
    assert ([0, 1], 1) == (codes, gate)
    assert comment.splitlines()[1] == "## ❌ Fail: net is slower"
    assert "| net_before " in comment


@pytest.mark.slow(reason="a workflow of studies and a race in real time")
def test_a_renamed_model_that_is_worse_fails_the_scores_alone(run):
    codes, gate, comment = run(WRONG, former="old")
    assert ([1, 0], 1) == (codes, gate)
    assert comment.splitlines()[1] == "## ❌ Fail: net is worse"
    speed = comment.partition("### Speed")[2]
    assert "| net_before " in speed


@pytest.mark.slow(reason="a workflow of studies")
def test_a_new_model_is_compared_with_the_baseline(run):
    codes, gate, comment = run(CHEAP + "# new\n", former="other")
    assert ([0, 0], 0) == (codes, gate)
    assert comment.splitlines()[1] == "## ✅ Pass: net is not shown to be worse or slower"
    assert "net is new, so there is no race." in comment
    assert "| majority " in comment


NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
TIMES = re.compile(r"^```text times\n(.*?)^```$", re.DOTALL | re.MULTILINE)
OUTPUT = re.compile(r"^```text *\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.mark.slow(reason="a workflow of studies")
def test_a_comment_has_each_finding_once(workflow, tmp_path):
    """Reading data prints findings too: these are not why a command failed."""
    gate = tmp_path / ".evenfold" / "gate"
    gate.mkdir(parents=True)
    finding = "t.csv, column 'a': looks like an id"
    messages = ["evenfold: net: a *fit* failed", f"evenfold: {finding} (EF003)"]
    files = {
        "scores.code": "3", "race.code": "0", "race.md": "no race",
        "scores.md": f"| net |\n\nEF003 {finding}\n", "scores.err": "\n".join(messages) + "\n",
    }  # fmt: skip
    for name, text in files.items():
        (gate / name).write_text(text)
    (command,) = [s["run"] for s in recipe_steps(workflow) if s.get("name") == "comment"]
    env = {**os.environ, **SHORT, "MODEL": "net", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    (tmp_path / "gh").write_text("#!/bin/sh\nexit 0\n")
    (tmp_path / "gh").chmod(0o755)
    env["PATH"] = f"{tmp_path}{os.pathsep}{env['PATH']}"
    subprocess.run(["bash", "-e", "-c", command], cwd=tmp_path, env=env, check=True)
    comment = (gate / "comment.md").read_text(encoding="utf-8")
    assert 1 == comment.count(finding)
    # A message of a model's code is shown as it is.
    assert "\n\n    evenfold: net: a *fit* failed\n" in comment


def test_a_comment_says_why_a_race_was_refused(run):
    codes, gate, comment = run(CHEAP + "# changed\n", RACE="--measure predict --budget 1s")
    assert ([0, 2], 1) == (codes, gate)
    assert "## ❌ Fail: not everything could be measured" in comment
    assert "a verdict needs 5: use --budget" in comment.partition("### Speed")[2]


@pytest.mark.slow(reason="the commands of a whole document, some of which train networks")
@pytest.mark.skipif(find_spec("keras") is None, reason="Keras is not installed")
def test_the_example_prints_its_documented_output(tmp_path):
    """Words are equal, and scores within a tolerance between versions; times are not compared."""
    text, printed = read_and_execute("how-to/your-model.md", tmp_path)
    assert len(outputs(text)) >= 3
    # Of tables of times, only the captions.
    assert times(text) == times(printed)
    assert (tmp_path / "results" / "report.html").is_file()


# Pages with commands, and how many outputs of each are compared.
PAGES = {
    "how-to/your-estimator.md": 3,
    "how-to/your-table.md": 5,
    "how-to/upgrade.md": 0,
    "how-to/cluster.md": 0,
    "tutorial/index.md": 6,
    "explanation/scores.md": 1,
    "explanation/races.md": 1,
    "explanation/interruptions.md": 3,
}


@pytest.mark.slow(reason="the scores of whole documents")
@pytest.mark.parametrize("page", PAGES)
def test_a_page_prints_its_documented_output(page, tmp_path):
    text, _ = read_and_execute(page, tmp_path)
    assert PAGES[page] == len(outputs(text))


def test_every_page_with_output_is_executed():
    pages = {
        page.relative_to(ROOT / "docs").as_posix(): page.read_text(encoding="utf-8")
        for page in (ROOT / "docs").rglob("*.md")
    }
    with_output = {name for name, text in pages.items() if re.search(r"^```text", text, re.M)}
    assert with_output == {*PAGES, "how-to/your-model.md"}


def read_and_execute(name, folder):
    """Read and execute a document, and require the words and numbers that it documents."""
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    copy_needed(text, folder)
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
