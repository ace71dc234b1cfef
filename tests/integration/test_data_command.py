"""``evenfold data`` shows what is understood of a table, and a table goes to a verdict at once."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from builders.commands import run_command
from builders.tables import messy_table


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    messy_table().to_csv(folder / "patients.csv", index=False)
    return folder


def test_it_shows_rows_roles_classes_groups_and_warnings(folder):
    done = run_command("data", "patients.csv", "--target", "kind", "--group", "clinic", cwd=folder)
    assert 0 == done.returncode, done.stderr
    first, *_ = done.stdout.splitlines()
    assert (
        "patients has 569 rows in 2 classes, and 12 features: 9 numbers, 1 truth value, 1 date "
        "and 1 category."
    ) == first
    for text in (
        "| clinic ",
        "| group ",
        "| 2019-03-0",
        "Classes: benign 357 rows (62.7 %), malignant 212 rows (37.3 %). The positive class is "
        "malignant.",
        "Groups: 5, of 1 to ",
        "- patients.csv, column 'patient': looks like an id",
        "- patients.csv, column 'seen': dates become",
        "Next (add the options of the warnings that apply): "
        "evenfold score majority logistic_regression --dataset patients.csv --target kind "
        "--group clinic",
    ):
        assert text in done.stdout
    assert "" == done.stderr


def test_its_table_holds_numbers(folder):
    arguments = ("--target", "kind", "--drop", "seen", "--format", "json")
    done = run_command("data", "patients.csv", *arguments, cwd=folder)
    rows = {row["column"]: row for row in json.loads(done.stdout)}
    assert 0.05 < rows["mean radius"]["missing"] < 0.15
    assert ("number", 569) == (rows["patient"]["role"], rows["patient"]["values"])
    assert ("dropped", None) == (rows["seen"]["role"], rows["seen"]["values"])
    assert "column 'patient': looks like an id" in done.stderr


def test_it_describes_what_is_no_table():
    found = run_command("data", "basic_motions")
    assert found.stdout.startswith("basic_motions has 80 rows of 100 steps in 4 classes, and 6 fea")
    found = run_command("data")
    assert found.stdout.startswith("breast_cancer has 569 rows in 2 classes, and 30 features: 30 n")


def test_duplicates_are_counted(tmp_path):
    rows = [f"{n // 2},{n % 3},{'mn'[n % 2]}" for n in range(40)]
    (tmp_path / "own.csv").write_text("\n".join(["a,b,y", *rows, *rows[:5]]) + "\n")
    done = run_command("data", tmp_path / "own.csv", "--target", "y")
    assert "Duplicates: 5 rows repeat the features of an earlier row. Remove" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("patients.csv", "--dataset", "wine"), "patients.csv and --dataset name two datasets"),
        (("wine", "--drop", "a"), "--drop does not go with wine, which is built in"),
        (("wine", "--missing", "refuse"), "--missing does not go with wine"),
        (
            ("patients.csv", "--target", "kind", "--preprocess", "none", "--missing", "impute"),
            "--missing impute cannot apply: --preprocess none fills no cell",
        ),
        (("patients.csv", "--target", "kind", "--missing", "refuse"), "patients.csv: 3 problems"),
    ],
)
def test_what_cannot_apply_is_refused(folder, arguments, message):
    done = run_command("data", *arguments, cwd=folder)
    assert 2 == done.returncode
    assert message in done.stderr


@pytest.mark.slow(reason="sixty fits in worker processes")
def test_a_messy_table_goes_to_a_verdict_in_one_command(folder):
    """Its id and date are named with the option that removes them."""
    models = ("logistic_regression", "majority")
    shape = ("--folds", "5", "--repeats", "2", "--format", "json")
    arguments = ("--dataset", "patients.csv", "--target", "kind", "--metric", "accuracy")
    done = run_command("score", *models, *arguments, *shape, cwd=folder)
    assert 0 == done.returncode, done.stderr
    assert "column 'patient': looks like an id" in done.stderr
    assert "--drop patient" in done.stderr
    assert "column 'seen': dates become" in done.stderr
    assert "--drop seen" in done.stderr
    reference, other = json.loads(done.stdout)
    assert "worse" == other["verdict"], other
    assert np.isfinite(reference["accuracy"])


def test_a_wide_table_is_shown_in_part(folder):
    """The first features and the target; every column in CSV."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(30, 200)), columns=[f"gene {n}" for n in range(200)])
    frame.assign(kind=np.arange(30) % 2).to_csv(folder / "wide.csv", index=False)
    shown = run_command("data", "wide.csv", "--target", "kind", cwd=folder).stdout
    assert "| gene 58 " in shown
    assert "| gene 59 " not in shown
    assert "| kind " in shown
    assert "and 141 more features: --format csv shows all columns" in shown
    found = run_command("data", "wide.csv", "--target", "kind", "--format", "csv", cwd=folder)
    assert 202 == len(found.stdout.splitlines())
