"""A model is found in the base: under a former name, with its modules, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from builders.models import CHEAP
from builders.repositories import cloned, commit, git
from evenfold.errors import UsageError
from evenfold.gate import base as base_module
from evenfold.gate import changed_files
from evenfold.gate.base import find_change
from evenfold.plugins.folders import find_plugins
from evenfold.race.revisions import git_output
from evenfold.worker.sources import SourceFile, Sources


@pytest.fixture
def clone(tmp_path):
    return cloned(tmp_path)


@pytest.fixture
def found(clone, tmp_path):
    """Finds the change of a model of the clone."""

    def find(model="net", base="origin/main"):
        folder = tmp_path / "base"
        folder.mkdir(exist_ok=True)
        return find_change(model, base, find_plugins([clone / "mine"]).files, folder)

    return find


def test_a_model_that_is_as_in_the_base_is_unchanged(found):
    change = found()
    assert change.is_unchanged
    assert change.former is None


def test_what_is_not_committed_counts(clone, found):
    (clone / "mine" / "net.py").write_text(CHEAP + "# changed\n")
    change = found()
    assert not change.is_unchanged
    assert (CHEAP + "# changed\n").encode() == change.head.entry.content
    assert CHEAP.encode() == change.before.entry.content


def test_a_module_that_the_model_imports_is_part_of_it(clone, found):
    commit(clone, net=f"import helper\n{CHEAP}", helper="x = 1\n")
    git(clone, "push", "origin", "HEAD:main")
    assert found().is_unchanged
    commit(clone, helper="x = 2\n")
    assert not found().is_unchanged


@pytest.mark.parametrize("where", ["mine", "other"])
def test_a_renamed_model_is_compared_under_its_former_name(clone, found, where):
    (clone / where).mkdir(exist_ok=True)
    git(clone, "mv", "mine/net.py", f"{where}/better.py")
    (clone / "mine").mkdir(exist_ok=True)
    change = found("better") if where == "mine" else None
    if change is None:
        files = find_plugins([clone / "other"]).files
        (clone.parent / "base").mkdir()
        git(clone, "commit", "-m", "moved")
        (clone / "mine").rmdir()
        change = find_change("better", "origin/main", files, clone.parent / "base")
    assert "net" == change.former
    assert change.before.digest == change.head.digest


def test_a_new_model_has_no_former_state(clone, found):
    commit(clone, other="# nothing alike\n" * 9 + "MODEL = None\n")
    change = found("other")
    assert (None, None, False) == (change.before, change.former, change.is_unchanged)


def test_commits_of_the_base_that_head_lacks_are_no_part_of_the_change(clone, found):
    git(clone, "checkout", "-b", "theirs")
    commit(clone, net=CHEAP + "# theirs\n")
    git(clone, "push", "origin", "theirs:main")
    git(clone, "checkout", "main")
    assert found().is_unchanged
    assert not found(base="theirs~0").environment


@pytest.mark.parametrize(
    "name",
    ["requirements.txt", "requirements/ci.in", "pyproject.toml", "uv.lock", "environment.yml",
     ".github/workflows/models.yml", "dev-requirements.txt", "Requirements-dev.txt",
     "ci/dev-environment.yml", ".gitlab-ci.yml", ".circleci/config.yml", "gpu.Dockerfile"],
)  # fmt: skip
def test_a_file_of_the_environment_is_a_change(clone, found, name):
    (clone / name).parent.mkdir(parents=True, exist_ok=True)
    (clone / name).write_text("numpy<2\n")
    git(clone, "add", "-A")
    change = found()
    assert (name,) == change.environment
    assert not change.is_unchanged


@pytest.mark.parametrize(
    "command", [("mv", "requirements.txt", "notes"), ("rm", "requirements.txt")]
)
def test_a_file_of_the_environment_that_is_gone_is_a_change(clone, found, command):
    (clone / "requirements.txt").write_text("numpy<2\n")
    commit(clone)
    git(clone, "push", "origin", "HEAD:main")
    git(clone, *command)
    assert ("requirements.txt",) == found().environment


def test_a_new_file_of_the_environment_counts_before_git_knows_it(clone, found):
    (clone / "requirements.txt").write_text("numpy<2\n")
    assert ("requirements.txt",) == found().environment


def test_an_installed_package_of_the_repository_is_part_of_the_environment(clone, found):
    """``pip install .`` installs a copy, which is no local module of the model."""
    (clone / "src" / "parts").mkdir(parents=True)
    commit(clone, net=f"import json\nfrom parts.layers import WIDTH\n{CHEAP}")
    git(clone, "push", "origin", "HEAD:main")
    (clone / "src" / "parts" / "layers.py").write_text("WIDTH = 2\n")
    (clone / "src" / "parts" / "README.md").write_text("hello\n")
    (clone / "json").mkdir()
    (clone / "json" / "a.py").write_text("hello = 1\n")
    assert ("src/parts/layers.py",) == found().environment


@pytest.mark.parametrize(
    ("name", "is_part"),
    [("libs/parts", True), ("parts.py", True), ("docs/parts.svg", False), ("a/parts.md", False)],
)
def test_a_submodule_may_be_such_a_package_and_text_is_none(name, is_part):
    sources = Sources(SourceFile("", "/nowhere/net.py", False, b"import parts"))
    assert is_part == (name in changed_files.ChangedFiles([name]).of_environment(sources))


def test_a_submodule_that_git_does_not_compare_by_default_counts(clone, found):
    other = cloned(clone.parent / "other")
    git(clone, "-c", "protocol.file.allow=always", "submodule", "add", str(other), "libs/parts")
    git(clone, "config", "-f", ".gitmodules", "submodule.libs/parts.ignore", "all")
    commit(clone, net=f"import parts\n{CHEAP}")
    git(clone, "push", "origin", "HEAD:main")
    assert found().is_unchanged
    commit(clone / "libs" / "parts", net="x = 1\n")
    assert ("libs/parts",) == found().environment


@pytest.mark.parametrize("folder", ["build/lib", "venv/lib/site-packages"])
def test_what_an_installation_writes_is_no_change(clone, found, folder):
    (clone / folder / "numpy").mkdir(parents=True)
    (clone / folder / "numpy" / "a.py").write_text("x = 1\n")
    (clone / folder / "requirements.txt").write_text("numpy\n")
    assert found().is_unchanged


def test_a_file_in_the_folder_of_the_model_is_a_change(clone, found):
    """A model may read it by a path that it computes."""
    (clone / "mine" / "weights").mkdir()
    (clone / "mine" / "weights" / "a.npy").write_text("1")
    (clone / "mine" / "__pycache__").mkdir()
    (clone / "mine" / "__pycache__" / "net.pyc").write_text("1")
    (clone / "mine" / "README.md").write_text("hello\n")
    change = found()
    assert ("mine/weights/a.npy",) == change.beside
    assert not change.is_unchanged


@pytest.mark.parametrize("place", ["weights/step.txt", "step.txt"])
def test_a_file_that_the_model_names_is_that_of_the_base_wherever_it_lies(clone, found, place):
    parts = " / ".join(repr(part) for part in place.split("/"))
    text = f"import pathlib\nSTEP = pathlib.Path(__file__).parent.parent / {parts}\n{CHEAP}"
    (clone / place).parent.mkdir(exist_ok=True)
    (clone / place).write_text("1")
    commit(clone, net=text)
    git(clone, "push", "origin", "HEAD:main")
    assert found().is_unchanged
    (clone / place).write_text("-1")
    change = found()
    assert not change.is_unchanged
    contents = [
        Path(data["file"]).read_text()
        for each in (change.before, change.head)
        for data in each.data
    ]
    assert ["1", "-1"] == contents


def test_a_comparison_that_git_refuses_is_no_unchanged_model(clone, found, monkeypatch):
    def output(folder, *arguments, index=None):
        return None if arguments[0] == "diff" else git_output(folder, *arguments, index=index)

    monkeypatch.setattr(changed_files, "git_output", output)
    with pytest.raises(UsageError, match="git cannot compare"):
        found()


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
@pytest.mark.parametrize("is_folder", [False, True])
def test_a_link_that_leads_elsewhere_in_the_base_is_refused(clone, tmp_path, is_folder):
    """Its target may be in the base too, which has another model of that name."""
    for version in ("old", "new"):
        (clone / version).mkdir()
        (clone / version / "net.py").write_text(CHEAP + f"# {version}\n")
    link = clone / "now" if is_folder else clone / "mine" / "net.py"
    for version in ("old", "new"):
        link.unlink(missing_ok=True)
        link.symlink_to(version if is_folder else f"../{version}/net.py")
        commit(clone)
        if version == "old":
            git(clone, "push", "origin", "HEAD:main")
    folders = [clone / "now" if is_folder else clone / "mine"]
    with pytest.raises(UsageError, match=f"{link.relative_to(clone)} is a link that differs"):
        find_change("net", "origin/main", find_plugins(folders).files, tmp_path, folders)
    folders = [clone / "new"]
    files = find_plugins(folders).files
    assert find_change("net", "origin/main", files, tmp_path, folders).is_unchanged


def test_a_model_that_git_ignores_is_refused(clone, found):
    (clone / ".gitignore").write_text("mine/own.py\n")
    (clone / "mine" / "own.py").write_text(CHEAP)
    with pytest.raises(UsageError, match=r"git ignores mine/own\.py"):
        found("own")


def test_other_files_are_no_change_of_the_environment(clone, found):
    (clone / "README.md").write_text("hello\n")
    commit(clone, unrelated="x = 1\n")
    assert found().is_unchanged


@pytest.mark.parametrize(
    ("base", "message"),
    [
        ("origin/mainn", "did you mean 'origin/main'.*fetch-depth: 0"),
        ("island", "no commit in common with HEAD"),
    ],
)
def test_a_base_that_cannot_be_used_is_refused(clone, found, base, message):
    git(clone, "checkout", "--orphan", "island")
    git(clone, "commit", "-m", "alone")
    git(clone, "checkout", "main")
    with pytest.raises(UsageError, match=message):
        found(base=base)


def test_a_model_outside_a_repository_is_refused(tmp_path):
    (tmp_path / "net.py").write_text(CHEAP)
    with pytest.raises(UsageError, match="is in no git repository"):
        find_change("net", "origin/main", find_plugins([tmp_path]).files, tmp_path)


def test_a_repository_that_git_does_not_trust_is_named_with_the_remedy(clone, found, monkeypatch):
    """As in a job that runs in a container."""
    monkeypatch.setattr(base_module, "git_output", lambda *_: None)
    with pytest.raises(UsageError, match=rf"safe\.directory {clone}"):
        found()
