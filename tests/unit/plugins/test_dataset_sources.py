"""What a user names as data: built in, a plug-in of one's own, or a file."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from builders import ROOT
from builders.commands import run_command
from evenfold.errors import DataError, EvenfoldError, PluginError, UsageError
from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.plugins.datasets import is_built_in, open_dataset

OWN = '''"""Rows of two kinds, made up."""
import numpy as np
from evenfold import Dataset

def made():
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    return Dataset("anything", rng.normal(size=(60, 2)) + 3 * y[:, None], y, ("a", "b"), ("n", "y"))

DATASET = made
'''
FROM_FILE = OWN.replace("def made():", "def made(path):").replace(
    "default_rng(0)", "default_rng(int(path.read_text()))"
)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "datasets"
    folder.mkdir()
    return folder


@pytest.fixture
def own(folder):
    def opened(text, name="mine", **options):
        (folder / f"{name}.py").write_text(text)
        return open_dataset(DatasetOptions(name, datasets=(folder,), **options))

    return opened


def test_a_dataset_is_a_file_and_has_its_name(own):
    found = own(OWN)
    assert ("mine", (60, 2), ("n", "y")) == (found.name, found.x.shape, found.class_names)
    with pytest.raises(DataError, match="cannot be the name of a file"):
        own(OWN.replace("anything", "../../elsewhere"))


def test_one_may_be_made_from_a_file(own, tmp_path):
    seed = tmp_path / "seed"
    seed.write_text("7")
    found = own(FROM_FILE, data=seed)
    seed.write_text("8")
    assert not np.array_equal(found.x, own(FROM_FILE, data=seed).x)
    with pytest.raises(UsageError, match=r"dataset mine \(.*mine\.py\): .* give --data PATH"):
        own(FROM_FILE)
    with pytest.raises(UsageError, match="takes none"):
        own(OWN, data=seed)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def made(:\n", "line 1 is not Python"),
        ("import nowhere_at_all\n", "imports nowhere_at_all, which is not installed"),
        ("X = 1\n", "has no DATASET: end the file with DATASET = a function"),
        ("DATASET = 3\n", "has no DATASET"),
        ("DATASET = lambda: 3\n", "DATASET returned int, expected evenfold.Dataset"),
        ("DATASET = lambda: 1 / 0\n", "DATASET raised ZeroDivisionError"),
        ("import sys\nDATASET = lambda: sys.exit(3)\n", "DATASET raised SystemExit: 3"),
    ],
)
def test_a_file_that_breaks_the_contract_is_named(own, text, message):
    with pytest.raises(PluginError, match=rf"^dataset mine \(.*mine\.py\): .*{message}"):
        own(text)


def test_rows_that_cannot_be_used_are_an_error_of_the_data(own):
    bad = OWN.replace("+ 3 *", "/ 0 *")
    with (
        np.errstate(all="ignore"),
        pytest.raises(DataError, match=r"^dataset mine \(.*is (nan|-?inf)"),
    ):
        own(bad)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (DatasetOptions("iris"), "no dataset 'iris': give one of breast_cancer, wine, digits, "),
        (DatasetOptions("wine", target="x"), "--target does not go with wine, which is built in"),
        (DatasetOptions("wine", group="x"), "--group does not go with wine"),
        (DatasetOptions("wine", data="x"), "--data does not go with wine"),
        (DatasetOptions("wisdm", target="x", data="x"), "--target does not go with wisdm"),
        (DatasetOptions("a.npz", target="x"), "--target does not go with a.npz"),
        (
            DatasetOptions("a.csv", data="x"),
            "--data does not go with a.csv, which is itself the file",
        ),
        (DatasetOptions("a.csv"), "a.csv: which column holds the labels"),
    ],
)
def test_options_that_do_not_go_with_the_data_are_refused(source, message):
    with pytest.raises(UsageError, match=message):
        open_dataset(source)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError, match="no folder of datasets at"):
        open_dataset(DatasetOptions("wine", datasets=(tmp_path / "none",)))


def test_only_what_is_built_in_is_the_same_everywhere(folder):
    (folder / "wine.py").write_text(OWN)
    assert is_built_in(DatasetOptions("wine"))
    assert not is_built_in(DatasetOptions("wine", datasets=(folder,)))
    assert not is_built_in(DatasetOptions("a.csv"))
    assert "wine" == open_dataset(DatasetOptions("wine", datasets=(folder,))).name


def test_a_project_names_its_folders_and_a_command_more(folder, tmp_path):
    """Scored and listed by name; what is measured is its own."""
    (folder / "mine.py").write_text(OWN)
    (tmp_path / "pyproject.toml").write_text('[tool.evenfold]\ndatasets = ["datasets"]\n')
    more = tmp_path / "more"
    more.mkdir()
    (more / "other.py").write_text(OWN)
    for arguments in (["--dataset", "mine"], ["--dataset", "other", "--datasets", "more"]):
        command = ["score", "majority", "logistic_regression", "--folds", "3", "--repeats", "1",
                   "--format", "json", *arguments]  # fmt: skip
        done = run_command(*command, cwd=tmp_path)
        assert 0 == done.returncode, done.stderr
        assert [3, 3] == [row["fits_finished"] for row in json.loads(done.stdout)]
        assert list((tmp_path / ".evenfold" / "runs").rglob(f"scores/{arguments[1]}*.csv"))
    listed = run_command("list", "--format", "json", cwd=tmp_path)
    rows = {row["name"]: row["description"] for row in json.loads(listed.stdout)}
    assert "Rows of two kinds, made up." == rows["mine"]
    assert "built in" == rows["wine"]


@pytest.mark.parametrize("name", ["", None])
def test_no_name_is_the_default(name):
    assert DatasetOptions() == DatasetOptions(name)
    assert "breast_cancer" == open_dataset(DatasetOptions(name)).name
    assert is_built_in(DatasetOptions(name))


def test_every_error_of_a_source_is_one_of_ours():
    for name in (" ", ".", "..", "/", "../x", "a\0b", "x" * 5000):
        with pytest.raises(EvenfoldError):
            open_dataset(DatasetOptions(name))


def test_the_dataset_of_the_docs_is_one(own):
    text = (ROOT / "docs" / "how-to" / "your-dataset-and-metric.md").read_text(encoding="utf-8")
    (block,) = (b for b in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "DATASET" in b)
    assert (60, 2) == own(block).x.shape


def test_without_a_target_the_columns_are_named(tmp_path):
    (tmp_path / "own.csv").write_text("age,size,kind\n1,2,a\n3,4,b\n")
    expected = "which column holds the labels? Give --target COLUMN, one of the columns: age, size"
    with pytest.raises(UsageError, match=re.escape(expected)):
        open_dataset(DatasetOptions(str(tmp_path / "own.csv")))
    frame = pd.DataFrame({"age": [1], 2: [3]})
    with pytest.raises(UsageError, match="Give target, one of the columns: age, 2"):
        open_dataset(DatasetOptions(frame))
    with pytest.raises(UsageError, match=r"--sheet does not go with own\.csv, which has no sheets"):
        open_dataset(DatasetOptions("own.csv", target="y", sheet="s"))


@pytest.mark.parametrize("name", ["target", "group", "sample_weight"])
@pytest.mark.parametrize("value", [pd.Series([1, 2]), np.ones(2), ["a"]])
def test_a_column_in_place_of_its_name_is_refused(name, value):
    with pytest.raises(UsageError, match=rf"{name} is a \w+: add it to the table as a column"):
        DatasetOptions(**{name: value})


WEIGHTED = """
import numpy as np
from evenfold import Dataset

def made():
    y = np.arange(6) % 2
    return Dataset("own", y[:, None] * 1.0, y, ("a",), ("m", "n"), sample_weight=y + 0.5)

DATASET = made
"""


def test_a_plug_in_may_weight_its_rows(tmp_path):
    (tmp_path / "weighted.py").write_text(WEIGHTED)
    found = open_dataset(DatasetOptions("weighted", datasets=(tmp_path,)))
    assert [0.5, 1.5] * 3 == found.sample_weight.tolist()
