"""``evenfold check`` as a process: its table, its exit codes, and models that end their worker."""

from __future__ import annotations

import json

import pytest

from builders.broken_models import BROKEN, UNUSABLE
from builders.commands import run_command
from builders.models import ESTIMATOR
from evenfold.check.run import check_exit_code
from evenfold.worker.checks import CheckOutcome

DIES = (
    "from evenfold import Model\ndef build(task):\n    import os\n"
    "    os.write(2, b'last words')\n    os._exit(7)\n"
    "MODEL = Model(build)\n"
)


@pytest.fixture
def check(tmp_path):
    """Checks the models of some files by name."""

    def run(texts, *arguments):
        for name, text in texts.items():
            (tmp_path / f"{name}.py").write_text(text)
        command = ("check", "--models", tmp_path, "--format", "json")
        return run_command(*command, *texts, *arguments)

    return run


@pytest.mark.slow(reason="every model is checked in a process of its own")
def test_broken_models_fail_by_name_and_hide_no_others(check):
    """One that kills its process fails alone, with what was printed last, which is else hidden."""
    unusable = {name: text for name, (text, _) in UNUSABLE.items()}
    done = check({**unusable, "dies": DIES, "good": "print('hello')\n" + ESTIMATOR})
    rows = json.loads(done.stdout)
    failed = {row["model"]: row["detail"] for row in rows if row["result"] == "failed"}
    assert {*unusable, "dies"} == set(failed)
    assert failed["dies"].startswith("ended its process: exit code 7\n")
    assert failed["dies"].endswith("last words")
    assert 17 == sum(row["model"] == "good" for row in rows)
    assert 3 == done.returncode
    assert "hello" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow(reason="every model is checked in a process of its own")
def test_a_check_that_fails_is_exit_1(check):
    assert 1 == check({"shape": BROKEN["output_shape"][0]}).returncode


def test_a_model_that_cannot_be_used_is_exit_2(check):
    assert 2 == check({"broken": "def build(:\n"}).returncode


def test_an_unknown_model_is_exit_2(check):
    done = check({}, "conv9d")
    assert 2 == done.returncode
    assert "no model 'conv9d'" in done.stderr


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ([("a", "finite", "passed")], 0),
        ([("a", "builds", "skipped"), ("b", "finite", "expected failure")], 0),
        ([("a", "finite", "failed"), ("b", "loads", "failed")], 1),
        ([("a", "loads", "failed")], 2),
        ([("a", "loads", "failed"), ("b", "finite", "passed")], 3),
    ],
)
def test_the_exit_code_tells_what_went_wrong(results, code):
    assert code == check_exit_code([CheckOutcome(*row) for row in results])
