"""Compiled modules of worker processes: kept where Python would write none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from evenfold.runtime import bytecode
from evenfold.runtime.bytecode import (
    bytecode_folder,
    compile_packages,
    remove_bytecode,
    with_bytecode,
)


@pytest.mark.parametrize(
    "variables", [{}, {"A": "1"}, {"PYTHONDONTWRITEBYTECODE": ""},
                  {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": "/elsewhere"}],
)  # fmt: skip
def test_variables_stay_where_python_writes_or_has_a_folder(variables, tmp_path):
    assert variables == with_bytecode(variables, tmp_path)


def test_a_second_process_finds_what_the_first_compiled(tmp_path):
    (tmp_path / "own_module.py").write_text("VALUE = 1\n")
    folder = tmp_path / "bytecode"
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONPYCACHEPREFIX"}
    variables = with_bytecode({**inherited, "PYTHONDONTWRITEBYTECODE": "1"}, folder)
    code = "import own_module; print(own_module.__cached__)"
    for _ in range(2):
        process = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env=variables, capture_output=True,
            text=True, check=True,
        )  # fmt: skip
        assert process.stdout.startswith(str(folder))
    assert 1 == len(list(folder.rglob("own_module.*.pyc")))
    assert not (tmp_path / "__pycache__").exists()


def test_what_was_compiled_of_a_folder_is_removed_alone(tmp_path):
    cache, modules = tmp_path / "cache", tmp_path / "modules"
    for one in (modules, tmp_path / "others"):
        (cache / one.resolve().relative_to(one.resolve().anchor)).mkdir(parents=True)
    remove_bytecode(cache, modules)
    assert ["others"] == [one.name for one in cache.rglob("*") if not list(one.iterdir())]
    remove_bytecode(cache, modules)


def test_packages_are_compiled_once(tmp_path, monkeypatch):
    folder = tmp_path / "bytecode"
    variables = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    variables.pop("PYTHONPYCACHEPREFIX", None)
    compile_packages(Path(sys.executable), ("wave",), variables, folder)
    assert list(folder.rglob("wave.*.pyc"))

    def never(*arguments, **options):
        raise AssertionError("it was compiled before")

    monkeypatch.setattr(bytecode, "ChildProcess", never)
    compile_packages(Path(sys.executable), ("wave",), variables, folder)
    others = {"PATH": variables.get("PATH", "")}
    compile_packages(Path(sys.executable), ("wave",), others, tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_package_that_is_missing_is_left_to_the_launch(tmp_path):
    variables = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    variables.pop("PYTHONPYCACHEPREFIX", None)
    compile_packages(Path(sys.executable), ("no_such_package",), variables, tmp_path / "b")
    compile_packages(tmp_path / "no_python", ("wave",), variables, tmp_path / "b")
    assert not list(tmp_path.rglob("wave*.pyc"))


def test_the_folder_is_in_the_cache_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert tmp_path / "evenfold" / "bytecode" == bytecode_folder()
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert tmp_path / "home" / ".cache" / "evenfold" / "bytecode" == bytecode_folder()
