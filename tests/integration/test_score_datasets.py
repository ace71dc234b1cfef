"""A study over several data sets as a user runs it: one verdict, one store, and refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import evenfold
from builders.commands import run_command
from evenfold.score.datasets_comparison import DatasetsComparison

MODELS = ("majority", "logistic_regression")
SHORT = ("--folds", "3", "--repeats", "1")
SETTINGS = "".join(f'[tool.evenfold.tables."t{n}.csv"]\ntarget = "y{n}"\n' for n in range(3))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Three tables of which each has its own target, and a finished study of them."""
    folder = tmp_path_factory.mktemp("tables")
    rng = np.random.default_rng(0)
    for number in range(3):
        y = np.arange(60) % 2
        table = {"x": rng.normal(size=60) + 3 * y, "z": rng.normal(size=60), f"y{number}": y}
        pd.DataFrame(table).to_csv(folder / f"t{number}.csv", index=False)
    (folder / "pyproject.toml").write_text(SETTINGS)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield folder


@pytest.fixture(scope="module")
def result(project: Path) -> DatasetsComparison:
    study = evenfold.score(
        MODELS, [f"t{n}.csv" for n in range(3)], folds=3, repeats=1, results=project / "results"
    )
    assert isinstance(study, DatasetsComparison)
    return study


def test_the_verdict_is_over_all_data_sets(result: DatasetsComparison) -> None:
    assert list(result.studies) == ["t0", "t1", "t2"]
    assert result.across.contenders["logistic_regression"].wins == 3
    assert set(result.verdicts) == {"logistic_regression"}
    assert len(result.fits) == 3 * 2 * 3
    assert result.is_complete
    assert "<table" in result._repr_html_()


def test_the_command_finds_the_finished_fits_and_prints_both_tables(
    result: DatasetsComparison, project: Path
) -> None:
    done = run_command(
        "score", *MODELS, "--datasets", ".", *SHORT, "--results", "results", cwd=project
    )
    assert done.returncode == 0, done.stderr
    assert "fits, " not in done.stderr
    first, *_ = done.stdout.split("\n\n")
    assert first == result.conclusion
    assert done.stdout.count("| logistic_regression") == 1 + 3
    assert done.stdout.count("t1: logistic_regression is better than majority") == 1


def test_csv_and_json_hold_the_numbers(result: DatasetsComparison, project: Path) -> None:
    arguments = ("score", *MODELS, "--datasets", ".", *SHORT, "--results", "results", "--format")
    fits = pd.read_csv(StringIO(run_command(*arguments, "csv", cwd=project).stdout))
    assert set(fits["dataset"]) == {"t0", "t1", "t2"}
    numbers = json.loads(run_command(*arguments, "json", cwd=project).stdout)
    assert [row["model"] for row in numbers["across"]] == list(MODELS)
    assert len(numbers["datasets"]) == 3 * 2


def test_compare_has_the_same_verdict(result: DatasetsComparison, project: Path) -> None:
    done = run_command("compare", "results", cwd=project)
    assert result.conclusion in done.stdout
    assert done.stdout.startswith("3 data sets, kfold3x1")
    only = run_command("compare", "results", "--only", "datasets", "--format", "json", cwd=project)
    assert [row["model"] for row in json.loads(only.stdout)] == list(MODELS)


def test_an_option_of_one_data_set_is_refused(project: Path) -> None:
    done = run_command("score", *MODELS, "--datasets", ".", "--target", "y0", cwd=project)
    assert done.returncode == 2
    assert "--target cannot apply: it is about one dataset, and there are 3" in done.stderr


def test_a_metric_that_a_data_set_does_not_have_is_refused_before_any_fit(project: Path) -> None:
    done = run_command(
        "score", *MODELS, "--dataset", "t0.csv", "--dataset", "wine", "--metric", "sensitivity",
        cwd=project,
    )  # fmt: skip
    assert done.returncode == 2
    assert "sensitivity needs a positive class, and there is none in wine" in done.stderr


def test_a_mistake_in_the_last_table_is_found_before_any_fit(project: Path) -> None:
    (project / "lost.csv").write_text("a,b\n1,x\n")
    done = run_command(
        "score", *MODELS, "--dataset", "t0.csv", "--dataset", "lost.csv", *SHORT,
        "--results", "mistake", "--store", "mistake.sqlite", cwd=project,
    )  # fmt: skip
    (project / "lost.csv").unlink()
    assert done.returncode == 2
    assert "lost.csv: which column holds the labels?" in done.stderr
    assert not (project / "mistake.sqlite").exists()


@pytest.mark.parametrize("gate", [("--fail-on", "worse"), ("--require", "not-worse")])
def test_a_gate_over_two_data_sets_is_refused_as_it_could_not_fail(
    project: Path, gate: tuple[str, str]
) -> None:
    done = run_command(
        "score", *MODELS, "--dataset", "t0.csv", "--dataset", "t1.csv", *SHORT, *gate, cwd=project
    )
    assert done.returncode == 2
    assert f"{gate[0]} is about the next data set, of which 2 say nothing" in done.stderr
