"""What a shell completes: names of models, datasets, metrics, environments and races."""

from __future__ import annotations

import sys

import pytest
from click.shell_completion import BashComplete

from builders.models import ESTIMATOR
from evenfold.cli.main import cli
from evenfold.data.datasets import BUILT_IN
from evenfold.plugins.dataset_options import BUILT_IN_NAMES

# What completion does not wait for.
HEAVY = ("keras", "pandas", "scipy", "sklearn", "tensorflow", "torch", "jax", "rich")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with a plug-in of each kind, an environment and a race."""
    for kind in ("models", "datasets", "metrics"):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / f"own_{kind[:-1]}.py").write_text(ESTIMATOR)
    race = tmp_path / "results" / "m" / "races" / "own-race.json"
    race.parent.mkdir(parents=True)
    race.write_text("{}")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.evenfold]\nmodels = ["models"]\ndatasets = ["datasets"]\nmetrics = ["metrics"]\n'
        f'[tool.evenfold.environments]\nown_environment = "{sys.executable}"\n'
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def completed(*words):
    *before, begun = words
    shell = BashComplete(cli, {}, "evenfold", "_EVENFOLD_COMPLETE")
    return [item.value for item in shell.get_completions(before, begun)]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("sc",), ["score"]),
        (("score", "--fol"), ["--folds"]),
        (("score", "conv1d_"), ["conv1d_three_block"]),
        (("score", "own"), ["own_model"]),
        (("race", "majority", "own"), ["own_model"]),
        (("selfcheck", "maj"), ["majority"]),
        (("check", "own"), ["own_model"]),
        (("gate", "own"), ["own_model"]),
        (("gate", "net", "--baseline", "maj"), ["majority"]),
        (("upgrade", "own"), ["own_environment"]),
        (("upgrade", "a", "own"), ["own_environment"]),
        (("upgrade", "a", "b", "own"), ["own_model"]),
        (("score", "--dataset", "br"), ["breast_cancer"]),
        (("score", "--dataset", "own"), ["own_dataset"]),
        (("data", "wis"), ["wisdm"]),
        (("score", "--metric", "log"), ["log_loss"]),
        (("compare", "--metric", "own"), ["own_metric"]),
        (("upgrade", "--metric", "own"), []),
        (("score", "--env", "own"), ["own_environment"]),
        (("race", "--env", "own"), ["own_environment"]),
        (("race", "--continue", "own"), ["own-race"]),
        (("list", "--format", "j"), ["json"]),
    ],
)
def test_names_are_completed(project, words, names):
    assert names == completed(*words)


def test_models_of_a_named_folder_are_completed(project):
    (project / "more").mkdir()
    (project / "more" / "extra.py").write_text(ESTIMATOR)
    assert ["extra"] == completed("score", "--models", "more", "ext")


def test_where_no_name_fits_the_shell_completes_files(project):
    shell = BashComplete(cli, {}, "evenfold", "_EVENFOLD_COMPLETE")
    (item,) = shell.get_completions(["score", "--dataset"], "patients")
    assert ("file", "patients") == (item.type, item.value)


def test_a_project_that_cannot_be_read_completes_nothing(project):
    (project / "pyproject.toml").write_text("[tool.evenfold\n")
    assert [] == completed("score", "maj")


def test_the_names_of_built_in_datasets_are_those_that_there_are():
    assert tuple(BUILT_IN) == BUILT_IN_NAMES


def test_completion_imports_nothing_heavy(project, run_python):
    program = (
        "import sys\nfrom evenfold.cli.main import main\n"
        "sys.argv = ['evenfold']\n"
        "try:\n    main()\nfinally:\n"
        f"    print(sorted(set({HEAVY}) & set(sys.modules)), file=sys.stderr)"
    )
    done = run_python(
        "-c", program, cwd=project, _EVENFOLD_COMPLETE="bash_complete",
        COMP_WORDS="evenfold score con", COMP_CWORD="2",
    )  # fmt: skip
    assert ["plain,conv1d", "plain,conv1d_three_block"] == done.stdout.split()
    assert "[]" == done.stderr.strip().splitlines()[-1], done.stderr
