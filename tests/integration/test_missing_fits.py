"""Studies with undefined metrics, failed fits and skipped models, as commands."""

from __future__ import annotations

import csv
import json
import re
import shutil

import numpy as np
import pytest

from builders.commands import run_command
from evenfold.check.run import check_exit_code
from evenfold.worker.checks import CheckOutcome

SKIPS = (
    "from evenfold import Model, Skip\ndef build(task):\n    raise Skip('needs a GPU')\n"
    "MODEL = Model(build)\n"
)
NARROW = """
from evenfold import Model

def build(task):
    from sklearn.linear_model import LogisticRegression

    class Narrow(LogisticRegression):
        def predict_proba(self, x):
            return super().predict_proba(x)[:, 1]
    return Narrow()

MODEL = Model(build)
"""
SOMETIMES = """
from evenfold import Metric

def function(y, probabilities, positive):
    if len(y) == 21:
        raise ValueError("too many rows")
    return float((probabilities.argmax(axis=1) == y).mean())

METRIC = Metric(function)
"""
TABLE = ("--dataset", "patients.csv", "--target", "state")
STUDY = (*TABLE, "--positive", "ill", "--folds", 3, "--repeats", 1, "--jobs", 1)
MODELS = ("majority", "logistic_regression")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A table of 61 rows, whose three test folds have 21, 20 and 20; models, and a metric."""
    folder = tmp_path_factory.mktemp("project")
    rng = np.random.default_rng(0)
    with (folder / "patients.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "state"])
        for row in range(61):
            values = (rng.normal(size=2) + row % 2).round(3)
            writer.writerow([*values, "ill" if row % 2 else "well"])
    (folder / "own").mkdir()
    (folder / "own" / "gone.py").write_text(SKIPS)
    (folder / "own" / "narrow.py").write_text(NARROW)
    (folder / "metrics").mkdir()
    (folder / "metrics" / "sometimes.py").write_text(SOMETIMES)
    return folder


def score(project, *arguments):
    """Score two models with a metric that is not defined in one fold of three."""
    return run_command("score", *MODELS, *STUDY, "--metric", "sometimes", "--metrics", "metrics",
                       "--results", "undefined", *arguments, cwd=project)  # fmt: skip


@pytest.fixture(scope="module")
def undefined(project):
    return score(project)


NOTE = (
    "sometimes is not defined in 1 of 3 fits each of majority and logistic_regression (it raised "
    "ValueError: too many rows): means and verdicts use the other 2."
)


def test_a_metric_that_is_not_defined_is_stated_with_exit_3(undefined):
    """In the cells, in a sentence, and in the exit code."""
    assert 3 == undefined.returncode, undefined.stderr
    assert NOTE in undefined.stdout
    (row,) = [line for line in undefined.stdout.splitlines() if line.startswith("| logistic")]
    assert 2 == row.count("(2 of 3 fits)")  # the mean and the verdict
    assert "nan" not in undefined.stdout
    assert 'The positive class is "ill".' in undefined.stdout


def test_csv_and_json_have_nothing_where_nothing_is_defined(project, undefined):
    done = score(project, "--format", "csv")
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert [6, 2] == [len(rows), sum(row["sometimes"] == "" for row in rows)]
    assert [{"finished"}, {"ill"}] == [{row[n] for row in rows} for n in ("status", "positive")]
    done = score(project, "--format", "json")
    assert NOTE in done.stderr
    for row in json.loads(done.stdout):
        assert (3, 3, 2) == (row["fits_planned"], row["fits_finished"], row["sometimes_defined"])
        assert 3 == row["pairs_planned"]


def test_compare_states_it_too(project, undefined):
    metric = ("--metric", "sometimes", "--metrics", "metrics")
    done = run_command("compare", "undefined", *metric, cwd=project)
    assert 3 == done.returncode, done.stderr
    assert NOTE in done.stdout
    numbers = run_command("compare", "undefined", *metric, "--format", "json", cwd=project)
    (row,) = json.loads(numbers.stdout)
    assert (2, 3, "ill") == (row["pairs"], row["pairs_planned"], row["positive"])
    assert 0 == run_command("compare", "undefined", cwd=project).returncode
    refused = run_command("compare", "undefined", "--fail-on", "slower", cwd=project)
    assert (2, True) == (refused.returncode, "there are none among the results" in refused.stderr)
    nothing = run_command("compare", "undefined", "--only", "races", cwd=project)
    assert (2, True) == (nothing.returncode, "there is no race here" in nothing.stderr)


def test_saved_scores_without_a_value_are_stated(project, undefined, tmp_path):
    """A test fold of one class has no AUC: its cell is empty, and so it is in the store."""
    shutil.copytree(project / "undefined", tmp_path / "results")
    (file,) = (tmp_path / "results").rglob("scores/*.csv")
    head, *rows = file.read_text().splitlines()
    place = head.split(",").index("roc_auc")
    cells = [row.split(",") for row in rows]
    for row in cells[:2]:
        row[place] = ""
    file.write_text("\n".join([head, *map(",".join, cells)]) + "\n")
    by_fits = ("--metric", "roc_auc", "--interval", "nadeau-bengio")
    done = run_command("compare", "results", *by_fits, cwd=tmp_path)
    assert 3 == done.returncode
    assert (
        "roc_auc is not defined in 2 of 3 fits of logistic_regression (test folds of one class): "
        "means and verdicts use the other 1."
    ) in done.stdout
    assert (
        "Fewer than two fits of logistic_regression can be paired with those of majority"
        in done.stdout
    )
    assert not re.search(r"\bnan\b", done.stdout)
    report = run_command("report", "--results", "results", cwd=tmp_path)
    assert 0 == report.returncode, report.stderr
    for page in ("README.md", "report.html"):
        text = (tmp_path / "results" / page).read_text(encoding="utf-8")
        assert "roc_auc is not defined in 2 of 3 fits of logistic_regression" in text


@pytest.fixture(scope="module")
def broken(project):
    """A study whose reference is skipped, with a model whose fits fail, on a default class."""
    return run_command("score", "gone", "majority", "narrow", "--models", "own", *TABLE,
                       "--folds", 3, "--repeats", 1, "--jobs", 1, "--metric", "specificity",
                       "--fail-on", "worse", "--results", "broken", cwd=project)  # fmt: skip


def test_a_failed_fit_names_its_model_file_split_and_seed(broken):
    assert 3 == broken.returncode
    assert re.search(
        r"narrow: outputs have shape \(2\d,\), expected \(rows, 2\) \(\d fits? of "
        r"own/narrow\.py: (first )?split r0f\d, seed \d+\)",
        broken.stderr,
    )
    assert "No fit of narrow finished: there are no means and no verdicts." in broken.stdout


def test_a_skipped_reference_is_reported_and_nothing_is_compared_in_its_stead(broken):
    assert 3 == broken.returncode
    assert "gone was skipped: needs a GPU." in broken.stdout
    assert "There are no verdicts, because the reference gone has no scores." in broken.stdout
    assert "Verdicts: specificity against" not in broken.stdout
    assert "| 0 of 3 |" in re.sub(" +", " ", broken.stdout)


def test_the_default_positive_class_is_named_with_the_option_that_sets_it(broken):
    assert 'specificity: "well" is the default, the last of two labels' in broken.stderr
    assert 'Specificity: share of the rows of other classes than "well"' in broken.stdout
    assert "--positive LABEL" in broken.stdout


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ({"a": "skipped"}, 2),
        ({"a": "skipped", "b": "passed"}, 0),
        ({"a": "skipped", "b": "failed"}, 2),
        ({"a": "failed", "b": "passed"}, 3),
    ],
)
def test_check_of_models_that_are_all_skipped_is_no_success(results, code):
    outcomes = [CheckOutcome(model, "builds", result) for model, result in results.items()]
    assert code == check_exit_code(outcomes)
