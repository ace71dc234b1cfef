"""Diagnostics in commands: below the table, in JSON and files, silenced by option and setting."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import evenfold
from builders.commands import run_command
from evenfold.report.study_words import finding_words
from evenfold.score.findings import saved_findings
from evenfold.score.studies import read_studies

SCORE = ("score", "majority", "logistic_regression", "--dataset", "t.csv", "--target", "y")
SHAPE = ("--folds", "2", "--repeats", "1", "--results", "found")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A project with a table: copies of rows, an id, and a feature that gives the target away."""
    folder = tmp_path_factory.mktemp("project")
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=120)
    frame = pd.DataFrame(rng.normal(size=(120, 2)), columns=["a", "b"]).assign(y=y)
    frame = frame.assign(a=frame["a"] + 2 * y, leak=y + rng.uniform(0, 0.9, 120))
    pd.concat([frame, frame.iloc[:30]]).to_csv(folder / "t.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def scored(folder):
    return run_command(*SCORE, *SHAPE, cwd=folder)


def test_score_prints_findings_between_the_table_and_the_next_command(scored):
    assert 0 == scored.returncode, scored.stderr
    text = scored.stdout
    assert text.index("| majority") < text.index("What may be wrong with this study:")
    lines = text[text.index("What may be wrong") :].splitlines()
    assert lines[1].startswith("EF001 ")
    assert lines[2].startswith("EF002 t.csv, column 'leak': gives the target away")
    assert text.index("--silence EF001 hides one.") < text.index("Next: evenfold")


def test_findings_are_saved_and_shown_by_a_report(folder, scored):
    (study,) = read_studies([folder / "found"]).studies
    codes = [finding.code for finding in saved_findings(study, "accuracy")]
    assert {"EF001", "EF002"} <= set(codes)
    (words,) = finding_words(study, ["EF001"])
    assert "EF002" in words.text
    assert "EF001" not in words.text


def test_an_older_study_has_the_findings_on_its_predictions(folder, scored):
    (study,) = read_studies([folder / "found"]).studies
    del study.environment["findings"]
    assert "EF001" in {finding.code for finding in saved_findings(study, "accuracy")}


def test_json_has_codes_by_model_and_an_option_and_a_setting_silence(folder, scored):
    (folder / "pyproject.toml").write_text('[tool.evenfold]\nsilence = ["EF001"]\n')
    done = run_command(*SCORE, *SHAPE, "--format", "json", "--silence", "ef002", cwd=folder)
    (folder / "pyproject.toml").unlink()
    codes = " ".join(row["findings"] for row in json.loads(done.stdout))
    assert "EF001" not in codes + done.stderr
    assert "EF002" not in codes + done.stderr
    assert "leak" not in done.stderr


def test_an_unknown_code_ends_with_exit_code_2(folder):
    done = run_command(*SCORE, "--silence", "EF099", cwd=folder)
    assert 2 == done.returncode
    assert "no diagnostic has the code 'EF099'" in done.stderr


def test_python_has_findings(folder, monkeypatch):
    monkeypatch.chdir(folder)
    result = evenfold.score(
        "logistic_regression", Path("t.csv"), "y", folds=2, repeats=1, results="found",
        silence="EF001",
    )  # fmt: skip
    assert "EF002" in {finding.code for finding in result.findings}
    assert "EF001" not in result.finding_text
    assert "EF002" in repr(result)
