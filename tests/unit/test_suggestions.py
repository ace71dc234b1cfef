"""Wherever a name is looked up, a message on an unknown one ends with the name that was meant."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from builders import ROOT
from builders.commands import run_command
from evenfold.config import read_config
from evenfold.contract import Model
from evenfold.data.labels import positive_index
from evenfold.data.series import read_series
from evenfold.errors import EvenfoldError
from evenfold.files.path_names import missing_path, similar_path
from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.plugins.datasets import open_dataset
from evenfold.plugins.folders import find_plugins, locate
from evenfold.plugins.metrics import find_metric
from evenfold.race.contenders import parse_contender, resolve_contenders
from evenfold.race.files import find_race
from evenfold.race.options import RaceOptions
from evenfold.race.revisions import sources_at_revision
from evenfold.report.blocks import filled
from evenfold.report.load import LoadedResults
from evenfold.runtime.interpreters import Interpreter, find_interpreter
from evenfold.score.options import ScoreOptions
from evenfold.worker.checks import check_model
from evenfold.worker.inference import is_exact
from evenfold.worker.row_weights import weights_by_class

MODELS = find_plugins([ROOT / "models"]).files
FRAME = pd.DataFrame({"age": [1.0, 2.0], "sick": ["no", "yes"]})


@pytest.fixture
def project(tmp_path):
    """A folder with a setting that does not exist, a race, environments and files of data."""
    (tmp_path / "pyproject.toml").write_text('[tool.evenfold]\nmodel = ["x"]\n')
    (tmp_path / "tf2.21").mkdir()
    (tmp_path / "patients.csv").write_text("age,sick\n1,no\n2,yes\n")
    np.savez(tmp_path / "series.npz", x=np.zeros((2, 1, 3)), y=[0, 1], group=[0, 1])
    return tmp_path


def environment(name):
    find_interpreter(name, ROOT, ["tf2.15", "tf2.21"])


def environment_of_a_contender(name):
    specs = {"x": parse_contender(f"majority@{name}")}
    others = {"tf2.21": Interpreter("tf2.21", Path(sys.executable))}
    resolve_contenders(specs, MODELS, others, ROOT, Path())


LOOKUPS = {
    "model": (lambda _: locate("con1vd", MODELS), "conv1d"),
    "setting of a model": (
        lambda _: Model(lambda task: None, epochs=1).with_settings({"epoch": 1}),
        "epochs",
    ),
    "metric": (lambda _: find_metric("acuracy", (), ROOT), "accuracy"),
    "dataset": (lambda _: open_dataset(DatasetOptions("brest_cancer")), "breast_cancer"),
    "environment": (lambda _: environment("tf221"), "tf2.21"),
    "environment of a contender": (lambda _: environment_of_a_contender("tf221"), "tf2.21"),
    "inference path": (lambda _: is_exact("predct"), "predict"),
    "inference path of a contender": (lambda _: parse_contender("conv1d/predct"), "predict"),
    "value in Python": (lambda _: ScoreOptions(engine="compilled"), "compiled"),
    "measure in Python": (lambda _: RaceOptions(measure="epohc"), "epoch"),
    "setting of a project": (lambda folder: read_config(folder), "models"),
    "column": (lambda _: open_dataset(DatasetOptions(FRAME, target="sik")), "sick"),
    "label": (lambda _: positive_index("frame", ["no", "yes"], "yess"), "yes"),
    "array of series": (lambda folder: read_series(folder / "series.npz"), "groups"),
    "file of a table": (
        lambda folder: open_dataset(DatasetOptions(str(folder / "patient.csv"), target="sick")),
        "patients.csv",
    ),
    "file of series": (lambda folder: read_series(folder / "serie.npz"), "series.npz"),
    "folder of models": (lambda _: find_plugins([ROOT / "model"]), "models"),
    "machine and environment in a README": (
        lambda _: filled(block("epyc-2c/tf221"), results(), ROOT / "README.md", ROOT),
        "epyc-2c/tf2.21",
    ),
}


def block(names):
    return f"<!-- evenfold {names} -->\n<!-- /evenfold -->\n"


def results():
    run = SimpleNamespace(machine="epyc-2c", environment={"name": "tf2.21"})
    return SimpleNamespace(results=[run], studies=[], races=[])


@pytest.mark.parametrize("name", LOOKUPS)
def test_a_close_name_is_suggested(name, project):
    lookup, meant = LOOKUPS[name]
    with pytest.raises(EvenfoldError) as caught:
        lookup(project)
    assert f"did you mean {meant!r}?" in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (("scroe",), "score"),
        (("score", "--fold", "3"), "--folds"),
        (("score", "--protocol", "holdut"), "holdout"),
        (("compare", "--only", "race"), "races"),
        (("upgrade", "a", "b", "--fail-on", "wrose"), "worse"),
        (("upgrade", "a", "b", "--metric", "acuracy"), "accuracy"),
        (("list", "--format", "jsn"), "json"),
        (("compare", ROOT / "results" / "epic-2c"), "epyc-2c"),
        (("report", "--results", ROOT / "result"), "results"),
    ],
)
def test_a_close_word_of_a_command_line_is_suggested(arguments, meant, tmp_path):
    done = run_command(*arguments, cwd=tmp_path)
    assert 2 == done.returncode
    assert f"did you mean {meant!r}?" in done.stderr
    assert "" == done.stdout


def test_a_close_race_is_suggested(tmp_path):
    saved = SimpleNamespace(name="conv1d-vs-dense_ann-epoch")
    loaded = LoadedResults((), (), (saved,), (), ())
    with pytest.raises(EvenfoldError, match="did you mean 'conv1d-vs-dense_ann-epoch'"):
        loaded.race("conv1d-vs-dense_an-epoch")
    race = next((ROOT / "results").rglob("races/*.json"))
    with pytest.raises(EvenfoldError, match=f"did you mean '{race.stem}'"):
        find_race(race.stem[:-1], [ROOT / "results"])


def test_a_close_branch_is_suggested(tmp_path):
    for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-qm", "x")):
        (tmp_path / "one.py").write_text("MODEL = 1\n")
        command = ["git", "-c", "user.name=x", "-c", "user.email=x@x", *words]
        subprocess.run(command, cwd=tmp_path, check=True)
    with pytest.raises(EvenfoldError, match="did you mean 'main'"):
        sources_at_revision(tmp_path / "one.py", "mian", tmp_path)


def test_a_close_check_is_suggested():
    model = Model(lambda task: None, expected_failures={"finit": "for a reason"})
    plugin = SimpleNamespace(model=model, name="mine")
    (outcome,) = check_model(plugin, None)
    assert outcome.detail.endswith("did you mean 'finite'?")


def test_a_close_label_of_a_class_weight_is_suggested():
    fold = SimpleNamespace(task=SimpleNamespace(n_classes=2), class_names=("no", "yes"))
    with pytest.raises(EvenfoldError, match="did you mean 'yes'"):
        weights_by_class({"yess": 2.0}, np.array([0, 1]), fold, "mine")


@pytest.mark.parametrize(
    ("path", "suggestion"),
    [
        ("result/epyc-2c", "; did you mean 'results'?"),
        ("results/epic-2c", "; did you mean 'epyc-2c'?"),
        ("zzzzzz/epyc-2c", ""),
    ],
)
def test_the_first_missing_part_of_a_path_is_the_one_that_is_suggested(path, suggestion):
    assert suggestion == similar_path(ROOT / path)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("runs/x/gone", "runs/x/gone: there is no such file or folder; the nearest folder that "
         "exists is runs/x"),
        ("rusn/x", "the nearest folder that exists is {here}; did you mean 'runs'?"),
        ("runs/x/races/*", "runs/x/races/*: no file or folder matches; the nearest folder that "
         "exists is runs/x"),
        ("runs/x/file/more", "the nearest folder that exists is runs/x"),
        ("gone", "the nearest folder that exists is {here}"),
    ],
)  # fmt: skip
def test_a_missing_path_is_named_with_the_nearest_folder(path, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "x").mkdir(parents=True)
    (tmp_path / "runs" / "x" / "file").touch()
    assert missing_path(Path(path)).endswith(message.format(here=tmp_path))


@pytest.mark.parametrize("command", [("compare",), ("history",), ("report", "--results")])
def test_every_command_of_saved_results_names_a_path_that_is_missing(command, tmp_path):
    done = run_command(*command, "gone/races/*", cwd=tmp_path)
    assert 2 == done.returncode
    assert f"the nearest folder that exists is {tmp_path}" in done.stderr
    assert "gone/races/*: no file or folder matches" in done.stderr
