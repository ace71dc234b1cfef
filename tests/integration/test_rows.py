"""Studies of other rows are not compared, and repeats of one partition are reported."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from builders.commands import run_command

FOLDS, REPEATS = 4, 3


@pytest.fixture(scope="module")
def visits(tmp_path_factory):
    """A table of four patients with ten visits each, each of both classes."""
    file = tmp_path_factory.mktemp("rows") / "visits.csv"
    random = np.random.RandomState(0)
    with file.open("w", newline="") as opened:
        table = csv.writer(opened)
        table.writerow(["a", "patient", "state"])
        for row in range(40):
            state = row % 2
            table.writerow([round(random.normal() + state, 4), row // 10, "io"[state]])
    return file


@pytest.fixture(scope="module")
def score(visits):
    """Runs a study of the table into a folder, and returns the command and the folder."""

    def run(name, *arguments):
        folder = visits.parent / name
        done = run_command(
            "score", "logistic_regression", "--dataset", visits, "--target", "state",
             "--folds", FOLDS, "--repeats", REPEATS, "--results", folder, *arguments,
        )  # fmt: skip
        assert 0 == done.returncode, done.stderr
        return done, folder

    return run


def test_repeats_that_are_one_partition_are_reported_and_count_once(score):
    """Four patients in four folds are one partition: twelve fits have the interval of four."""
    by_fits = ("--interval", "nadeau-bengio", "--format", "json")
    done, folder = score("grouped", "--group", "patient", *by_fits)
    (numbers,) = json.loads(done.stdout)
    assert FOLDS == numbers["distinct_splits"]
    (file,) = folder.rglob("visits.kfold4x3.csv")
    with file.open(newline="") as opened:
        values = [float(row["accuracy"]) for row in csv.DictReader(opened)]
    assert FOLDS * REPEATS == len(values)
    assert values[:FOLDS] != values[FOLDS : 2 * FOLDS] or len(set(values)) == 1
    # Student's t of three degrees of freedom, and the correction for overlap: 1/4 + 1/3.
    half = 3.18245 * np.sqrt((1 / 4 + 1 / 3) * np.var(values) * 4 / 3)
    assert numbers["accuracy"] - numbers["accuracy_low"] == pytest.approx(half, rel=1e-4)
    assert numbers["accuracy_high"] == pytest.approx(min(1, numbers["accuracy"] + half), rel=1e-4)
    compared = run_command("compare", folder)
    assert "2 of 3 repeats are the same partition as another" in compared.stdout
    assert "on the variation over test groups and over fits" in " ".join(compared.stdout.split())


def test_studies_of_other_splits_are_not_compared(score):
    """Another seed draws other splits under the same name: no pair, a sentence and exit code 3."""
    _, first = score("first")
    _, other = score("other", "--seed", "1")
    done = run_command("compare", first, other)
    assert 3 == done.returncode, done.stderr
    assert "between environments" not in done.stdout
    sentence = "are not compared: their splits differ (other rows in 12 of 12); run their studies"
    assert sentence in " ".join(done.stdout.split())
    done = run_command("compare", first, other, "--format", "json")
    assert 3 == done.returncode
    assert sentence in " ".join(done.stderr.split())
    assert [] == json.loads(done.stdout)
