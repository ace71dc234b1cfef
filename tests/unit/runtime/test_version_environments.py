"""Environments of versions: found where they exist, and installed whole or not at all."""

from __future__ import annotations

import sys

import pytest

from evenfold.errors import UsageError
from evenfold.runtime.interpreters import INSTALLED, find_interpreter
from evenfold.runtime.version_environments import open_environment, versions_to_install

# A uv that has wheels for Python 3.11 alone, and notes how it is called.
UV = """#!/bin/sh
echo "$@" >> {calls}
case "$*" in
  *"pip compile"*"--python-version 3.11"*) cat; exit 0 ;;
  *"pip compile"*) echo "no wheels" >&2; exit 1 ;;
  *"python find"*) exit 2 ;;
  venv*) for last; do :; done; mkdir -p "$last/bin"; touch "$last/bin/python"; exit 0 ;;
  *"pip install"*) {install} ;;
esac
exit 1
"""


@pytest.fixture
def fake_uv(tmp_path, monkeypatch):
    """Puts such a program on the path; returns its notes."""
    if sys.platform == "win32":
        pytest.skip("the program is a shell script")

    def make(install="cat > /dev/null; exit 0"):
        folder, calls = tmp_path / "programs", tmp_path / "calls"
        folder.mkdir(exist_ok=True)
        (folder / "uv").write_text(UV.replace("{calls}", str(calls)).replace("{install}", install))
        (folder / "uv").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "none"))
        return calls

    return make


def test_a_version_is_installed_on_the_newest_python_that_has_wheels(fake_uv, tmp_path):
    calls, said = fake_uv(), []
    found = open_environment("tf2.13", tmp_path, said.append)
    assert tmp_path / INSTALLED / "tf2.13" / "bin" / "python" == found.python
    assert "venv --quiet --python 3.11" in calls.read_text()
    assert ["tf2.13: installing it in"] == [text.partition(" /")[0] for text in said]
    assert not (tmp_path / INSTALLED / "tf2.13.partial").exists()


def test_what_is_installed_is_used_again(fake_uv, tmp_path):
    calls = fake_uv()
    open_environment("tf2.13", tmp_path, lambda text: None)
    before = calls.read_text()
    open_environment("tf2.13", tmp_path, lambda text: None)
    assert before == calls.read_text()
    assert find_interpreter("tf2.13", tmp_path).name == "tf2.13"


def test_an_installation_that_fails_leaves_no_environment(fake_uv, tmp_path):
    fake_uv("echo 'no space left' >&2; exit 1")
    with pytest.raises(UsageError, match=r"tensorflow.*2\.13\.\* cannot be installed: no space"):
        open_environment("tf2.13", tmp_path, lambda text: None)
    with pytest.raises(UsageError, match="no environment"):
        find_interpreter("tf2.13", tmp_path)


def test_names_of_other_environments_are_not_installed(fake_uv, tmp_path):
    calls = fake_uv()
    with pytest.raises(UsageError, match="no environment 'old'"):
        open_environment("old", tmp_path, lambda text: None)
    assert not calls.exists()


def test_a_version_with_a_wrong_path_in_the_settings_is_not_installed(fake_uv, tmp_path):
    calls = fake_uv()
    (tmp_path / "pyproject.toml").write_text(
        '[tool.evenfold.environments]\n"tf2.13" = "no/such/python"\n'
    )
    with pytest.raises(UsageError, match=r"environment tf2\.13: no Python at no/such/python"):
        open_environment("tf2.13", tmp_path, lambda text: None)
    assert not calls.exists()


def test_a_folder_without_a_python_is_installed_anew(fake_uv, tmp_path):
    fake_uv()
    (tmp_path / INSTALLED / "tf2.13" / "lib").mkdir(parents=True)
    assert open_environment("tf2.13", tmp_path, lambda text: None).python.exists()


def test_what_another_process_installs_meanwhile_is_used(fake_uv, tmp_path):
    calls = fake_uv()

    def installed_elsewhere(message):
        (tmp_path / INSTALLED / "tf2.13" / "bin").mkdir(parents=True)
        (tmp_path / INSTALLED / "tf2.13" / "bin" / "python").touch()

    assert open_environment("tf2.13", tmp_path, installed_elsewhere).name == "tf2.13"
    assert not calls.exists()


def test_a_version_has_its_name_before_it_is_installed(tmp_path):
    assert versions_to_install(["tf2.13", f"mine={sys.executable}"], tmp_path) == ["tf2.13"]
    with pytest.raises(UsageError, match="no environment 'old'"):
        versions_to_install(["old"], tmp_path)


def test_without_uv_the_message_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="install uv"):
        open_environment("tf2.13", tmp_path, lambda text: None)
