"""Git repositories of models, for tests of what a change does."""

import subprocess

from builders.models import CHEAP


def git(folder, *arguments):
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def commit(folder, message="change", **files):
    """Write files, such as ``net="..."`` for mine/net.py, and commit everything."""
    for name, text in files.items():
        (folder / "mine" / f"{name}.py").write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-m", message)


def cloned(folder, base=CHEAP, name="net"):
    """A clone of a repository with one model, as a pull request is checked out."""
    origin, clone = folder / "origin", folder / "clone"
    (origin / "mine").mkdir(parents=True)
    git(origin, "init", "-b", "main")
    git(origin, "config", "receive.denyCurrentBranch", "ignore")
    commit(origin, **{name: base})
    git(folder, "clone", str(origin), "clone")
    return clone
