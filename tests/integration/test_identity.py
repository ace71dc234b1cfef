"""Models with helpers, from the command line: what is hashed is what runs, everywhere."""

from __future__ import annotations

import re
import subprocess
from types import SimpleNamespace

import pandas as pd
import pytest

from builders.commands import run_command
from builders.plugin_files import TAIL, write_files

# Needs numpy alone. The helper's SHARE is the probability of the first class.
NET = """
"A model whose share comes from a helper."
import numpy as np
from evenfold import Model


class Constant:
    def __init__(self, share):
        self.share = share

    def fit(self, x, y):
        others = len(np.unique(y)) - 1
        self.row = [self.share, *[(1 - self.share) / others] * others]
        return self

    def predict_proba(self, x):
        return np.tile(self.row, (len(x), 1))


def build(task):
    from _share import SHARE
    return Constant(SHARE)


MODEL = Model(build)
"""
STUDY = ("--folds", "3", "--repeats", "1", "--jobs", "1")


@pytest.fixture
def score(tmp_path):
    """Runs studies of models below ``mine`` into one store; returns log losses and fits run."""
    count = iter(range(100))

    def run(*models, **environment):
        results = tmp_path / f"r{next(count)}"
        done = run_command(
            "score", *models, "--models", tmp_path / "mine", *STUDY, "--results", results,
            "--store", tmp_path / "fits.sqlite", **environment,
        )  # fmt: skip
        files = list(results.rglob("breast_cancer*.csv"))
        losses = {}
        if files:
            table = pd.read_csv(files[0])
            losses = {name: rows["log_loss"].mean() for name, rows in table.groupby("model")}
        ran = re.findall(r"^evenfold: (\d+) fits? in", done.stderr, re.M)
        return SimpleNamespace(done=done, losses=losses, fits=int(ran[-1]) if ran else 0)

    return run


def test_an_edited_helper_reruns_the_fits_of_its_models_and_no_others(tmp_path, score):
    """The edit keeps size and time, and the fits' result is that of the new text."""
    mine = tmp_path / "mine"
    write_files(mine, {"net.py": NET, "_share.py": "SHARE = 0.4", "_other.py": "1 / 0",
                       "far/__init__.py": NET.replace("_share", ".part"),
                       "far/part.py": "SHARE = 0.4"})  # fmt: skip
    first = score("net", "far")
    assert 6 == first.fits, first.done.stderr
    assert first.losses["net"] == pytest.approx(first.losses["far"])
    write_files(mine, {"_share.py": "SHARE = 0.5", "_other.py": "2 / 0"})
    second = score("net", "far")
    assert 3 == second.fits
    assert first.losses["far"] == second.losses["far"]
    assert first.losses["net"] != second.losses["net"] == pytest.approx(0.6931471805599453)
    write_files(mine, {"far/part.py": "SHARE = 0.5"})
    third = score("net", "far")
    assert 3 == third.fits
    assert third.losses["net"] == pytest.approx(third.losses["far"])
    assert 0 == score("net", "far").fits
    assert not list(mine.rglob("__pycache__"))


def test_a_dynamic_import_fails_the_fit_in_one_sentence(tmp_path, score):
    text = NET.replace("from _share import SHARE", "SHARE = __import__('_' + 'share').SHARE")
    write_files(tmp_path / "mine", {"net.py": text, "_share.py": "SHARE = 0.4"})
    done = score("net", PYTHONPATH=str(tmp_path / "mine")).done
    assert 3 == done.returncode
    assert re.search(r"it imports _share from \S+_share\.py, which is no part of the", done.stderr)
    assert "Traceback" not in done.stderr


@pytest.mark.slow(reason="the process of the checks imports TensorFlow")
def test_a_package_is_listed_and_checked(tmp_path):
    write_files(tmp_path / "mine", {
        "far/__init__.py": NET.replace("_share", ".part"), "far/part.py": "SHARE = 0.4",
        "parts/__init__.py": "", "parts/a.py": "",
    })  # fmt: skip
    listed = run_command("list", "--models", tmp_path / "mine", "--format", "csv").stdout
    assert "model,far,A model whose share comes from a helper." in listed
    assert "parts" not in listed
    done = run_command("check", "far", "--models", tmp_path / "mine")
    assert 0 == done.returncode, done.stdout + done.stderr
    assert "far keeps the contract" in done.stdout


@pytest.fixture
def repository(tmp_path):
    """A repository whose model, its helpers and its data have changed since the branch ``old``."""
    top = write_files(tmp_path / "repository", {
        "mine/net.py": "from here import ONE\nfrom lib.parts import TWO\nfrom . import three\n"
                       "from pathlib import Path\nfrom evenfold import Model\n"
                       "DATA = (Path(__file__).parent / 'data.txt').read_text()\n"
                       "MODEL = Model(len, epochs=int(f'{ONE}{TWO}{three.THREE}{DATA}'))",
        "mine/three.py": "THREE = 1", "mine/data.txt": "1",
        "path/here.py": "ONE = 1", "lib/parts.py": "TWO = 1", "pyproject.toml": "",
        "pack/__init__.py": "", "secret.bin": "1",
    })  # fmt: skip

    def git(*arguments):
        who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        command = ["git", "-C", str(top), *who, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    git("init", "--initial-branch", "main")
    git("add", ".")
    git("commit", "-m", "one")
    git("branch", "old")
    write_files(top, {"mine/three.py": "THREE = 2", "mine/data.txt": "2", "path/here.py": "ONE = 2",
                      "lib/parts.py": "TWO = 2"})  # fmt: skip
    return top, git


def test_a_revision_has_its_own_helpers_and_data(repository, tmp_path, monkeypatch):
    """Beside the model, on the search path, in the project: and the repository is left alone."""
    from evenfold.plugins.models import load_model
    from evenfold.race.revisions import sources_at_revision
    from evenfold.worker.plugin import load_plugin

    top, git = repository
    monkeypatch.setenv("PYTHONPATH", str(top / "path"))
    before = git("status", "--porcelain"), (top / ".git" / "index").read_bytes()
    file = top / "mine" / "net.py"
    for _ in range(2):  # two contenders of one commit share its files
        sources, commit = sources_at_revision(file, "old", tmp_path / "copies")
        assert 1111 == load_plugin("net", sources).model.epochs
    assert git("rev-parse", "old").strip() == commit
    assert 2222 == load_model("net", file).model.epochs
    assert before == (git("status", "--porcelain"), (top / ".git" / "index").read_bytes())
    assert not list((tmp_path / "copies").rglob("secret.bin"))


def test_a_model_at_the_top_of_a_repository_has_revisions(repository, tmp_path):
    from evenfold.race.revisions import sources_at_revision
    from evenfold.worker.plugin import load_plugin

    top, git = repository
    write_files(top, {"net.py": "from lib.parts import TWO as VALUE" + TAIL})
    git("add", "net.py")
    git("commit", "-m", "at the top")
    sources, _ = sources_at_revision(top / "net.py", "HEAD", tmp_path / "copies")
    assert 1 == load_plugin("net", sources).model.epochs
    assert (sources.path.parent / "secret.bin").exists()


def test_a_model_of_a_revision_never_takes_a_helper_of_now(repository, tmp_path, monkeypatch):
    """A helper that came later is not there."""
    from evenfold.errors import PluginError
    from evenfold.race.revisions import sources_at_revision
    from evenfold.worker.plugin import load_plugin

    top, _ = repository
    monkeypatch.syspath_prepend(str(top / "mine"))
    write_files(top, {"mine/late.py": "", "mine/net.py": "import late"})
    sources, _ = sources_at_revision(top / "mine" / "net.py", "old", tmp_path / "copies")
    assert "late" not in {helper.module for helper in sources.helpers}
    subprocess.run(["git", "-C", str(top), "commit", "-q", "-m", "two", "mine/net.py"], check=True,
                   env={"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a", "GIT_COMMITTER_NAME": "a",
                        "GIT_COMMITTER_EMAIL": "a", "PATH": "/usr/bin:/bin"})  # fmt: skip
    sources, _ = sources_at_revision(top / "mine" / "net.py", "main", tmp_path / "copies")
    with pytest.raises(PluginError, match=r"imports late( from .*|, which is not installed)"):
        load_plugin("net", sources)


@pytest.mark.slow(reason="a race is run until it is decided")
def test_a_race_records_the_digest_of_all_sources(tmp_path):
    """And ends well where a helper is edited meanwhile: all launches run what was read."""
    from builders.models import CHEAP
    from builders.race_commands import PREDICT, Races
    from evenfold.race.files import read_race

    races = Races(tmp_path)
    helper = races.models / "_lib.py"
    helper.write_text("N = 1\n")
    text = CHEAP.replace("def build(task):", "from _lib import N\n\ndef build(task):")
    edits = f"    open({str(helper)!r}, 'w').write('1 / 0')\n    return Nearest()"
    races.write("one", text.replace("    return Nearest()", edits))
    done = races.run("one", "one", *PREDICT, "--seed", "5")
    assert 0 == done.returncode, done.stderr
    digests = {contender.digest for contender in read_race(races.files[0]).contenders}
    assert 1 == len(digests)
    helper.write_text("N = 2\n")
    other = races.run("--continue", races.files[0], "--budget", "10s")
    assert 2 == other.returncode
    assert (
        "one: its code has changed since the race" in other.stderr or "is decided" in other.stderr
    )
