"""``--fail-on worse`` and ``--require not-worse`` in score and compare: what makes them fail."""

from __future__ import annotations

import pytest

from builders.commands import run_command

STUDY = ("score", "logistic_regression", "svm_rbf", "majority", "--folds", "3", "--repeats", "2",
         "--results", "results")  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gates")
    done = run_command(*STUDY, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(params=["score", "compare"])
def command(request):
    return STUDY if request.param == "score" else ("compare", "results")


def test_a_worse_model_fails_both_gates(folder, command):
    assert run_command(*command, "--fail-on", "worse", cwd=folder).returncode == 1
    done = run_command(*command, "--require", "not-worse", cwd=folder)
    assert done.returncode == 1
    assert "--require not-worse: not shown for majority" in done.stderr


def test_a_large_margin_passes_both_gates(folder, command):
    for gate in (("--fail-on", "worse"), ("--require", "not-worse")):
        assert run_command(*command, *gate, "--rope", "0.9", cwd=folder).returncode == 0


def test_an_undecided_model_passes_one_gate_and_fails_the_other(folder):
    """A gate that demands evidence cannot pass by being noisy."""
    two = ("score", "logistic_regression", "svm_rbf", "--folds", "3", "--repeats", "2",
           "--results", "two", "--rope", "0.0001")  # fmt: skip
    done = run_command(*two, "--fail-on", "worse", cwd=folder)
    assert done.returncode == 0
    assert "undecided (detectable difference: 0.0" in done.stdout
    assert run_command(*two, "--require", "not-worse", cwd=folder).returncode == 1


def test_compare_and_score_name_the_same_reference(folder):
    order = ("score", "svm_rbf", "logistic_regression", "--folds", "3", "--repeats", "2",
             "--results", "order")  # fmt: skip
    scored = run_command(*order, cwd=folder).stdout
    compared = run_command("compare", "order", cwd=folder).stdout
    stored = run_command("compare", ".evenfold/fits.sqlite", cwd=folder).stdout
    for text in (scored, compared, stored):
        assert "against the reference svm_rbf" in text


@pytest.mark.parametrize("gate", [("--require", "not-worse"), ("--fail-on", "worse")])
def test_a_gate_on_one_model_alone_is_refused(folder, gate):
    alone = ("score", "majority", "--folds", "3", "--repeats", "2", "--results", "alone")
    assert run_command(*alone, cwd=folder).returncode == 0
    done = run_command("compare", "alone", *gate, cwd=folder)
    assert done.returncode == 2
    assert f"{' '.join(gate)} is about scores of several models or environments" in done.stderr
