"""``evenfold init``: what it writes works as it is, and nothing of a user's is overwritten."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from builders import ROOT
from builders.commands import run_command
from builders.processes import outside_xdist

FILES = {
    ".gitignore",
    "README.md",
    "bench/conftest.py",
    "bench/test_inference.py",
    "bench/test_training.py",
    "models/my_network.py",
    "pyproject.toml",
    "tests/test_models.py",
    "tox.ini",
}


def started(folder, *arguments, cwd=None):
    return run_command("init", folder, *arguments, cwd=cwd or ROOT)


def files(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def run(folder, *arguments):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=folder, timeout=900, env=outside_xdist()
    )


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("init") / "mine"
    done = started(folder)
    assert 0 == done.returncode, done.stderr
    return folder


def test_every_file_is_written_and_named(tmp_path):
    done = started("a b/üben", cwd=tmp_path)
    folder = tmp_path / "a b" / "üben"
    assert 0 == done.returncode, done.stderr
    assert FILES == files(folder)
    explained = re.findall(r"^  (\S+)  +\S.*\.$", done.stdout, re.MULTILINE)
    assert sorted(FILES) == sorted(explained)
    assert done.stdout.splitlines()[-1].startswith("Next: cd 'a b/üben' && pytest")
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert FILES == set(re.findall(r"^\| `(\S+)` \| \S.*\. \|$", readme, re.MULTILINE))
    assert (folder / "README.md").read_text(encoding="utf-8").startswith("# üben\n")
    assert "{{" not in "".join(p.read_text(encoding="utf-8") for p in folder.rglob("*.*"))


@pytest.mark.slow(reason="pytest checks a network in a process of its own")
def test_its_tests_pass(mine, framework):
    done = run(mine, "-rs")
    assert 0 == done.returncode, done.stdout
    assert ("1 skipped" if framework.name is None else "1 passed") in done.stdout


@pytest.mark.slow(reason="pytest checks a network in a process of its own")
def test_its_benchmark_has_its_model_and_the_built_in_ones(mine, framework):
    quick = ("--epochs", "1", "--rounds", "1", "-k", "training")
    names = ("--model", "my_network", "--model", "majority")
    done = run(mine, "bench/", "--benchmark-only", *quick, *names)
    assert 0 == done.returncode, done.stdout + done.stderr
    assert "| majority" in done.stdout
    assert ("| my_network" in done.stdout) == (framework.name is not None)
    assert "Saved in " + str(mine / ".evenfold" / "runs") in done.stdout


@pytest.mark.slow(reason="pytest checks a network in a process of its own")
def test_a_model_that_breaks_the_contract_fails_its_test(mine, tmp_path):
    folder = tmp_path / "broken"
    assert 0 == started(folder).returncode
    (folder / "models" / "broken.py").write_text("MODEL = 3\n")
    done = run(folder, "-k", "broken")
    assert 1 == done.returncode
    assert "MODEL" in done.stdout


def test_a_folder_that_is_there_keeps_its_files(tmp_path):
    (tmp_path / "tox.ini").write_text("mine")
    (tmp_path / "notes.txt").write_text("mine")
    done = started(tmp_path)
    assert 2 == done.returncode
    assert "tox.ini: there already, so nothing was written" in done.stderr
    assert {"tox.ini", "notes.txt"} == files(tmp_path)
    (tmp_path / "tox.ini").unlink()
    assert 0 == started(".", cwd=tmp_path).returncode
    assert FILES | {"notes.txt"} == files(tmp_path)
    assert (tmp_path / "README.md").read_text().startswith(f"# {tmp_path.name}\n")


def test_a_place_where_nothing_can_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("mine")
    for place, told in (
        ("file", "is a file"),
        ("file/below", "cannot be written: Not a directory"),
    ):
        done = started(tmp_path / place)
        assert 2 == done.returncode
        assert told in done.stderr
        assert "Traceback" not in done.stderr
    assert {"file"} == files(tmp_path)


def test_a_disk_that_is_full_leaves_nothing_half_written(tmp_path, monkeypatch):
    from evenfold.cli import init
    from evenfold.errors import ResultsError, UsageError

    written = init.write_whole

    def full(path, content):
        if path.name == "tox.ini":
            raise ResultsError(f"{path} cannot be written: No space left on device")
        written(path, content)

    monkeypatch.setattr(init, "write_whole", full)
    with pytest.raises(UsageError, match="cannot be written: No space left on device"):
        init.write_benchmark(tmp_path / "mine")
    assert set() == files(tmp_path)


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (None, "evenfold[cpu]"),
        ('{"url": "file:///dist/evenfold.whl", "archive_info": {}}',
         "evenfold[cpu] @ file:///dist/evenfold.whl"),
        ('{"url": "https://host/x.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}}',
         "evenfold[cpu] @ git+https://host/x.git@abc"),
    ],
)  # fmt: skip
def test_it_asks_for_evenfold_as_it_is_here(origin, expected, monkeypatch):
    from evenfold.cli import init

    class Installed:
        def read_text(self, name):
            assert "direct_url.json" == name
            return origin

    monkeypatch.setattr(init, "distribution", lambda name: Installed())
    assert expected == init.requirement("cpu")


def test_what_is_written_is_in_the_style_of_the_repository(mine):
    """Its suites are those of this repository."""
    for name in ("conftest.py", "test_training.py", "test_inference.py"):
        assert (mine / "bench" / name).read_text() == (ROOT / "bench" / name).read_text()
