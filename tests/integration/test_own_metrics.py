"""A metric of one's own: a file, computed from kept predictions without a fit."""

from __future__ import annotations

import json
import re
import sqlite3

import numpy as np
import pytest

from builders import ROOT
from builders.commands import run_command
from evenfold.errors import PluginError, ResultsError, UsageError
from evenfold.plugins.metrics import find_metric
from evenfold.report.compare import read_saved_results
from evenfold.report.compare_options import CompareOptions
from evenfold.score.numbers import comparison_numbers
from evenfold.score.own_metrics import with_metric
from evenfold.score.store_schema import METRICS_OF_SCHEMA_5
from evenfold.score.studies import read_studies
from evenfold.stats.metric_names import METRIC_NAMES

FAR = '''"""The share of rows that are surely wrong."""
from evenfold import Metric

def far(y, probabilities, positive):
    return float((probabilities[range(len(y)), y] < 0.1).mean())

METRIC = Metric(far, lower_is_better=True, rope=0.02)
'''
ACCURACY = """
from evenfold import Metric

def function(y, probabilities, positive):
    return (probabilities.argmax(axis=1) == y).mean()

METRIC = Metric(function, low=0, high=1)
"""
MODELS = ("majority", "logistic_regression", "hist_gradient_boosting")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project with metrics, and a study that knew nothing of them."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "metrics").mkdir()
    (folder / "metrics" / "far.py").write_text(FAR)
    (folder / "metrics" / "again.py").write_text(ACCURACY)
    (folder / "pyproject.toml").write_text('[tool.evenfold]\nmetrics = ["metrics"]\n')
    done = run_command("score", *MODELS, "--folds", "3", "--repeats", "2", "--results", "results",
                    cwd=folder)  # fmt: skip
    assert 0 == done.returncode, done.stderr
    return folder


def compared(project, *arguments):
    done = run_command("compare", "results", "--format", "json", *arguments, cwd=project)
    assert 0 == done.returncode, done.stderr
    return {(row["model"], row["reference"]): row for row in json.loads(done.stdout)}


def assert_like_accuracy(found, expected):
    """The same differences; intervals from the jackknife are a little wider on one side."""
    assert found.keys() == expected.keys()
    for pair, row in found.items():
        other = expected[pair]
        assert row["difference"] == pytest.approx(other["difference"], abs=1e-9)
        assert -1 <= row["low"] <= other["low"] + 1e-9
        assert row["high"] - row["low"] < 1.3 * (other["high"] - other["low"])
        assert row["pairs"] == other["pairs"]


def test_a_metric_is_computed_from_what_was_kept(project):
    """Accuracy, written anew, gives the differences of accuracy."""
    expected = compared(project, "--metric", "accuracy")
    assert_like_accuracy(compared(project, "--metric", "again"), expected)
    asked = find_metric("far", [project / "metrics"], project)
    (study,) = read_studies([project / "results"]).studies
    scores = with_metric(study, asked).scores
    from evenfold.score.predictions import read_predictions

    kept = read_predictions(study).table
    kept["sure"] = np.where(kept["label"] == 0, kept["p0"], kept["p1"]) < 0.1
    shares = kept.groupby(["model", "split"], observed=True)["sure"].mean()
    for row in scores.itertuples():
        assert row.far == pytest.approx(shares[row.model, row.split])


def test_its_direction_and_its_margin_are_its_own(project):
    """Boosting is surely wrong more often, and lower is better; its margin may say equivalent."""
    found = compared(project, "--metric", "far")
    better = found["logistic_regression", "hist_gradient_boosting"]
    assert better["difference"] > 0
    narrow = compared(project, "--metric", "far", "--rope", "0.9")
    assert {"equivalent"} == {row["verdict"] for row in narrow.values()}


def test_a_study_tells_it_beside_the_built_in_ones_and_fits_nothing_anew(project):
    plan = ("score", *MODELS, "--folds", "3", "--repeats", "2", "--results", "results")
    done = run_command(*plan, "--metric", "far", "--format", "json", cwd=project)
    assert 0 == done.returncode, done.stderr
    rows = json.loads(done.stdout)
    assert {"far"} == {row["metric"] for row in rows}
    assert {6} == {row["far_defined"] for row in rows}
    assert "0 to run" in run_command(*plan, "--plan", cwd=project).stdout
    told = run_command(*plan, "--metric", "far", cwd=project).stdout
    conclusion, _, header, *_ = told.splitlines()
    assert "majority by more than 0.02 of far" in conclusion
    head = [cell.strip() for cell in header.split("|")[1:6]]
    assert ["model", "fits", "far", "Δ far", "verdict"] == head
    assert "the margin is 0.02" in " ".join(told.split())


def test_it_is_in_a_folder_that_is_named(project, tmp_path):
    (tmp_path / "other.py").write_text(ACCURACY)
    by_name = compared(project, "--metric", "other", "--metrics", tmp_path)
    assert_like_accuracy(by_name, compared(project, "--metric", "accuracy"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("METRIC = 3\n", "has no METRIC: end the file with METRIC = Metric"),
        ("def (:\n", "line 1 is not Python"),
        ("import nowhere_at_all\n", "imports nowhere_at_all"),
    ],
)
def test_a_file_that_breaks_the_contract_is_named(tmp_path, text, message):
    (tmp_path / "mine.py").write_text(text)
    with pytest.raises(PluginError, match=rf"^metric mine \(.*mine\.py\): {message}"):
        find_metric("mine", [tmp_path], tmp_path)


def test_a_function_that_fails_is_told_with_its_study(project, tmp_path):
    (tmp_path / "mine.py").write_text(ACCURACY.replace(".mean()", ".mean().nothing"))
    done = run_command("compare", "results", "--metric", "mine", "--metrics", tmp_path, cwd=project)
    assert 2 == done.returncode
    assert "metric mine: it raised AttributeError for " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_name_that_is_not_there_is_told_with_those_that_are(project):
    with pytest.raises(
        UsageError, match=f"no metric 'f2': there are {', '.join(METRIC_NAMES)}, again, far"
    ):
        find_metric("f2", [], project)
    done = run_command("score", "majority", "--metric", "f2", cwd=project)
    assert 2 == done.returncode


def test_a_store_has_the_labels_that_a_metric_needs(project):
    done = run_command(
        "compare", ".evenfold/fits.sqlite", "--metric", "far", "--format", "json", cwd=project
    )
    assert 0 == done.returncode, done.stderr
    rows = {(row["model"], row["reference"]): row for row in json.loads(done.stdout)}
    for pair, row in compared(project, "--metric", "far").items():
        assert {**row, "positive": None} == rows[pair]


@pytest.mark.parametrize("metric", ["f1", "mcc", "average_precision"])
def test_a_store_is_compared_by_metrics_that_older_stores_lack(project, metric):
    """They are read from a store that has them, with the differences of the folder's results."""

    def differences(results):
        options = CompareOptions(results=(project / results,), metric=metric)
        saved = read_saved_results(options, project).with_metric()
        table = comparison_numbers(saved.studies, metric, None)
        return table.set_index(["model", "reference"])["difference"].to_dict()

    stored = differences(".evenfold/fits.sqlite")
    assert stored == pytest.approx(differences("results"))
    assert len(stored) == 3


def test_a_store_of_schema_4_names_what_a_later_metric_needs(project, tmp_path):
    store = tmp_path / "fits.sqlite"
    with sqlite3.connect(project / ".evenfold" / "fits.sqlite") as source:
        source.backup(sqlite3.connect(store))
    connection = sqlite3.connect(store)
    for table in ("splits", "studies"):
        connection.execute(f"DROP TABLE {table}")
    for metric in METRICS_OF_SCHEMA_5:
        connection.execute(f"ALTER TABLE fits DROP COLUMN {metric}")
    connection.execute("PRAGMA user_version=4")
    connection.commit()
    connection.close()
    options = CompareOptions(results=(store,), metric="f1")
    with pytest.raises(ResultsError, match="saved no labels in this store to compute f1 from"):
        read_saved_results(options, project).with_metric()


def test_a_store_of_an_older_evenfold_has_no_labels(project, tmp_path):
    store = tmp_path / "fits.sqlite"
    with sqlite3.connect(project / ".evenfold" / "fits.sqlite") as source:
        source.backup(sqlite3.connect(store))
    connection = sqlite3.connect(store)
    connection.execute("DELETE FROM splits")
    connection.commit()
    connection.close()
    done = run_command("compare", store, "--metric", "far", cwd=project)
    assert 2 == done.returncode
    assert "an older evenfold saved no labels in this store to compute far from" in done.stderr


def test_a_metric_outside_its_range_is_named_with_its_study(project, tmp_path):
    (tmp_path / "mine.py").write_text(ACCURACY.replace("low=0, high=1", "low=0, high=0.5"))
    done = run_command("compare", "results", "--metric", "mine", "--metrics", tmp_path, cwd=project)
    assert 2 == done.returncode
    assert "which lies outside its range 0 to 0.5: correct low and high" in done.stderr


def test_a_range_without_width_is_refused(tmp_path):
    (tmp_path / "mine.py").write_text(ACCURACY.replace("low=0, high=1", "low=1, high=1"))
    with pytest.raises(PluginError, match="low=1 is not below high=1"):
        find_metric("mine", [tmp_path], tmp_path)


def test_files_that_cannot_be_read_are_named_before_the_metric_fails(project, tmp_path):
    (tmp_path / "mine.py").write_text(ACCURACY.replace(".mean()", ".mean().nothing"))
    broken = tmp_path / "scores" / "broken.csv"
    broken.parent.mkdir()
    broken.write_text("model,dataset\n")
    done = run_command(
        "compare", broken, "results", "--metric", "mine", "--metrics", tmp_path, cwd=project
    )
    assert 2 == done.returncode
    assert "broken.csv" in done.stderr
    assert "metric mine: it raised AttributeError" in done.stderr


def test_a_metric_may_write_into_its_arguments(project, tmp_path):
    text = FAR.replace(
        "def far(y, probabilities, positive):",
        "def far(y, probabilities, positive):\n    probabilities *= 1.0",
    )
    assert text != FAR
    (tmp_path / "careless.py").write_text(text)
    study = ("score", *MODELS, "--folds", "3", "--repeats", "2", "--results", tmp_path / "results")
    done = run_command(*study, "--metric", "careless", "--metrics", tmp_path, cwd=project)
    assert 0 == done.returncode, done.stderr


def test_a_file_that_has_a_built_in_metric_s_name_is_told(tmp_path):
    (tmp_path / "accuracy.py").write_text(FAR)
    with pytest.raises(UsageError, match=r"accuracy\.py: accuracy is a built-in metric"):
        find_metric("accuracy", [tmp_path], tmp_path)


def test_the_metric_of_the_docs_is_one(tmp_path):
    text = (ROOT / "docs" / "how-to" / "your-dataset-and-metric.md").read_text(encoding="utf-8")
    (block,) = (b for b in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "METRIC" in b)
    (tmp_path / "far.py").write_text(block)
    metric = find_metric("far", [tmp_path], tmp_path).plugin
    found = metric.function(np.array([0, 1]), np.array([[0.05, 0.95], [0.5, 0.5]]), None)
    assert (0.5, True, 0.02) == (found, metric.lower_is_better, metric.rope)
