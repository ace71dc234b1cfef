"""Every command and every line of Python in README.md, as it stands there.

The two commands that set up an environment run where nothing is installed: ``.ci/one_python``. What
takes minutes shows its plan here.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from builders import ROOT
from builders.commands import run_command, words_of

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# What is added to a command that takes minutes.
PLANNED = ("score", "race", "upgrade", "bisect")
ELSEWHERE = ("python3", "tox", "pytest")


def blocks(kind):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return [body for found, body in BLOCK.findall(text) if found == kind]


def commands():
    lines = [line for body in blocks("sh") for line in body.splitlines()]
    return [words_of(line) for line in lines]


EVENFOLD = [words[1:] for words in commands() if words[0] == "evenfold"]


def patients():
    random = np.random.default_rng(0)
    ill = random.random(120) < 0.4
    return pd.DataFrame({
        "size": random.normal(size=120) + ill,
        "colour": random.choice(["red", "green", None], 120),
        "diagnosis": np.where(ill, "ill", "well"),
    })  # fmt: skip


def write_suite(folder):
    """A suite of benchmarks in a git repository whose branch is main."""
    (folder / "bench").mkdir()
    test = "def test_sum(benchmark):\n    assert benchmark(sum, range(1000)) == 499500\n"
    (folder / "bench" / "test_mine.py").write_text(test)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    for arguments in (["init", "-b", "main"], ["add", "bench"], ["commit", "-m", "suite"]):
        subprocess.run([*git, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """What README's reader has: a model, a table, results, and two environments of tox."""
    folder = tmp_path_factory.mktemp("reader")
    (model,) = (body for body in blocks("python") if "MODEL = " in body)
    (folder / "mine").mkdir()
    (folder / "mine" / "two_layers.py").write_text(model, encoding="utf-8")
    patients().to_csv(folder / "patients.csv", index=False)
    place = "epyc-2c/tf2.21"
    for name in ("bench.json", "environment.json"):
        (folder / "results" / place).mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "results" / place / name, folder / "results" / place / name)
    write_suite(folder)
    for name in ("tf2.15", "tf2.21"):
        (folder / ".tox").mkdir(exist_ok=True)
        (folder / ".tox" / name).symlink_to(sys.prefix)
    return folder


@pytest.mark.slow(reason="plans studies and races in worker processes")
@pytest.mark.parametrize("words", EVENFOLD, ids=" ".join)
def test_a_command_of_evenfold_runs(words, project):
    planned = ["--plan"] if words[0] in PLANNED else []
    # A suite is known when it runs: its race is a short one.
    shorter = ["--budget", "60s"] if "--suite" in words else planned
    done = run_command(*words, *shorter, cwd=project)
    assert 0 == done.returncode, done.stderr
    assert done.stdout


@pytest.mark.slow(reason="fits 200 models")
def test_the_lines_of_python_run(project):
    from sklearn.naive_bayes import GaussianNB

    (lines,) = (body for body in blocks("python") if "import evenfold" in body)
    names = {"GaussianNB": GaussianNB, "frame": patients()}
    exec(compile(lines, "README.md", "exec"), names)
    assert 0.5 < names["scores"].scores["accuracy"].mean() < 0.9


def test_every_command_is_run_by_a_test_or_by_the_checks_of_a_change():
    assert {words[0] for words in commands()} == {"evenfold", *ELSEWHERE}
    assert len(EVENFOLD) > 5
    checks = "".join((ROOT / ".ci" / name).read_text() for name in ("run", "one_python"))
    for environment in ("tests", "bench"):
        assert any(words[-1] == environment for words in commands() if words[0] == "python3")
    assert "run tests" in checks
    assert "run bench" in checks


def test_readme_takes_two_minutes_to_read():
    assert 160 > len((ROOT / "README.md").read_text(encoding="utf-8").splitlines())
