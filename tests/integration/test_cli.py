"""The command line, as a process: help, list, messages and exit codes."""

from __future__ import annotations

import json
import re

import pytest

from builders.commands import run_command
from evenfold import __version__


def test_version(run_python):
    assert (
        f"evenfold, version {__version__}"
        == run_python("-m", "evenfold", "--version").stdout.strip()
    )


def test_list_names_models_datasets_and_the_environment():
    done = run_command("list", "--format", "json")
    listed = {(row["kind"], row["name"]) for row in json.loads(done.stdout)}
    assert {("model", "conv1d"), ("dataset", "breast_cancer"), ("device", "cpu")} <= listed
    assert "environment" in {kind for kind, _ in listed}


@pytest.mark.parametrize("style", ["table", "markdown", "csv"])
def test_list_in_every_format(style):
    done = run_command("list", "--format", style)
    assert 0 == done.returncode
    assert "logistic_regression" in done.stdout
    is_for_people = style != "csv"
    assert is_for_people == bool(re.match(r"\d+ models and \d+ datasets for ", done.stdout))
    assert is_for_people == done.stdout.rstrip().endswith("compares models on the same splits.")


def test_list_does_not_run_a_users_file(tmp_path):
    """It says what a file's first line says, and what is wrong with one that is not Python."""
    (tmp_path / "mine.py").write_text('"""My own."""\nraise SystemExit(99)\n')
    (tmp_path / "broken.py").write_text("def (:\n")
    done = run_command("list", "--models", tmp_path)
    assert 0 == done.returncode
    assert "My own." in done.stdout
    assert "cannot be read: invalid syntax" in done.stdout


@pytest.mark.slow(reason="a process of its own imports TensorFlow")
def test_a_probe_asks_the_framework_for_its_devices(framework):
    done = run_command("list", "--probe", "--format", "json")
    told = [(row["name"], row["description"]) for row in json.loads(done.stdout)]
    for name in framework.devices("cpu"):
        assert ("cpu", name) in told
    gpus = framework.devices("gpu") or [framework.missing("gpu")]
    assert all(("gpu", name) in told for name in gpus)


def test_a_framework_that_does_not_start_is_told(run_python):
    done = run_python("-m", "evenfold", "list", "--probe", KERAS_BACKEND="mxnet")
    assert 2 == done.returncode
    assert "KERAS_BACKEND=mxnet, but Keras can run on" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_override_is_told(tmp_path):
    (tmp_path / "conv1d.py").write_text('"""Mine."""\n')
    done = run_command("list", "--models", tmp_path)
    assert "evenfold: conv1d: " in done.stderr
    assert "overrides" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("list", "--models", "nowhere"), "evenfold: no folder of models at nowhere"),
        (("list", "--format", "yaml"), "Invalid value for '--format'"),
        (("lits",), "No such command 'lits'"),
    ],
)
def test_wrong_input_is_one_message_and_exit_2(arguments, message):
    done = run_command(*arguments)
    assert 2 == done.returncode
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "" == done.stdout


def test_debug_shows_the_traceback(run_python):
    done = run_python("-m", "evenfold", "--debug", "list", "--models", "nowhere")
    assert "Traceback" in done.stderr
