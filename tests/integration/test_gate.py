"""``evenfold gate`` measures what a change does, and the action posts its comment."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import evenfold
from builders import ROOT
from builders.commands import run_command
from builders.models import CHEAP
from builders.repositories import cloned, commit, git

# As fast, but predicts the other class.
WRONG = CHEAP.replace("np.unique(y)", "np.unique(y)[::-1]")
SHORT = ("--folds", "3", "--repeats", "2", "--jobs", "1")
RACE = ("--measure", "predict", "--rows", "64", "--budget")
PAGE = ROOT / "docs" / "how-to" / "pull-request.md"
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


def slower(text):
    """A model that computes for longer: what it waits for is no CPU time."""
    return text.replace("        far = ((x", "        sum(range(100_000))\n        far = ((x")


def changed(folder, text, base=CHEAP, name="net"):
    clone = cloned(folder, base, name)
    (clone / "mine" / "net.py").write_text(text)
    return clone


def gate(clone, *arguments):
    return run_command("gate", "net", "--models", "mine", *SHORT, *arguments, cwd=clone)


def comment(clone):
    return (clone / ".evenfold" / "gate" / "comment.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    """A harmless change, whose race has too little time: the scores stand in the comment."""
    clone = changed(tmp_path_factory.mktemp("refused"), CHEAP + "# changed\n")
    return clone, gate(clone, *RACE, "1s"), comment(clone)


def test_what_will_run_comes_first(refused):
    _, done, _ = refused
    first = done.stderr.splitlines()[0]
    assert first == (
        "evenfold: net against net of origin/main: 6 fits of each on breast_cancer, then a race, "
        "predict of 64 rows, about 1 s"
    )


def test_a_race_that_is_refused_leaves_the_scores_and_its_reason(refused):
    _, done, text = refused
    assert 3 == done.returncode
    assert "## ❌ Fail: the speed of net could not be measured" == text.splitlines()[1]
    scores, _, speed = text.partition("### Speed")
    assert "net is equivalent to net (origin/main), within 1 point of accuracy." in scores
    assert re.search(r"^    a budget of 1 s .*use --budget \d+s or more$", speed, re.MULTILINE)
    # Printed, but for the hidden line.
    assert text.partition("\n")[2].strip() == done.stdout.strip()


def test_a_harmless_change_has_the_same_fits_as_the_base(refused):
    """Both have the same seeds, so that what does not change training changes no score."""
    clone, _, _ = refused
    tables = [*(clone / ".evenfold" / "gate").rglob("breast_cancer*.csv")]
    assert 2 == len(tables)
    columns = [[line.split(",")[:7] for line in table.read_text().splitlines()] for table in tables]
    assert len(columns[0]) == 7
    assert columns[0] == columns[1]


def test_no_comment_of_an_earlier_run_is_left(refused):
    clone, _, _ = refused
    done = gate(clone, "--base", "nowhere")
    assert 2 == done.returncode
    assert "--base nowhere: the repository has no such revision" in done.stderr
    text = comment(clone)
    assert "## ❌ Fail: net could not be compared" == text.splitlines()[1]
    assert str(clone) not in text


def test_a_model_that_has_not_changed_is_not_measured(tmp_path):
    clone = cloned(tmp_path)
    done = gate(clone)
    assert (0, "") == (done.returncode, "\n".join(done.stderr.splitlines()[2:]))
    assert "## ✅ Pass: net is as in origin/main, and nothing was measured" in comment(clone)
    assert not (clone / ".evenfold" / "fits.sqlite").exists()


def test_what_has_the_same_sources_is_measured_twice_when_it_always_is(tmp_path):
    """A saved fit of the base is none of head: a file that the model reads may differ."""
    step = "int((pathlib.Path(__file__).parents[1] / ('st' + 'ep') / 'x').read_text())"
    text = "import pathlib\n" + CHEAP.replace("np.unique(y)", f"np.unique(y)[::{step}]")
    clone = cloned(tmp_path, text)
    (clone / "step").mkdir()
    (clone / "step" / "x").write_text("1")
    commit(clone)
    git(clone, "push", "origin", "HEAD:main")
    (clone / "step" / "x").write_text("-1")
    for _ in range(2):
        done = gate(clone, "--always", *RACE, "1s")
        assert 1 == done.returncode, done.stderr
        assert "## ❌ Fail: net is worse" in comment(clone)
    assert "saved" not in done.stderr


def test_python_has_the_same_answer(refused, monkeypatch):
    clone, done, _ = refused
    monkeypatch.chdir(clone)
    answer = evenfold.gate("net", folders="mine", folds=3, repeats=2, jobs=1, measure="predict",
                           rows=64, budget="1s")  # fmt: skip
    assert (False, 3) == (answer.passes, answer.exit_code)
    assert answer.conclusion in done.stdout
    assert comment(clone) == f"<!-- evenfold net -->\n{answer!r}\n"


def test_a_new_model_is_compared_with_the_baseline_and_not_raced(tmp_path):
    clone = changed(tmp_path, CHEAP + "# new\n", base=CHEAP, name="other")
    (clone / "mine" / "net.py").write_text(CHEAP + "# nothing alike\n" * 99)
    done = gate(clone, "--baseline", "majority", "--data", "x")
    assert 2 == done.returncode
    done = gate(clone, "--baseline", "majority")
    assert 0 == done.returncode, done.stderr
    text = comment(clone)
    assert "## ✅ Pass: net is new, and not shown to be worse than majority" in text
    assert "| majority " in text
    assert "There is no race: net is new, and origin/main has none to race with." in text


def test_a_base_that_fails_is_named_without_its_folder(tmp_path):
    fails = CHEAP.replace("return self\n", "raise ValueError('no *luck*')\n", 1)
    clone = changed(tmp_path, CHEAP, base=fails)
    done = gate(clone, *RACE, "1s")
    text = comment(clone)
    assert 3 == done.returncode
    assert "    net (origin/main): ValueError: no *luck*" in text
    assert not re.search(r"(^|\s)/\w|evenfold-", text.partition("### Speed")[0]), text


@pytest.mark.slow(reason="a race in real time")
def test_a_renamed_model_is_scored_and_raced_against_its_former_name(tmp_path):
    clone = cloned(tmp_path, CHEAP, "old")
    git(clone, "mv", "mine/old.py", "mine/net.py")
    (clone / "mine" / "net.py").write_text(slower(WRONG))
    done = gate(clone, *RACE, "60s")
    text = comment(clone)
    assert 1 == done.returncode, done.stderr
    assert "## ❌ Fail: net is worse and slower" == text.splitlines()[1]
    assert "In origin/main the model has another name, old." in text
    scores, _, speed = text.partition("### Speed")
    for part in (scores, speed):
        assert "\n| net (origin/main) " in part
        assert "\n| net  " in part


def steps_of_the_action():
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    return {step.get("name", "python"): step for step in action["runs"]["steps"]}


def test_the_action_installs_measures_and_posts():
    steps = steps_of_the_action()
    assert ["python", "install", "gate", "comment"] == list(steps)
    assert "!cancelled()" in steps["comment"]["if"]


@pytest.fixture
def job(tmp_path):
    """Runs the action's steps in a clone, as a job does, and returns codes and comments."""
    comments, tools = tmp_path / "comments", tmp_path / "tools"
    comments.mkdir()
    tools.mkdir()
    (tools / "gh").write_text(GH)
    (tools / "gh").chmod(0o755)
    there = os.pathsep.join([str(tools), str(Path(sys.executable).parent), os.environ["PATH"]])
    env = {
        **os.environ, "PATH": there, "COMMENTS": str(comments), "MODEL": "net", "FOLDER": "mine",
        "DATA": "--dataset breast_cancer", "BASE": "origin/main", "PULL_REQUEST": "7",
        "GITHUB_REPOSITORY": "a/b", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }  # fmt: skip
    steps = steps_of_the_action()

    def run(clone, names=("gate", "comment"), **settings):
        codes = [
            subprocess.run(["bash", "-eo", "pipefail", "-c", steps[name]["run"]], cwd=clone,
                           env={**env, **settings}, capture_output=True).returncode
            for name in names
        ]  # fmt: skip
        return codes, [file.read_text(encoding="utf-8") for file in sorted(comments.iterdir())]

    return run


@pytest.mark.skipif(os.name != "posix", reason="the action's commands are for bash")
def test_a_job_fails_with_the_gate_and_later_pushes_change_its_one_comment(tmp_path, job):
    clone = changed(tmp_path, CHEAP + "# changed\n")
    codes, comments = job(clone, ("gate", "comment", "comment"),
                          OPTIONS=" ".join([*SHORT, *RACE, "1s"]))  # fmt: skip
    assert [3, 0, 0] == codes
    assert [comment(clone)] == comments
    assert comments[0] in (tmp_path / "summary").read_text(encoding="utf-8")


@pytest.mark.skipif(os.name != "posix", reason="the action's commands are for bash")
def test_a_job_that_measures_nothing_says_so_in_the_same_comment(tmp_path, job):
    """A comment of an earlier push may say that the model passes."""
    clone = cloned(tmp_path)
    codes, comments = job(clone, ("gate", "comment"), OPTIONS="")
    assert ([0, 0], 1) == (codes, len(comments))
    codes, comments = job(clone, ("gate", "comment"), OPTIONS="--no-such-option")
    assert [2, 0] == codes
    (text,) = comments
    assert "<!-- evenfold net -->\n## ❌ Fail: net could not be compared" in text


@pytest.mark.skipif(os.name != "posix", reason="the action's commands are for bash")
def test_an_option_is_no_pattern_of_files(tmp_path, job):
    """A model with settings, such as net[epochs=3], would be one."""
    clone = cloned(tmp_path)
    (clone / "--base=other").write_text("")
    codes, (text,) = job(clone, ("gate", "comment"), OPTIONS="--base=o[t]her")
    assert [2, 0] == codes
    assert "--base o[t]her: the repository has no such revision" in text


def test_the_page_names_inputs_that_the_action_has():
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    page = PAGE.read_text(encoding="utf-8")
    workflow = yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0])
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    (step,) = [s for s in workflow["jobs"]["compare"]["steps"] if "OWNER" in s["uses"]]
    required = {name for name, one in action["inputs"].items() if one.get("required")}
    assert required <= set(step["with"]) <= set(action["inputs"])


@pytest.mark.slow(reason="two races in real time")
@pytest.mark.skipif(os.name != "posix", reason="the page's commands are for bash")
def test_the_trial_of_the_page_has_the_headlines_that_it_states(tmp_path):
    trial = PAGE.read_text(encoding="utf-8").partition("```sh\n")[2].partition("```")[0]
    trial = trial.replace("--budget 1m", "--budget 40s")
    stated = re.findall(r"(Pass|Fail): (.*)$", trial, re.MULTILINE)
    person = {f"GIT_{role}_{what}": "a" for role in ("AUTHOR", "COMMITTER")
              for what in ("NAME", "EMAIL")}  # fmt: skip
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    # The last command fails, as it should.
    done = subprocess.run(["bash", "-c", trial], cwd=tmp_path, env={**os.environ, **person,
                          "PATH": path}, capture_output=True, text=True)  # fmt: skip
    assert 3 == len(stated)
    assert stated == re.findall(r"^## . (Pass|Fail): (.*)$", done.stdout, re.MULTILINE), done.stderr
    assert 1 == done.returncode
