"""The environments that fits run in, by name or by their Python."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from evenfold.errors import UsageError
from evenfold.runtime.interpreters import Interpreter, find_interpreter
from evenfold.runtime.pool import WorkerConfig, describe_worker


@pytest.fixture
def made(tmp_path):
    """A project with one environment of tox's and one in its settings."""
    python = tmp_path / ".tox" / "tf2.99" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("")
    told = '[tool.evenfold.environments]\nmine = ".tox/tf2.99/bin/python,KERAS_BACKEND=jax"\n'
    (tmp_path / "pyproject.toml").write_text(told)
    return tmp_path


def test_without_a_name_it_is_this_interpreter(tmp_path):
    assert Interpreter(None, Path(sys.executable)) == find_interpreter(None, tmp_path)


def test_a_bare_name_is_one_of_toxs(made):
    assert Interpreter("tf2.99", made / ".tox/tf2.99/bin/python") == find_interpreter(
        "tf2.99", made
    )


def test_a_projects_settings_name_others_with_flags(made):
    found = find_interpreter("mine", made)
    assert made / ".tox/tf2.99/bin/python" == found.python
    assert "jax" == found.variables()["KERAS_BACKEND"]


def test_all_can_be_said_at_once(made):
    found = find_interpreter(f"jax={sys.executable},KERAS_BACKEND=jax,XLA_FLAGS=--a=b", made)
    assert ("jax", Path(sys.executable)) == (found.name, found.python)
    assert {"KERAS_BACKEND": "jax", "XLA_FLAGS": "--a=b"} == dict(found.flags)


def test_another_interpreter_is_not_shown_this_ones_packages(made, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "here")
    assert "PYTHONPATH" not in find_interpreter("tf2.99", made).variables()
    assert "here" == find_interpreter(None, made).variables()["PYTHONPATH"]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("tf9", r"no environment 'tf9': there are mine, tf2.99; create it with `tox run -e tf9"),
        ("../x", "'../x' is not an environment"),
        ("a=nowhere/python", "environment a: no Python at nowhere/python"),
        (f"a={sys.executable},FLAG", "write PATH,FLAG=VALUE"),
        pytest.param(f"a={'9' * 300}", "environment a: no Python at 999", id="long"),
        ("a=~nobody-has-this-name/python", "no Python at ~nobody-has-this-name/python"),
    ],
)
def test_what_is_no_environment_is_told(made, spec, message):
    with pytest.raises(UsageError, match=message):
        find_interpreter(spec, made)


def test_a_python_that_is_none_is_told_with_its_last_words(tmp_path):
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\necho no such thing >&2\nexit 3\n")
    fake.chmod(0o755)
    with pytest.raises(
        UsageError, match=r"cannot be used: its process ended: exit code 3\n  no such thing"
    ):
        describe_worker(WorkerConfig(Interpreter("fake", fake)))


def test_garbage_instead_of_the_protocol_is_told(tmp_path):
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\necho hello\nsleep 9\n")
    fake.chmod(0o755)
    with pytest.raises(UsageError, match="it printed 'hello'"):
        describe_worker(WorkerConfig(Interpreter("fake", fake)))


def test_a_worker_tells_what_it_is():
    info = describe_worker(
        WorkerConfig(Interpreter("own", Path(sys.executable), {"XLA_FLAGS": "--seen=1"}))
    )
    assert sys.version.split()[0] == info["python"]
    assert "--seen=1" == info["flags"]["XLA_FLAGS"]
    assert {"numpy", "scikit-learn"} <= set(info["versions"])
