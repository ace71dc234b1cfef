"""Contenders of a race: parsed, named, resolved, and refused if they do not exist."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.models import ESTIMATOR
from evenfold.errors import UsageError
from evenfold.plugins.folders import find_plugins
from evenfold.race.contenders import (
    ContenderSpec,
    name_contenders,
    parse_contender,
    resolve_contenders,
)
from evenfold.runtime.interpreters import Interpreter
from evenfold.worker.inference import path_names
from evenfold.worker.plugin import canonical_spec
from strategies import PROPERTY

MODELS = st.from_regex(r"[a-z][a-z0-9_]{0,8}(\[epochs=[1-9][0-9]?\])?", fullmatch=True)
# Parts of branches, tags and reflogs; a revision that ends in a path's name is written with a path.
PARTS = st.from_regex(r"[a-zA-Z0-9_.~^-]{1,8}(@\{[0-9]\})?", fullmatch=True)
REVISIONS = st.lists(PARTS, min_size=1, max_size=3).map("/".join)
ENVIRONMENTS = st.from_regex(r"[a-z][a-z0-9.-]{0,6}[a-z0-9]", fullmatch=True)
PATHS = st.sampled_from(path_names())


@PROPERTY
@given(MODELS, st.none() | REVISIONS, st.none() | ENVIRONMENTS, st.none() | PATHS)
def test_a_written_contender_is_parsed_back(model, revision, environment, path):
    if path is None and revision is not None and environment is None:
        revision += "/x"
    spec = ContenderSpec(model, revision, environment, path)
    assert spec == parse_contender(str(spec))


@pytest.mark.parametrize(
    ("text", "revision", "path"),
    [
        ("conv1d#fix/predict-twice", "fix/predict-twice", None),
        ("conv1d#fix/predict", "fix", "predict"),
        ("conv1d#fix/predict/predict", "fix/predict", "predict"),
        ("conv1d#main@{1}/call", "main@{1}", "call"),
        ("conv1d#@", "@", None),
    ],
)
def test_text_after_a_slash_is_a_path_only_if_it_names_one(text, revision, path):
    assert ContenderSpec("conv1d", revision, None, path) == parse_contender(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("conv1d/fast", "'conv1d/fast' is not a contender: .* paths are predict, call, function"),
        ("conv1d#", "is not a contender"),
        ("conv1d@", "is not a contender"),
        ("../x", "is not a"),
        ("../x#main", "'..' is not a model's name|is not a contender"),
        ("", "'' is not a model's name"),
        ("conv1d[epochs=0]", "is not a setting"),
    ],
)
def test_text_that_is_no_contender_is_refused(text, message):
    with pytest.raises(UsageError, match=message):
        parse_contender(text)


@PROPERTY
@given(st.lists(MODELS, max_size=6))
def test_every_contender_has_a_name_of_its_own(texts):
    named = name_contenders([*texts, *texts])
    assert 2 * len(texts) == len(named)
    assert [canonical_spec(text) for text in [*texts, *texts]] == [
        spec.model for spec in named.values()
    ]


def test_repeated_contenders_are_numbered():
    assert ["conv1d", "conv1d (2)", "conv1d (3)"] == list(name_contenders(["conv1d"] * 3))


@pytest.fixture
def repository(tmp_path):
    """A git repository with a model that has changed since the branch fix/predict-twice."""
    folder = tmp_path / "repository" / "models"
    folder.mkdir(parents=True)

    def git(*arguments):
        who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        command = ["git", "-C", str(folder), *who, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "--initial-branch", "main", "..")
    (folder / "mine.py").write_text(ESTIMATOR)
    git("add", ".")
    git("commit", "-m", "one")
    git("branch", "fix/predict-twice")
    (folder / "mine.py").write_text(ESTIMATOR + "# another\n")
    (folder / "new.py").write_text(ESTIMATOR)
    return folder, git


def resolved(folder, copies, *texts, interpreters=()):
    files = find_plugins([folder]).files
    return resolve_contenders(name_contenders(texts), files, dict(interpreters), folder, copies)


def test_a_revision_is_the_file_as_it_was(repository, tmp_path):
    folder, git = repository
    old, new = resolved(folder, tmp_path / "copies", "mine#fix/predict-twice", "mine")
    assert ESTIMATOR.encode() == old.sources.entry.content
    assert (git("rev-parse", "main"), "mine.py") == (old.commit, old.sources.path.name)
    assert (folder / "mine.py", None) == (new.sources.path, new.commit)
    assert old.sources.digest != new.sources.digest


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mine#nowhere", "#nowhere: no such revision in "),
        ("new#main", "#main: there is no models/new.py at "),
        ("mine#--help", "'--help' is not a git revision"),
        ("other", "no model 'other': there are mine, new"),
        ("mine@tf9", "no environment 'tf9'"),
    ],
)
def test_a_missing_part_is_an_error(repository, tmp_path, text, message):
    with pytest.raises(UsageError, match=message):
        resolved(repository[0], tmp_path / "copies", text)


def test_a_file_outside_of_a_repository_has_no_revisions(tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "mine.py").write_text(ESTIMATOR)
    with pytest.raises(UsageError, match=r"#main: .*mine.py is in no git repository"):
        resolved(folder, tmp_path / "copies", "mine#main")


def test_environments_given_by_name_come_first(repository, tmp_path):
    mine = Interpreter("tf9", Path(sys.executable))
    named, here = resolved(
        repository[0], tmp_path / "copies", "mine@tf9", "mine", interpreters={"tf9": mine}.items()
    )
    assert (mine, Interpreter()) == (named.interpreter, here.interpreter)
