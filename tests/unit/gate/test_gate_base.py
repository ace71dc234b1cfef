"""A model is found in the base: under a former name, with its modules, or not at all."""

from __future__ import annotations

import pytest

from builders.models import CHEAP
from builders.repositories import cloned, commit, git
from evenfold.errors import UsageError
from evenfold.gate import base as base_module
from evenfold.gate.base import find_change
from evenfold.plugins.folders import find_plugins


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
     ".github/workflows/models.yml", "dev-requirements.txt"],
)  # fmt: skip
def test_a_file_of_the_environment_is_a_change(clone, found, name):
    (clone / name).parent.mkdir(parents=True, exist_ok=True)
    (clone / name).write_text("numpy<2\n")
    git(clone, "add", "-A")
    change = found()
    assert (name,) == change.environment
    assert not change.is_unchanged


def test_other_files_are_no_change_of_the_environment(clone, found):
    (clone / "README.md").write_text("hello\n")
    commit(clone, unrelated="x = 1\n")
    assert found().is_unchanged


@pytest.mark.parametrize(
    ("base", "message"),
    [
        ("origin/mian", "did you mean 'origin/main'.*fetch-depth: 0"),
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
