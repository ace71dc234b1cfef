"""Contenders of a suite: how they are written, and which files they run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from builders.suites import make_project
from evenfold.errors import UsageError
from evenfold.runtime.interpreters import Interpreter
from evenfold.suite.contenders import (
    SuiteSpec,
    parse_suite_contender,
    parse_suite_contenders,
    resolve_suite_contenders,
)

SUITE = Path("bench/test_mine.py")


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("head", SuiteSpec("head")),
        ("base#main", SuiteSpec("base", "main")),
        ("base#fix/a@{1}", SuiteSpec("base", "fix/a@{1}")),
        ("old@py39", SuiteSpec("old", None, "py39")),
        ("old#v1.0@py39", SuiteSpec("old", "v1.0", "py39")),
    ],
)
def test_a_contender_has_a_name_a_revision_and_an_environment(text, spec):
    assert (parse_suite_contender(text), str(spec)) == (spec, text)


@pytest.mark.parametrize("text", ["", "#main", "@py39", "a b", "../x#main"])
def test_what_has_no_name_is_refused(text):
    with pytest.raises(UsageError, match="is not a contender of a suite: write name#revision"):
        parse_suite_contender(text)


@pytest.mark.parametrize(
    ("texts", "message"),
    [(["a"], "at least two"), ([], "at least two"), (["a#x", "a"], "two contenders are called a")],
)
def test_contenders_are_two_or_more_of_different_names(texts, message):
    with pytest.raises(UsageError, match=message):
        parse_suite_contenders(texts)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A repository whose only commit has a suite, and a file that was changed since."""
    folder = make_project(tmp_path_factory.mktemp("project"))
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"], ["tag", "v1"]):
        subprocess.run([*git, *command], check=True)
    (folder / "src/pkg/__init__.py").write_text("def work(n):\n    return 0\n")
    return folder


def resolve(project, folder, *texts, suite=SUITE):
    specs = parse_suite_contenders(texts)
    interpreters = {"other": Interpreter("other")}
    return resolve_suite_contenders(specs, suite, project, folder, interpreters)


def test_a_revision_has_all_of_its_files_first_on_the_search_path(project, tmp_path):
    base, head = resolve(project, tmp_path, "base#v1", "head")
    assert "sum(" in (base.root / "src/pkg/__init__.py").read_text()
    assert (base.root / "pyproject.toml").exists()
    assert base.paths == (base.root / "src", base.root)
    assert head.paths == (project / "src", project)
    assert base.packages == head.packages == ("pkg",)
    assert len(base.commit) == 40
    assert head.commit is None
    assert base.digest != head.digest


def test_an_environment_alone_runs_what_is_installed_in_it(project, tmp_path):
    installed, both = resolve(project, tmp_path, "a@other", "b#v1@other")
    assert (installed.paths, installed.packages) == ((), ("pkg",))
    assert both.paths == (both.root / "src", both.root)


def test_an_environment_may_have_the_projects_modules_but_not_its_helpers(project, tmp_path):
    for name in ("single.py", "conftest.py", "setup.py", "random.py", "tests/__init__.py"):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).touch()
    installed, _ = resolve(project, tmp_path, "a@other", "b#v1")
    assert installed.packages == ("pkg", "single")


def test_an_edit_of_the_working_tree_is_seen(project, tmp_path):
    head, base = resolve(project, tmp_path, "head", "base#v1")
    assert not head.has_changed
    (project / "src/pkg/edited.py").write_text("1")
    (base.root / "src/pkg/edited.py").write_text("1")
    assert (head.has_changed, base.has_changed) == (True, False)


def test_the_digest_is_of_the_projects_code(project, tmp_path):
    first, _ = resolve(project, tmp_path, "a", "b")
    (project / ".venv").mkdir(exist_ok=True)
    (project / ".venv" / "x.py").write_text("1")
    same, _ = resolve(project, tmp_path, "a", "b")
    (project / "src/pkg/more.py").write_text("1")
    other, _ = resolve(project, tmp_path, "a", "b")
    assert first.digest == same.digest != other.digest


def test_a_revision_without_the_suite_is_refused(project, tmp_path):
    with pytest.raises(UsageError, match=r"base: there is no bench/test_other\.py in [0-9a-f]{40}"):
        resolve(project, tmp_path, "base#v1", "head", suite=Path("bench/test_other.py"))
