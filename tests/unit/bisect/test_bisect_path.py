"""The path of a bisect: versions between two, and revisions at which a model changed."""

from __future__ import annotations

import subprocess

import pytest

from builders.models import CHEAP
from evenfold.bisect.options import BisectOptions
from evenfold.bisect.path import revision_path, version_path
from evenfold.errors import UsageError
from evenfold.runtime.version_environments import names_between, requirements_of


def git(folder, *arguments):
    author = ["-c", "user.name=a", "-c", "user.email=a@b"]
    done = subprocess.run(
        ["git", "-C", folder, *author, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path):
    """Seven revisions; the model's helper changes in three of them, once there and back."""
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "mine.py").write_text("from helper import ROUNDS\n" + CHEAP)
    for number, rounds in enumerate((1, 1, 2, 2, 1, 1, 3)):
        (tmp_path / "models" / "helper.py").write_text(f"ROUNDS = {rounds}\n")
        (tmp_path / "notes.txt").write_text(str(number))
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-qm", f"Revision {number}")
    return tmp_path


def path_of(repository, text, said=None):
    said = [] if said is None else said
    files = {"mine": repository / "models" / "mine.py"}
    return revision_path(text, "mine", files, said.extend)


def test_revisions_without_a_change_of_the_model_are_left_out(repository):
    said = []
    path = path_of(repository, "main~6..main", said)
    notes = ["Revision 0", "Revision 2", "Revision 4", "Revision 6"]
    assert notes == [version.note for version in path]
    commits = [git(repository, "rev-parse", f"main~{n}") for n in (6, 4, 2, 0)]
    assert commits == [version.contender.revision for version in path]
    assert ["4 versions of mine in 7 revisions"] == said


def test_a_revision_without_the_model_is_left_out(repository):
    (repository / "models" / "mine.py").rename(repository / "mine.py")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "Moved")
    git(repository, "revert", "--no-edit", "HEAD")
    said = []
    path = path_of(repository, "main~4..main", said)
    assert ["Revision 4", "Revision 6"] == [version.note for version in path]
    assert "is left out" in said[0]


def test_a_subject_with_a_character_that_ends_a_line_is_no_revision(repository):
    (repository / "models" / "helper.py").write_text("ROUNDS = 9\n")
    git(repository, "commit", "-qam", "Two\x0bdeadbeef parts\u2028and more")
    said = []
    path = path_of(repository, "main~1..main", said)
    assert ["2 versions of mine in 2 revisions"] == said
    assert path[-1].note.startswith("Two")


@pytest.mark.parametrize(
    "text",
    ["main..", "..main", "nobody..main", "main..main", "-x..main", "main~6...main"],
)
def test_a_range_that_is_none_is_refused(repository, text):
    with pytest.raises(UsageError, match=r"range|no revision"):
        path_of(repository, text)


def test_all_minor_versions_lie_between_two():
    assert ("tf2.8", "tf2.9", "tf2.10") == names_between("tf2.8", "tf2.10")
    assert ("tf2.5", "tf2.4", "tf2.3") == names_between("tf2.5", "tf2.3")
    path = version_path("tf2.8", "tf2.10", "conv1d[epochs=5]", (), True, None)
    assert "conv1d[epochs=5]@tf2.9" == str(path[1].contender)


@pytest.mark.parametrize(("first", "last"), [("old", "new"), ("tf1.15", "tf2.3"), ("tf2.3",) * 2])
def test_names_without_versions_between_them_need_via(first, last):
    with pytest.raises(UsageError, match="--via"):
        names_between(first, last)


def test_via_names_the_path(tmp_path):
    path = version_path("old", "new", "conv1d", ("middle",), True, tmp_path)
    assert ["old", "middle", "new"] == [version.name for version in path]
    with pytest.raises(UsageError, match="twice"):
        version_path("old", "new", "conv1d", ("new",), True, tmp_path)
    with pytest.raises(UsageError, match="names an environment"):
        version_path("tf2.3", "tf2.5", "conv1d@tf2.4", (), True, tmp_path)


def test_versions_are_installed_with_what_they_work_with():
    assert {"numpy<2", "protobuf<3.21"} <= set(requirements_of("tf2.10"))
    assert "numpy<1.24" in requirements_of("tf2.7")
    assert 1 == len(requirements_of("tf2.18"))


@pytest.mark.parametrize(
    "options",
    [{"error": 0.0}, {"error": 0.7}, {"metric": "accuracy", "budget": 60.0}, {"folds": 5},
     {"name": "../x"}],
)  # fmt: skip
def test_options_that_cannot_apply_are_refused(options):
    with pytest.raises(UsageError):
        BisectOptions(**options)
